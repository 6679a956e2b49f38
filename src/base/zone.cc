#include "base/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "base/strings.h"

namespace hinomi {
namespace {

constexpr Duration kWeek = Duration::Days(7);
// 1970-01-01 was a Thursday.
constexpr Duration kFirstMonday = Duration::Days(4);

Duration RestOf(Duration local, Duration period) {
  const int64_t rest = local.nanos() % period.nanos();
  return Duration::Nanos(rest < 0 ? rest + period.nanos() : rest);
}

}  // namespace

std::optional<Duration> FixedOffset(std::string_view zone) {
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const auto hours = ParseUint(zone.substr(1, 2)), minutes = ParseUint(zone.substr(4));
  if (!hours || !minutes || *minutes > 59 || *minutes % 5 != 0) return std::nullopt;
  const Duration offset = Duration::Minutes(static_cast<int64_t>(*hours * 60 + *minutes));
  if (offset > Duration::Hours(14)) return std::nullopt;
  return zone[0] == '-' ? -offset : offset;
}

ZoneOffset OffsetAt(const std::string& zone, Instant t) {
  if (zone.empty()) return {Duration(), "UTC"};
  if (const auto fixed = FixedOffset(zone)) return {*fixed, zone};
  // The library reports what it does not find by throwing.
  try {
    const date::sys_seconds at{std::chrono::seconds(t.seconds())};
    const date::sys_info info = date::locate_zone(zone)->get_info(at);
    return {Duration::Seconds(info.offset.count()), info.abbrev};
  } catch (const std::runtime_error&) {
    return {Duration(), "UTC"};
  }
}

std::string CivilText(const std::string& zone, Instant t) {
  const ZoneOffset at = OffsetAt(zone, t);
  // "2026-11-24T12:12:…" as if it were UTC's.
  std::string text = FormatRfc3339(t + at.offset).substr(0, 16);
  text[10] = ' ';
  return text + " " + at.abbreviation;
}

Instant FromCivil(const std::string& zone, Instant civil, Occurrence occurrence) {
  if (const auto fixed = FixedOffset(zone)) return civil - *fixed;
  if (zone.empty()) return civil;
  try {
    const date::local_seconds local{std::chrono::seconds(civil.seconds())};
    const date::local_info info = date::locate_zone(zone)->get_info(local);
    if (info.result == date::local_info::nonexistent)
      return Instant::FromSeconds(info.second.begin.time_since_epoch().count());
    const bool last = info.result == date::local_info::ambiguous && occurrence == Occurrence::kLast;
    return civil - Duration::Seconds((last ? info.second : info.first).offset.count());
  } catch (const std::runtime_error&) {
    return civil;
  }
}

Instant CivilStart(const std::string& zone, Duration period, Instant t) {
  const Duration offset = OffsetAt(zone, t).offset;
  const Duration local = t - Instant() + offset;
  const Duration shift = period == kWeek ? kFirstMonday : Duration();
  const Instant start = t - RestOf(local - shift, period);
  const Duration there = OffsetAt(zone, start).offset;
  if (there == offset) return start;
  // The clocks have been changed since then: it began when they showed that figure.
  return std::min(t, start + (offset - there));
}

int Weekday(Instant civil) {
  return static_cast<int>(RestOf(civil - Instant() - kFirstMonday, kWeek) / Duration::Days(1));
}

}  // namespace hinomi
