#include "alarms/alarms.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "alarms/composite.h"
#include "alarms/contributors.h"
#include "alarms/evaluator.h"
#include "alarms/impl/flapping.h"
#include "alarms/impl/holds.h"
#include "alarms/impl/reasons.h"
#include "alarms/schedule.h"
#include "base/strings.h"
#include "ops_model/snapshot.h"
#include "policy/find.h"

namespace hinomi::alarms {

using ops_model::AlarmActionTaken;
using ops_model::AlarmEvaluation;
using ops_model::AlarmState;
using ops_model::AlarmTransitioned;
using ops_model::Decision;
using ops_model::Event;
using ops_model::EventInput;
using ops_model::OpsLoaded;
using ops_model::ServerStarted;

namespace {

// CloudWatch's StateReason.
constexpr size_t kLongestSetReason = 1'023;
constexpr const char* kCreationReason = "Unchecked: Initial alarm creation";

std::string ActionOf(const policy::AlarmDocument& alarm, AlarmState state) {
  if (!alarm.actions_enabled) return {};
  if (state == AlarmState::kAlarm) return alarm.action;
  return state == AlarmState::kOk ? alarm.ok_action : alarm.insufficient_action;
}

AlarmState StateOfAlarm(const State& state, const std::string& alarm) {
  const auto found = state.alarms.find(alarm);
  return found == state.alarms.end() ? AlarmState::kInsufficientData : found->second.state;
}

/// What the event says of the alarm itself.
void SetDefinition(AlarmTransitioned& event, const policy::AlarmDocument& alarm) {
  event.alarm = alarm.name;
  event.threshold = alarm.threshold;
  event.comparison = std::string(policy::ComparisonName(alarm.comparison));
  event.metric = alarm.metric;
  event.service = policy::ServiceOf(alarm);
}

/// Until when a recovery is not believed, because the state changes again and again; nothing
/// where it is.
std::optional<Instant> RecoveryHeld(const AlarmTransitioned& event, const State& state,
                                    const policy::AlarmDocument& alarm, Instant now) {
  if (!alarm.flap_detection || event.to != AlarmState::kOk) return std::nullopt;
  const auto found = state.alarms.find(alarm.name);
  if (found == state.alarms.end()) return std::nullopt;
  std::deque<Instant> changes = found->second.changes;
  if (event.from != event.to) changes.push_back(now);
  const bool was = found->second.last.held_by == ops_model::kHeldByFlapping;
  const Duration grid = alarm.reads_points() ? Schedule::Grid(alarm) : Duration::Minutes(1);
  return impl::FlapsUntil(changes, was, grid, now);
}

/// What the event says of the action, as things are now.
void SetAction(AlarmTransitioned& event, const State& state, const policy::AlarmDocument& alarm,
               Instant since, Instant now, const policy::OpsFolder& policy) {
  event.action = ActionOf(alarm, event.to);
  const impl::Hold hold = impl::HoldOf(state, alarm, policy::ServiceOf(alarm), since, now, policy);
  event.observing = hold.by == "observing";
  event.held_by.clear();
  event.held_until = hold.until;
  if (event.observing) return;
  if (const auto rest = RecoveryHeld(event, state, alarm, now)) {
    event.held_by = ops_model::kHeldByFlapping;
    event.held_until = *rest;
    return;
  }
  const auto found = state.alarms.find(alarm.name);
  const bool told = found != state.alarms.end() && found->second.acted == event.to;
  // Gone and come back while it was muted: nobody has to hear of it.
  if (impl::IsMute(hold.by) && told) event.action.clear();
  if (event.action.empty())
    event.held_until = Instant();
  else
    event.held_by = hold.by;
}

/// Looks again at what is kept back of an alarm. Nothing where nothing has changed.
std::optional<AlarmTransitioned> Recheck(const State& state, const policy::AlarmDocument& alarm,
                                         const AlarmStatus& status, Instant now,
                                         const policy::OpsFolder& policy) {
  AlarmTransitioned event = status.last;
  event.from = event.to = status.state;
  SetAction(event, state, alarm, status.since, now, policy);
  const AlarmTransitioned& last = status.last;
  if (event.observing == last.observing && event.held_by == last.held_by &&
      event.held_until == last.held_until && (event.acts() || event.action == last.action))
    return std::nullopt;
  if (event.is_held())
    event.reason_code = "held";
  else if (last.observing)
    event.reason_code = "observation_ended";
  else
    event.reason_code = impl::EndOfHold(last.held_by);
  return event;
}

/// Of all alarms that are held, or of those that `cause` may explain.
Decision RecheckHeld(const State& state, const std::optional<std::string>& cause, Instant now,
                     const policy::OpsFolder& policy) {
  Decision decision;
  for (const std::string& name : state.held) {
    const policy::AlarmDocument* alarm = policy::FindAlarm(policy, name);
    if (alarm == nullptr || (cause && !impl::MayExplain(policy, *cause, *alarm))) continue;
    if (auto event = Recheck(state, *alarm, state.alarms.at(name), now, policy))
      decision.events.emplace_back(*std::move(event));
  }
  return decision;
}

Decision OnEvaluation(const State& state, const AlarmEvaluation& evaluation, Instant now,
                      const policy::OpsFolder& policy) {
  const policy::AlarmDocument* alarm = policy::FindAlarm(policy, evaluation.alarm);
  if (alarm == nullptr || alarm->is_composite() || alarm->is_promql()) return {};
  AlarmStatus status;
  if (const auto found = state.alarms.find(alarm->name); found != state.alarms.end())
    status = found->second;

  Verdict verdict = Evaluate(*alarm, evaluation.datapoints, evaluation.no_band);
  Decision decision;
  AlarmTransitioned event;
  event.to = verdict.state.value_or(status.state);
  if (event.to == status.state) {
    if (status.is_held())
      if (auto again = Recheck(state, *alarm, status, now, policy))
        decision.events.emplace_back(*std::move(again));
    return decision;
  }
  event.from = status.state;
  event.reason = std::move(verdict.reason);
  event.reason_code = std::move(verdict.reason_code);
  const auto range = static_cast<size_t>(EvaluationRange(alarm->evaluation_periods));
  event.datapoints.assign(
      evaluation.datapoints.begin(),
      evaluation.datapoints.begin() +
          static_cast<std::ptrdiff_t>(std::min(range, evaluation.datapoints.size())));
  SetDefinition(event, *alarm);
  SetAction(event, state, *alarm, now, now, policy);
  decision.events.emplace_back(std::move(event));
  return decision;
}

/// The state of a composite alarm anew; `cause` is the alarm that moved, "" if none did.
std::optional<AlarmTransitioned> EvaluateComposite(const State& state,
                                                   const policy::AlarmDocument& alarm,
                                                   const std::string& cause, Instant now,
                                                   const policy::OpsFolder& policy) {
  const bool holds = Holds(*alarm.parsed_rule,
                           [&state](const std::string& name) { return StateOfAlarm(state, name); });
  AlarmTransitioned event;
  event.alarm = alarm.name;
  event.from = StateOfAlarm(state, alarm.name);
  event.to = holds ? AlarmState::kAlarm : AlarmState::kOk;
  if (event.to == event.from) return std::nullopt;
  event.reason = impl::RuleReason(alarm, holds, cause, StateOfAlarm(state, cause));
  event.reason_code = holds ? "rule_true" : "rule_false";
  event.service = policy::ServiceOf(alarm);
  SetAction(event, state, alarm, now, now, policy);
  return event;
}

/// Composite alarms that are made of `moved`, or all of them.
Decision EvaluateComposites(const State& state, const std::optional<std::string>& moved,
                            Instant now, const policy::OpsFolder& policy) {
  Decision decision;
  for (const policy::AlarmDocument* alarm :
       moved ? policy::CompositeAlarmsOf(policy, *moved) : policy::CompositeAlarms(policy)) {
    if (auto event = EvaluateComposite(state, *alarm, moved.value_or(""), now, policy))
      decision.events.emplace_back(*std::move(event));
  }
  return decision;
}

/// Why nothing can be scaled for this alarm; "" if something can.
std::string Hindrance(const AlarmTransitioned& transition, const policy::OpsFolder& policy) {
  for (const policy::ServiceDocument& service : policy.targets.services)
    if (service.name == transition.service && !transition.service.empty())
      return service.managed() ? "" : "no_service_runtime";
  return "no_service";
}

/// The scaling that a transition asks for.
Decision OnScaling(const State& state, const Event& event, const AlarmTransitioned& transition,
                   const policy::OpsFolder& policy) {
  if (!transition.acts()) return {};
  const policy::RouteDocument* route = policy::FindRoute(policy, transition.action);
  if (route == nullptr || route->scale.empty()) return {};
  // Keyed by the transition: the same one never acts twice.
  const auto found = state.alarms.find(transition.alarm);
  if (found != state.alarms.end() && found->second.transition == event.sequence &&
      found->second.action_taken)
    return {};
  const std::string hindrance = Hindrance(transition, policy);
  Decision decision;
  decision.events.emplace_back(AlarmActionTaken{transition.alarm, transition.action,
                                                hindrance.empty() ? "requested" : "unavailable",
                                                hindrance});
  return decision;
}

Decision OnEvent(const State& state, const Event& event, Instant now,
                 const policy::OpsFolder& policy) {
  Decision decision;
  if (const auto* transition = std::get_if<AlarmTransitioned>(&event.body)) {
    decision = OnScaling(state, event, *transition, policy);
    // What is published once more is no news to other alarms.
    if (transition->from == transition->to) return decision;
    decision.Merge(EvaluateComposites(state, transition->alarm, now, policy));
    decision.Merge(RecheckHeld(state, transition->alarm, now, policy));
  } else if (const auto* moved = std::get_if<ops_model::AlarmContributorMoved>(&event.body)) {
    if (moved->from == moved->to) return decision;
    decision = EvaluateComposites(state, moved->alarm, now, policy);
    decision.Merge(RecheckHeld(state, moved->alarm, now, policy));
  } else if (std::holds_alternative<OpsLoaded>(event.body)) {
    decision = EvaluateComposites(state, std::nullopt, now, policy);
    decision.Merge(RecheckHeld(state, std::nullopt, now, policy));
  }
  return decision;
}

Decision Refusal(std::string why) {
  Decision decision;
  decision.refusal = std::move(why);
  return decision;
}

/// CloudWatch's SetAlarmState: as if the alarm had gone there, with all that follows, until its
/// next evaluation finds otherwise (a composite one: until one of those that it is made of moves).
Decision OnSetState(const State& state, const ops_model::CommandInput& command, Instant now,
                    const policy::OpsFolder& policy) {
  const std::string& name = command.arguments["alarm"].as_string();
  const policy::AlarmDocument* alarm = policy::FindAlarm(policy, name);
  if (alarm == nullptr) return Refusal(policy::NoSuchAlarm(policy, name));
  if (alarm->is_promql())
    return Refusal("The state of \"" + name +
                   "\" is that of the series its expression gives; it cannot be set. "
                   "`hinomi alarm fire --test` tries the way to people.");
  const std::string& wanted = command.arguments["state"].as_string();
  const auto to = ops_model::AlarmStateFromName(wanted);
  if (!to) return Refusal("\"" + wanted + "\" is no state; they are OK, ALARM, INSUFFICIENT_DATA.");
  const std::string reason(Trim(command.arguments["reason"].as_string()));
  if (reason.empty() || reason.size() > kLongestSetReason)
    return Refusal("A state is set for a reason: one to " + std::to_string(kLongestSetReason) +
                   " characters.");
  Decision decision;
  decision.answer.Set("alarm", name).Set("state", wanted);
  AlarmTransitioned event;
  event.from = StateOfAlarm(state, name);
  event.to = *to;
  if (event.from == event.to) {
    decision.answer.Set("already", true);
    return decision;
  }
  event.reason = reason;
  event.reason_code = "set_by_hand";
  SetDefinition(event, *alarm);
  SetAction(event, state, *alarm, now, now, policy);
  decision.events.emplace_back(std::move(event));
  return decision;
}

void AddChange(AlarmStatus& status, Instant at) {
  status.changes.push_back(at);
  while (status.changes.size() > kMostChangesKept ||
         status.changes.front() < at - Duration::Hours(1))
    status.changes.pop_front();
}

void ApplyTransition(State& state, const AlarmTransitioned& transition, const Event& event) {
  AlarmStatus& status = state.alarms.Edit(transition.alarm);
  // What is let through later is published without a change of the state.
  if (status.state != transition.to || status.since == Instant()) status.since = event.at;
  if (status.state == AlarmState::kAlarm && transition.to != status.state)
    status.alarm_ended = event.at;
  if (status.state != transition.to) AddChange(status, event.at);
  status.state = transition.to;
  status.transition = event.sequence;
  status.last = transition;
  status.action_taken = false;
  if (!transition.is_held()) status.acted = transition.to;
  if (status.is_held())
    state.held.insert(transition.alarm);
  else
    state.held.erase(transition.alarm);
}

/// Else what waits for a length of time would wait until the clock has caught up.
void ApplyClockSetBack(State& state, const ops_model::ClockSetBack& clock, Instant at) {
  if (state.installed_at != Instant()) state.installed_at = state.installed_at - clock.by;
  state.alarms.EditAll([&](const std::string&, AlarmStatus& status) {
    status.since = std::min(status.since, at);
    status.alarm_ended = std::min(status.alarm_ended, at);
    if (status.last.held_until != Instant() && !impl::IsMute(status.last.held_by))
      status.last.held_until = status.last.held_until - clock.by;
    for (Instant& change : status.changes) change = std::min(change, at);
    for (auto& [contributor, one] : status.contributors) one.since = std::min(one.since, at);
  });
}

/// As CloudWatch's PromQL alarms begin: nothing is given, so nothing is wrong.
bool MayBeginOk(const AlarmStatus& status) {
  return status.contributors.empty() && status.state != AlarmState::kOk;
}
void BeginOk(AlarmStatus& status) {
  status.state = AlarmState::kOk;
  status.last.to = AlarmState::kOk;
  status.last.action.clear();
}

void ApplyOpsLoaded(State& state, const OpsLoaded& loaded, Instant at) {
  const std::set<std::string> declared(loaded.alarms.begin(), loaded.alarms.end());
  state.alarms.EraseIf([&](const std::string& name, const AlarmStatus& status) {
    return !declared.contains(name) && status.contributors.empty();
  });
  std::vector<std::string> changed;
  for (const auto& [name, status] : state.alarms)
    if (status.undeclared == declared.contains(name)) changed.push_back(name);
  // What is left of others is kept until its contributors are OK.
  for (const std::string& name : changed)
    state.alarms.Edit(name).undeclared = !declared.contains(name);
  for (const std::string& name : loaded.alarms) {
    if (state.alarms.contains(name)) continue;
    AlarmStatus& status = state.alarms.Edit(name);
    status.since = at;
    status.last.alarm = name;
    status.last.to = AlarmState::kInsufficientData;
    status.last.reason = kCreationReason;
    status.last.reason_code = "created";
  }
  for (const std::string& name : loaded.promql_alarms) {
    const auto found = state.alarms.find(name);
    if (found == state.alarms.end() || MayBeginOk(found->second)) BeginOk(state.alarms.Edit(name));
  }
  std::erase_if(state.held, [&state](const std::string& name) {
    const auto found = state.alarms.find(name);
    return found == state.alarms.end() || !found->second.is_held();
  });
}

}  // namespace

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy) {
  if (const auto* evaluation = std::get_if<AlarmEvaluation>(&input))
    return OnEvaluation(state, *evaluation, now, policy);
  if (const auto* event = std::get_if<EventInput>(&input))
    return OnEvent(state, event->event, now, policy);
  if (const auto* seen = std::get_if<ops_model::AlertObservation>(&input))
    return OnAlerts(state, *seen, now, policy);
  if (const auto* in_force = std::get_if<ops_model::AlertRulesInForce>(&input))
    return OnRulesInForce(state, *in_force);
  if (const auto* command = std::get_if<ops_model::CommandInput>(&input))
    return command->verb == "alarm.set_state" ? OnSetState(state, *command, now, policy)
                                              : Decision();
  if (std::holds_alternative<ops_model::TimerInput>(input))
    return RecheckHeld(state, std::nullopt, now, policy);
  return {};
}

