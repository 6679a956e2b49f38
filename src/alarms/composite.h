#ifndef HINOMI_ALARMS_COMPOSITE_H_
#define HINOMI_ALARMS_COMPOSITE_H_

#include <functional>
#include <string>

#include "ops_model/event.h"
#include "policy/alarm_rule.h"

/// Alarms of other alarms (CloudWatch User Guide, "Combining alarms").
namespace hinomi::alarms {

/// The present state of an alarm by its name; of one that there is not, INSUFFICIENT_DATA.
using StateOf = std::function<ops_model::AlarmState(const std::string& alarm)>;

/// True if the rule holds among the alarms as they are.
bool Holds(const policy::AlarmRule& rule, const StateOf& state_of);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_COMPOSITE_H_
