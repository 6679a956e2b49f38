#include "escalation/escalation.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "escalation/impl/ladder.h"
#include "ops_model/snapshot.h"

namespace hinomi::escalation {

using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::EscalationEnded;
using ops_model::EscalationStarted;
using ops_model::EscalationStep;
using ops_model::EscalationStepFired;
using ops_model::Event;
using ops_model::IncidentAcknowledged;
using ops_model::IncidentOpened;
using ops_model::IncidentResolved;
using ops_model::PageAttempted;
using ops_model::PageDead;
using ops_model::PageQueued;
using ops_model::Severity;

namespace {

bool AnyWaiting(const Escalation& escalation) {
  for (size_t i = 0; i < escalation.steps.size(); ++i)
    if (escalation.IsWaiting(i)) return true;
  return false;
}

/// Says so if the last step has had its turn with this decision.
void EndIfExhausted(const Escalation& escalation, Decision& decision) {
  if (!escalation.ended && !AnyWaiting(escalation))
    decision.events.emplace_back(EscalationEnded{escalation.opened.incident, "exhausted"});
}

/// Fires what is due, in the ladder's order, and says so if that was the last.
/// Works on a copy of the incident, so that a step fires once a decision.
void FireDue(Escalation escalation, Instant now, const policy::OpsFolder& policy,
             Decision& decision) {
  const size_t before = decision.events.size();
  for (size_t i = 0; i < escalation.steps.size(); ++i)
    if (escalation.IsWaiting(i) && escalation.opened_at + escalation.steps[i].after <= now)
      impl::Fire(escalation, i, impl::ReasonOf(escalation, i), "", policy, decision);
  if (decision.events.size() > before) EndIfExhausted(escalation, decision);
}

Decision OnOpened(const IncidentOpened& opened, Instant at, Instant now,
                  const policy::OpsFolder& policy) {
  Decision decision;
  Escalation escalation;
  escalation.opened = opened;
  escalation.opened_at = at;
  escalation.steps = impl::Ladder(opened, opened.severity, policy);
  if (escalation.steps.empty()) return decision;
  escalation.fired.resize(escalation.steps.size());
  decision.events.emplace_back(
      EscalationStarted{opened.incident, opened.severity, escalation.steps});
  FireDue(std::move(escalation), now, policy, decision);
  return decision;
}

Decision OnTime(const State& state, Instant now, const policy::OpsFolder& policy) {
  std::vector<const Escalation*> oldest_first;
  for (const auto& [name, escalation] : state.incidents)
    if (!escalation.resolved) oldest_first.push_back(&escalation);
  std::stable_sort(
      oldest_first.begin(), oldest_first.end(),
      [](const Escalation* a, const Escalation* b) { return a->opened_at < b->opened_at; });
  Decision decision;
  for (const Escalation* escalation : oldest_first) FireDue(*escalation, now, policy, decision);
  return decision;
}

Decision Refuse(std::string why) {
  Decision decision;
  decision.refusal = std::move(why);
  return decision;
}

std::string Canonical(std::string_view given) {
  const std::string_view name = Trim(given);
  if (ParseUint(name)) return "INC-" + std::string(name);
  if (EqualsIgnoreCase(name.substr(0, 4), "INC-")) return "INC-" + std::string(name.substr(4));
  return std::string(name);
}

/// The step that a person means: the named one, else the next one that has
/// not fired, else the first again.
Result<size_t> AskedStep(const Escalation& escalation, const std::string& level) {
  std::vector<std::string> levels;
  for (const EscalationStep& step : escalation.steps) levels.push_back(step.level);
  if (level.empty()) {
    const auto next = std::find(escalation.fired.begin(), escalation.fired.end(), false);
    return next == escalation.fired.end() ? 0
                                          : static_cast<size_t>(next - escalation.fired.begin());
  }
  for (size_t i = 0; i < levels.size(); ++i)
    if (EqualsIgnoreCase(levels[i], level)) return i;
  return NotFound("The escalation of " + escalation.opened.incident + " has no level \"" + level +
                  "\"; it has " + Join(levels, ", ") + ".");
}

Decision OnEscalate(const State& state, const CommandInput& command,
                    const policy::OpsFolder& policy) {
  const std::string name = Canonical(command.arguments["incident"].as_string());
  const auto found = state.incidents.find(name);
  if (found == state.incidents.end() || found->second.resolved) {
    std::vector<std::string> open;
    for (const auto& [incident, escalation] : state.incidents)
      if (!escalation.resolved) open.push_back(incident);
    return Refuse("There is no open incident \"" + name + "\" to escalate. " +
                  (open.empty() ? "None is open." : "Open: " + Join(open, ", ") + "."));
  }
  Decision decision;
  Escalation escalation = found->second;
  if (escalation.steps.empty()) {
    // It woke nobody by itself; a person wants it to: as if it were an error.
    escalation.steps = impl::Ladder(escalation.opened, Severity::kError, policy);
    if (escalation.steps.empty())
      return Refuse("The route of " + name + " (\"" + escalation.opened.route +
                    "\") has no escalation policy with steps; name one in routes.yml.");
    escalation.fired.resize(escalation.steps.size());
    decision.events.emplace_back(
        EscalationStarted{name, escalation.opened.severity, escalation.steps});
  }
  Result<size_t> step = AskedStep(escalation, command.arguments["level"].as_string());
  if (!step) return Refuse(step.error().message);
  impl::Fire(escalation, *step, "asked", command.who, policy, decision);
  const auto& last = std::get<EscalationStepFired>(decision.events.back());
  decision.answer.Set("incident", name)
      .Set("level", last.level)
      .Set("contacts", ops_model::StringsToJson(last.contacts));
  EndIfExhausted(escalation, decision);
  return decision;
}

/// True if no page of the level arrived and none may still, `dead` aside.
bool NobodyKnows(const Escalation& escalation, const std::string& level, const std::string& dead) {
  if (escalation.reached_levels.contains(level)) return false;
  return std::none_of(escalation.pages.begin(), escalation.pages.end(), [&](const auto& entry) {
    return entry.first != dead && entry.second.level == level && entry.second.alive;
  });
}

Decision OnPageDead(const State& state, const PageDead& dead, const policy::OpsFolder& policy) {
  Decision decision;
  const auto found = state.incidents.find(dead.incident);
  if (found == state.incidents.end()) return decision;
  Escalation escalation = found->second;
  const auto page = escalation.pages.find(dead.page);
  if (page == escalation.pages.end() || !NobodyKnows(escalation, page->second.level, dead.page))
    return decision;
  for (size_t i = 0; i < escalation.steps.size(); ++i) {
    if (!escalation.IsWaiting(i)) continue;
    impl::Fire(escalation, i, "nobody_reachable", "", policy, decision);
    EndIfExhausted(escalation, decision);
    break;
  }
  return decision;
}

void ApplyPage(Escalation& escalation, const PageQueued& queued) {
  if (queued.kind == "page" && !queued.level.empty() && queued.reason_code != "last_resort")
    escalation.pages[queued.page] = {queued.level, true};
}

void ApplyPageArrived(Escalation& escalation, const std::string& page) {
  const auto found = escalation.pages.find(page);
  if (found == escalation.pages.end()) return;
  escalation.reached_levels.insert(found->second.level);
  escalation.pages.erase(found);
}

void ApplyStarted(Escalation& escalation, const EscalationStarted& started) {
  escalation.opened.incident = started.incident;
  escalation.opened.severity = started.severity;
  escalation.steps = started.steps;
  escalation.fired.assign(started.steps.size(), false);
  escalation.ended = false;
}

void ApplyFired(Escalation& escalation, const EscalationStepFired& fired) {
  for (size_t i = 0; i < escalation.steps.size(); ++i) {
    if (escalation.steps[i].level != fired.level || escalation.fired[i]) continue;
    escalation.fired[i] = true;
    return;
  }
}

}  // namespace

bool Escalation::IsWaiting(size_t step) const {
  return !fired[step] && !resolved && !(steps[step].until_acknowledged && acknowledged);
}

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy) {
  if (std::holds_alternative<ops_model::TimerInput>(input)) return OnTime(state, now, policy);
  if (const auto* command = std::get_if<CommandInput>(&input))
    return command->verb == "incident.escalate" ? OnEscalate(state, *command, policy) : Decision{};
  const auto* event = std::get_if<ops_model::EventInput>(&input);
  if (event == nullptr) return {};
  if (const auto* opened = std::get_if<IncidentOpened>(&event->event.body))
    return OnOpened(*opened, event->event.at, now, policy);
  if (const auto* dead = std::get_if<PageDead>(&event->event.body))
    return OnPageDead(state, *dead, policy);
  Decision decision;
  if (const auto* resolved = std::get_if<IncidentResolved>(&event->event.body)) {
    const auto found = state.incidents.find(resolved->incident);
    if (found != state.incidents.end() && !found->second.steps.empty() && !found->second.ended)
      decision.events.emplace_back(EscalationEnded{resolved->incident, "resolved"});
  }
  return decision;
}

