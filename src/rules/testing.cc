#include "rules/testing.h"

#include "base/check.h"
#include "base/strings.h"
#include "policy/rule_files.h"
#include "promql/engine.h"
#include "promql/parser.h"

namespace hinomi::rules {

Status RuleStore::Append(const std::vector<metrics::WriteSeries>& batch) {
  if (full_) return Exhausted("the disk is full");
  ++batches_;
  return MemoryStore::Append(batch);
}

World RuleStore::world(const Clock& clock) {
  return {[this](const promql::Expr& expr, std::string_view text, int64_t at_ms) {
            return promql::EvaluateInstant(*this, expr, text, at_ms, {});
          },
          [this](const metrics::RawBatch& batch) { return AppendRaw(batch); },
          clock,
          nullptr,
          {},
          true};
}

std::vector<std::string> RuleStore::Lines(const std::string& selector) const {
  const auto matchers = promql::ParseSelector(selector);
  HN_CHECK(matchers.has_value());
  const auto selected = Select(*matchers, INT64_MIN / 2, INT64_MAX / 2, {});
  HN_CHECK(selected.has_value());
  std::vector<std::string> lines;
  for (const metrics::SeriesColumns& series : *selected) {
    std::string line = series.labels.ToString();
    for (size_t i = 0; i < series.at_ms.size(); ++i) {
      const bool stale = metrics::IsStaleMarker(series.values[i]);
      line += " " + (stale ? "stale" : FormatDouble(series.values[i])) + "@" +
              FormatDouble(static_cast<double>(series.at_ms[i]) / 1e3);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<policy::RuleGroupDocument> GroupsOf(const std::string& yaml) {
  policy::LoadedRuleFiles loaded = policy::ReadRuleFile("r.yml", yaml);
  for (const policy::Finding& finding : loaded.findings)
    HN_CHECK(finding.level != policy::Finding::Level::kMistake);
  return std::move(loaded.groups);
}

}  // namespace hinomi::rules
