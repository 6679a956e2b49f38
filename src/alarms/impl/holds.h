#ifndef HINOMI_ALARMS_IMPL_HOLDS_H_
#define HINOMI_ALARMS_IMPL_HOLDS_H_

#include <string>

#include "alarms/alarms.h"

namespace hinomi::alarms::impl {

/// What keeps an alarm's action back, and when to look at it again.
struct Hold {
  std::string by;  ///< "": nothing; "observing"; else as AlarmTransitioned::held_by.
  Instant until;   ///< Zero: when something else happens.
};

/// Of an alarm whose state is that of `since`. In this order: the alarm only observes; a mute
/// rule; its suppressor, as CloudWatch has it: none acts while the suppressor is in ALARM, nor
/// for `extension` after it has ended; before, it is waited for over `wait` from each transition.
Hold HoldOf(const State& state, const policy::AlarmDocument& alarm, Instant since, Instant now,
            const policy::OpsFolder& policy);

inline bool IsMute(const std::string& held_by) {
  return held_by.starts_with("mute:");
}

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_HOLDS_H_
