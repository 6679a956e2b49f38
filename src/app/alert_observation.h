#ifndef HINOMI_APP_ALERT_OBSERVATION_H_
#define HINOMI_APP_ALERT_OBSERVATION_H_

#include "ops_model/decision.h"
#include "rules/manager.h"

namespace hinomi::app {

/// What an evaluation of an alerting rule found, as alarms are told of it.
ops_model::AlertObservation ObservationOf(const rules::AlertReport& report);

}  // namespace hinomi::app

#endif  // HINOMI_APP_ALERT_OBSERVATION_H_
