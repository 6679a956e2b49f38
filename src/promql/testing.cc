#include "promql/testing.h"

#include <set>

#include "base/check.h"
#include "metrics/matcher.h"

namespace hinomi::promql {

void MemoryQueryable::Add(const metrics::Labels& labels, int64_t at_ms, double value) {
  series_[labels][at_ms] = {value, nullptr};
}

void MemoryQueryable::Add(const metrics::Labels& labels, int64_t at_ms,
                          metrics::NativeHistogramPtr histogram) {
  series_[labels][at_ms] = {0, std::move(histogram)};
}

Result<std::vector<metrics::SeriesColumns>> MemoryQueryable::Select(
    const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms,
    const metrics::SelectLimits& limits) const {
  HN_TRY(const auto compiled, metrics::CompileAll(matchers));
  std::vector<metrics::SeriesColumns> out;
  size_t samples = 0;
  for (const auto& [labels, points] : series_) {
    if (!metrics::MatchesAll(compiled, labels)) continue;
    metrics::SeriesColumns columns;
    columns.labels = labels;
    bool histograms = false;
    for (auto it = points.lower_bound(from_ms); it != points.end() && it->first <= to_ms; ++it) {
      columns.at_ms.push_back(it->first);
      columns.values.push_back(it->second.value);
      columns.histograms.push_back(it->second.histogram);
      histograms |= it->second.histogram != nullptr;
    }
    if (!histograms) columns.histograms = {};
    if (columns.values.empty()) continue;
    samples += columns.values.size();
    if (samples > limits.max_samples) return Exhausted("more than max_samples");
    if (out.size() >= limits.max_series) return Exhausted("more than max_series");
    out.push_back(std::move(columns));
  }
  return out;
}

Result<std::vector<metrics::Labels>> MemoryQueryable::SelectLabels(
    const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms) const {
  HN_TRY(const auto found, Select(matchers, from_ms, to_ms, {}));
  std::vector<metrics::Labels> out;
  for (const auto& series : found) out.push_back(series.labels);
  return out;
}

Result<std::vector<std::string>> MemoryQueryable::LabelNames(int64_t from_ms, int64_t to_ms) const {
  std::set<std::string> names;
  HN_TRY(const auto all, SelectLabels({}, from_ms, to_ms));
  for (const auto& labels : all) {
    for (const auto& [name, value] : labels.pairs()) names.insert(name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> MemoryQueryable::LabelValues(const std::string& label,
                                                              int64_t from_ms,
                                                              int64_t to_ms) const {
  std::set<std::string> values;
  HN_TRY(const auto all, SelectLabels({}, from_ms, to_ms));
  for (const auto& labels : all) {
    if (const auto value = labels.Get(label); !value.empty()) values.emplace(value);
  }
  return std::vector<std::string>(values.begin(), values.end());
}

Result<bool> WindowedQueryable::VisitWindows(const std::vector<metrics::Matcher>& matchers,
                                             int64_t from_ms, int64_t to_ms, int64_t window_ms,
                                             const metrics::SelectLimits& limits,
                                             const metrics::WindowsVisitor& visit) const {
  HN_CHECK(from_ms % window_ms == 0 && to_ms % window_ms == 0);
  HN_TRY(const auto found, Select(matchers, from_ms - window_ms + 1, to_ms, limits));
  for (const metrics::SeriesColumns& columns : found) {
    metrics::SeriesWindows series{columns.labels, {}};
    metrics::AppendWindows(columns.at_ms, columns.values, window_ms, series.windows);
    HN_TRY_VOID(visit(series));
  }
  return true;
}

}  // namespace hinomi::promql
