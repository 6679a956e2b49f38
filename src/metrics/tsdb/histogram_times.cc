#include "metrics/tsdb/histogram_times.h"

#include <algorithm>

namespace hinomi::metrics {

void HistogramTimes::SetFloor(int64_t newest_ms) {
  const MutexLock lock(mutex_);
  floor_ms_ = newest_ms;
}

HistogramTimes::Seen HistogramTimes::Note(const std::string& label_bytes, int64_t first_ms,
                                          int64_t last_ms) {
  const MutexLock lock(mutex_);
  const auto known = newest_ms_.find(label_bytes);
  if (known == newest_ms_.end()) {
    if (first_ms <= floor_ms_) return Seen::kUnknown;
    newest_ms_.emplace(label_bytes, last_ms);
    return Seen::kNewer;
  }
  const bool newer = first_ms > known->second;
  known->second = std::max(known->second, last_ms);
  return newer ? Seen::kNewer : Seen::kMayMeet;
}

void HistogramTimes::Learn(const std::string& label_bytes, int64_t newest_ms) {
  const MutexLock lock(mutex_);
  const auto [known, is_new] = newest_ms_.emplace(label_bytes, newest_ms);
  if (!is_new) known->second = std::max(known->second, newest_ms);
}

void HistogramTimes::Forget() {
  const MutexLock lock(mutex_);
  for (const auto& [label_bytes, newest_ms] : newest_ms_)
    floor_ms_ = std::max(floor_ms_, newest_ms);
  newest_ms_.clear();
}

}  // namespace hinomi::metrics
