#ifndef HINOMI_OS_SYSTEM_CLOCK_H_
#define HINOMI_OS_SYSTEM_CLOCK_H_

#include "base/clock.h"

namespace hinomi {

/// The machine's clocks (CLOCK_REALTIME, CLOCK_BOOTTIME: a suspended laptop
/// does not stop time). The only place that reads them. Threads: any.
class SystemClock : public Clock {
 public:
  Instant Now() const override;
  Duration Monotonic() const override;
};

}  // namespace hinomi

#endif  // HINOMI_OS_SYSTEM_CLOCK_H_
