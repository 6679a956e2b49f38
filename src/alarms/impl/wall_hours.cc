#include "alarms/impl/wall_hours.h"

#include "base/zone.h"

namespace hinomi::alarms::impl {
namespace {

constexpr int64_t kQuarterSeconds = 900;
constexpr int64_t kDaySeconds = 86'400;

int64_t FloorDivide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

WallHour WallHours::At(Instant t) {
  const int64_t quarter = FloorDivide(t.seconds(), kQuarterSeconds);
  if (quarter != quarter_) {
    quarter_ = quarter;
    offset_s_ = OffsetAt(zone_, t).offset.seconds();
  }
  const int64_t local = t.seconds() + offset_s_;
  WallHour hour;
  hour.day = FloorDivide(local, kDaySeconds);
  const int weekday = Weekday(Instant::FromSeconds(local));
  const int64_t of_day_s = local - hour.day * kDaySeconds;
  hour.of_week = weekday * 24.0 + static_cast<double>(of_day_s) / 3600;
  return hour;
}

}  // namespace hinomi::alarms::impl
