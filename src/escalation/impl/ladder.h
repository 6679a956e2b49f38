#ifndef HINOMI_ESCALATION_IMPL_LADDER_H_
#define HINOMI_ESCALATION_IMPL_LADDER_H_

#include <string>
#include <vector>

#include "escalation/escalation.h"

namespace hinomi::escalation::impl {

/// The steps of an incident's escalation policy for this severity, in order of
/// their times. Steps `at_once_for` it stand at zero.
std::vector<ops_model::EscalationStep> Ladder(const ops_model::IncidentOpened& opened,
                                              ops_model::Severity severity,
                                              const policy::OpsFolder& policy);

/// The escalation policy that an incident's route names; for an incident
/// without a route the first one, so that it pages somebody. Null if none.
const policy::EscalationDocument* FindEscalation(const ops_model::IncidentOpened& opened,
                                                 const policy::OpsFolder& policy);

/// Those of a step's contacts that the policy knows with a way to reach them.
std::vector<std::string> Reachable(const ops_model::EscalationStep& step,
                                   const policy::OpsFolder& policy);

/// What happens when steps are due: appends the firings of `first` and, while
/// nobody is reachable, of those after it. Keeps `escalation.fired` in step.
void Fire(Escalation& escalation, size_t first, const std::string& reason_code,
          const std::string& by, const policy::OpsFolder& policy, ops_model::Decision& decision);

/// "opened", "critical", "not_acknowledged_in_time" or "not_resolved_in_time".
std::string ReasonOf(const Escalation& escalation, size_t step);

}  // namespace hinomi::escalation::impl

#endif  // HINOMI_ESCALATION_IMPL_LADDER_H_
