#ifndef HINOMI_METRICS_NATIVE_HISTOGRAM_H_
#define HINOMI_METRICS_NATIVE_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"

namespace hinomi::metrics {

/// The schema of histograms whose bounds stand in `custom_values` (Prometheus' NHCB).
inline constexpr int32_t kCustomBucketsSchema = -53;

/// A native histogram (Prometheus' native histogram specification 1.0), all numbers as
/// float64; those that came as integers are whole. Bucket i of an exponential schema s
/// has the bounds (2^(2^-s * (i - 1)), 2^(2^-s * i)], negative ones mirrored; of custom
/// buckets (custom_values[i - 1], custom_values[i]], the last one up to +Inf.
struct NativeHistogram {
  /// What is known of a reset since the sample before.
  enum class ResetHint : uint8_t { kUnknown, kReset, kNoReset, kGauge };
  struct Bucket {
    int32_t index = 0;
    double count = 0;  ///< In this bucket alone.
    bool operator==(const Bucket&) const = default;
  };

  ResetHint reset_hint = ResetHint::kUnknown;
  int32_t schema = 0;  ///< -4 to 8, or kCustomBucketsSchema.
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;
  /// By index, ascending; what is not here is empty. Custom ones are all positive.
  std::vector<Bucket> positive, negative;
  std::vector<double> custom_values;  ///< Upper bounds, ascending, without +Inf.

  bool operator==(const NativeHistogram&) const = default;
};

/// What one histogram may have, as each bucket is a column of the store.
inline constexpr size_t kMostHistogramBuckets = 4096;

/// kInvalidArgument, saying what was expected, unless a store can keep the histogram
/// and give it back: its schema is known, buckets and bounds ascend, no count is NaN
/// or negative, and custom buckets have neither a zero bucket nor negative ones. The
/// sum may be anything.
Status CheckHistogram(const NativeHistogram& histogram);

/// A histogram as classic buckets.
struct ClassicBucket {
  double upper_bound = 0;
  double cumulative_count = 0;
};

/// Those of all custom bounds and of exponential buckets that are not empty, ascending by
/// bound, the last one +Inf with the histogram's count. (The bound of an exponential bucket
/// is right to the last bit but one or two.)
std::vector<ClassicBucket> ToClassicBuckets(const NativeHistogram& histogram);

/// The mark "the series ended here" among histograms: nothing but a sum that is the
/// stale marker.
NativeHistogram StaleHistogram();
bool IsStaleHistogram(const NativeHistogram& histogram);

/// Never changed once it is in a column, so that columns can share it.
using NativeHistogramPtr = std::shared_ptr<const NativeHistogram>;

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_NATIVE_HISTOGRAM_H_
