#ifndef HINOMI_NOTIFY_IMPL_ZONE_H_
#define HINOMI_NOTIFY_IMPL_ZONE_H_

#include <optional>
#include <string>

#include "base/clock.h"
#include "policy/documents.h"

/// Civil time, by the system's time zone data (IANA).
namespace hinomi::notify::impl {

/// "2026-11-24 12:12 JST"; in UTC where the zone is not known.
std::string LocalText(Instant t, const std::string& zone);

/// When the hours are open next: `now` itself if they are open, nothing if
/// they never are. Minutes that a clock change skips open at its end.
std::optional<Instant> NextOpening(const policy::HoursDocument& hours,
                                   const std::string& server_zone, Instant now);

}  // namespace hinomi::notify::impl

#endif  // HINOMI_NOTIFY_IMPL_ZONE_H_
