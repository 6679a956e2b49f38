#ifndef HINOMI_METRICS_TSDB_WINDOW_COLUMNS_H_
#define HINOMI_METRICS_TSDB_WINDOW_COLUMNS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "metrics/sample_windows.h"
#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

// The windows of a series as samples of a series with the same labels, so that blocks
// hold them as any others (docs/formats/metrics-downsampled.md): each number of a window
// in the hour of its day that is given to its kind. A day is worth its windows that end
// after its first millisecond, up to and with the next day's.

/// The number of the day that a window belongs to.
inline int64_t DayOfWindow(int64_t end_ms) {
  return WindowNumber(end_ms - 1, kDayMs);
}

/// Whether columns that follow from others are written all the same: they have to
/// where they may take the place of others.
enum class Columns { kNeeded, kAll };

/// Gives the columns of windows of one day to `add`, in order of time.
Status EncodeWindows(std::span<const SampleWindow> windows, int64_t resolution_ms, Columns columns,
                     const std::function<Status(std::span<const int64_t> at_ms,
                                                std::span<const double> values)>& add);

/// Appends what stands in columns, of as many days as there are. What no encoder
/// wrote is left out.
void DecodeWindows(std::span<const int64_t> at_ms, std::span<const double> values,
                   int64_t resolution_ms, std::vector<SampleWindow>& windows);

/// The times of all columns of the windows that end in [from_ms, to_ms].
std::vector<TimeWindow> ColumnTimes(int64_t from_ms, int64_t to_ms, int64_t resolution_ms);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_WINDOW_COLUMNS_H_
