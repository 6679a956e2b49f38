#ifndef HINOMI_ESCALATION_IMPL_LADDER_H_
#define HINOMI_ESCALATION_IMPL_LADDER_H_

#include <string>
#include <vector>

#include "escalation/escalation.h"

namespace hinomi::escalation::impl {

/// The whole plan for an incident by its escalation policy and a severity: its steps in order of
/// their times, those `at_once_for` the severity at zero. Without steps it wakes nobody.
ops_model::EscalationStarted Plan(const ops_model::IncidentOpened& opened,
                                  ops_model::Severity severity, const policy::OpsFolder& policy);

/// `steps` with what has fired already and is not among them, which stays what it was.
std::vector<ops_model::EscalationStep> LadderWithFired(
    const Escalation& escalation, std::vector<ops_model::EscalationStep> steps);

/// Those of the contacts that the policy knows with a way to reach them.
std::vector<std::string> Reachable(const std::vector<std::string>& contacts,
                                   const policy::OpsFolder& policy);

/// "opened", "critical", "repeated", "not_acknowledged_in_time" or "not_resolved_in_time": why a
/// step that is due fires for the first time in its pass.
std::string ReasonOf(const Escalation& escalation, size_t step);

}  // namespace hinomi::escalation::impl

#endif  // HINOMI_ESCALATION_IMPL_LADDER_H_
