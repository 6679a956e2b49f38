#include <algorithm>
#include <array>
#include <chrono>

#include "base/strings.h"
#include "rota/rota.h"

namespace hinomi::rota {
namespace {

constexpr std::array<std::string_view, 7> kWeekdayNames = {"mon", "tue", "wed", "thu",
                                                           "fri", "sat", "sun"};

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "09:30" as minutes of the day.
std::optional<int> MinuteOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !IsDigits(text.substr(0, 2)) ||
      !IsDigits(text.substr(3)))
    return std::nullopt;
  const uint64_t hour = *ParseUint(text.substr(0, 2)), minute = *ParseUint(text.substr(3));
  if (hour > 23 || minute > 59) return std::nullopt;
  return static_cast<int>(hour * 60 + minute);
}

std::optional<Handoff> HourHandoff(std::string_view text) {
  if (text.size() != 3 || text[0] != ':') return std::nullopt;
  const auto minute = MinuteOfDay("00" + std::string(text));
  return minute ? std::optional(Handoff{.minute = *minute}) : std::nullopt;
}

std::optional<Handoff> WeekHandoff(std::string_view weekday, int minute) {
  const auto found = std::find(kWeekdayNames.begin(), kWeekdayNames.end(), ToLowerAscii(weekday));
  if (found == kWeekdayNames.end()) return std::nullopt;
  return Handoff{.minute = minute, .weekday = static_cast<int>(found - kWeekdayNames.begin())};
}

std::optional<Handoff> MonthHandoff(std::string_view day, int minute) {
  const auto number = IsDigits(day) ? ParseUint(day) : std::nullopt;
  if (!number || *number < 1 || *number > 31) return std::nullopt;
  return Handoff{.minute = minute, .day = static_cast<int>(*number)};
}

std::optional<Handoff> ReadHandoff(std::string_view text, Unit unit) {
  if (unit == Unit::kHour) return HourHandoff(text);
  const auto parts = Split(text, ' ');
  const auto minute = MinuteOfDay(parts.back());
  if (!minute || parts.size() != (unit == Unit::kDay ? 1 : 2)) return std::nullopt;
  if (unit == Unit::kDay) return Handoff{.minute = *minute};
  return unit == Unit::kWeek ? WeekHandoff(parts[0], *minute) : MonthHandoff(parts[0], *minute);
}

std::string_view HandoffExample(Unit unit) {
  switch (unit) {
    case Unit::kHour:
      return "the minute of the hour, e.g. \":00\"";
    case Unit::kDay:
      return "a time of day, e.g. \"09:00\"";
    case Unit::kWeek:
      return "a weekday and a time, e.g. \"Mon 09:00\"";
    case Unit::kMonth:
      break;
  }
  return "a day of the month and a time, e.g. \"1 09:00\"";
}

}  // namespace

Result<Day> ParseDay(std::string_view text) {
  const auto wrong = [&] {
    return InvalidArgument("expected a day such as 2026-01-05, got \"" + std::string(text) + "\"");
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !IsDigits(text.substr(0, 4)) ||
      !IsDigits(text.substr(5, 2)) || !IsDigits(text.substr(8)))
    return wrong();
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(*ParseUint(text.substr(0, 4)))),
      std::chrono::month(static_cast<unsigned>(*ParseUint(text.substr(5, 2)))),
      std::chrono::day(static_cast<unsigned>(*ParseUint(text.substr(8))))};
  // Instants, in nanoseconds, reach to 2262.
  if (!date.ok() || date.year() < std::chrono::year(1970) || date.year() > std::chrono::year(2200))
    return wrong();
  return Day{std::chrono::sys_days(date).time_since_epoch().count()};
}

std::string FormatDay(Day day) {
  return FormatRfc3339(Instant() + Duration::Days(day)).substr(0, 10);
}

Result<Period> ParsePeriod(std::string_view text) {
  struct Form {
    std::string_view suffix;
    Unit unit;
    uint64_t most;
  };
  static constexpr std::array<Form, 4> kForms = {{{"mo", Unit::kMonth, 12},
                                                  {"h", Unit::kHour, 8760},
                                                  {"d", Unit::kDay, 366},
                                                  {"w", Unit::kWeek, 52}}};
  for (const Form& form : kForms) {
    if (!text.ends_with(form.suffix)) continue;
    const std::string_view digits = text.substr(0, text.size() - form.suffix.size());
    const auto count = IsDigits(digits) ? ParseUint(digits) : std::nullopt;
    if (!count || *count < 1 || *count > form.most) break;
    return Period{static_cast<int>(*count), form.unit};
  }
  return InvalidArgument(
      "expected hours, days, weeks or months up to a year, e.g. 12h, 1d, 2w or " +
      std::string("1mo, got \"") + std::string(text) + "\"");
}

Result<Handoff> ParseHandoff(std::string_view text, Unit unit) {
  if (const auto handoff = ReadHandoff(text, unit)) return *handoff;
  return InvalidArgument("expected " + std::string(HandoffExample(unit)) + ", got \"" +
                         std::string(text) + "\"");
}

}  // namespace hinomi::rota
