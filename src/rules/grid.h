#ifndef HINOMI_RULES_GRID_H_
#define HINOMI_RULES_GRID_H_

#include <string_view>

#include "base/clock.h"

namespace hinomi::rules {

/// The times at which a group is evaluated: every interval, from a moment within it that the
/// group's key decides, so that many groups do not fall due together. The same after a
/// restart, and whole milliseconds, as samples have.
class Grid {
 public:
  /// `interval` is at least a millisecond.
  Grid(std::string_view key, Duration interval);

  Instant AtOrBefore(Instant time) const;
  Instant After(Instant time) const { return AtOrBefore(time) + interval_; }
  Duration interval() const { return interval_; }

 private:
  Duration interval_;
  Duration offset_;
};

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_GRID_H_