std::optional<Instant> NextWakeup(const State& state) {
  std::optional<Instant> next;
  for (const std::string& name : state.held) {
    const auto found = state.alarms.find(name);
    if (found == state.alarms.end() || found->second.last.held_until == Instant()) continue;
    const Instant until = found->second.last.held_until;
    next = next ? std::min(*next, until) : until;
  }
  return next;
}

void Apply(State& state, const Event& event) {
  if (const auto* started = std::get_if<ServerStarted>(&event.body)) {
    if (started->last_alive == Instant() && state.installed_at == Instant())
      state.installed_at = event.at;
  } else if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    ApplyClockSetBack(state, *clock, event.at);
  } else if (const auto* loaded = std::get_if<OpsLoaded>(&event.body)) {
    ApplyOpsLoaded(state, *loaded, event.at);
  } else if (const auto* transition = std::get_if<AlarmTransitioned>(&event.body)) {
    ApplyTransition(state, *transition, event);
  } else if (const auto* moved = std::get_if<ops_model::AlarmContributorMoved>(&event.body)) {
    ApplyContributor(state, *moved, event);
  } else if (const auto* action = std::get_if<AlarmActionTaken>(&event.body)) {
    if (AlarmStatus* status = state.alarms.EditIfThere(action->alarm)) status->action_taken = true;
  }
}

