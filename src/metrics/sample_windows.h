#ifndef HINOMI_METRICS_SAMPLE_WINDOWS_H_
#define HINOMI_METRICS_SAMPLE_WINDOWS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// What the samples of one series in (end_ms - resolution, end_ms] come to: enough for
/// what PromQL asks of windows that are made up of such ones, as if it had the samples.
struct SampleWindow {
  int64_t end_ms = 0;  ///< A multiple of the resolution.
  double count = 0;    ///< Stale markers are no samples. With 0 only `ended` says something.
  double sum = 0;
  double min = 0;  ///< NaN only if all are.
  double max = 0;
  Sample first;
  Sample last;
  double lost = 0;     ///< What a counter lost at its resets: the value before each fall.
  bool ended = false;  ///< A stale marker came last.
};

/// One series as windows, ascending; those without anything are left out.
struct SeriesWindows {
  Labels labels;
  std::vector<SampleWindow> windows;
};

/// Takes one series. What it holds may be moved from; it is overwritten by the next.
using WindowsVisitor = std::function<Status(SeriesWindows& series)>;

/// The end of the window that a time is in.
int64_t WindowEnd(int64_t at_ms, int64_t resolution_ms);

/// Appends the windows of these samples, which ascend in time and are behind those there.
void AppendWindows(std::span<const int64_t> at_ms, std::span<const double> values,
                   int64_t resolution_ms, std::vector<SampleWindow>& windows);

/// Several windows, in order and not empty, as one; its end is that of the last. Leaves the
/// sum as it is rounded.
SampleWindow FoldWindows(std::span<const SampleWindow> windows);

/// One of two readings of the same samples, some of which may be gone from either: of each
/// window the one with more of them, `newer` where there are as many. Both ascend.
std::vector<SampleWindow> MergeWindows(std::span<const SampleWindow> older,
                                       std::span<const SampleWindow> newer);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SAMPLE_WINDOWS_H_
