#include "escalation/escalation.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "escalation/impl/climb.h"
#include "escalation/impl/fold.h"
#include "ops_model/snapshot.h"

namespace hinomi::escalation {

using impl::Climb;
using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::EscalationEnded;
using ops_model::EscalationStepFired;
using ops_model::Event;
using ops_model::IncidentOpened;
using ops_model::IncidentResolved;
using ops_model::PageDead;
using ops_model::Severity;

namespace {

Decision OnOpened(const IncidentOpened& opened, Instant at, Instant now,
                  const policy::OpsFolder& policy) {
  Decision decision;
  Escalation escalation;
  escalation.opened = opened;
  escalation.opened_at = at;
  Climb climb(std::move(escalation), now, policy, decision);
  if (climb.Start(opened.severity)) climb.FireDue();
  return decision;
}

/// Who has heard nothing yet comes before who is told again.
Decision OnTime(const State& state, Instant now, const policy::OpsFolder& policy) {
  std::vector<const Escalation*> oldest_first;
  for (const auto& [name, escalation] : state.incidents) {
    const std::optional<Instant> next = escalation.NextAt();
    if (next && *next <= now) oldest_first.push_back(&escalation);
  }
  std::ranges::stable_sort(oldest_first, {}, &Escalation::opened_at);
  Decision decision;
  std::vector<Climb> climbs;
  climbs.reserve(oldest_first.size());
  for (const Escalation* escalation : oldest_first)
    climbs.emplace_back(*escalation, now, policy, decision).FireDue();
  for (Climb& climb : climbs) climb.FireRepeats();
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
  for (const Rung& rung : escalation.rungs) levels.push_back(rung.step.level);
  if (level.empty()) {
    const auto next = std::ranges::find(escalation.rungs, 0, &Rung::fired);
    return next == escalation.rungs.end() ? 0
                                          : static_cast<size_t>(next - escalation.rungs.begin());
  }
  for (size_t i = 0; i < levels.size(); ++i)
    if (EqualsIgnoreCase(levels[i], level)) return i;
  return NotFound("The escalation of " + escalation.opened.incident + " has no level \"" + level +
                  "\"; it has " + Join(levels, ", ") + ".");
}

Decision OnEscalate(const State& state, const CommandInput& command, Instant now,
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
  Climb climb(found->second, now, policy, decision);
  // It woke nobody by itself; a person wants it to: as if it were an error.
  if (found->second.rungs.empty() && !climb.Start(Severity::kError))
    return Refuse("The route of " + name + " (\"" + found->second.opened.route +
                  "\") has no escalation policy with steps; name one in routes.yml.");
  const Result<size_t> step = AskedStep(climb.escalation(), command.arguments["level"].as_string());
  if (!step) return Refuse(step.error().message);
  climb.Fire(*step, "asked", command.who);
  const auto& last = std::get<EscalationStepFired>(decision.events.back());
  decision.answer.Set("incident", name)
      .Set("level", last.level)
      .Set("contacts", ops_model::StringsToJson(last.contacts));
  climb.EndIfExhausted();
  return decision;
}

/// True if no page of the dead one's level arrived and none may still.
bool LeavesNobody(const Escalation& escalation, const PageDead& dead) {
  const auto page = escalation.pages.find(dead.page);
  if (page == escalation.pages.end()) return false;
  const std::string& level = page->second.level;
  if (escalation.reached_levels.contains(level)) return false;
  return std::ranges::none_of(escalation.pages, [&](const auto& entry) {
    return entry.first != dead.page && entry.second.level == level && entry.second.alive;
  });
}

/// What happened to an incident that is known here.
Decision OnFact(const Escalation& escalation, const Event& event, Instant now,
                const policy::OpsFolder& policy) {
  Decision decision;
  const auto climb = [&] { return Climb(escalation, now, policy, decision); };
  if (const auto* dead = std::get_if<PageDead>(&event.body)) {
    if (LeavesNobody(escalation, *dead)) climb().FireNextWaiting("nobody_reachable");
  } else if (std::holds_alternative<IncidentResolved>(event.body)) {
    if (!escalation.rungs.empty() && !escalation.ended)
      decision.events.emplace_back(EscalationEnded{escalation.opened.incident, "resolved"});
  } else if (std::holds_alternative<ops_model::IncidentSeverityChanged>(event.body)) {
    climb().ChangeLadder();
  } else if (std::holds_alternative<ops_model::IncidentUnacknowledged>(event.body)) {
    climb().FireDue();
  }
  return decision;
}

/// A resolved incident is forgotten once its escalation has ended: a fact of its own, which may be
/// still to come.
void ForgetIfOver(State& state, const std::string& incident) {
  const auto found = state.incidents.find(incident);
  if (found == state.incidents.end()) return;
  const Escalation& escalation = found->second;
  if (escalation.resolved && (escalation.rungs.empty() || escalation.ended))
    state.incidents.erase(found);
}

void SetBack(Escalation& escalation, Duration by) {
  const auto move = [by](std::optional<Instant>& at) {
    if (at) at = *at - by;
  };
  escalation.opened_at = escalation.opened_at - by;
  escalation.pass_began = escalation.pass_began - by;
  escalation.acknowledged_at = escalation.acknowledged_at - by;
  for (Rung& rung : escalation.rungs) move(rung.due);
  move(escalation.next_pass_at);
  move(escalation.snoozed_until);
}

}  // namespace

bool Escalation::Counts(const Rung& rung) const {
  return !resolved && !snoozed_until && !rung.step.over &&
         !(rung.step.until_acknowledged && acknowledged);
}

bool Escalation::AnyCounts() const {
  return std::ranges::any_of(rungs, [this](const Rung& rung) { return Counts(rung); });
}

bool Escalation::IsWaiting(const Rung& rung) const {
  return rung.fired == 0 && Counts(rung);
}

std::optional<size_t> Escalation::LastStep() const {
  if (current && !rungs[*current].step.over) return current;
  std::optional<size_t> first, last;
  for (size_t i = 0; i < rungs.size(); ++i) {
    if (rungs[i].step.over) continue;
    if (!first) first = i;
    if (rungs[i].fired > 0) last = i;
  }
  return last ? last : first;
}

std::optional<Instant> Escalation::RestEndsAt() const {
  if (resolved) return std::nullopt;
  if (snoozed_until) return snoozed_until;
  if (!acknowledged || plan.acknowledgement_timeout == Duration()) return std::nullopt;
  return acknowledged_at + plan.acknowledgement_timeout;
}

std::optional<Instant> Escalation::NextAt() const {
  std::optional<Instant> next = RestEndsAt();
  const auto consider = [&next](const std::optional<Instant>& at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const Rung& rung : rungs)
    if (Counts(rung)) consider(rung.due);
  if (AnyCounts()) consider(next_pass_at);
  return next;
}

bool Escalation::HasFuture() const {
  return NextAt().has_value();
}

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy) {
  if (std::holds_alternative<ops_model::TimerInput>(input)) return OnTime(state, now, policy);
  if (const auto* command = std::get_if<CommandInput>(&input))
    return command->verb == "incident.escalate" ? OnEscalate(state, *command, now, policy)
                                                : Decision{};
  const auto* event = std::get_if<ops_model::EventInput>(&input);
  if (event == nullptr) return {};
  if (const auto* opened = std::get_if<IncidentOpened>(&event->event.body))
    return OnOpened(*opened, event->event.at, now, policy);
  const auto found = state.incidents.find(ops_model::IncidentOf(event->event.body));
  return found == state.incidents.end() ? Decision{}
                                        : OnFact(found->second, event->event, now, policy);
}

