#include "control/audit.h"

namespace hinomi::control {
namespace {

// A turn takes milliseconds; whatever is later than this is not coming.
constexpr Duration kLongOverdue = Duration::Minutes(1);

/// Why nothing needs to be ahead of an open incident.
bool MayRest(const incidents::Incident& incident, const escalation::Escalation& escalation) {
  return escalation.rungs.empty() || escalation.ended || incident.is_acknowledged();
}

}  // namespace

std::vector<AuditFinding> AuditIncidents(const World& world, Instant now) {
  std::vector<AuditFinding> findings;
  for (const auto& [name, incident] : world.incidents.open) {
    const auto known = world.escalation.incidents.find(name);
    if (known == world.escalation.incidents.end()) {
      findings.push_back({name, "not_known_to_escalation",
                          name + " is open, and its escalation knows nothing of it"});
      continue;
    }
    const std::optional<Instant> next = known->second.NextAt();
    if (!next && !MayRest(incident, known->second))
      findings.push_back(
          {name, "nothing_ahead", name + " is open, nobody has it, and nobody will be called"});
    else if (next && *next + kLongOverdue < now)
      findings.push_back(
          {name, "overdue", name + " waits for something that was due at " + FormatRfc3339(*next)});
  }
  for (const auto& [name, escalation] : world.escalation.incidents)
    if (!world.incidents.open.contains(name))
      findings.push_back(
          {name, "never_closed", name + " is not open, and its escalation has not ended"});
  return findings;
}

}  // namespace hinomi::control
