#include "notify/impl/zone.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/zone.h"

namespace hinomi::notify::impl {
namespace {

constexpr Duration kDay = Duration::Days(1);

bool IsWorkday(const policy::HoursDocument& hours, Instant civil) {
  constexpr std::array<std::string_view, 7> kNames = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};
  const std::string_view name = kNames[static_cast<size_t>(Weekday(civil))];
  return hours.weekdays.empty() ||
         std::find(hours.weekdays.begin(), hours.weekdays.end(), name) != hours.weekdays.end();
}

}  // namespace

std::string LocalText(Instant t, const std::string& zone_name) {
  const ZoneOffset zone = OffsetAt(zone_name, t);
  // "2026-11-24T12:12:…" as if it were UTC's.
  std::string text = FormatRfc3339(t + zone.offset).substr(0, 16);
  text[10] = ' ';
  return text + " " + zone.abbreviation;
}

std::optional<Instant> NextOpening(const policy::HoursDocument& hours,
                                   const std::string& server_zone, Instant now) {
  if (hours.always) return now;
  const std::string& zone = hours.time_zone.empty() ? server_zone : hours.time_zone;
  const Instant civil = now + OffsetAt(zone, now).offset;
  const Instant today = CivilStart("", kDay, civil);
  // Hours that end before they begin go on past midnight: one day's length on.
  const int length_minutes = hours.to_minute > hours.from_minute
                                 ? hours.to_minute - hours.from_minute
                                 : hours.to_minute - hours.from_minute + 24 * 60;
  // Yesterday's night shift may still be open; a week ahead holds every day.
  for (int offset = -1; offset <= 8; ++offset) {
    const Instant day = today + kDay * offset;
    if (!IsWorkday(hours, day)) continue;
    const Instant opens = day + Duration::Minutes(hours.from_minute);
    if (civil >= opens && civil < opens + Duration::Minutes(length_minutes)) return now;
    if (opens > civil) return std::max(now, FromCivil(zone, opens));
  }
  return std::nullopt;
}

}  // namespace hinomi::notify::impl
