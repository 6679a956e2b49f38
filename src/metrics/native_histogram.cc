#include "metrics/native_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/strings.h"
#include "metrics/model.h"

namespace hinomi::metrics {
namespace {

constexpr int32_t kLowestSchema = -4;
constexpr int32_t kHighestSchema = 8;

bool IsCount(double value) {
  return value >= 0;  // Not of NaN.
}

Status CheckCount(std::string_view what, double value) {
  if (IsCount(value)) return {};
  return InvalidArgument("its " + std::string(what) + " is " + FormatDouble(value) +
                         "; expected a number of 0 or more");
}

Status CheckBuckets(std::string_view side, const std::vector<NativeHistogram::Bucket>& buckets) {
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (!IsCount(buckets[i].count))
      return CheckCount(std::string(side) + " bucket " + std::to_string(buckets[i].index),
                        buckets[i].count);
    if (i > 0 && buckets[i - 1].index >= buckets[i].index)
      return InvalidArgument("its " + std::string(side) + " bucket " +
                             std::to_string(buckets[i].index) + " comes after bucket " +
                             std::to_string(buckets[i - 1].index) + "; expected ascending ones");
  }
  return {};
}

Status CheckCustom(const NativeHistogram& histogram) {
  if (histogram.zero_count != 0 || histogram.zero_threshold != 0 || !histogram.negative.empty())
    return InvalidArgument(
        "it has custom buckets (schema -53) together with a zero bucket or negative ones; "
        "expected positive ones only");
  const std::vector<double>& bounds = histogram.custom_values;
  for (size_t i = 0; i < bounds.size(); ++i)
    if (!std::isfinite(bounds[i]) || (i > 0 && bounds[i - 1] >= bounds[i]))
      return InvalidArgument("its bound " + std::to_string(i) + " is " + FormatDouble(bounds[i]) +
                             "; expected finite custom bounds that ascend");
  for (const NativeHistogram::Bucket& bucket : histogram.positive)
    if (bucket.index < 0 || static_cast<size_t>(bucket.index) > bounds.size())
      return InvalidArgument("its bucket " + std::to_string(bucket.index) + " has no bound among " +
                             std::to_string(bounds.size()) + " custom ones");
  return {};
}

Status CheckExponential(const NativeHistogram& histogram) {
  if (histogram.schema < kLowestSchema || histogram.schema > kHighestSchema)
    return InvalidArgument("its schema is " + std::to_string(histogram.schema) +
                           "; expected -4 to 8, or -53 for custom buckets");
  if (!histogram.custom_values.empty())
    return InvalidArgument("it has custom bounds with schema " + std::to_string(histogram.schema) +
                           "; they belong to schema -53");
  if (!std::isfinite(histogram.zero_threshold))
    return InvalidArgument("its zero threshold is " + FormatDouble(histogram.zero_threshold) +
                           "; expected a finite number");
  return CheckCount("zero threshold", histogram.zero_threshold);
}

/// 2^(2^-schema * index).
double ExponentialBound(int64_t index, int32_t schema) {
  // Beyond these exponents nothing is left of a double, nor of an int.
  static constexpr int64_t kMostExponent = 5000;
  const auto clamp = [](int64_t exponent) {
    return static_cast<int>(std::clamp(exponent, -kMostExponent, kMostExponent));
  };
  if (schema <= 0) return std::ldexp(1, clamp(index * (int64_t{1} << -schema)));
  const int64_t whole = index >> schema;
  const int64_t part = index - whole * (int64_t{1} << schema);
  return std::ldexp(std::exp2(std::ldexp(static_cast<double>(part), -schema)), clamp(whole));
}

}  // namespace

Status CheckHistogram(const NativeHistogram& histogram) {
  if (histogram.schema == kCustomBucketsSchema) {
    HN_TRY_VOID(CheckCustom(histogram));
  } else {
    HN_TRY_VOID(CheckExponential(histogram));
  }
  HN_TRY_VOID(CheckCount("count", histogram.count));
  HN_TRY_VOID(CheckCount("zero count", histogram.zero_count));
  HN_TRY_VOID(CheckBuckets("positive", histogram.positive));
  HN_TRY_VOID(CheckBuckets("negative", histogram.negative));
  const size_t buckets =
      histogram.positive.size() + histogram.negative.size() + histogram.custom_values.size();
  if (buckets > kMostHistogramBuckets)
    return InvalidArgument("it has " + std::to_string(buckets) +
                           " buckets and bounds, the limit is " +
                           std::to_string(kMostHistogramBuckets) + "; send a lower schema");
  return {};
}

std::vector<ClassicBucket> ToClassicBuckets(const NativeHistogram& histogram) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const int32_t schema = histogram.schema;
  std::vector<ClassicBucket> buckets;
  double below = 0;
  const auto add = [&](double upper_bound, double count) {
    below += count;
    if (upper_bound < kInfinity) buckets.push_back({upper_bound, below});
  };
  if (schema == kCustomBucketsSchema) {
    auto bucket = histogram.positive.begin();
    for (size_t i = 0; i < histogram.custom_values.size(); ++i) {
      const bool there =
          bucket != histogram.positive.end() && static_cast<size_t>(bucket->index) == i;
      add(histogram.custom_values[i], there ? bucket++->count : 0);
    }
  } else {
    for (auto it = histogram.negative.rbegin(); it != histogram.negative.rend(); ++it)
      add(-ExponentialBound(int64_t{it->index} - 1, schema), it->count);
    if (histogram.zero_count != 0) add(histogram.zero_threshold, histogram.zero_count);
    for (const auto& [index, count] : histogram.positive)
      add(ExponentialBound(index, schema), count);
  }
  buckets.push_back({kInfinity, histogram.count});
  return buckets;
}

NativeHistogram StaleHistogram() {
  NativeHistogram stale;
  stale.sum = StaleMarker();
  return stale;
}

bool IsStaleHistogram(const NativeHistogram& histogram) {
  return IsStaleMarker(histogram.sum);
}

}  // namespace hinomi::metrics