Json Save(const State& state) {
  Json alarms = Json::MakeArray();
  for (const auto& [name, status] : state.alarms) {
    Json item = Json::MakeObject();
    item.Set("alarm", name);
    item.Set("state", ops_model::AlarmStateName(status.state));
    item.Set("since_ns", ops_model::InstantToJson(status.since));
    item.Set("transition", status.transition);
    item.Set("last", ops_model::BodyToJson(status.last));
    item.Set("action_taken", status.action_taken);
    item.Set("acted", ops_model::AlarmStateName(status.acted));
    item.Set("alarm_ended_ns", ops_model::InstantToJson(status.alarm_ended));
    if (!status.changes.empty()) {
      Json changes = Json::MakeArray();
      for (const Instant change : status.changes) changes.Append(ops_model::InstantToJson(change));
      item.Set("changes_ns", std::move(changes));
    }
    // Only where there are any: what older journals fold to stays as it was.
    if (!status.contributors.empty()) item.Set("contributors", SaveContributors(status));
    if (status.undeclared) item.Set("undeclared", true);
    alarms.Append(std::move(item));
  }
  Json saved = Json::MakeObject();
  saved.Set("installed_at_ns", ops_model::InstantToJson(state.installed_at));
  saved.Set("alarms", std::move(alarms));
  return saved;
}

State Load(const Json& saved) {
  State state;
  state.installed_at = ops_model::InstantFromJson(saved["installed_at_ns"]);
  for (const Json& item : saved["alarms"].as_array()) {
    AlarmStatus& status = state.alarms.Edit(item["alarm"].as_string());
    status.state = ops_model::AlarmStateFromName(item["state"].as_string())
                       .value_or(AlarmState::kInsufficientData);
    status.since = ops_model::InstantFromJson(item["since_ns"]);
    status.transition = static_cast<uint64_t>(item["transition"].as_int());
    status.last = ops_model::BodyFromJson<AlarmTransitioned>(item["last"]);
    status.action_taken = item["action_taken"].as_bool();
    status.acted = ops_model::AlarmStateFromName(item["acted"].as_string()).value_or(status.state);
    status.alarm_ended = ops_model::InstantFromJson(item["alarm_ended_ns"]);
    status.undeclared = item["undeclared"].as_bool();
    for (const Json& change : item["changes_ns"].as_array())
      status.changes.push_back(ops_model::InstantFromJson(change));
    LoadContributors(item["contributors"], status);
    if (status.is_held()) state.held.insert(item["alarm"].as_string());
  }
  return state;
}

}  // namespace hinomi::alarms
