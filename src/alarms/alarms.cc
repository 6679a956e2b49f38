#include "alarms/alarms.h"

#include <algorithm>
#include <utility>

#include "alarms/evaluator.h"
#include "alarms/impl/reasons.h"
#include "ops_model/snapshot.h"

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

constexpr const char* kCreationReason = "Unchecked: Initial alarm creation";

const policy::AlarmDocument* FindAlarm(const policy::OpsFolder& policy, const std::string& name) {
  for (const policy::AlarmDocument& alarm : policy.alarms)
    if (alarm.name == name) return &alarm;
  return nullptr;
}

const policy::RouteDocument* FindRoute(const policy::OpsFolder& policy, const std::string& action) {
  for (const policy::RouteDocument& route : policy.routes)
    if (route.action == action) return &route;
  return nullptr;
}

bool Observing(const State& state, const policy::AlarmDocument& alarm,
               const policy::OpsFolder& policy, Instant now) {
  if (alarm.observe_only) return true;
  return state.installed_at != Instant() &&
         now < state.installed_at + policy.server.observe_new_alarms;
}

std::string ServiceOf(const policy::AlarmDocument& alarm) {
  for (const char* key : {"ServiceName", "service"})
    if (const auto found = alarm.dimensions.find(key); found != alarm.dimensions.end())
      return found->second;
  return {};
}

std::string ActionOf(const policy::AlarmDocument& alarm, AlarmState state) {
  if (!alarm.actions_enabled) return {};
  if (state == AlarmState::kAlarm) return alarm.action;
  return state == AlarmState::kOk ? alarm.ok_action : std::string();
}

Decision OnEvaluation(const State& state, const AlarmEvaluation& evaluation, Instant now,
                      const policy::OpsFolder& policy) {
  const policy::AlarmDocument* alarm = FindAlarm(policy, evaluation.alarm);
  if (alarm == nullptr) return {};
  AlarmStatus status;
  if (const auto found = state.alarms.find(alarm->name); found != state.alarms.end())
    status = found->second;

  Verdict verdict = Evaluate(*alarm, evaluation.datapoints);
  const bool observing = Observing(state, *alarm, policy, now);
  const AlarmState to = verdict.state.value_or(status.state);
  const bool observation_ended =
      to == AlarmState::kAlarm && status.state == to && status.last.observing && !observing;
  if (to == status.state && !observation_ended) return {};

  AlarmTransitioned event;
  event.alarm = alarm->name;
  event.from = status.state;
  event.to = to;
  event.reason = std::move(verdict.reason);
  event.reason_code = observation_ended ? "observation_ended" : std::move(verdict.reason_code);
  const auto range = static_cast<size_t>(EvaluationRange(alarm->evaluation_periods));
  event.datapoints.assign(
      evaluation.datapoints.begin(),
      evaluation.datapoints.begin() +
          static_cast<std::ptrdiff_t>(std::min(range, evaluation.datapoints.size())));
  event.threshold = alarm->threshold;
  event.comparison = std::string(impl::OperatorName(alarm->comparison));
  event.metric = alarm->metric;
  event.service = ServiceOf(*alarm);
  event.action = ActionOf(*alarm, to);
  event.observing = observing;
  Decision decision;
  decision.events.emplace_back(std::move(event));
  return decision;
}

/// Why nothing can be scaled for this alarm; "" if something can.
std::string Hindrance(const AlarmTransitioned& transition, const policy::OpsFolder& policy) {
  for (const policy::ServiceDocument& service : policy.targets.services)
    if (service.name == transition.service && !transition.service.empty())
      return service.managed() ? "" : "no_service_runtime";
  return "no_service";
}

Decision OnEvent(const State& state, const Event& event, const policy::OpsFolder& policy) {
  const auto* transition = std::get_if<AlarmTransitioned>(&event.body);
  if (transition == nullptr || transition->observing || transition->action.empty()) return {};
  const policy::RouteDocument* route = FindRoute(policy, transition->action);
  if (route == nullptr || route->scale.empty()) return {};
  // Keyed by the transition: the same one never acts twice.
  const auto found = state.alarms.find(transition->alarm);
  if (found != state.alarms.end() && found->second.transition == event.sequence &&
      found->second.action_taken)
    return {};
  const std::string hindrance = Hindrance(*transition, policy);
  Decision decision;
  decision.events.emplace_back(AlarmActionTaken{transition->alarm, transition->action,
                                                hindrance.empty() ? "requested" : "unavailable",
                                                hindrance});
  return decision;
}

void ApplyOpsLoaded(State& state, const OpsLoaded& loaded, Instant at) {
  std::map<std::string, AlarmStatus> kept;
  for (const std::string& name : loaded.alarms) {
    const auto known = state.alarms.find(name);
    if (known != state.alarms.end()) {
      kept.insert(std::move(*known));
      state.alarms.erase(known);
      continue;
    }
    AlarmStatus status;
    status.since = at;
    status.last.alarm = name;
    status.last.to = AlarmState::kInsufficientData;
    status.last.reason = kCreationReason;
    status.last.reason_code = "created";
    kept.emplace(name, std::move(status));
  }
  state.alarms = std::move(kept);
}

}  // namespace

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy) {
  if (const auto* evaluation = std::get_if<AlarmEvaluation>(&input))
    return OnEvaluation(state, *evaluation, now, policy);
  if (const auto* event = std::get_if<EventInput>(&input))
    return OnEvent(state, event->event, policy);
  return {};
}

void Apply(State& state, const Event& event) {
  if (const auto* started = std::get_if<ServerStarted>(&event.body)) {
    if (started->last_alive == Instant() && state.installed_at == Instant())
      state.installed_at = event.at;
  } else if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    // Else everything would be only observed until the clock has caught up.
    if (state.installed_at != Instant()) state.installed_at = state.installed_at - clock->by;
  } else if (const auto* loaded = std::get_if<OpsLoaded>(&event.body)) {
    ApplyOpsLoaded(state, *loaded, event.at);
  } else if (const auto* transition = std::get_if<AlarmTransitioned>(&event.body)) {
    AlarmStatus& status = state.alarms[transition->alarm];
    // The end of an observation is published without a change of the state.
    if (status.state != transition->to || status.since == Instant()) status.since = event.at;
    status.state = transition->to;
    status.transition = event.sequence;
    status.last = *transition;
    status.action_taken = false;
  } else if (const auto* action = std::get_if<AlarmActionTaken>(&event.body)) {
    const auto found = state.alarms.find(action->alarm);
    if (found != state.alarms.end()) found->second.action_taken = true;
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
    AlarmStatus& status = state.alarms[item["alarm"].as_string()];
    status.state = ops_model::AlarmStateFromName(item["state"].as_string())
                       .value_or(AlarmState::kInsufficientData);
    status.since = ops_model::InstantFromJson(item["since_ns"]);
    status.transition = static_cast<uint64_t>(item["transition"].as_int());
    status.last = ops_model::BodyFromJson<AlarmTransitioned>(item["last"]);
    status.action_taken = item["action_taken"].as_bool();
  }
  return state;
}

}  // namespace hinomi::alarms
