#include "policy/hours.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/zone.h"

namespace hinomi::policy {
namespace {

constexpr Duration kDay = Duration::Days(1);

bool IsWorkday(const HoursDocument& hours, Instant civil) {
  constexpr std::array<std::string_view, 7> kNames = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};
  const std::string_view name = kNames[static_cast<size_t>(Weekday(civil))];
  return hours.weekdays.empty() || std::ranges::find(hours.weekdays, name) != hours.weekdays.end();
}

/// The stretch that is open or opens next, by civil time.
struct Stretch {
  Instant opens, closes;
};

std::optional<Stretch> StretchAt(const HoursDocument& hours, Instant civil) {
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
    const Instant closes = opens + Duration::Minutes(length_minutes);
    if (civil < closes) return Stretch{opens, closes};
  }
  return std::nullopt;
}

const std::string& ZoneOf(const HoursDocument& hours, const std::string& server_zone) {
  return hours.time_zone.empty() ? server_zone : hours.time_zone;
}

}  // namespace

std::optional<Instant> NextOpening(const HoursDocument& hours, const std::string& server_zone,
                                   Instant now) {
  if (hours.always) return now;
  const std::string& zone = ZoneOf(hours, server_zone);
  const Instant civil = now + OffsetAt(zone, now).offset;
  const std::optional<Stretch> stretch = StretchAt(hours, civil);
  if (!stretch) return std::nullopt;
  if (civil >= stretch->opens) return now;
  return std::max(now, FromCivil(zone, stretch->opens));
}

std::optional<Instant> ClosesAt(const HoursDocument& hours, const std::string& server_zone,
                                Instant now) {
  if (hours.always) return std::nullopt;
  const std::string& zone = ZoneOf(hours, server_zone);
  const std::optional<Stretch> stretch = StretchAt(hours, now + OffsetAt(zone, now).offset);
  if (!stretch) return now;
  // Where the clocks are set back the last minutes come twice: they close after the first time.
  return std::max(now + Duration::Seconds(1), FromCivil(zone, stretch->closes));
}

std::optional<Instant> FirstGap(std::span<const HoursDocument> hours,
                                const std::string& server_zone, Instant from, Instant to) {
  Instant at = from;
  while (at < to) {
    std::optional<Instant> covered_until;
    for (const HoursDocument& one : hours) {
      if (NextOpening(one, server_zone, at) != at) continue;
      const std::optional<Instant> closes = ClosesAt(one, server_zone, at);
      if (!closes) return std::nullopt;
      if (!covered_until || *closes > *covered_until) covered_until = closes;
    }
    if (!covered_until) return at;
    at = *covered_until;
  }
  return std::nullopt;
}

}  // namespace hinomi::policy
