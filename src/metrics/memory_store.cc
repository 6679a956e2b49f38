#include "metrics/memory_store.h"

#include <set>

#include "metrics/matcher.h"

namespace hinomi::metrics {

void MemoryStore::Add(const Labels& labels, int64_t at_ms, double value) {
  series_[labels][at_ms] = {value, nullptr};
}

void MemoryStore::Add(const Labels& labels, int64_t at_ms, NativeHistogramPtr histogram) {
  series_[labels][at_ms] = {0, std::move(histogram)};
}

Status MemoryStore::Append(const std::vector<WriteSeries>& batch) {
  for (const WriteSeries& series : batch) {
    for (const Sample& sample : series.samples) Add(series.labels, sample.at_ms, sample.value);
    for (const auto& sample : series.histograms) Add(series.labels, sample.at_ms, sample.histogram);
  }
  return {};
}

Result<std::vector<SeriesColumns>> MemoryStore::Select(const std::vector<Matcher>& matchers,
                                                       int64_t from_ms, int64_t to_ms,
                                                       const SelectLimits& limits) const {
  HN_TRY(const auto compiled, CompileAll(matchers));
  std::vector<SeriesColumns> out;
  size_t samples = 0;
  for (const auto& [labels, points] : series_) {
    if (!MatchesAll(compiled, labels)) continue;
    SeriesColumns columns;
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

Result<std::vector<Labels>> MemoryStore::SelectLabels(const std::vector<Matcher>& matchers,
                                                      int64_t from_ms, int64_t to_ms) const {
  HN_TRY(const auto found, Select(matchers, from_ms, to_ms, {}));
  std::vector<Labels> out;
  for (const auto& series : found) out.push_back(series.labels);
  return out;
}

Result<std::vector<std::string>> MemoryStore::LabelNames(int64_t from_ms, int64_t to_ms) const {
  std::set<std::string> names;
  HN_TRY(const auto all, SelectLabels({}, from_ms, to_ms));
  for (const auto& labels : all) {
    for (const auto& [name, value] : labels.pairs()) names.insert(name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> MemoryStore::LabelValues(const std::string& label, int64_t from_ms,
                                                          int64_t to_ms) const {
  std::set<std::string> values;
  HN_TRY(const auto all, SelectLabels({}, from_ms, to_ms));
  for (const auto& labels : all) {
    if (const auto value = labels.Get(label); !value.empty()) values.emplace(value);
  }
  return std::vector<std::string>(values.begin(), values.end());
}

}  // namespace hinomi::metrics
