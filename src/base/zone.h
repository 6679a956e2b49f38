#ifndef HINOMI_BASE_ZONE_H_
#define HINOMI_BASE_ZONE_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hinomi {

/// How civil time stands to UTC in a zone at one moment.
struct ZoneOffset {
  Duration offset;           ///< Local minus UTC.
  std::string abbreviation;  ///< "JST"
};

/// A zone that is a fixed difference to UTC, "+09:00" or "-03:30" in steps of five minutes up to
/// 14 hours; nothing for any other text.
std::optional<Duration> FixedOffset(std::string_view zone);

/// By the system's zone data (IANA) or as a fixed offset. UTC for "" and for unknown names.
ZoneOffset OffsetAt(const std::string& zone, Instant t);

/// Which of two instants at which the clocks of a zone show the same time, as they do when they are
/// set back.
enum class Occurrence { kFirst, kLast };

/// The instant at which the clocks of the zone show a civil time, which is given as if they were
/// UTC's. Of a time that clocks leap over, when they do.
Instant FromCivil(const std::string& zone, Instant civil,
                  Occurrence occurrence = Occurrence::kFirst);

/// For people: "2026-11-24 12:12 JST".
std::string CivilText(const std::string& zone, Instant t);

/// When the minute, hour, day or week began in which `t` lies, by the clocks of the zone: `period`
/// is one of them or a part of the day that divides it. Weeks begin on Mondays. A day on which
/// the clocks are changed is shorter or longer than the others.
Instant CivilStart(const std::string& zone, Duration period, Instant t);

/// The day of the week of a civil time (given as if it were UTC's), 0 for Monday to 6 for Sunday,
/// before 1970, too.
int Weekday(Instant civil);

}  // namespace hinomi

#endif  // HINOMI_BASE_ZONE_H_
