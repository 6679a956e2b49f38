#include "promql/impl/civil_time.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace hinomi::promql {
namespace {

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::sys_days day;
  int64_t second_of_day = 0;
};

/// Years beyond the calendar's 32,767 are no dates.
std::optional<Parts> Split(double seconds) {
  if (std::isnan(seconds) || std::abs(seconds) > 9.0e11) return std::nullopt;
  const auto whole = static_cast<int64_t>(seconds);
  int64_t days = whole / 86400, rest = whole % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  const std::chrono::sys_days day{std::chrono::days(days)};
  return Parts{std::chrono::year_month_day(day), day, rest};
}

template <typename F>
double Of(double seconds, F part) {
  const std::optional<Parts> parts = Split(seconds);
  return parts ? static_cast<double>(part(*parts)) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

double MinuteOf(double s) {
  return Of(s, [](const Parts& p) { return p.second_of_day / 60 % 60; });
}
double HourOf(double s) {
  return Of(s, [](const Parts& p) { return p.second_of_day / 3600; });
}
double DayOfWeek(double s) {
  return Of(s, [](const Parts& p) { return std::chrono::weekday(p.day).c_encoding(); });
}
double DayOfMonth(double s) {
  return Of(s, [](const Parts& p) { return static_cast<unsigned>(p.date.day()); });
}
double DayOfYear(double s) {
  return Of(s, [](const Parts& p) {
    const std::chrono::sys_days first(p.date.year() / std::chrono::January / 1);
    return (p.day - first).count() + 1;
  });
}
double DaysInMonth(double s) {
  return Of(s, [](const Parts& p) {
    const std::chrono::year_month_day_last last(p.date.year() / p.date.month() / std::chrono::last);
    return static_cast<unsigned>(last.day());
  });
}
double MonthOf(double s) {
  return Of(s, [](const Parts& p) { return static_cast<unsigned>(p.date.month()); });
}
double YearOf(double s) {
  return Of(s, [](const Parts& p) { return static_cast<int>(p.date.year()); });
}

}  // namespace hinomi::promql
