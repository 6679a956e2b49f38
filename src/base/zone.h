#ifndef HINOMI_BASE_ZONE_H_
#define HINOMI_BASE_ZONE_H_

#include <string>

#include "base/clock.h"

namespace hinomi {

/// How civil time stands to UTC in a zone at one moment.
struct ZoneOffset {
  Duration offset;           ///< Local minus UTC.
  std::string abbreviation;  ///< "JST"
};

/// By the system's zone data (IANA). UTC for "" and for unknown names.
ZoneOffset OffsetAt(const std::string& zone, Instant t);

}  // namespace hinomi

#endif  // HINOMI_BASE_ZONE_H_
