// Go's time.Time.Format, in UTC.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "templates/impl/methods.h"

namespace hinomi::templates::impl {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// A time taken apart.
struct Civil {
  explicit Civil(Instant at) {
    using std::chrono::floor;
    const std::chrono::sys_time<std::chrono::nanoseconds> time{
        std::chrono::nanoseconds(at.nanos())};
    const auto days = floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(days);
    year = static_cast<int>(date.year());
    month = static_cast<unsigned>(date.month());
    day = static_cast<unsigned>(date.day());
    weekday = std::chrono::weekday(days).c_encoding();
    year_day = (days - std::chrono::sys_days(date.year() / 1 / 1)).count() + 1;
    const std::chrono::hh_mm_ss clock(time - days);
    hour = clock.hours().count();
    minute = clock.minutes().count();
    second = clock.seconds().count();
    nanos = clock.subseconds().count();
  }
  int year = 0;
  unsigned month = 0, day = 0, weekday = 0;
  int64_t year_day = 0, hour = 0, minute = 0, second = 0, nanos = 0;
};

bool IsLower(std::string_view text) {
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z';
}
bool IsDigit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

/// Reads a layout from its beginning to its end.
class TimeFormatter {
 public:
  TimeFormatter(Instant at, std::string_view layout) : time_(at), rest_(layout) {}

  std::string Run() {
    while (!rest_.empty()) {
      if (Letters() || Digits() || Zone() || SecondFraction()) continue;
      Put(1, rest_.substr(0, 1));
    }
    return std::move(out_);
  }

 private:
  /// `count` characters of the layout stand for `text`.
  bool Put(size_t count, std::string_view text) {
    rest_.remove_prefix(count);
    out_ += text;
    return true;
  }
  bool Is(std::string_view text) const { return rest_.starts_with(text); }

  bool Letters() {
    const std::string_view month = kMonths[time_.month - 1], day = kDays[time_.weekday];
    if (Is("January")) return Put(7, month);
    if (Is("Jan") && !IsLower(rest_.substr(3))) return Put(3, month.substr(0, 3));
    if (Is("Monday")) return Put(6, day);
    if (Is("Mon") && !IsLower(rest_.substr(3))) return Put(3, day.substr(0, 3));
    if (Is("MST")) return Put(3, "UTC");
    if (Is("PM")) return Put(2, time_.hour >= 12 ? "PM" : "AM");
    if (Is("pm")) return Put(2, time_.hour >= 12 ? "pm" : "am");
    return false;
  }

  bool Digits() {
    const int64_t twelve = time_.hour % 12 == 0 ? 12 : time_.hour % 12;
    if (Is("2006")) return Put(4, fmt::format("{:04}", time_.year));
    if (Is("002")) return Put(3, fmt::format("{:03}", time_.year_day));
    if (Is("__2")) return Put(3, fmt::format("{:3}", time_.year_day));
    if (Is("_2006")) return Put(5, fmt::format("_{:04}", time_.year));
    if (Is("_2")) return Put(2, fmt::format("{:2}", time_.day));
    if (Is("01")) return Put(2, fmt::format("{:02}", time_.month));
    if (Is("02")) return Put(2, fmt::format("{:02}", time_.day));
    if (Is("03")) return Put(2, fmt::format("{:02}", twelve));
    if (Is("04")) return Put(2, fmt::format("{:02}", time_.minute));
    if (Is("05")) return Put(2, fmt::format("{:02}", time_.second));
    if (Is("06")) return Put(2, fmt::format("{:02}", time_.year % 100));
    if (Is("15")) return Put(2, fmt::format("{:02}", time_.hour));
    if (Is("1")) return Put(1, fmt::format("{}", time_.month));
    if (Is("2")) return Put(1, fmt::format("{}", time_.day));
    if (Is("3")) return Put(1, fmt::format("{}", twelve));
    if (Is("4")) return Put(1, fmt::format("{}", time_.minute));
    if (Is("5")) return Put(1, fmt::format("{}", time_.second));
    return false;
  }

  bool Zone() {
    for (const auto& [layout, text] :
         {std::pair("-070000", "+000000"), std::pair("-07:00:00", "+00:00:00"),
          std::pair("-0700", "+0000"), std::pair("-07:00", "+00:00"), std::pair("-07", "+00"),
          std::pair("Z070000", "Z"), std::pair("Z07:00:00", "Z"), std::pair("Z0700", "Z"),
          std::pair("Z07:00", "Z"), std::pair("Z07", "Z")})
      if (Is(layout)) return Put(std::string_view(layout).size(), text);
    return false;
  }

  /// ".000" and ",999", not followed by another digit; nines leave zeros at the end out.
  bool SecondFraction() {
    if (!Is(".") && !Is(",")) return false;
    const char digit = rest_.size() > 1 ? rest_[1] : '\0';
    if (digit != '0' && digit != '9') return false;
    const size_t end = std::min(rest_.find_first_not_of(digit, 1), rest_.size());
    if (IsDigit(rest_.substr(end))) return false;
    std::string text = fmt::format("{:09}", time_.nanos);
    text.resize(end - 1, '0');
    if (digit == '9') text.erase(text.find_last_not_of('0') + 1);
    return Put(end, text.empty() ? "" : rest_[0] + text);
  }

  const Civil time_;
  std::string_view rest_;
  std::string out_;
};

}  // namespace

std::string FormatTime(Instant at, std::string_view layout) {
  return TimeFormatter(at, layout).Run();
}

}  // namespace hinomi::templates::impl
