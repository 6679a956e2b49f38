#ifndef HINOMI_METRICS_TSDB_NEW_SERIES_WAIT_H_
#define HINOMI_METRICS_TSDB_NEW_SERIES_WAIT_H_

#include <algorithm>
#include <cstddef>

#include "base/clock.h"

namespace hinomi::metrics {

/// How long the answer to a batch waits that brought so many new series while memory fills up
/// (`filled` is a share of it): not at all below three quarters, then ever longer, so that whoever
/// brings series ends up as fast as room is made for them, instead of being refused. Half a second
/// at most. Pure.
inline Duration NewSeriesWait(size_t new_series, double filled) {
  constexpr double kFrom = 0.75;
  constexpr double kMostSecondsASeries = 100e-6;
  constexpr double kMostSeconds = 0.5;
  const double over = std::clamp((filled - kFrom) / (1 - kFrom), 0.0, 1.0);
  const double seconds = static_cast<double>(new_series) * kMostSecondsASeries * over * over;
  return Duration::Nanos(static_cast<int64_t>(std::min(seconds, kMostSeconds) * 1e9));
}

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_NEW_SERIES_WAIT_H_
