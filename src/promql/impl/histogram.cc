#include "promql/impl/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hinomi::promql {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Falls smaller than this share come from floating-point arithmetic.
constexpr double kSmallDelta = 1e-12;

bool AlmostEqual(double a, double b) {
  if (a == b) return true;
  const double sum = std::abs(a) + std::abs(b), difference = std::abs(a - b);
  constexpr double kLeastNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kLeastNormal) return difference < kSmallDelta * kLeastNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kSmallDelta;
}

}  // namespace

void Falls::Add(const Bucket& bucket, double by) {
  any = true;
  least_bound = std::min(least_bound, bucket.upper);
  greatest_bound = std::max(greatest_bound, bucket.upper);
  greatest = std::max(greatest, by);
}

bool SortBuckets(std::vector<Bucket>& buckets) {
  std::stable_sort(buckets.begin(), buckets.end(),
                   [](const Bucket& a, const Bucket& b) { return a.upper < b.upper; });
  if (buckets.empty() || buckets.back().upper != kInfinity) return false;
  size_t kept = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper == buckets[kept].upper) {
      buckets[kept].count += buckets[i].count;
    } else {
      buckets[++kept] = buckets[i];
    }
  }
  buckets.resize(kept + 1);
  return true;
}

Falls LiftFalls(std::vector<Bucket>& buckets) {
  Falls falls;
  double previous = buckets[0].count;
  for (size_t i = 1; i < buckets.size(); ++i) {
    double& count = buckets[i].count;
    if (count == previous) continue;
    if (AlmostEqual(previous, count)) {
      count = previous;
    } else if (count < previous) {
      falls.Add(buckets[i], previous - count);
      count = previous;
    } else {
      previous = count;
    }
  }
  return falls;
}

double BucketQuantile(double q, const std::vector<Bucket>& buckets) {
  if (std::isnan(q)) return kNotANumber;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  const double observations = buckets.back().count;
  if (observations == 0) return kNotANumber;
  double rank = q * observations;
  // By halves, as Prometheus does: one sees it where counts are NaN.
  size_t b = 0;
  for (size_t end = buckets.size() - 1; b < end;) {
    const size_t middle = (b + end) / 2;
    if (buckets[middle].count >= rank) {
      end = middle;
    } else {
      b = middle + 1;
    }
  }
  if (b == buckets.size() - 1) return buckets[b - 1].upper;
  if (b == 0 && buckets[0].upper <= 0) return buckets[0].upper;
  double start = 0, count = buckets[b].count;
  if (b > 0) {
    start = buckets[b - 1].upper;
    count -= buckets[b - 1].count;
    rank -= buckets[b - 1].count;
  }
  return start + (buckets[b].upper - start) * (rank / count);
}

double BucketFraction(double lower, double upper, const std::vector<Bucket>& buckets) {
  const double count = buckets.back().count;
  if (count == 0 || std::isnan(count) || std::isnan(lower) || std::isnan(upper)) return kNotANumber;
  if (lower >= upper) return 0;
  // How many observations lie below a value, taken as spread evenly.
  const auto below = [&](double value) {
    double before = 0;
    for (size_t i = 0; i < buckets.size(); ++i) {
      const double end = buckets[i].upper;
      double start = i > 0 ? buckets[i - 1].upper : -kInfinity;
      if (i == 0 && end > 0) start = 0;
      if (start >= value) return before;
      if (end > value) {
        if (std::isinf(start)) return buckets[i].count;
        return before + (buckets[i].count - before) * (value - start) / (end - start);
      }
      before = buckets[i].count;
    }
    return count;
  };
  // Where counts fall a bucket may hold more than all.
  return (std::min(below(upper), count) - std::min(below(lower), count)) / count;
}

}  // namespace hinomi::promql
