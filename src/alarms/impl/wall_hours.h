#ifndef HINOMI_ALARMS_IMPL_WALL_HOURS_H_
#define HINOMI_ALARMS_IMPL_WALL_HOURS_H_

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace hinomi::alarms::impl {

/// Where a moment stands in the week of a zone's wall clock.
struct WallHour {
  int64_t day = 0;     ///< Days since 1970-01-01, local.
  double of_week = 0;  ///< Hours since Monday 00:00 as the clock shows them, [0, 168).

  size_t hour_of_week() const { return static_cast<size_t>(of_week); }
  size_t hour_of_day() const { return hour_of_week() % 24; }
};

/// Looks a zone's offset up once a quarter of an hour, the finest at which any changes, as long as
/// times come in order.
class WallHours {
 public:
  explicit WallHours(std::string zone) : zone_(std::move(zone)) {}
  WallHour At(Instant t);

 private:
  std::string zone_;
  int64_t quarter_ = INT64_MIN;
  int64_t offset_s_ = 0;
};

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_WALL_HOURS_H_
