// The trim operators: what is left of a histogram above or below a value.
#include <cmath>
#include <limits>

#include "metrics/native_histogram_buckets.h"
#include "metrics/native_histogram_math.h"

namespace hinomi::metrics {
namespace {

enum class Keep { kBelow, kAbove };

/// What is left of a bucket, and the value that stands for its observations.
struct Rest {
  double count = 0;
  double middle = 0;
};

/// How a bucket's observations are spread over it.
enum class Spread { kEven, kPositiveExponential, kNegativeExponential };

/// The value in the middle of a part of a bucket. A bound that is infinite says
/// nothing: then the other one stands for the part, or half of it towards zero.
double MiddleOf(double lower, double upper, Spread spread) {
  if (std::isinf(lower)) {
    if (std::isinf(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (std::isinf(upper)) return lower;
  if (spread == Spread::kEven) return (lower + upper) / 2;
  const double mean = std::sqrt(std::abs(lower * upper));
  return spread == Spread::kPositiveExponential ? mean : -mean;
}

/// Buckets without a lower (upper) end: nobody knows how their observations are
/// spread, so that they stay or go as a whole. Only one that ends above zero and
/// begins nowhere is taken as beginning at zero, as in classic histograms.
Rest CutEndless(const BoundedBucket& bucket, double value, Keep keep) {
  if (std::isinf(bucket.lower)) {
    const bool from_zero = bucket.upper > 0 && !std::isinf(bucket.upper);
    if (keep == Keep::kBelow) {
      if (value > 0 && from_zero) return {bucket.count * value / bucket.upper, value / 2};
      return bucket.upper <= 0 ? Rest{bucket.count, value} : Rest{};
    }
    if (value < 0 || !from_zero) return {};
    return {bucket.count * (1 - value / bucket.upper), (value + bucket.upper) / 2};
  }
  return keep == Keep::kBelow ? Rest{} : Rest{bucket.count, value};
}

/// The share of a bucket's width at or below a value inside of it.
double ShareBelow(const BoundedBucket& bucket, double value, Spread spread) {
  if (spread == Spread::kEven) return (value - bucket.lower) / (bucket.upper - bucket.lower);
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  return (std::log2(std::abs(value)) - lower) / (upper - lower);
}

/// What is left of a bucket other than the zero bucket.
Rest Cut(const BoundedBucket& bucket, double value, Keep keep, Spread spread) {
  const bool below = keep == Keep::kBelow;
  const bool whole = below ? bucket.upper <= value : bucket.lower >= value;
  if (whole) return {bucket.count, MiddleOf(bucket.lower, bucket.upper, spread)};
  const bool inside = below ? bucket.lower < value : bucket.upper > value;
  if (!inside) return {};
  if (std::isinf(bucket.lower) || std::isinf(bucket.upper)) return CutEndless(bucket, value, keep);
  const double share = ShareBelow(bucket, value, spread);
  if (below) return {bucket.count * share, MiddleOf(bucket.lower, value, spread)};
  return {bucket.count - bucket.count * share, MiddleOf(value, bucket.upper, spread)};
}

/// The zero bucket is spread evenly, over the side only on which there are buckets.
Rest CutZero(const NativeHistogram& histogram, bool has_negative, bool has_positive, double value,
             Keep keep) {
  const double lower = has_positive && !has_negative ? 0 : -histogram.zero_threshold;
  const double upper = has_negative && !has_positive ? 0 : histogram.zero_threshold;
  const bool below = keep == Keep::kBelow;
  const Rest whole{histogram.zero_count, (lower + upper) / 2};
  if (value <= lower) return below ? Rest{} : whole;
  if (value >= upper) return below ? whole : Rest{};
  const double width = upper - lower;
  if (below) return {histogram.zero_count * ((value - lower) / width), (lower + value) / 2};
  return {histogram.zero_count * ((upper - value) / width), (value + upper) / 2};
}

/// Trims one histogram and adds up what is left.
class Trimmer {
 public:
  Trimmer(const NativeHistogram& histogram, double value, Keep keep)
      : out_(histogram), value_(value), keep_(keep) {}

  NativeHistogram Run() {
    const bool custom = UsesCustomBuckets(out_);
    const bool positive =
        Side(out_.positive, PositiveBucket, custom ? Spread::kEven : Spread::kPositiveExponential);
    const bool negative = Side(out_.negative, NegativeBucket, Spread::kNegativeExponential);
    if (out_.zero_count > 0)
      Take(out_.zero_count, CutZero(out_, negative, positive, value_, keep_));
    if (changed_) {
      out_.count = count_;
      out_.sum = sum_;
    }
    return std::move(out_);
  }

 private:
  using Bound = BoundedBucket (*)(const NativeHistogram&, const NativeHistogram::Bucket&);

  void Take(double& count, const Rest& rest) {
    changed_ = changed_ || count != rest.count;
    count = rest.count;
    count_ += rest.count;
    sum_ += rest.middle * rest.count;
  }

  /// Whether there is a populated bucket on this side.
  bool Side(std::vector<NativeHistogram::Bucket>& buckets, Bound bound, Spread spread) {
    bool any = false;
    for (NativeHistogram::Bucket& bucket : buckets) {
      if (bucket.count == 0) continue;
      any = true;
      Take(bucket.count, Cut(bound(out_, bucket), value_, keep_, spread));
    }
    std::erase_if(buckets, [](const auto& bucket) { return bucket.count == 0; });
    return any;
  }

  NativeHistogram out_;
  const double value_;
  const Keep keep_;
  double count_ = 0, sum_ = 0;
  bool changed_ = false;
};

}  // namespace

NativeHistogram TrimmedAbove(const NativeHistogram& histogram, double value) {
  return Trimmer(histogram, value, Keep::kBelow).Run();
}

NativeHistogram TrimmedBelow(const NativeHistogram& histogram, double value) {
  return Trimmer(histogram, value, Keep::kAbove).Run();
}

}  // namespace hinomi::metrics
