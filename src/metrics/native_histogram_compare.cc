// Two histograms of one series side by side: were its counters reset, is it the same?
#include <bit>
#include <cmath>
#include <limits>

#include "metrics/native_histogram_buckets.h"
#include "metrics/native_histogram_math.h"

namespace hinomi::metrics {
namespace {

using Buckets = std::vector<NativeHistogram::Bucket>;

/// Whether a bucket lost observations or, populated before, is gone.
bool AnyFell(const Buckets& current, const Buckets& previous) {
  size_t at = 0;
  for (const NativeHistogram::Bucket& before : previous) {
    if (before.count == 0) continue;
    while (at < current.size() && current[at].index < before.index) ++at;
    const bool there = at < current.size() && current[at].index == before.index;
    if (!there || current[at].count < before.count) return true;
  }
  return false;
}

/// Observations of a histogram with custom buckets at or below each of the bounds,
/// and in all, as counts between neighbours.
std::vector<double> CountsBetween(const NativeHistogram& histogram,
                                  const std::vector<double>& bounds) {
  std::vector<double> out(bounds.size() + 1);
  size_t target = 0;
  for (const NativeHistogram::Bucket& bucket : histogram.positive) {
    const double upper = PositiveBucket(histogram, bucket).upper;
    while (target < bounds.size() && bounds[target] < upper) ++target;
    out[target] += bucket.count;
  }
  return out;
}

bool AnyFellBetween(const NativeHistogram& current, const NativeHistogram& previous) {
  const std::vector<double> bounds = CommonBounds(current.custom_values, previous.custom_values);
  const std::vector<double> now = CountsBetween(current, bounds);
  const std::vector<double> before = CountsBetween(previous, bounds);
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] < before[i]) return true;
  }
  return false;
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool SameBuckets(const Buckets& a, const Buckets& b) {
  const auto skip = [](const Buckets& buckets, size_t& at) {
    while (at < buckets.size() && buckets[at].count == 0) ++at;
  };
  size_t i = 0, k = 0;
  while (true) {
    skip(a, i);
    skip(b, k);
    if (i == a.size() || k == b.size()) return i == a.size() && k == b.size();
    if (a[i].index != b[k].index || !SameBits(a[i].count, b[k].count)) return false;
    ++i, ++k;
  }
}

}  // namespace

bool FollowsReset(const NativeHistogram& current, const NativeHistogram& previous) {
  if (current.reset_hint == NativeHistogram::ResetHint::kReset) return true;
  if (current.reset_hint == NativeHistogram::ResetHint::kNoReset) return false;
  if (current.count < previous.count) return true;
  if (UsesCustomBuckets(current)) {
    if (!UsesCustomBuckets(previous)) return true;
    if (current.custom_values != previous.custom_values) return AnyFellBetween(current, previous);
    return AnyFell(current.positive, previous.positive);
  }
  if (current.schema > previous.schema) return true;
  if (current.zero_threshold < previous.zero_threshold) return true;
  const bool same_layout =
      current.schema == previous.schema && current.zero_threshold == previous.zero_threshold;
  if (same_layout) {
    return current.zero_count < previous.zero_count ||
           AnyFell(current.positive, previous.positive) ||
           AnyFell(current.negative, previous.negative);
  }
  NativeHistogramSum aligned(previous);
  if (current.zero_threshold > previous.zero_threshold) aligned.WidenZero(current.zero_threshold);
  // A threshold within a bucket that was populated comes with a reset only.
  if (aligned.zero_threshold_ != current.zero_threshold) return true;
  aligned.ReduceTo(current.schema);
  const NativeHistogram before = aligned.Result();
  return current.zero_count < before.zero_count || AnyFell(current.positive, before.positive) ||
         AnyFell(current.negative, before.negative);
}

bool SameData(const NativeHistogram& a, const NativeHistogram& b) {
  return a.schema == b.schema && SameBits(a.count, b.count) && SameBits(a.sum, b.sum) &&
         a.zero_threshold == b.zero_threshold && SameBits(a.zero_count, b.zero_count) &&
         a.custom_values == b.custom_values && SameBuckets(a.positive, b.positive) &&
         SameBuckets(a.negative, b.negative);
}

}  // namespace hinomi::metrics
