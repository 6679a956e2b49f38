#include <algorithm>

#include "metrics/impl/head_internal.h"

namespace hinomi::metrics {

Result<std::vector<SeriesColumns>> HeadStore::Select(const std::vector<Matcher>& matchers,
                                                     int64_t from_ms, int64_t to_ms,
                                                     const SelectLimits& limits) const {
  HN_TRY(const auto compiled, CompileAll(matchers));
  std::vector<SeriesColumns> selected;
  size_t samples = 0;
  const std::shared_lock lock(memory_mutex_);
  for (const HeadMemory::Id id : memory_->Matching(compiled)) {
    const HeadSeries& series = *memory_->Get(id);
    const auto [first, last] = series.Range(from_ms, to_ms);
    if (first >= last) continue;
    samples += last - first;
    if (selected.size() >= limits.max_series)
      return Exhausted("the query selects more than " + std::to_string(limits.max_series) +
                       " series; narrow its matchers");
    if (samples > limits.max_samples)
      return Exhausted("the query reads more than " + std::to_string(limits.max_samples) +
                       " samples; narrow its matchers or its time range");
    SeriesColumns& columns = selected.emplace_back();
    columns.labels = series.labels;
    columns.at_ms.assign(series.at_ms.begin() + static_cast<ptrdiff_t>(first),
                         series.at_ms.begin() + static_cast<ptrdiff_t>(last));
    columns.values.assign(series.values.begin() + static_cast<ptrdiff_t>(first),
                          series.values.begin() + static_cast<ptrdiff_t>(last));
  }
  std::sort(selected.begin(), selected.end(),
            [](const SeriesColumns& a, const SeriesColumns& b) { return a.labels < b.labels; });
  return selected;
}

Result<std::vector<Labels>> HeadStore::SelectLabels(const std::vector<Matcher>& matchers,
                                                    int64_t from_ms, int64_t to_ms) const {
  HN_TRY(const auto compiled, CompileAll(matchers));
  std::vector<Labels> selected;
  {
    const std::shared_lock lock(memory_mutex_);
    for (const HeadMemory::Id id : memory_->Matching(compiled)) {
      const HeadSeries& series = *memory_->Get(id);
      if (series.HasSampleIn(from_ms, to_ms)) selected.push_back(series.labels);
    }
  }
  std::sort(selected.begin(), selected.end());
  return selected;
}

Result<std::vector<std::string>> HeadStore::LabelNames(int64_t from_ms, int64_t to_ms) const {
  std::vector<std::string> names;
  const std::shared_lock lock(memory_mutex_);
  for (const auto& [name, values] : memory_->index()) {
    const bool used = std::any_of(values.begin(), values.end(), [&](const auto& entry) {
      return std::any_of(entry.second.begin(), entry.second.end(), [&](HeadMemory::Id id) {
        return memory_->Get(id)->HasSampleIn(from_ms, to_ms);
      });
    });
    if (used) names.push_back(name);
  }
  return names;
}

Result<std::vector<std::string>> HeadStore::LabelValues(const std::string& label, int64_t from_ms,
                                                        int64_t to_ms) const {
  std::vector<std::string> values;
  const std::shared_lock lock(memory_mutex_);
  const auto at = memory_->index().find(label);
  if (at == memory_->index().end()) return values;
  for (const auto& [value, ids] : at->second) {
    const bool used = std::any_of(ids.begin(), ids.end(), [&](HeadMemory::Id id) {
      return memory_->Get(id)->HasSampleIn(from_ms, to_ms);
    });
    if (used) values.push_back(value);
  }
  return values;
}

std::map<std::string, Metadata> HeadStore::MetricMetadata() const {
  const std::lock_guard lock(metadata_mutex_);
  return metadata_;
}

}  // namespace hinomi::metrics
