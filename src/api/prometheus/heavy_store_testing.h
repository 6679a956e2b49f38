#ifndef HINOMI_API_PROMETHEUS_HEAVY_STORE_TESTING_H_
#define HINOMI_API_PROMETHEUS_HEAVY_STORE_TESTING_H_

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "promql/estimate.h"
#include "promql/testing.h"

namespace hinomi::api {

/// Of a query so heavy that a gate of one place lets no other in.
inline promql::QueryEstimate HeavyEstimate() {
  promql::QueryEstimate estimate;
  estimate.selectors.push_back(
      {{}, promql::QueryEstimate::Reading::kHeld, {1, 20'000'000, 0, 0}, 1});
  return estimate;
}

inline metrics::Labels LabelsNamed(const char* name) {
  metrics::Labels labels;
  labels.Set("__name__", name);
  return labels;
}

/// Tells of the metric `heavy` that it is, and reads it when `Free` was called. It has a sample of
/// `heavy` and of `light` each, of the epoch.
class HeavyStore : public promql::MemoryQueryable {
 public:
  HeavyStore() {
    Add(LabelsNamed("heavy"), 0, 1);
    Add(LabelsNamed("light"), 0, 2);
  }
  Result<std::optional<metrics::SelectEstimate>> Estimate(
      const std::vector<metrics::Matcher>& matchers, int64_t, int64_t, int64_t) const override {
    if (!IsHeavy(matchers)) return std::optional(metrics::SelectEstimate{1, 1, 1, 1});
    return std::optional(metrics::SelectEstimate{1, 20'000'000, 1, least_samples});
  }
  Result<std::vector<metrics::SeriesColumns>> Select(
      const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms,
      const metrics::SelectLimits& limits) const override {
    if (IsHeavy(matchers)) {
      std::unique_lock lock(mutex_);
      ++reading_;
      most_reading_ = std::max(most_reading_, reading_);
      changed_.notify_all();
      changed_.wait(lock, [this] { return free_; });
      --reading_;
    }
    return metrics::MemoryStore::Select(matchers, from_ms, to_ms, limits);
  }
  void AwaitReader() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reading_ > 0; });
  }
  void Free() {
    const std::lock_guard lock(mutex_);
    free_ = true;
    changed_.notify_all();
  }
  int most_reading() const {
    const std::lock_guard lock(mutex_);
    return most_reading_;
  }
  size_t least_samples = 0;

 private:
  static bool IsHeavy(const std::vector<metrics::Matcher>& matchers) {
    return matchers.front().value == "heavy";
  }
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int reading_ = 0, most_reading_ = 0;
  bool free_ = false;
};

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_HEAVY_STORE_TESTING_H_
