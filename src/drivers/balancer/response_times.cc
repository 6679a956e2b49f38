#include "drivers/balancer/response_times.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hinomi::drivers {
namespace {

constexpr int64_t kExactBelowMs = 64;
constexpr int64_t kLongestMs = 3'600'000;

/// The lower end of the bucket: the six leading bits count.
int64_t BucketOf(int64_t ms) {
  if (ms < kExactBelowMs) return ms;
  const int drop = static_cast<int>(std::bit_width(static_cast<uint64_t>(ms))) - 6;
  return (ms >> drop) << drop;
}

}  // namespace

void ResponseTimes::Add(int64_t milliseconds) {
  if (milliseconds < 0) return;
  const int64_t ms = std::min(milliseconds, kLongestMs);
  Bucket& bucket = buckets_[BucketOf(ms)];
  ++bucket.count;
  bucket.sum_ms += static_cast<double>(ms);
  ++count_;
  sum_ms_ += static_cast<double>(ms);
}

double ResponseTimes::QuantileSeconds(double share) const {
  const double wanted =
      std::max(1.0, std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_)));
  uint64_t passed = 0;
  for (const auto& [lower, bucket] : buckets_) {
    passed += bucket.count;
    if (static_cast<double>(passed) >= wanted)
      return bucket.sum_ms / static_cast<double>(bucket.count) / 1'000;
  }
  return 0;
}

std::vector<double> ResponseTimes::Samples(size_t limit) const {
  const uint64_t groups = std::min<uint64_t>(limit, count_);
  std::vector<double> samples;
  if (groups == 0) return samples;
  uint64_t taken = 0, group_count = 0;
  double group_sum = 0;
  for (const auto& [lower, bucket] : buckets_) {
    const double mean = bucket.sum_ms / static_cast<double>(bucket.count);
    for (uint64_t left = bucket.count; left > 0;) {
      // Group k ends after count * (k + 1) / groups requests.
      const uint64_t end = count_ * (samples.size() + 1) / groups;
      const uint64_t part = std::min(left, end - taken);
      group_sum += mean * static_cast<double>(part);
      group_count += part;
      taken += part;
      left -= part;
      if (taken == end) {
        samples.push_back(group_sum / static_cast<double>(group_count) / 1'000);
        group_sum = 0;
        group_count = 0;
      }
    }
  }
  return samples;
}

}  // namespace hinomi::drivers
