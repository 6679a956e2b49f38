#ifndef HINOMI_ALARMS_IMPL_HOLDS_H_
#define HINOMI_ALARMS_IMPL_HOLDS_H_

#include <string>
#include <string_view>

#include "alarms/alarms.h"

namespace hinomi::alarms::impl {

/// What keeps an alarm's action back, and when to look at it again.
struct Hold {
  std::string by;  ///< "": nothing; "observing"; else as AlarmTransitioned::held_by.
  Instant until;   ///< Zero: when something else happens.
};

/// Of an alarm, or a contributor of it that is of `service`, whose state is that of `since`. In
/// this order: the alarm only observes; a mute rule; its suppressor, as CloudWatch has it: none
/// acts while the suppressor is in ALARM, nor for `extension` after it has ended; before, it is
/// waited for over `wait` from each transition; an inhibit rule, whose sources are each such a
/// suppressor.
Hold HoldOf(const State& state, const policy::AlarmDocument& alarm, const std::string& service,
            Instant since, Instant now, const policy::OpsFolder& policy);

/// True if what `name` does may change what holds the alarm.
bool MayExplain(const policy::OpsFolder& policy, const std::string& name,
                const policy::AlarmDocument& alarm);

inline bool IsMute(std::string_view held_by) {
  return held_by.starts_with("mute:");
}
/// The reason code of what is let through when that holds it no more.
std::string_view EndOfHold(std::string_view held_by);

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_HOLDS_H_
