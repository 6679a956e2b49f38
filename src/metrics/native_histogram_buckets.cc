#include "metrics/native_histogram_buckets.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace hinomi::metrics {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr int kExponentBeyondAll = 1024;  // 2^1024 is the first power that no double holds.

double CustomBound(const std::vector<double>& bounds, int32_t index) {
  if (index < 0) return -kUnbounded;
  const auto at = static_cast<size_t>(index);
  return at < bounds.size() ? bounds[at] : kUnbounded;
}

void AppendBucket(std::string& out, const BoundedBucket& bucket) {
  out += bucket.lower_inclusive ? ", [" : ", (";
  out += GoNumber(bucket.lower) + "," + GoNumber(bucket.upper);
  out += bucket.upper_inclusive ? "]:" : "):";
  out += GoNumber(bucket.count);
}

BoundedBucket ZeroBucket(const NativeHistogram& histogram) {
  return {-histogram.zero_threshold, histogram.zero_threshold, true, true, histogram.zero_count};
}

}  // namespace

std::string GoNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> out{};
  const auto write = [&](std::chars_format format) {
    const auto end = std::to_chars(out.data(), out.data() + out.size(), value, format).ptr;
    return std::string(out.data(), end);
  };
  std::string text = write(std::chars_format::scientific);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  return exponent < -4 || exponent > 5 ? text : write(std::chars_format::fixed);
}

double ExponentialBound(int32_t schema, int32_t index) {
  // The bound is 2^(index / 2^schema): a whole exponent and a fraction of one.
  int64_t whole = index;
  double fraction = 0;
  if (schema <= 0) {
    whole <<= -schema;
  } else {
    whole >>= schema;
    fraction = static_cast<double>(index - (whole << schema)) / static_cast<double>(1 << schema);
  }
  if (whole == kExponentBeyondAll && fraction == 0) return std::numeric_limits<double>::max();
  const auto exponent = static_cast<int>(std::clamp<int64_t>(whole, -4096, 4096));
  return std::ldexp(fraction == 0 ? 1 : std::exp2(fraction), exponent);
}

BoundedBucket PositiveBucket(const NativeHistogram& histogram, const NativeHistogram::Bucket& at) {
  if (UsesCustomBuckets(histogram)) {
    return {CustomBound(histogram.custom_values, at.index - 1),
            CustomBound(histogram.custom_values, at.index), at.index == 0, true, at.count};
  }
  return {ExponentialBound(histogram.schema, at.index - 1),
          ExponentialBound(histogram.schema, at.index), false, true, at.count};
}

BoundedBucket NegativeBucket(const NativeHistogram& histogram, const NativeHistogram::Bucket& at) {
  return {-ExponentialBound(histogram.schema, at.index),
          -ExponentialBound(histogram.schema, at.index - 1), true, false, at.count};
}

std::vector<BoundedBucket> AllBuckets(const NativeHistogram& histogram) {
  std::vector<BoundedBucket> out;
  out.reserve(histogram.negative.size() + histogram.positive.size() + 1);
  const double zero = histogram.zero_threshold;
  for (auto at = histogram.negative.rbegin(); at != histogram.negative.rend(); ++at) {
    if (at->count == 0) continue;
    out.push_back(NegativeBucket(histogram, *at));
    if (out.back().upper > -zero) out.back().upper = -zero;
  }
  if (histogram.zero_count != 0) out.push_back(ZeroBucket(histogram));
  for (const NativeHistogram::Bucket& at : histogram.positive) {
    if (at.count == 0) continue;
    out.push_back(PositiveBucket(histogram, at));
    const bool overlaps = !UsesCustomBuckets(histogram) && out.back().lower < zero;
    if (overlaps) out.back().lower = zero;
  }
  return out;
}

std::string ToText(const NativeHistogram& histogram) {
  std::string out = "{count:" + GoNumber(histogram.count) + ", sum:" + GoNumber(histogram.sum);
  for (auto at = histogram.negative.rbegin(); at != histogram.negative.rend(); ++at) {
    if (at->count != 0) AppendBucket(out, NegativeBucket(histogram, *at));
  }
  if (histogram.zero_count != 0) AppendBucket(out, ZeroBucket(histogram));
  for (const NativeHistogram::Bucket& at : histogram.positive) {
    if (at.count != 0) AppendBucket(out, PositiveBucket(histogram, at));
  }
  return out + "}";
}

}  // namespace hinomi::metrics
