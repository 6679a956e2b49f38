#ifndef HINOMI_BASE_DEADLINE_H_
#define HINOMI_BASE_DEADLINE_H_

#include <algorithm>

#include "base/clock.h"

namespace hinomi {

/// When a whole exchange must be over, on the monotonic clock. Keeps a
/// reference to the clock.
class Deadline {
 public:
  Deadline(const Clock& clock, Duration timeout)
      : clock_(&clock), end_(clock.Monotonic() + timeout) {}

  /// Never negative.
  Duration Left() const { return std::max(Duration(), end_ - clock_->Monotonic()); }
  /// For poll(): rounded up, so that a wait does not end just before the end.
  int PollMillis() const {
    return static_cast<int>(std::min<int64_t>(Left().millis() + 1, 3'600'000));
  }
  /// One that comes no later than this one.
  Deadline Within(Duration timeout) const {
    return Deadline(*clock_, std::min(Left(), std::max(Duration(), timeout)));
  }

 private:
  const Clock* clock_;
  Duration end_;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_DEADLINE_H_
