#include "os/system_clock.h"

#include <ctime>

namespace hinomi {
namespace {
int64_t ReadNanos(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
}  // namespace

Instant SystemClock::Now() const {
  return Instant::FromNanos(ReadNanos(CLOCK_REALTIME));
}
Duration SystemClock::Monotonic() const {
  return Duration::Nanos(ReadNanos(CLOCK_BOOTTIME));
}

}  // namespace hinomi
