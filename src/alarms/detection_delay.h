#ifndef HINOMI_ALARMS_DETECTION_DELAY_H_
#define HINOMI_ALARMS_DETECTION_DELAY_H_

#include <optional>

#include "base/clock.h"
#include "policy/documents.h"

namespace hinomi::alarms {

/// How long it takes in the worst case until an alarm is in ALARM. What brings its samples adds how
/// far apart they are.
struct DetectionDelay {
  /// From when what is measured begins to breach, and goes on. Nothing: it never is by values (a
  /// composite alarm whose rule names none).
  std::optional<Duration> of_breach;
  /// From the newest sample on, if no more comes. Nothing: silence is no alarm.
  std::optional<Duration> of_silence;
};

/// Of an alarm by its periods, the grid on which it is looked at and the wait for late samples; of
/// a PromQL alarm by its interval and `for`; of a composite one by the slowest of those that it is
/// made of, and the wait for its suppressor.
DetectionDelay WorstDelay(const policy::OpsFolder& folder, const policy::AlarmDocument& alarm);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_DETECTION_DELAY_H_
