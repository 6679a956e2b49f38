#include "escalation/impl/ladder.h"

#include <algorithm>

namespace hinomi::escalation::impl {

using ops_model::EscalationStep;
using ops_model::EscalationStepFired;
using ops_model::Severity;

namespace {

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Pages(Severity severity) {
  return severity == Severity::kCritical || severity == Severity::kError;
}

}  // namespace

const policy::EscalationDocument* FindEscalation(const ops_model::IncidentOpened& opened,
                                                 const policy::OpsFolder& policy) {
  for (const policy::RouteDocument& route : policy.routes) {
    if (route.action != opened.route) continue;
    for (const policy::EscalationDocument& escalation : policy.escalations)
      if (escalation.name == route.escalation) return &escalation;
    return nullptr;
  }
  return policy.escalations.empty() ? nullptr : &policy.escalations.front();
}

std::vector<EscalationStep> Ladder(const ops_model::IncidentOpened& opened, Severity severity,
                                   const policy::OpsFolder& policy) {
  std::vector<EscalationStep> steps;
  const policy::EscalationDocument* escalation = FindEscalation(opened, policy);
  if (escalation == nullptr) return steps;
  const std::string_view name = ops_model::SeverityName(severity);
  for (const policy::EscalationStepDocument& document : escalation->steps) {
    const bool at_once = Contains(document.at_once_for, name);
    const bool wanted = document.severities.empty() ? Pages(severity) || at_once
                                                    : Contains(document.severities, name);
    if (!wanted) continue;
    steps.push_back({document.level, at_once ? Duration() : document.after,
                     document.until_acknowledged, document.contacts});
  }
  std::stable_sort(
      steps.begin(), steps.end(),
      [](const EscalationStep& a, const EscalationStep& b) { return a.after < b.after; });
  return steps;
}

std::vector<std::string> Reachable(const EscalationStep& step, const policy::OpsFolder& policy) {
  std::vector<std::string> reachable;
  for (const std::string& name : step.contacts)
    for (const policy::ContactDocument& contact : policy.contacts)
      if (contact.name == name && !contact.methods.empty()) reachable.push_back(name);
  return reachable;
}

void Fire(Escalation& escalation, size_t first, const std::string& reason_code,
          const std::string& by, const policy::OpsFolder& policy, ops_model::Decision& decision) {
  std::string reason = reason_code;
  for (size_t i = first; i < escalation.steps.size(); ++i) {
    if (i != first && !escalation.IsWaiting(i)) continue;
    const EscalationStep& step = escalation.steps[i];
    const std::vector<std::string> contacts = Reachable(step, policy);
    if (contacts.empty()) reason = "nobody_reachable";
    escalation.fired[i] = true;
    decision.events.emplace_back(
        EscalationStepFired{escalation.opened.incident, step.level, contacts, reason, by});
    if (!contacts.empty()) return;
  }
}

std::string ReasonOf(const Escalation& escalation, size_t step) {
  if (escalation.steps[step].after > Duration())
    return escalation.steps[step].until_acknowledged ? "not_acknowledged_in_time"
                                                     : "not_resolved_in_time";
  if (step > 0 && escalation.opened.severity == Severity::kCritical) return "critical";
  return "opened";
}

}  // namespace hinomi::escalation::impl
