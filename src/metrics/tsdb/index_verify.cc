#include <string>
#include <vector>

#include "base/digest.h"
#include "metrics/tsdb/index.h"
#include "metrics/tsdb/index_tables.h"

namespace hinomi::metrics {
namespace {

/// Sums over (set, id) tell without sorting whether labels and postings hold
/// the same pairs: a pair adds the same number on both sides.
uint64_t PairHash(uint32_t set, uint32_t id) {
  const uint64_t pair = uint64_t{set} << 32 | id;
  return Hash64({reinterpret_cast<const char*>(&pair), sizeof pair});
}

struct PairSums {
  std::vector<uint64_t> of_names;
  std::vector<uint64_t> of_terms;
};

Status VerifyChecksums(const IndexTables& tables) {
  constexpr const char* kWhat[kIndexSections] = {"strings",  "label names", "label values",
                                                 "postings", "directory",   "labels"};
  for (size_t i = 0; i < kIndexSections; ++i)
    if (Crc32c(tables.section(static_cast<IndexSection>(i))) != tables.header().sections[i].crc)
      return Corrupt(std::string("the checksum of the section \"") + kWhat[i] +
                     "\" of an index of series does not fit");
  return {};
}

Status VerifyOrder(const IndexTables& tables) {
  const auto wrong = [] { return Corrupt("the labels of an index of series are not in order"); };
  uint32_t next_term = 0;
  for (uint32_t name = 0; name < tables.names(); ++name) {
    if (tables.NameText(name).empty()) return wrong();
    if (name > 0 && tables.NameText(name - 1) >= tables.NameText(name)) return wrong();
    const auto [begin, end] = tables.TermsOf(name);
    if (begin != next_term || begin == end) return wrong();
    next_term = end;
    for (uint32_t term = begin; term < end; ++term) {
      if (tables.NameOf(term) != name || tables.TermText(term).empty()) return wrong();
      if (term > begin && tables.TermText(term - 1) >= tables.TermText(term)) return wrong();
    }
  }
  if (next_term != tables.terms()) return wrong();
  return {};
}

Result<PairSums> SumRecords(const IndexTables& tables) {
  PairSums sums{std::vector<uint64_t>(tables.names()), std::vector<uint64_t>(tables.terms())};
  for (uint32_t id = 0; id < tables.series(); ++id) {
    uint32_t next_name = 0;
    bool sound = true;
    tables.ForEachTerm(id, [&](uint32_t term) {
      const uint32_t name = tables.NameOf(term);
      sound &= name >= next_name;
      next_name = name + 1;
      sums.of_names[name] += PairHash(name, id);
      sums.of_terms[term] += PairHash(term, id);
    });
    if (!sound || tables.damaged())
      return Corrupt("the labels of series " + std::to_string(id) + " in an index are damaged");
  }
  return sums;
}

Status VerifyList(const IndexTables& tables, std::string_view list, uint32_t set, uint64_t sum) {
  const Postings ids = DecodePostings(list, tables.series());
  for (const uint32_t id : ids) sum -= PairHash(set, id);
  if (sum == 0 && ids.size() == PostingsCount(list)) return {};
  return Corrupt("the postings of an index of series do not fit its labels");
}

Status VerifyPostings(const IndexTables& tables, const PairSums& sums) {
  if (tables.series() > 0 &&
      DecodePostings(tables.AllPostings(), tables.series()).size() != tables.series())
    return Corrupt("an index of series does not list all of them");
  for (uint32_t name = 0; name < tables.names(); ++name)
    HN_TRY_VOID(VerifyList(tables, tables.NamePostings(name), name, sums.of_names[name]));
  for (uint32_t term = 0; term < tables.terms(); ++term)
    HN_TRY_VOID(VerifyList(tables, tables.TermPostings(term), term, sums.of_terms[term]));
  return {};
}

}  // namespace

Status Index::Verify() const {
  HN_TRY_VOID(VerifyChecksums(*tables_));
  HN_TRY_VOID(VerifyOrder(*tables_));
  HN_TRY(const PairSums sums, SumRecords(*tables_));
  HN_TRY_VOID(VerifyPostings(*tables_, sums));
  if (tables_->damaged()) return Corrupt("an index of series is damaged");
  return {};
}

}  // namespace hinomi::metrics
