#include "base/clock.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace hinomi {
namespace {

// Days since 1970-01-01 of a proleptic Gregorian date, and back.
// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
int64_t DaysFromCivil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

struct Civil {
  int64_t year;
  unsigned month, day;
};

Civil CivilFromDays(int64_t z) {
  z += 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const auto y = static_cast<int64_t>(yoe) + era * 400;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned d = doy - (153 * mp + 2) / 5 + 1;
  const unsigned m = mp < 10 ? mp + 3 : mp - 9;
  return {y + (m <= 2), m, d};
}

unsigned DaysInMonth(int64_t year, unsigned month) {
  static constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Reads exactly `digits` decimal digits from the front of `text`.
bool TakeDigits(std::string_view& text, size_t digits, int64_t& out) {
  if (text.size() < digits) return false;
  out = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

struct Unit {
  std::string_view name;
  int64_t nanos;
};
constexpr std::array<Unit, 7> kUnits{{{"y", 365 * 86400 * int64_t{1'000'000'000}},
                                      {"w", 7 * 86400 * int64_t{1'000'000'000}},
                                      {"d", 86400 * int64_t{1'000'000'000}},
                                      {"h", 3600 * int64_t{1'000'000'000}},
                                      {"m", 60 * int64_t{1'000'000'000}},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000}}};

}  // namespace

std::string FormatRfc3339(Instant t) {
  int64_t seconds = t.nanos() / 1'000'000'000;
  int64_t nanos = t.nanos() % 1'000'000'000;
  if (nanos < 0) {
    nanos += 1'000'000'000;
    --seconds;
  }
  int64_t days = seconds / 86400;
  int64_t rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  const Civil c = CivilFromDays(days);
  std::array<char, 64> out{};
  int n =
      std::snprintf(out.data(), out.size(), "%04lld-%02u-%02uT%02d:%02d:%02d",
                    static_cast<long long>(c.year), c.month, c.day, static_cast<int>(rest / 3600),
                    static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  std::string text(out.data(), static_cast<size_t>(n));
  if (nanos != 0) {
    n = std::snprintf(out.data(), out.size(), ".%09lld", static_cast<long long>(nanos));
    std::string fraction(out.data(), static_cast<size_t>(n));
    // Milliseconds, microseconds or nanoseconds: as many as are there.
    while (fraction.size() > 4 && fraction.ends_with("000")) fraction.resize(fraction.size() - 3);
    text += fraction;
  }
  return text + "Z";
}

Result<Instant> ParseRfc3339(std::string_view text) {
  const std::string_view whole = text;
  const auto bad = [&] {
    return InvalidArgument("'" + std::string(whole) +
                           "' is not a time of RFC 3339, such as 2026-11-24T03:12:04Z");
  };
  int64_t year, month, day, hour, minute, second;
  if (!TakeDigits(text, 4, year) || !TakeChar(text, '-') || !TakeDigits(text, 2, month) ||
      !TakeChar(text, '-') || !TakeDigits(text, 2, day))
    return bad();
  if (!TakeChar(text, 'T') && !TakeChar(text, 't') && !TakeChar(text, ' ')) return bad();
  if (!TakeDigits(text, 2, hour) || !TakeChar(text, ':') || !TakeDigits(text, 2, minute) ||
      !TakeChar(text, ':') || !TakeDigits(text, 2, second))
    return bad();
  if (month < 1 || month > 12 || day < 1 ||
      day > static_cast<int64_t>(DaysInMonth(year, static_cast<unsigned>(month))) || hour > 23 ||
      minute > 59 || second > 59)
    return bad();
  int64_t nanos = 0;
  if (TakeChar(text, '.')) {
    int64_t scale = 100'000'000;
    size_t digits = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
      nanos += scale * (text[0] - '0');
      scale /= 10;
    }
    if (digits == 0) return bad();
  }
  int64_t offset = 0;
  if (!TakeChar(text, 'Z') && !TakeChar(text, 'z')) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return bad();
    const int64_t sign = text[0] == '+' ? 1 : -1;
    text.remove_prefix(1);
    int64_t offset_hours, offset_minutes;
    if (!TakeDigits(text, 2, offset_hours) || !TakeChar(text, ':') ||
        !TakeDigits(text, 2, offset_minutes) || offset_hours > 23 || offset_minutes > 59)
      return bad();
    offset = sign * (offset_hours * 3600 + offset_minutes * 60);
  }
  if (!text.empty()) return bad();
  // Nanoseconds in 64 bits reach from 1678 to 2261; year 1 means "no time" to
  // some senders and is theirs to test for before calling.
  if (year < 1679 || year > 2261) return bad();
  const int64_t days =
      DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  const int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
  return Instant::FromNanos(seconds * 1'000'000'000 + nanos);
}

std::string FormatDuration(Duration d) {
  if (d == Duration()) return "0s";
  std::string text;
  int64_t rest = d.nanos();
  if (rest < 0) {
    text = "-";
    rest = -rest;
  }
  for (const Unit& unit : kUnits) {
    // Years are not exact, and weeks read worse than days: both only on input.
    if (unit.name == "y" || unit.name == "w") continue;
    const int64_t count = rest / unit.nanos;
    if (count == 0) continue;
    text += std::to_string(count);
    text += unit.name;
    rest -= count * unit.nanos;
  }
  return text.empty() || text == "-" ? "0s" : text;
}

Result<Duration> ParseDuration(std::string_view text) {
  const std::string_view whole = text;
  const auto bad = [&] {
    return InvalidArgument("'" + std::string(whole) +
                           "' is not a duration such as 30s, 5m or 1h30m (units ms s m h d w y)");
  };
  if (text == "0") return Duration();
  if (text.empty()) return bad();
  int64_t total = 0;
  size_t next_unit = 0;
  while (!text.empty()) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || text[0] == '-') return bad();
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    size_t letters = 0;
    while (letters < text.size() && (text[letters] < '0' || text[letters] > '9')) ++letters;
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
    if (unit == kUnits.size()) return bad();
    next_unit = unit + 1;
    int64_t part;
    if (__builtin_mul_overflow(count, kUnits[unit].nanos, &part) ||
        __builtin_add_overflow(total, part, &total))
      return bad();
  }
  return Duration::Nanos(total);
}

}  // namespace hinomi
