#include "metrics/histogram_testing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "base/strings.h"
#include "metrics/model.h"

namespace hinomi::metrics {
namespace {

double AnyCount(Random& random, bool whole) {
  const auto count = static_cast<double>(1 + random.Below(1000));
  return whole ? count : count / 8 + 0.1;
}

std::vector<NativeHistogram::Bucket> AnyBuckets(Random& random, bool whole, int32_t first,
                                                uint64_t of) {
  std::vector<NativeHistogram::Bucket> buckets;
  const uint64_t percent = random.Below(101);
  for (uint64_t i = 0; i < of; ++i)
    if (random.Percent(percent))
      buckets.push_back({first + static_cast<int32_t>(i), AnyCount(random, whole)});
  return buckets;
}

double AnySum(Random& random) {
  switch (random.Below(5)) {
    case 0:
      return std::numeric_limits<double>::quiet_NaN();
    case 1:
      return -std::numeric_limits<double>::infinity();
    case 2:
      return -0.5;
    default:
      return random.Unit() * 100;
  }
}

std::string Exactly(double value) {
  if (IsStaleMarker(value)) return "stale";
  if (!std::isnan(value)) return FormatDouble(value);
  return "NaN" + std::to_string(std::bit_cast<uint64_t>(value));
}

}  // namespace

NativeHistogram AnyHistogram(Random& random) {
  if (random.Percent(5)) return StaleHistogram();
  NativeHistogram histogram;
  const bool whole = random.Percent(70);
  histogram.reset_hint = static_cast<NativeHistogram::ResetHint>(random.Below(4));
  histogram.count = random.Percent(5) ? 0 : AnyCount(random, whole);
  histogram.sum = AnySum(random);
  if (random.Percent(30)) {
    histogram.schema = kCustomBucketsSchema;
    for (const double bound : {-1.5, 0.0, 0.1, 0.25, 1e-300, 1e300})
      if (random.Percent(50)) histogram.custom_values.push_back(bound);
    std::sort(histogram.custom_values.begin(), histogram.custom_values.end());
    histogram.positive = AnyBuckets(random, whole, 0, histogram.custom_values.size() + 1);
    return histogram;
  }
  histogram.schema = static_cast<int32_t>(random.Below(3) == 0 ? random.Below(13) : 7) - 4;
  if (random.Percent(50)) histogram.zero_threshold = 0x1p-128;
  if (random.Percent(50)) histogram.zero_count = AnyCount(random, whole);
  const bool far = random.Percent(5);
  const int32_t lowest = std::numeric_limits<int32_t>::min();
  histogram.positive = AnyBuckets(random, whole, far ? lowest : -3, 8);
  histogram.negative = AnyBuckets(random, whole, far ? 1 << 30 : -1, 4);
  return histogram;
}

std::string RenderHistogram(const NativeHistogram& histogram) {
  std::string text = "{schema=" + std::to_string(histogram.schema) +
                     " count=" + Exactly(histogram.count) + " sum=" + Exactly(histogram.sum);
  if (histogram.zero_count != 0 || histogram.zero_threshold != 0)
    text += " zero=" + Exactly(histogram.zero_count) + '/' + Exactly(histogram.zero_threshold);
  for (const double bound : histogram.custom_values) text += " le" + Exactly(bound);
  for (const auto& [index, count] : histogram.negative)
    text += " n" + std::to_string(index) + ':' + Exactly(count);
  for (const auto& [index, count] : histogram.positive)
    text += " p" + std::to_string(index) + ':' + Exactly(count);
  if (histogram.reset_hint != NativeHistogram::ResetHint::kUnknown)
    text += " hint=" + std::to_string(static_cast<int>(histogram.reset_hint));
  return text + '}';
}

NativeHistogramPtr Share(NativeHistogram histogram) {
  return std::make_shared<const NativeHistogram>(std::move(histogram));
}

}  // namespace hinomi::metrics
