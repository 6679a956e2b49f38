#ifndef HINOMI_PROMQL_IMPL_NATIVE_QUANTILE_H_
#define HINOMI_PROMQL_IMPL_NATIVE_QUANTILE_H_

#include "metrics/native_histogram.h"

namespace hinomi::promql {

/// What a histogram tells, and what observations of NaN did to it. Those are in the
/// count but in no bucket.
struct Estimate {
  enum class NanEffect {
    kNone,
    kResultIsNan,  ///< The quantile lies among them.
    kSkewed,       ///< They count as greater than all others.
    kLeftOut,      ///< The fractions do not reach 1.
  };
  double value = 0;
  NanEffect nan_effect = NanEffect::kNone;
};

/// The q-quantile: interpolated on a logarithmic scale within exponential buckets,
/// linearly within custom ones and the zero bucket.
Estimate NativeQuantile(double q, const metrics::NativeHistogram& histogram);
/// The share of the observations between two values, the inverse of the quantile.
Estimate NativeFraction(double lower, double upper, const metrics::NativeHistogram& histogram);
/// The variance if all observations of a bucket lie at its mean (geometric for
/// exponential buckets, 0 for the zero bucket).
double NativeVariance(const metrics::NativeHistogram& histogram);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_NATIVE_QUANTILE_H_
