#include "rota/impl/turns.h"

#include <algorithm>
#include <chrono>

#include "base/zone.h"

namespace hinomi::rota::impl {
namespace {

constexpr Day kSomeMonday = 4;  // 1970-01-05

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::chrono::year_month_day DateOf(Day day) {
  return std::chrono::sys_days(std::chrono::days(day));
}

int64_t MonthOf(Day day) {
  const auto date = DateOf(day);
  return static_cast<int>(date.year()) * int64_t{12} + unsigned{date.month()} - 1;
}

/// The hand-off of a month, on its last day if it is too short.
Day DayInMonth(int64_t month, int day) {
  const std::chrono::year_month_day_last last{
      std::chrono::year(static_cast<int>(FloorDiv(month, 12))),
      std::chrono::month_day_last(
          std::chrono::month(static_cast<unsigned>(month - FloorDiv(month, 12) * 12 + 1)))};
  const int end = static_cast<int>(unsigned{last.day()});
  return std::chrono::sys_days(last).time_since_epoch().count() - end + std::min(day, end);
}

Duration UnitLength(Unit unit) {
  switch (unit) {
    case Unit::kHour:
      return Duration::Hours(1);
    case Unit::kDay:
      return Duration::Days(1);
    case Unit::kWeek:
      return Duration::Days(7);
    case Unit::kMonth:
      break;
  }
  return Duration::Days(31);
}

bool IsExcepted(const Restriction& restriction, const Calendars& calendars, Day day) {
  return std::any_of(restriction.except.begin(), restriction.except.end(),
                     [&](const std::string& name) {
                       const auto calendar = calendars.find(name);
                       return calendar != calendars.end() && calendar->second.contains(day);
                     });
}

std::vector<Range> Merged(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.from < b.from; });
  std::vector<Range> out;
  for (const Range& range : ranges) {
    if (!out.empty() && range.from <= out.back().until) {
      out.back().until = std::max(out.back().until, range.until);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

Instant CivilOf(Day day, int minute) {
  return Instant() + Duration::Days(day) + Duration::Minutes(minute);
}

Day DayOf(Instant civil) {
  return FloorDiv(civil.nanos(), Duration::Days(1).nanos());
}

Turns::Turns(const Layer& layer, const std::string& zone) : layer_(layer), zone_(zone) {
  const Day start = layer.start;
  switch (layer.every.unit) {
    case Unit::kHour:
    case Unit::kDay:
      first_ = CivilOf(start, layer.handoff.minute);
      break;
    case Unit::kWeek: {
      const Day weekday = start - kSomeMonday - FloorDiv(start - kSomeMonday, 7) * 7;
      first_ = CivilOf(start + (layer.handoff.weekday - weekday + 7) % 7, layer.handoff.minute);
      break;
    }
    case Unit::kMonth:
      first_month_ = MonthOf(start);
      if (DayInMonth(first_month_, layer.handoff.day) < start) ++first_month_;
      first_ = Civil(0);
      break;
  }
}

Instant Turns::Civil(int64_t number) const {
  const int64_t units = number * layer_.every.count;
  if (layer_.every.unit != Unit::kMonth) return first_ + UnitLength(layer_.every.unit) * units;
  return CivilOf(DayInMonth(first_month_ + units, layer_.handoff.day), layer_.handoff.minute);
}

int64_t Turns::Near(Instant civil) const {
  if (layer_.every.unit == Unit::kMonth) {
    return FloorDiv(MonthOf(DayOf(civil)) - first_month_, layer_.every.count);
  }
  const Duration turn = UnitLength(layer_.every.unit) * layer_.every.count;
  return FloorDiv((civil - first_).nanos(), turn.nanos());
}

Instant Turns::Start(int64_t number) const {
  return FromCivil(zone_, Civil(number));
}

int64_t Turns::At(Instant at) const {
  int64_t number = std::max<int64_t>(Near(at + OffsetAt(zone_, at).offset), 0);
  // A changed clock is what it may be off by, and a month's day.
  while (number >= 0 && Start(number) > at) --number;
  while (Start(number + 1) <= at) ++number;
  return number;
}

std::vector<Range> AllowedTimes(const Layer& layer, const std::string& zone,
                                const Calendars& calendars, Range range) {
  if (layer.restrictions.empty()) return {range};
  std::vector<Range> out;
  // An overnight time of the day before yesterday may end late where clocks leap over a day.
  const Day first = DayOf(range.from + OffsetAt(zone, range.from).offset) - 2;
  const Day last = DayOf(range.until + OffsetAt(zone, range.until).offset) + 1;
  for (Day day = first; day <= last; ++day) {
    const int weekday = Weekday(CivilOf(day, 0));
    for (const Restriction& one : layer.restrictions) {
      if (!one.weekdays.empty() && !one.weekdays.contains(weekday)) continue;
      if (IsExcepted(one, calendars, day)) continue;
      const Day end = one.to_minute > one.from_minute ? day : day + 1;
      const Range allowed = {FromCivil(zone, CivilOf(day, one.from_minute)),
                             FromCivil(zone, CivilOf(end, one.to_minute), Occurrence::kLast)};
      if (allowed.from < allowed.until && allowed.from < range.until && allowed.until > range.from)
        out.push_back(allowed);
    }
  }
  return Merged(std::move(out));
}

}  // namespace hinomi::rota::impl
