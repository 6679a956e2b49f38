#ifndef HINOMI_METRICS_TSDB_TIME_WINDOW_H_
#define HINOMI_METRICS_TSDB_TIME_WINDOW_H_

#include <algorithm>
#include <cstdint>
#include <limits>

namespace hinomi::metrics {

inline constexpr int64_t kHourMs = 3'600'000;
inline constexpr int64_t kDayMs = 24 * kHourMs;
/// What a head cuts into one block.
inline constexpr int64_t kCutMs = 2 * kHourMs;

/// Milliseconds since 1970, both ends inclusive, so that any int64 is in one.
struct TimeWindow {
  int64_t from_ms = 0;
  int64_t to_ms = 0;

  bool Contains(int64_t at_ms) const { return from_ms <= at_ms && at_ms <= to_ms; }
  bool Contains(const TimeWindow& other) const {
    return from_ms <= other.from_ms && other.to_ms <= to_ms;
  }
  bool Overlaps(const TimeWindow& other) const {
    return from_ms <= other.to_ms && other.from_ms <= to_ms;
  }
  bool operator==(const TimeWindow&) const = default;
};

/// Which one of the windows of `length_ms`, counted from 1970 in UTC, `at_ms` is in.
constexpr int64_t WindowNumber(int64_t at_ms, int64_t length_ms) {
  return at_ms / length_ms - (at_ms % length_ms < 0 ? 1 : 0);
}
/// That window. The first and the last one end where int64 does.
constexpr TimeWindow WindowOf(int64_t at_ms, int64_t length_ms) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const int64_t past = at_ms % length_ms + (at_ms % length_ms < 0 ? length_ms : 0);
  const int64_t left = length_ms - 1 - past;
  return {at_ms < kLeast + past ? kLeast : at_ms - past,
          at_ms > kMost - left ? kMost : at_ms + left};
}

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TIME_WINDOW_H_