void Apply(State& state, const Event& event) {
  if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    for (auto& [incident, escalation] : state.incidents)
      escalation.opened_at = escalation.opened_at - clock->by;
    return;
  }
  if (const auto* opened = std::get_if<IncidentOpened>(&event.body)) {
    Escalation escalation;
    escalation.opened = *opened;
    escalation.opened_at = event.at;
    state.incidents.insert_or_assign(opened->incident, std::move(escalation));
    return;
  }
  const auto find = [&state](const std::string& incident) -> Escalation* {
    const auto found = state.incidents.find(incident);
    return found == state.incidents.end() ? nullptr : &found->second;
  };
  if (const auto* started = std::get_if<EscalationStarted>(&event.body)) {
    if (Escalation* escalation = find(started->incident)) ApplyStarted(*escalation, *started);
  } else if (const auto* fired = std::get_if<EscalationStepFired>(&event.body)) {
    if (Escalation* escalation = find(fired->incident)) ApplyFired(*escalation, *fired);
  } else if (const auto* acknowledged = std::get_if<IncidentAcknowledged>(&event.body)) {
    if (Escalation* escalation = find(acknowledged->incident)) escalation->acknowledged = true;
  } else if (const auto* resolved = std::get_if<IncidentResolved>(&event.body)) {
    Escalation* escalation = find(resolved->incident);
    if (escalation == nullptr) return;
    // The end of a running escalation is a fact of its own, still to come.
    if (escalation->steps.empty() || escalation->ended)
      state.incidents.erase(resolved->incident);
    else
      escalation->resolved = true;
  } else if (const auto* queued = std::get_if<PageQueued>(&event.body)) {
    if (Escalation* escalation = find(queued->incident)) ApplyPage(*escalation, *queued);
  } else if (const auto* attempted = std::get_if<PageAttempted>(&event.body)) {
    if (Escalation* escalation = find(attempted->incident))
      if (attempted->outcome == "delivered") ApplyPageArrived(*escalation, attempted->page);
  } else if (const auto* dead = std::get_if<PageDead>(&event.body)) {
    if (Escalation* escalation = find(dead->incident))
      if (const auto page = escalation->pages.find(dead->page); page != escalation->pages.end())
        page->second.alive = false;
  } else if (const auto* ended = std::get_if<EscalationEnded>(&event.body)) {
    Escalation* escalation = find(ended->incident);
    if (escalation == nullptr) return;
    escalation->ended = true;
    if (escalation->resolved) state.incidents.erase(ended->incident);
  }
}

std::optional<Instant> NextWakeup(const State& state) {
  std::optional<Instant> next;
  for (const auto& [name, escalation] : state.incidents)
    for (size_t i = 0; i < escalation.steps.size(); ++i) {
      if (!escalation.IsWaiting(i)) continue;
      const Instant due = escalation.opened_at + escalation.steps[i].after;
      if (!next || due < *next) next = due;
    }
  return next;
}

std::vector<Upcoming> UpcomingSteps(const State& state, const std::string& incident) {
  std::vector<Upcoming> upcoming;
  const auto found = state.incidents.find(incident);
  if (found == state.incidents.end()) return upcoming;
  const Escalation& escalation = found->second;
  for (size_t i = 0; i < escalation.steps.size(); ++i)
    if (escalation.IsWaiting(i))
      upcoming.push_back({escalation.steps[i].level,
                          escalation.opened_at + escalation.steps[i].after,
                          escalation.steps[i].contacts});
  return upcoming;
}

}  // namespace hinomi::escalation
