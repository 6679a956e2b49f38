#include "metrics/tsdb/head_age.h"

#include <algorithm>

namespace hinomi::metrics {
namespace {

// Replaying two hours of a server that has not filled its memory by then takes
// no time, and a flush a window keeps chunks long.
constexpr Duration kOldest = Duration::Hours(2);
// A fast backfill passes windows by the second.
constexpr Duration kYoungest = Duration::Minutes(1);
// Writers are gone when little comes for several times as long as ever before: a push
// every quarter of an hour must not become a block every quarter of an hour. Little,
// not nothing: the server's own metrics always come.
constexpr double kLittle = 1.0 / 16;
constexpr int64_t kGaps = 4;
constexpr Duration kLeastSilence = Duration::Minutes(1);
constexpr Duration kMostSilence = Duration::Hours(2);

}  // namespace

HeadAge::Due HeadAge::Look(Duration now, const Seen& seen) {
  Notice(now, seen);
  if (seen.in_memory == 0 && !seen.in_flushes) return Due::kNothing;
  if (now - last_busy_ >= std::clamp(longest_gap_ * kGaps, kLeastSilence, kMostSilence))
    return Due::kEverything;
  if (!in_memory_since_) return Due::kNothing;
  const Duration age = now - *in_memory_since_;
  return age >= (seen.window_over ? kYoungest : kOldest) ? Due::kFlush : Due::kNothing;
}

void HeadAge::Notice(Duration now, const Seen& seen) {
  if (!looked_) {
    last_busy_ = now;
  } else if (IsBusy(now, seen)) {
    longest_gap_ = std::max(longest_gap_, now - last_busy_);
    last_busy_ = now;
  }
  if (seen.flushes != flushes_) {
    longest_gap_ = longest_gap_ / 2;
    in_memory_since_.reset();
  }
  if (seen.in_memory == 0) in_memory_since_.reset();
  if (seen.in_memory > 0 && !in_memory_since_) in_memory_since_ = now;
  looked_ = now;
  appended_ = seen.appended;
  flushes_ = seen.flushes;
}

// As much comes as what is in memory came, about.
bool HeadAge::IsBusy(Duration now, const Seen& seen) const {
  if (seen.appended == appended_) return false;
  if (!in_memory_since_ || seen.appended < appended_) return true;  // The first ones; a new head.
  const auto added = static_cast<double>(seen.appended - appended_);
  const auto in_memory = static_cast<double>(seen.in_memory);
  return added * (now - *in_memory_since_).ToSeconds() >=
         kLittle * in_memory * (now - *looked_).ToSeconds();
}

}  // namespace hinomi::metrics
