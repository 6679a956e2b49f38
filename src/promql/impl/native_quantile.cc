#include "promql/impl/native_quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/kahan.h"
#include "metrics/native_histogram_buckets.h"

namespace hinomi::promql {
namespace {

using metrics::BoundedBucket;
using metrics::NativeHistogram;
using metrics::UsesCustomBuckets;
using NanEffect = Estimate::NanEffect;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();

bool AnyPopulated(const std::vector<NativeHistogram::Bucket>& buckets) {
  return std::any_of(buckets.begin(), buckets.end(), [](const auto& b) { return b.count != 0; });
}

/// A zero bucket of a histogram with buckets on one side only ends at zero.
void NarrowZeroBucket(const NativeHistogram& histogram, BoundedBucket& bucket) {
  const bool negative = AnyPopulated(histogram.negative);
  const bool positive = AnyPopulated(histogram.positive);
  if (positive && !negative) bucket.lower = 0;
  if (negative && !positive) bucket.upper = 0;
}

/// Where the search for a rank ended.
struct Found {
  BoundedBucket bucket;
  double counted = 0;  ///< Up to and with the bucket.
  double rest = 0;     ///< Of the buckets behind it.
};

template <typename Iterator>
Found FindRank(Iterator bucket, Iterator end, double rank) {
  Found out;
  for (; bucket != end; ++bucket) {
    out.bucket = *bucket;
    out.counted += bucket->count;
    if (out.counted >= rank) {
      ++bucket;
      break;
    }
  }
  for (; bucket != end; ++bucket) out.rest += bucket->count;
  return out;
}

/// A place within a bucket, 0 its lower and 1 its upper end.
double Interpolate(const BoundedBucket& bucket, double share, bool linear) {
  if (linear) return bucket.lower + (bucket.upper - bucket.lower) * share;
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  const double value = std::exp2(lower + (upper - lower) * share);
  return bucket.lower > 0 ? value : -value;
}

/// The share of a bucket's observations below a value inside of it.
double ShareBelow(const BoundedBucket& bucket, double value, bool linear) {
  if (linear) return (value - bucket.lower) / (bucket.upper - bucket.lower);
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  return (std::log2(std::abs(value)) - lower) / (upper - lower);
}

bool IsZeroBucket(const BoundedBucket& bucket) {
  return bucket.lower <= 0 && bucket.upper >= 0;
}

/// Observations below `value`; nothing is known within a bucket that begins nowhere,
/// so that all of it counts. `kEndless` where no bucket reaches the value.
double RankOf(double value, const std::vector<BoundedBucket>& buckets, bool custom) {
  double rank = 0;
  for (const BoundedBucket& bucket : buckets) {
    if (bucket.lower >= value) return rank;
    if (bucket.upper > value) {
      if (std::isinf(bucket.lower)) return bucket.count;
      const bool linear = custom || IsZeroBucket(bucket);
      return rank + bucket.count * ShareBelow(bucket, value, linear);
    }
    rank += bucket.count;
  }
  return kEndless;
}

}  // namespace

Estimate NativeQuantile(double q, const NativeHistogram& histogram) {
  if (q < 0) return {-kEndless};
  if (q > 1) return {kEndless};
  if (histogram.count == 0 || std::isnan(q)) return {kNoNumber};
  const std::vector<BoundedBucket> buckets = metrics::AllBuckets(histogram);
  // From the nearer end, so that less is added up. NaNs count above all others.
  const bool has_nan = std::isnan(histogram.sum);
  const bool forward = has_nan || q < 0.5;
  double rank = (forward ? q : 1 - q) * histogram.count;
  const Found found = forward ? FindRank(buckets.begin(), buckets.end(), rank)
                              : FindRank(buckets.rbegin(), buckets.rend(), rank);
  BoundedBucket bucket = found.bucket;
  const bool custom = UsesCustomBuckets(histogram);
  if (!custom && bucket.lower < 0 && bucket.upper > 0) {
    NarrowZeroBucket(histogram, bucket);
  } else if (custom && bucket.lower == -kEndless) {
    if (bucket.upper <= 0) return {bucket.upper};
    bucket.lower = 0;
  } else if (custom && bucket.upper == kEndless) {
    return {bucket.lower};
  }
  const double counted = std::min(found.counted, histogram.count);
  if (counted < rank)
    return has_nan ? Estimate{kNoNumber, NanEffect::kResultIsNan} : Estimate{bucket.upper};
  rank = forward ? rank - (counted - bucket.count) : counted - rank;
  const bool skewed = has_nan && counted + found.rest < histogram.count;
  const bool linear = custom || IsZeroBucket(bucket);
  return {Interpolate(bucket, rank / bucket.count, linear),
          skewed ? NanEffect::kSkewed : NanEffect::kNone};
}

Estimate NativeFraction(double lower, double upper, const NativeHistogram& histogram) {
  if (histogram.count == 0 || std::isnan(lower) || std::isnan(upper)) return {kNoNumber};
  if (lower >= upper) return {0};
  std::vector<BoundedBucket> buckets = metrics::AllBuckets(histogram);
  double in_buckets = 0;
  for (BoundedBucket& bucket : buckets) {
    in_buckets += bucket.count;
    if (IsZeroBucket(bucket)) NarrowZeroBucket(histogram, bucket);
  }
  const bool has_nan = std::isnan(histogram.sum);
  const double reachable = has_nan ? in_buckets : histogram.count;
  const bool custom = UsesCustomBuckets(histogram);
  const double below_upper = std::min(RankOf(upper, buckets, custom), reachable);
  const double below_lower = std::min(RankOf(lower, buckets, custom), reachable);
  const bool left_out = has_nan && in_buckets < histogram.count;
  return {(below_upper - below_lower) / histogram.count,
          left_out ? NanEffect::kLeftOut : NanEffect::kNone};
}

double NativeVariance(const NativeHistogram& histogram) {
  const double mean = histogram.sum / histogram.count;
  double variance = 0, lost = 0;
  for (const BoundedBucket& bucket : metrics::AllBuckets(histogram)) {
    double value = 0;
    if (UsesCustomBuckets(histogram)) {
      value = (bucket.upper + bucket.lower) / 2;
    } else if (!IsZeroBucket(bucket)) {
      value = std::copysign(std::sqrt(bucket.upper * bucket.lower), bucket.upper);
    }
    KahanAdd(bucket.count * (value - mean) * (value - mean), variance, lost);
  }
  return (variance + lost) / histogram.count;
}

}  // namespace hinomi::promql
