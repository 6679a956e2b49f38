#include "metrics/tsdb/index.h"
#include "metrics/tsdb/index_tables.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/match_steps.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kUsualLabels = 8;  // Room for so many is made at once.

class IndexDictionary : public TermDictionary {
 public:
  explicit IndexDictionary(const IndexTables& tables) : tables_(tables) {}

  void Find(std::string_view label, std::string_view value,
            std::vector<uint32_t>& terms) const override {
    const auto name = tables_.FindName(label);
    if (!name) return;
    if (const auto term = tables_.FindTerm(*name, value)) terms.push_back(*term);
  }

  void Scan(std::string_view label, std::string_view prefix,
            const std::function<bool(std::string_view)>& wanted,
            std::vector<uint32_t>& terms) const override {
    const auto name = tables_.FindName(label);
    if (!name) return;
    const uint32_t end = tables_.TermsOf(*name).second;
    for (uint32_t term = tables_.LowerBound(*name, prefix); term < end; ++term) {
      const std::string_view value = tables_.TermText(term);
      if (!value.starts_with(prefix)) return;
      if (wanted(value)) terms.push_back(term);
    }
  }

 private:
  const IndexTables& tables_;
};

using IndexStep = MatchStep<PostingsCursor>;

IndexStep StepOf(const IndexTables& tables, const CompiledMatcher& matcher) {
  TermSelection selection = SelectTerms(matcher, IndexDictionary(tables));
  IndexStep step;
  step.exclude = selection.exclude;
  const auto add = [&](std::string_view list) {
    step.lists.emplace_back(list, tables.series());
    if (step.lists.back().failed()) tables.MarkDamaged();
  };
  const auto name = tables.FindName(matcher.label());
  if (!name) return step;
  const auto [begin, end] = tables.TermsOf(*name);
  if (selection.every || selection.terms.size() == end - begin) {
    add(tables.NamePostings(*name));  // One list instead of all.
    return step;
  }
  for (const uint32_t term : selection.terms) add(tables.TermPostings(term));
  return step;
}

LabelCardinality CardinalityOf(std::string_view text, uint32_t values, std::string_view postings) {
  return {text, values, PostingsCount(postings)};
}

}  // namespace

Index::Index(std::unique_ptr<const IndexTables> tables) : tables_(std::move(tables)) {}
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

Result<Index> Index::Open(std::string_view bytes) {
  HN_TRY(auto tables, IndexTables::Open(bytes));
  return Index(std::move(tables));
}

bool Index::damaged() const {
  return tables_->damaged();
}

size_t Index::series_count() const {
  return tables_->series();
}

void Index::AppendLabelBytes(uint32_t id, std::string& out) const {
  tables_->ForEachTerm(id, [&](uint32_t term) {
    AppendLabel(tables_->NameText(tables_->NameOf(term)), tables_->TermText(term), out);
  });
}

Labels Index::LabelsOf(uint32_t id) const {
  std::vector<Labels::Pair> pairs;
  pairs.reserve(kUsualLabels);
  tables_->ForEachTerm(id, [&](uint32_t term) {
    pairs.emplace_back(tables_->NameText(tables_->NameOf(term)), tables_->TermText(term));
  });
  return Labels(std::move(pairs));
}

Postings Index::Match(const std::vector<CompiledMatcher>& matchers) const {
  const uint32_t series = tables_->series();
  if (series == 0) return {};
  std::vector<IndexStep> steps;
  bool includes = false;
  for (const CompiledMatcher& matcher : matchers) {
    steps.push_back(StepOf(*tables_, matcher));
    includes |= !steps.back().exclude;
  }
  if (!includes) steps.push_back({false, {PostingsCursor(tables_->AllPostings(), series)}});
  Postings ids = RunSteps(steps);
  for (const IndexStep& step : steps)
    for (const PostingsCursor& list : step.lists)
      if (list.failed()) tables_->MarkDamaged();
  for (; !ids.empty() && ids.back() >= series; ids.pop_back()) tables_->MarkDamaged();
  return ids;
}

std::vector<std::string_view> Index::LabelNames() const {
  std::vector<std::string_view> names;
  for (uint32_t name = 0; name < tables_->names(); ++name) names.push_back(tables_->NameText(name));
  return names;
}

std::vector<std::string_view> Index::LabelValues(std::string_view name) const {
  std::vector<std::string_view> values;
  const auto found = tables_->FindName(name);
  if (!found) return values;
  const auto [begin, end] = tables_->TermsOf(*found);
  for (uint32_t term = begin; term < end; ++term) values.push_back(tables_->TermText(term));
  return values;
}

std::vector<LabelCardinality> Index::NameCardinalities() const {
  std::vector<LabelCardinality> all;
  for (uint32_t name = 0; name < tables_->names(); ++name) {
    const auto [begin, end] = tables_->TermsOf(name);
    all.push_back(CardinalityOf(tables_->NameText(name), end - begin, tables_->NamePostings(name)));
  }
  return all;
}

std::vector<LabelCardinality> Index::ValueCardinalities(std::string_view name) const {
  std::vector<LabelCardinality> all;
  const auto found = tables_->FindName(name);
  if (!found) return all;
  const auto [begin, end] = tables_->TermsOf(*found);
  for (uint32_t term = begin; term < end; ++term)
    all.push_back(CardinalityOf(tables_->TermText(term), 1, tables_->TermPostings(term)));
  return all;
}

uint32_t Index::SeriesWith(std::string_view name, std::string_view value) const {
  const auto found = tables_->FindName(name);
  const auto term = found ? tables_->FindTerm(*found, value) : std::nullopt;
  return term ? PostingsCount(tables_->TermPostings(*term)) : 0;
}

}  // namespace hinomi::metrics
