#include "base/cron.h"

#include <date/date.h>

#include <array>
#include <span>

#include "base/strings.h"
#include "base/zone.h"

namespace hinomi {
namespace {

constexpr int kDaysAhead = 8 * 366;
constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED",
                                                       "THU", "FRI", "SAT"};

/// What may stand in a field.
struct FieldRules {
  std::string_view what;
  unsigned least;
  unsigned most;
  std::span<const std::string_view> names;  ///< The first of them is `least`.
};

constexpr FieldRules kFields[] = {{"minute", 0, 59, {}},
                                  {"hour", 0, 23, {}},
                                  {"day of the month", 1, 31, {}},
                                  {"month", 1, 12, kMonths},
                                  {"day of the week", 0, 7, kWeekdays}};

Error Expected(const FieldRules& rules, std::string_view got) {
  std::string what = std::to_string(rules.least) + " to " + std::to_string(rules.most);
  if (!rules.names.empty())
    what += " or " + std::string(rules.names.front()) + " to " + std::string(rules.names.back());
  return InvalidArgument("the " + std::string(rules.what) + ": expected *, " + what +
                         ", ranges (1-5), steps (*/2) or a list of them (1,3), got \"" +
                         std::string(got) + "\"");
}

std::optional<unsigned> ReadValue(const FieldRules& rules, std::string_view text) {
  for (size_t i = 0; i < rules.names.size(); ++i)
    if (ToUpperAscii(text) == rules.names[i]) return rules.least + static_cast<unsigned>(i);
  const auto number = ParseUint(text);
  if (!number || *number < rules.least || *number > rules.most) return std::nullopt;
  return static_cast<unsigned>(*number);
}

/// "*", "5", "1-5", each also with "/2".
template <size_t N>
bool ReadPart(const FieldRules& rules, std::string_view part, std::bitset<N>& out) {
  unsigned step = 1;
  const size_t slash = part.find('/');
  if (slash != std::string_view::npos) {
    const auto steps = ParseUint(part.substr(slash + 1));
    if (!steps || *steps < 1 || *steps > rules.most) return false;
    step = static_cast<unsigned>(*steps);
    part = part.substr(0, slash);
  }
  std::optional<unsigned> first = rules.least, last = rules.most;
  const size_t dash = part.find('-');
  if (part != "*" && part != "?") {
    first = ReadValue(rules, part.substr(0, dash));
    if (dash != std::string_view::npos)
      last = ReadValue(rules, part.substr(dash + 1));
    else if (slash == std::string_view::npos)
      last = first;
  }
  if (!first || !last || *first > *last) return false;
  for (unsigned value = *first; value <= *last; value += step) out.set(value % N);
  return true;
}

template <size_t N>
Status ReadField(const FieldRules& rules, std::string_view text, std::bitset<N>& out) {
  for (const std::string_view part : Split(text, ','))
    if (!ReadPart(rules, part, out)) return Expected(rules, text);
  return {};
}

bool IsAny(std::string_view field) {
  return field.starts_with('*') || field == "?";
}

}  // namespace

Result<CronTable> CronTable::Parse(std::string_view fields) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : Split(fields, ' '))
    if (!part.empty()) parts.push_back(part);
  if (parts.size() != std::size(kFields))
    return InvalidArgument(
        "expected five fields, \"minute hour day-of-month month day-of-week\", got " +
        std::to_string(parts.size()));
  CronTable table;
  HN_TRY_VOID(ReadField(kFields[0], parts[0], table.minutes_));
  HN_TRY_VOID(ReadField(kFields[1], parts[1], table.hours_));
  HN_TRY_VOID(ReadField(kFields[2], parts[2], table.days_));
  HN_TRY_VOID(ReadField(kFields[3], parts[3], table.months_));
  HN_TRY_VOID(ReadField(kFields[4], parts[4], table.weekdays_));
  table.any_day_ = IsAny(parts[2]);
  table.any_weekday_ = IsAny(parts[4]);
  return table;
}

bool CronTable::IsDay(Instant civil_midnight) const {
  const date::sys_days day{date::days(civil_midnight.seconds() / 86'400)};
  const date::year_month_day civil(day);
  if (!months_.test(static_cast<unsigned>(civil.month()))) return false;
  const bool by_day = days_.test(static_cast<unsigned>(civil.day()));
  const bool by_weekday = weekdays_.test(date::weekday(day).c_encoding());
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<Instant> CronTable::NextOfDay(const std::string& zone, Instant civil_midnight,
                                            Instant after) const {
  for (int hour = 0; hour < 24; ++hour) {
    if (!hours_.test(static_cast<size_t>(hour))) continue;
    for (int minute = 0; minute < 60; ++minute) {
      if (!minutes_.test(static_cast<size_t>(minute))) continue;
      const Instant civil = civil_midnight + Duration::Minutes(hour * 60 + minute);
      if (const Instant begins = FromCivil(zone, civil); begins > after) return begins;
    }
  }
  return std::nullopt;
}

std::optional<Instant> CronTable::Next(const std::string& zone, Instant after) const {
  // A day earlier: where clocks are set back over midnight it is today for the second time.
  const Instant civil = after + OffsetAt(zone, after).offset;
  Instant midnight = CivilStart("", Duration::Days(1), civil) - Duration::Days(1);
  for (int i = 0; i < kDaysAhead; ++i, midnight = midnight + Duration::Days(1)) {
    if (!IsDay(midnight)) continue;
    if (const auto begins = NextOfDay(zone, midnight, after)) return begins;
  }
  return std::nullopt;
}

}  // namespace hinomi
