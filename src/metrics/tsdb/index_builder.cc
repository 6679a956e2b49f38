#include <algorithm>
#include <numeric>
#include <span>

#include "base/check.h"
#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/index.h"
#include "metrics/tsdb/index_tables.h"

namespace hinomi::metrics {
namespace {

/// The ids of many sets behind each other.
struct IdsBySet {
  std::vector<size_t> begins;  ///< One more than there are sets.
  Postings ids;

  std::span<const uint32_t> Of(uint32_t set) const {
    return std::span(ids).subspan(begins[set], begins[set + 1] - begins[set]);
  }
};

/// Sorts the series by the set that each of their terms belongs to.
IdsBySet GroupSeries(const std::vector<uint32_t>& series_terms,
                     const std::vector<uint32_t>& label_counts,
                     const std::vector<uint32_t>& set_of_term, size_t sets) {
  IdsBySet grouped;
  grouped.begins.resize(sets + 1);
  for (const uint32_t term : series_terms) ++grouped.begins[set_of_term[term] + 1];
  std::partial_sum(grouped.begins.begin(), grouped.begins.end(), grouped.begins.begin());
  grouped.ids.resize(series_terms.size());
  std::vector<size_t> ends(grouped.begins.begin(), grouped.begins.end() - 1);
  auto term = series_terms.begin();
  for (uint32_t id = 0; id < label_counts.size(); ++id)
    for (uint32_t i = label_counts[id]; i-- > 0; ++term)
      grouped.ids[ends[set_of_term[*term]]++] = id;
  return grouped;
}

/// Where each number came after sorting: `ranks[order[i]] == i`.
std::vector<uint32_t> RanksOf(const std::vector<uint32_t>& order) {
  std::vector<uint32_t> ranks(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

std::vector<uint32_t> Iota(size_t size) {
  std::vector<uint32_t> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// Names and terms in the index's order, and the way from the numbers of
/// TermTable to it.
struct SortedTerms {
  std::vector<uint32_t> names;
  std::vector<uint32_t> terms;
  std::vector<uint32_t> rank_of_term;
  std::vector<uint32_t> name_rank_of_term;
};

SortedTerms Sort(const TermTable& table) {
  SortedTerms sorted;
  sorted.names = Iota(table.names().size());
  std::sort(sorted.names.begin(), sorted.names.end(),
            [&](uint32_t a, uint32_t b) { return table.names()[a] < table.names()[b]; });
  const std::vector<uint32_t> name_ranks = RanksOf(sorted.names);
  struct Key {
    uint32_t name_rank;
    uint32_t term;
    std::string_view value;
  };
  std::vector<Key> keys;
  keys.reserve(table.term_count());
  for (uint32_t id = 0; id < table.term_count(); ++id) {
    const auto [value, name] = table.term(id);
    keys.push_back({name_ranks[name], id, value});
    sorted.name_rank_of_term.push_back(name_ranks[name]);
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return a.name_rank != b.name_rank ? a.name_rank < b.name_rank : a.value < b.value;
  });
  for (const Key& key : keys) sorted.terms.push_back(key.term);
  sorted.rank_of_term = RanksOf(sorted.terms);
  return sorted;
}

/// Writes one section behind the other and keeps count for the header.
class SectionWriter {
 public:
  SectionWriter(std::string& out, IndexHeader& header) : out_(out), header_(header) {}
  /// The section is what `out` has got since the last call.
  void Close(IndexSection which) {
    const std::string_view section = std::string_view(out_).substr(begin_);
    header_.sections[static_cast<size_t>(which)] = {section.size(), Crc32c(section)};
    begin_ = out_.size();
  }

 private:
  std::string& out_;
  IndexHeader& header_;
  size_t begin_ = IndexHeader::kSize;
};

}  // namespace

uint32_t IndexBuilder::Add(std::string_view label_bytes) {
  HN_CHECK(label_counts_.size() < UINT32_MAX);
  const std::vector<uint32_t>& terms = terms_.Intern(label_bytes);
  series_terms_.insert(series_terms_.end(), terms.begin(), terms.end());
  label_counts_.push_back(static_cast<uint32_t>(terms.size()));
  return static_cast<uint32_t>(label_counts_.size() - 1);
}

std::string IndexBuilder::Finish() {
  const SortedTerms sorted = Sort(terms_);
  const auto series = static_cast<uint32_t>(label_counts_.size());
  IndexHeader header;
  header.series = series;
  header.names = static_cast<uint32_t>(sorted.names.size());
  header.terms = static_cast<uint32_t>(sorted.terms.size());
  std::string out(IndexHeader::kSize, '\0');
  SectionWriter sections(out, header);
  std::vector<IndexRow> names(header.names + 1);
  std::vector<IndexRow> terms(header.terms + 1);

  const auto place = [&] { return out.size() - IndexHeader::kSize; };
  for (uint32_t i = 0; i < header.names; ++i) {
    names[i].text = place();
    out += terms_.names()[sorted.names[i]];
  }
  names.back().text = place();
  for (uint32_t i = 0; i < header.terms; ++i) {
    terms[i].text = place();
    out += terms_.term(sorted.terms[i]).value;
    terms[i].link = sorted.name_rank_of_term[sorted.terms[i]];
  }
  terms.back().text = place();
  sections.Close(IndexSection::kStrings);
  for (uint32_t i = header.terms; i-- > 0;) names[terms[i].link].link = i;
  names.back().link = header.terms;

  std::string postings;
  if (series > 0) EncodePostings(Iota(series), series, postings);
  const auto append_lists = [&](const std::vector<uint32_t>& set_of_term,
                                std::vector<IndexRow>& rows) {
    const IdsBySet ids = GroupSeries(series_terms_, label_counts_, set_of_term, rows.size() - 1);
    for (uint32_t i = 0; i + 1 < rows.size(); ++i) {
      rows[i].postings = postings.size();
      EncodePostings(ids.Of(i), series, postings);
    }
    rows.back().postings = postings.size();
  };
  append_lists(sorted.name_rank_of_term, names);
  append_lists(sorted.rank_of_term, terms);

  for (const IndexRow& row : names) row.AppendTo(out);
  sections.Close(IndexSection::kNames);
  for (const IndexRow& row : terms) row.AppendTo(out);
  sections.Close(IndexSection::kTerms);
  out += postings;
  postings = {};
  sections.Close(IndexSection::kPostings);

  std::string records;
  std::string record;
  auto term = series_terms_.begin();
  for (uint32_t id = 0; id < series; ++id) {
    if (id % kIndexStride == 0) ByteWriter(out).Fixed64(records.size());
    record.clear();
    uint32_t next = 0;
    for (uint32_t i = label_counts_[id]; i-- > 0; ++term) {
      const uint32_t rank = sorted.rank_of_term[*term];
      HN_CHECK(rank >= next);  // Names ascend in valid label bytes.
      ByteWriter(record).Varint(rank - next);
      next = rank + 1;
    }
    ByteWriter(records).String(record);
  }
  sections.Close(IndexSection::kDirectory);
  out += records;
  sections.Close(IndexSection::kRecords);

  std::string head;
  header.AppendTo(head);
  out.replace(0, head.size(), head);
  return out;
}

}  // namespace hinomi::metrics
