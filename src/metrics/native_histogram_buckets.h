#ifndef HINOMI_METRICS_NATIVE_HISTOGRAM_BUCKETS_H_
#define HINOMI_METRICS_NATIVE_HISTOGRAM_BUCKETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/native_histogram.h"

namespace hinomi::metrics {

/// A bucket with its bounds.
struct BoundedBucket {
  double lower = 0;
  double upper = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
  double count = 0;  ///< In this bucket alone.
};

inline bool UsesCustomBuckets(const NativeHistogram& histogram) {
  return histogram.schema == kCustomBucketsSchema;
}

/// The upper bound of the positive bucket `index` of an exponential schema, which
/// is the lower one of the next. The last bucket of finite values ends at the
/// largest double, as the specification wants it; the one behind holds infinities.
double ExponentialBound(int32_t schema, int32_t index);

/// The bucket of a schema `finer` steps lower that holds bucket `index`.
inline int32_t CoarserIndex(int32_t index, int32_t finer) {
  return ((index - 1) >> finer) + 1;
}

/// One of the positive buckets with the bounds that its index gives it.
BoundedBucket PositiveBucket(const NativeHistogram& histogram, const NativeHistogram::Bucket& at);
/// The same for a negative one (exponential schemas only).
BoundedBucket NegativeBucket(const NativeHistogram& histogram, const NativeHistogram::Bucket& at);

/// The populated buckets from the lowest to the highest, the zero bucket among
/// them. Where it overlaps a neighbour, the neighbour ends at its threshold.
std::vector<BoundedBucket> AllBuckets(const NativeHistogram& histogram);

/// A number as Go's %g writes it: the shortest digits that read back the same, with
/// an exponent where it is below -4 or above 5.
std::string GoNumber(double value);
/// As Prometheus writes one: `{count:3, sum:5.5, [-0.001,0.001]:1, (1,2]:2}`.
std::string ToText(const NativeHistogram& histogram);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_NATIVE_HISTOGRAM_BUCKETS_H_
