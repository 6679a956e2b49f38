#include "escalation/impl/ladder.h"

#include <algorithm>
#include <utility>

namespace hinomi::escalation::impl {

using ops_model::EscalationStarted;
using ops_model::EscalationStep;
using ops_model::Severity;

namespace {

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool Pages(Severity severity) {
  return severity == Severity::kCritical || severity == Severity::kError;
}

/// The escalation policy that an incident's route names; for an incident
/// without a route the first one, so that it pages somebody. Null if none.
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

EscalationStep StepOf(const policy::EscalationStepDocument& document, bool at_once) {
  EscalationStep step;
  step.level = document.level;
  step.until_acknowledged = document.until_acknowledged;
  step.contacts = document.contacts;
  step.after_previous = document.counts_from_previous && !at_once;
  step.after = document.counts_from_previous ? document.after_previous : document.after;
  if (at_once) step.after = Duration();
  step.repeat_every = document.repeat_every;
  return step;
}

/// A step that counts from the one before it stands where it comes if nothing delays that one.
void SortByTime(std::vector<EscalationStep>& steps) {
  std::vector<std::pair<Duration, EscalationStep>> timed;
  Duration at;
  for (EscalationStep& step : steps) {
    at = step.after_previous ? at + step.after : step.after;
    timed.emplace_back(at, std::move(step));
  }
  std::ranges::stable_sort(timed, {}, &std::pair<Duration, EscalationStep>::first);
  steps.clear();
  for (auto& [when, step] : timed) steps.push_back(std::move(step));
}

std::vector<EscalationStep> Ladder(const policy::EscalationDocument& escalation,
                                   Severity severity) {
  std::vector<EscalationStep> steps;
  const std::string_view name = ops_model::SeverityName(severity);
  for (const policy::EscalationStepDocument& document : escalation.steps) {
    const bool at_once = Contains(document.at_once_for, name);
    const bool wanted = document.severities.empty() ? Pages(severity) || at_once
                                                    : Contains(document.severities, name);
    if (wanted) steps.push_back(StepOf(document, at_once));
  }
  // There may be nothing before the first step, for this severity.
  if (!steps.empty()) steps.front().after_previous = false;
  SortByTime(steps);
  return steps;
}

}  // namespace

EscalationStarted Plan(const ops_model::IncidentOpened& opened, Severity severity,
                       const policy::OpsFolder& policy) {
  EscalationStarted plan;
  plan.incident = opened.incident;
  plan.severity = severity;
  const policy::EscalationDocument* escalation = FindEscalation(opened, policy);
  if (escalation == nullptr) return plan;
  plan.steps = Ladder(*escalation, severity);
  plan.passes =
      escalation->repeat.forever ? ops_model::kPassesWithoutEnd : 1 + escalation->repeat.times;
  plan.pass_after = escalation->repeat.after;
  plan.exhausted_contacts = escalation->on_exhausted;
  const auto timeout =
      escalation->acknowledgement_timeout.find(std::string(ops_model::SeverityName(severity)));
  if (timeout != escalation->acknowledgement_timeout.end())
    plan.acknowledgement_timeout = timeout->second;
  return plan;
}

std::vector<EscalationStep> LadderWithFired(const Escalation& escalation,
                                            std::vector<EscalationStep> steps) {
  std::vector<EscalationStep> ladder;
  for (const Rung& rung : escalation.rungs) {
    const bool anew = std::ranges::any_of(
        steps, [&](const EscalationStep& step) { return step.level == rung.step.level; });
    if (rung.fired == 0 || anew) continue;
    ladder.push_back(rung.step);
    ladder.back().over = true;
  }
  std::ranges::move(steps, std::back_inserter(ladder));
  return ladder;
}

std::vector<std::string> Reachable(const std::vector<std::string>& contacts,
                                   const policy::OpsFolder& policy) {
  std::vector<std::string> reachable;
  for (const std::string& name : contacts)
    for (const policy::ContactDocument& contact : policy.contacts)
      if (contact.name == name && !contact.methods.empty()) reachable.push_back(name);
  return reachable;
}

std::string ReasonOf(const Escalation& escalation, size_t step) {
  const EscalationStep& fired = escalation.rungs[step].step;
  if (fired.after > Duration())
    return fired.until_acknowledged ? "not_acknowledged_in_time" : "not_resolved_in_time";
  if (step > 0 && escalation.opened.severity == Severity::kCritical) return "critical";
  return escalation.pass > 1 ? "repeated" : "opened";
}

}  // namespace hinomi::escalation::impl
