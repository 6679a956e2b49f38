#include "notify/impl/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace hinomi::notify::impl {
namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Null is UTC: for unknown names, and where the system has no zone data.
const date::time_zone* FindZone(const std::string& name) {
  if (name.empty()) return nullptr;
  // The library reports what it does not find by throwing.
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

date::sys_seconds ToSys(Instant t) {
  return date::floor<seconds>(date::sys_time<nanoseconds>(nanoseconds(t.nanos())));
}

bool IsWorkday(const policy::HoursDocument& hours, date::local_days day) {
  constexpr std::array<std::string_view, 7> kNames = {"sun", "mon", "tue", "wed",
                                                      "thu", "fri", "sat"};
  const std::string_view name = kNames[date::weekday(day).c_encoding()];
  return hours.weekdays.empty() ||
         std::find(hours.weekdays.begin(), hours.weekdays.end(), name) != hours.weekdays.end();
}

date::local_seconds ToLocal(const date::time_zone* zone, date::sys_seconds t) {
  return zone == nullptr ? date::local_seconds(t.time_since_epoch()) : zone->to_local(t);
}

/// The instant of a local time; of two the first, in a gap its end.
Instant ToInstant(const date::time_zone* zone, date::local_seconds local) {
  seconds offset{0};
  if (zone != nullptr) {
    const date::local_info info = zone->get_info(local);
    if (info.result == date::local_info::nonexistent)
      return Instant::FromSeconds(info.second.begin.time_since_epoch().count());
    offset = info.first.offset;
  }
  return Instant::FromSeconds((local.time_since_epoch() - offset).count());
}

}  // namespace

std::string LocalText(Instant t, const std::string& zone_name) {
  const date::time_zone* zone = FindZone(zone_name);
  const std::string name = zone == nullptr ? "UTC" : zone->get_info(ToSys(t)).abbrev;
  return date::format("%Y-%m-%d %H:%M ", ToLocal(zone, ToSys(t))) + name;
}

std::optional<Instant> NextOpening(const policy::HoursDocument& hours,
                                   const std::string& server_zone, Instant now) {
  if (hours.always) return now;
  const date::time_zone* zone = FindZone(hours.time_zone.empty() ? server_zone : hours.time_zone);
  const date::local_seconds local = ToLocal(zone, ToSys(now));
  const date::local_days today = date::floor<date::days>(local);
  // Hours that end before they begin go on past midnight: one day's length on.
  const int length_minutes = hours.to_minute > hours.from_minute
                                 ? hours.to_minute - hours.from_minute
                                 : hours.to_minute - hours.from_minute + 24 * 60;
  // Yesterday's night shift may still be open; a week ahead holds every day.
  for (int offset = -1; offset <= 8; ++offset) {
    const date::local_days day = today + date::days(offset);
    if (!IsWorkday(hours, day)) continue;
    const date::local_seconds opens = day + minutes(hours.from_minute);
    if (local >= opens && local < opens + minutes(length_minutes)) return now;
    if (opens > local) return std::max(now, ToInstant(zone, opens));
  }
  return std::nullopt;
}

}  // namespace hinomi::notify::impl
