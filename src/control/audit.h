#ifndef HINOMI_CONTROL_AUDIT_H_
#define HINOMI_CONTROL_AUDIT_H_

#include <string>
#include <vector>

#include "base/clock.h"
#include "control/machines.h"

/// Whether anything was forgotten, judged from the folded states by rules of its own.
namespace hinomi::control {

/// What is wrong with an incident.
struct AuditFinding {
  std::string incident;
  std::string code;  ///< "not_known_to_escalation", "nothing_ahead", "overdue", "never_closed".
  std::string text;  ///< For the log.
};

/// Every open incident has something ahead of it, not long overdue, or a reason for which there is
/// nothing: it wakes nobody, its ladder has ended, or somebody has it in hand. And nothing is
/// climbed for an incident that is over. Empty: all is well.
std::vector<AuditFinding> AuditIncidents(const World& world, Instant now);

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_AUDIT_H_
