#include "notify/impl/local_text.h"

#include "base/zone.h"

namespace hinomi::notify::impl {
std::string LocalText(Instant t, const std::string& zone_name) {
  const ZoneOffset zone = OffsetAt(zone_name, t);
  // "2026-11-24T12:12:…" as if it were UTC's.
  std::string text = FormatRfc3339(t + zone.offset).substr(0, 16);
  text[10] = ' ';
  return text + " " + zone.abbreviation;
}

}  // namespace hinomi::notify::impl
