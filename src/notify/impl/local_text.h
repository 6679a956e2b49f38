#ifndef HINOMI_NOTIFY_IMPL_LOCAL_TEXT_H_
#define HINOMI_NOTIFY_IMPL_LOCAL_TEXT_H_

#include <string>

#include "base/clock.h"

/// Civil time, by the system's time zone data (IANA).
namespace hinomi::notify::impl {

/// "2026-11-24 12:12 JST"; in UTC where the zone is not known.
std::string LocalText(Instant t, const std::string& zone);

}  // namespace hinomi::notify::impl

#endif  // HINOMI_NOTIFY_IMPL_LOCAL_TEXT_H_
