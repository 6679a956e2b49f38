#ifndef HINOMI_PROMQL_IMPL_HISTOGRAM_H_
#define HINOMI_PROMQL_IMPL_HISTOGRAM_H_

#include <limits>
#include <vector>

namespace hinomi::promql {

/// A classic histogram's bucket: observations at or below its bound.
struct Bucket {
  double upper = 0;
  double count = 0;
};

/// Counts that fell from one bucket to the next, by more than rounding.
struct Falls {
  bool any = false;
  double least_bound = std::numeric_limits<double>::infinity();
  double greatest_bound = -std::numeric_limits<double>::infinity();
  double greatest = 0;  ///< By how much at most.

  void Add(const Bucket& bucket, double by);
};

/// Sorts a set of buckets and joins equal bounds. False if there is no +Inf bucket.
bool SortBuckets(std::vector<Bucket>& buckets);
/// Lifts counts that fall. The buckets are sorted, and not empty.
Falls LiftFalls(std::vector<Bucket>& buckets);
/// The q-quantile by linear interpolation within a bucket. Buckets sorted and lifted,
/// two at least.
double BucketQuantile(double q, const std::vector<Bucket>& buckets);
/// The share of the observations between the two bounds. Buckets sorted.
double BucketFraction(double lower, double upper, const std::vector<Bucket>& buckets);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_HISTOGRAM_H_
