#ifndef HINOMI_METRICS_SAMPLE_WINDOWS_TESTING_H_
#define HINOMI_METRICS_SAMPLE_WINDOWS_TESTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "metrics/sample_windows.h"

namespace hinomi::metrics {

/// Samples of one series, ascending: of a counter or a gauge, with gaps, resets, stale markers
/// and numbers no exporter should say; now and then exactly at the end of a window.
struct WrittenSamples {
  std::vector<int64_t> at_ms;
  std::vector<double> values;
};
WrittenSamples AnyWritten(Random& random, int64_t resolution_ms);
/// Windows of such ones, of some days.
std::vector<SampleWindow> AnyWindows(Random& random, int64_t resolution_ms);
/// Every number of them bit by bit, but for what says nothing.
std::string ShowWindows(const std::vector<SampleWindow>& windows);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SAMPLE_WINDOWS_TESTING_H_
