#ifndef HINOMI_METRICS_HISTOGRAM_TESTING_H_
#define HINOMI_METRICS_HISTOGRAM_TESTING_H_

#include <string>

#include "base/random.h"
#include "metrics/native_histogram.h"

namespace hinomi::metrics {

/// Histograms of all kinds that `CheckHistogram` passes, without empty buckets: schemas,
/// custom bounds, whole and broken counts, sums that are NaN or the stale marker. Their
/// buckets are few out of a few, so that two of them share some.
NativeHistogram AnyHistogram(Random& random);

/// `{schema=3 count=5 sum=1.5 zero=1/0.001 n-2:1 p5:3 hint=1}` with each value to the
/// last bit, NaNs told apart: what a test compares.
std::string RenderHistogram(const NativeHistogram& histogram);

NativeHistogramPtr Share(NativeHistogram histogram);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_HISTOGRAM_TESTING_H_
