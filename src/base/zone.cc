#include "base/zone.h"

#include <date/tz.h>

#include <chrono>
#include <stdexcept>

namespace hinomi {

ZoneOffset OffsetAt(const std::string& zone, Instant t) {
  if (zone.empty()) return {Duration(), "UTC"};
  // The library reports what it does not find by throwing.
  try {
    const date::sys_seconds at{std::chrono::seconds(t.seconds())};
    const date::sys_info info = date::locate_zone(zone)->get_info(at);
    return {Duration::Seconds(info.offset.count()), info.abbrev};
  } catch (const std::runtime_error&) {
    return {Duration(), "UTC"};
  }
}

}  // namespace hinomi