void Apply(State& state, const Event& event) {
  if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    for (auto& [incident, escalation] : state.incidents) SetBack(escalation, clock->by);
    return;
  }
  if (const auto* opened = std::get_if<IncidentOpened>(&event.body)) {
    Escalation escalation;
    escalation.opened = *opened;
    escalation.opened_at = event.at;
    state.incidents.insert_or_assign(opened->incident, std::move(escalation));
    return;
  }
  const std::string incident = ops_model::IncidentOf(event.body);
  const auto found = state.incidents.find(incident);
  if (found == state.incidents.end()) return;
  if (std::holds_alternative<IncidentResolved>(event.body))
    found->second.resolved = true;
  else
    impl::Fold(found->second, event.body, event.at);
  ForgetIfOver(state, incident);
}

std::optional<Instant> NextWakeup(const State& state) {
  std::optional<Instant> next;
  for (const auto& [name, escalation] : state.incidents) {
    const std::optional<Instant> at = escalation.NextAt();
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

std::vector<Upcoming> UpcomingSteps(const State& state, const std::string& incident) {
  std::vector<Upcoming> upcoming;
  const auto found = state.incidents.find(incident);
  if (found == state.incidents.end()) return upcoming;
  const Escalation& escalation = found->second;
  for (const Rung& rung : escalation.rungs)
    if (escalation.Counts(rung) && rung.due)
      upcoming.push_back(
          {rung.step.level, *rung.due, rung.step.contacts, rung.fired == 0 ? "step" : "repeat"});
  if (escalation.next_pass_at && escalation.AnyCounts())
    upcoming.push_back({"", *escalation.next_pass_at, {}, "pass"});
  if (const std::optional<Instant> rest_ends = escalation.RestEndsAt())
    upcoming.push_back(
        {"", *rest_ends, {}, escalation.snoozed_until ? "snooze_over" : "acknowledgement_timeout"});
  std::ranges::stable_sort(upcoming, {}, &Upcoming::at);
  return upcoming;
}

}  // namespace hinomi::escalation
