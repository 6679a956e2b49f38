#ifndef HINOMI_POLICY_HOURS_H_
#define HINOMI_POLICY_HOURS_H_

#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "policy/documents.h"

/// When contacts may be called, by civil time.
namespace hinomi::policy {

/// When the hours are open next: `now` itself if they are open, nothing if
/// they never are. Minutes that a clock change skips open at its end.
std::optional<Instant> NextOpening(const HoursDocument& hours, const std::string& server_zone,
                                   Instant now);
/// When hours that are open at `now` end; nothing if they never do. Hours that touch one another
/// count as two.
std::optional<Instant> ClosesAt(const HoursDocument& hours, const std::string& server_zone,
                                Instant now);

/// The first instant in [from, to) at which all of the hours are closed; nothing if there is none.
std::optional<Instant> FirstGap(std::span<const HoursDocument> hours,
                                const std::string& server_zone, Instant from, Instant to);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_HOURS_H_
