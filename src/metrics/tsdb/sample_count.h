#ifndef HINOMI_METRICS_TSDB_SAMPLE_COUNT_H_
#define HINOMI_METRICS_TSDB_SAMPLE_COUNT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

/// How many samples there are, as far as can be told without reading them.
struct SampleCount {
  size_t most = 0;
  size_t least = 0;

  void Add(const SampleCount& other) {
    most += other.most;
    least += other.least;
  }
  /// Of samples with the same times as others, perhaps: of two with one time one is seen.
  void AddOverlapping(const SampleCount& other) {
    most += other.most;
    least = std::max(least, other.least);
  }
};

/// How many of ascending times are in a range.
inline size_t CountTimes(std::span<const int64_t> at_ms, const TimeWindow& range) {
  const auto from = std::lower_bound(at_ms.begin(), at_ms.end(), range.from_ms);
  return static_cast<size_t>(std::upper_bound(from, at_ms.end(), range.to_ms) - from);
}

/// What share of a window that samples are spread over lies in a range, from 0 to 1.
inline double ShareOf(const TimeWindow& window, const TimeWindow& range) {
  const auto length = [](const TimeWindow& one) {
    return static_cast<double>(one.to_ms) - static_cast<double>(one.from_ms) + 1;
  };
  const TimeWindow common{std::max(window.from_ms, range.from_ms),
                          std::min(window.to_ms, range.to_ms)};
  return common.from_ms > common.to_ms ? 0 : length(common) / length(window);
}

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SAMPLE_COUNT_H_
