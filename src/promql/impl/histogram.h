#ifndef HINOMI_PROMQL_IMPL_HISTOGRAM_H_
#define HINOMI_PROMQL_IMPL_HISTOGRAM_H_

#include <vector>

namespace hinomi::promql {

/// A classic histogram's bucket: observations at or below its bound.
struct Bucket {
  double upper = 0;
  double count = 0;
};

/// Makes a set of buckets usable: sorts, joins equal bounds, and lifts counts
/// that fall. `forced` says that a fall was more than rounding. False if there
/// is no +Inf bucket or only one bucket.
bool PrepareBuckets(std::vector<Bucket>& buckets, bool& forced);
/// The q-quantile by linear interpolation within a bucket. Buckets prepared.
double BucketQuantile(double q, const std::vector<Bucket>& buckets);
/// The share of the observations between the two bounds.
double BucketFraction(double lower, double upper, const std::vector<Bucket>& buckets);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_HISTOGRAM_H_
