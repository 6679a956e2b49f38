#include "services/services.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "policy/find.h"
#include "services/impl/arithmetic.h"
#include "services/impl/scaler.h"

namespace hinomi::services {

using impl::Ask;
using impl::Figure;
using impl::Scaler;
using ops_model::AlarmEvaluation;
using ops_model::AlarmState;
using ops_model::AlarmTransitioned;
using ops_model::Datapoint;
using ops_model::Decision;
using ops_model::Event;
using ops_model::ServiceDeclared;
using ops_model::ServiceScaleAttempted;
using ops_model::ServiceScaled;

namespace {

constexpr size_t kPointsKept = 15;

/// Of the services that Hinomi runs.
const policy::ServiceDocument* FindService(const policy::OpsFolder& policy,
                                           const policy::AlarmDocument& alarm) {
  for (const char* key : {"ServiceName", "service"}) {
    const auto name = alarm.dimensions.find(key);
    if (name == alarm.dimensions.end()) continue;
    for (const policy::ServiceDocument& service : policy.targets.services)
      if (service.name == name->second && service.managed()) return &service;
    return nullptr;
  }
  return nullptr;
}

/// "up", "down", or "" where the alarm asks for no scaling in this state.
std::string ScaleOf(const policy::OpsFolder& policy, const policy::AlarmDocument& alarm,
                    AlarmState state) {
  if (!alarm.actions_enabled || state == AlarmState::kInsufficientData) return {};
  const std::string& action = state == AlarmState::kAlarm ? alarm.action : alarm.ok_action;
  const policy::RouteDocument* route = policy::FindRoute(policy, action);
  return route == nullptr ? std::string() : route->scale;
}

bool Observing(const State& state, const policy::OpsFolder& policy, Instant now) {
  return state.installed_at != Instant() &&
         now < state.installed_at + policy.server.observe_new_alarms;
}

AlarmView ViewOf(const State& state, const std::string& alarm) {
  const auto found = state.alarms.find(alarm);
  return found == state.alarms.end() ? AlarmView{} : found->second;
}

Ask AskOf(const policy::AlarmDocument& alarm, const char* policy_name, const char* reason_code,
          const std::vector<Datapoint>& points, uint64_t transition) {
  Ask ask;
  ask.policy = policy_name;
  ask.alarm = alarm.name;
  ask.reason_code = reason_code;
  ask.metric = alarm.metric;
  ask.threshold = alarm.threshold;
  ask.transition = transition;
  ask.datapoints.assign(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(
                                                             std::min(points.size(), kPointsKept)));
  return ask;
}

/// What the alarm's action asks for at these points.
Decision Step(const Scaler& scaler, const policy::AlarmDocument& alarm, const std::string& scale,
              const std::vector<Datapoint>& points, uint64_t transition) {
  const std::optional<double> value = impl::NewestValue(points);
  const int present = scaler.service().desired;
  Ask ask = AskOf(alarm, "step", "threshold_crossed", points, transition);
  if (scale == "down") {
    ask.to = present - 1;
    ask.reason = alarm.name + " asks for fewer";
    return scaler.Automatic(ask);
  }
  // As on AWS: an alarm that stands although its newest point is well waits.
  if (!value || impl::Beyond(alarm, *value) < 0) return {};
  const double beyond = impl::Beyond(alarm, *value);
  ask.to = impl::AfterStep(scaler.rules().steps, beyond, present);
  ask.reason = alarm.metric + " is " + Figure(*value) + ", " +
               (beyond > 0 ? Figure(beyond) + " beyond" : "at") + " the threshold " +
               Figure(alarm.threshold) + " of " + alarm.name;
  return scaler.Automatic(ask);
}

Decision Track(const Scaler& scaler, const policy::AlarmDocument& alarm,
               const AlarmEvaluation& evaluation, uint64_t transition) {
  const int present = scaler.service().desired;
  const double target = scaler.rules().target.value;
  const impl::TargetVerdict verdict = impl::AfterTarget(target, evaluation.datapoints, present);
  if (verdict.count == present) return {};
  const bool out = verdict.count > present;
  Ask ask = AskOf(alarm, "target_tracking", out ? "target_exceeded" : "target_undershot",
                  evaluation.datapoints, transition);
  ask.to = verdict.count;
  ask.threshold = target;
  ask.reason = alarm.metric + (out ? " is " : " has been at most ") + Figure(verdict.value) +
               (out ? ", above" : ", well below") + " the target " + Figure(target);
  Decision decision = scaler.Automatic(ask);
  // A service that is as small as it may be is no news.
  std::erase_if(decision.events, [&](const auto& body) {
    const auto* declined = std::get_if<ops_model::ServiceScalingDeclined>(&body);
    return declined != nullptr && !out && declined->reason_code == "at_minimum";
  });
  return decision;
}

/// The alarms whose OK lets a service be scaled in; nothing where one of its
/// alarms stands.
std::optional<std::vector<std::string>> ToBeOk(const State& state, const Service& service,
                                               const policy::ServiceDocument& document,
                                               const policy::OpsFolder& policy) {
  std::vector<std::string> all, asked;
  for (const policy::AlarmDocument& alarm : policy.alarms) {
    const policy::ServiceDocument* of = FindService(policy, alarm);
    if (of == nullptr || of->name != document.name) continue;
    const bool tracks = alarm.name == policy::TargetAlarmName(document.name);
    if (!tracks && ScaleOf(policy, alarm, AlarmState::kAlarm) != "up") continue;
    const AlarmState stands = ViewOf(state, alarm.name).state;
    if (stands == AlarmState::kAlarm) return std::nullopt;
    if (tracks) continue;
    if (service.asked.contains(alarm.name)) asked.push_back(alarm.name);
    if (stands == AlarmState::kOk) all.push_back(alarm.name);
  }
  return asked.empty() ? all : asked;
}

/// One replica less where the alarms have been OK for long enough.
Decision Recover(const State& state, const Scaler& scaler, const policy::AlarmDocument& alarm,
                 const policy::ServiceDocument& document, Instant now,
                 const policy::OpsFolder& policy) {
  const policy::ScalingDocument& rules = scaler.rules();
  const Service& service = scaler.service();
  if (rules.scale_in == "never") return {};
  const int floor = rules.scale_in == "min_count" ? document.min_count
                                                  : std::max(service.held, document.min_count);
  if (service.desired <= floor) return {};
  const auto alarms = ToBeOk(state, service, document, policy);
  if (!alarms || std::find(alarms->begin(), alarms->end(), alarm.name) == alarms->end()) return {};
  Instant since;
  for (const std::string& name : *alarms) {
    const AlarmView view = ViewOf(state, name);
    if (view.state != AlarmState::kOk) return {};
    since = std::max(since, view.since);
  }
  // Waiting is no news.
  if (now < since + rules.scale_in_after || now < scaler.CooldownUntil(false)) return {};
  Ask ask = AskOf(alarm, "recovery", "alarm_recovered", {}, ViewOf(state, alarm.name).transition);
  ask.to = service.desired - 1;
  ask.floor = floor;
  ask.reason = Join(*alarms, ", ") + (alarms->size() == 1 ? " has" : " have") + " been OK since " +
               FormatRfc3339(since) + ", for " + FormatDuration(rules.scale_in_after) + " or more";
  return scaler.Automatic(ask);
}

Decision OnEvaluation(const State& state, const AlarmEvaluation& evaluation, Instant now,
                      const policy::OpsFolder& policy) {
  const policy::AlarmDocument* alarm = policy::FindAlarm(policy, evaluation.alarm);
  if (alarm == nullptr) return {};
  const policy::ServiceDocument* document = FindService(policy, *alarm);
  if (document == nullptr) return {};
  const Scaler scaler(state, *document, now);
  if (!scaler.known()) return {};
  const AlarmView view = ViewOf(state, alarm->name);
  if (alarm->name == policy::TargetAlarmName(document->name)) {
    if (Observing(state, policy, now)) return {};
    return Track(scaler, *alarm, evaluation, view.transition);
  }
  const std::string scale = ScaleOf(policy, *alarm, view.state);
  if (!scale.empty()) {
    // The transition of this very turn is heard by itself.
    if (view.observing || view.moved_at == now) return {};
    return Step(scaler, *alarm, scale, evaluation.datapoints, view.transition);
  }
  if (view.state == AlarmState::kOk && ScaleOf(policy, *alarm, AlarmState::kAlarm) == "up")
    return Recover(state, scaler, *alarm, *document, now, policy);
  return {};
}

Decision OnTransition(const State& state, const Event& event, const AlarmTransitioned& transition,
                      Instant now, const policy::OpsFolder& policy) {
  const policy::AlarmDocument* alarm = policy::FindAlarm(policy, transition.alarm);
  if (alarm == nullptr || transition.is_held()) return {};
  const policy::ServiceDocument* document = FindService(policy, *alarm);
  if (document == nullptr) return {};
  const std::string scale = ScaleOf(policy, *alarm, transition.to);
  const Scaler scaler(state, *document, now);
  if (scale.empty() || !scaler.known()) return {};
  return Step(scaler, *alarm, scale, transition.datapoints, event.sequence);
}

Decision OnObservation(const State& state, const ops_model::ServiceObservation& seen) {
  Decision decision;
  const auto found = state.services.find(seen.service);
  const int healthy = seen.healthy.value_or(-1);
  if (found != state.services.end() && found->second.healthy != healthy)
    decision.events.emplace_back(ops_model::ServiceHealthChanged{seen.service, healthy});
  return decision;
}

// --- Apply ------------------------------------------------------------------

void ApplyDeclared(State& state, const ServiceDeclared& declared) {
  if (declared.removed) {
    state.services.erase(declared.service);
    return;
  }
  const auto [found, is_new] = state.services.try_emplace(declared.service);
  Service& service = found->second;
  if (is_new || service.declared != declared.desired) {
    service.desired = service.held = service.held_before = service.applied = declared.desired;
    service.under_way.clear();
    service.asked.clear();
  }
  service.declared = declared.desired;
  service.minimum = declared.minimum;
  service.maximum = declared.maximum;
  service.declined.clear();
}

void ApplyScaled(State& state, const ServiceScaled& scaled, Instant at) {
  if (scaled.scaling.starts_with("SC-"))
    if (const auto number = ParseUint(std::string_view(scaled.scaling).substr(3)))
      state.last_scaling = std::max(state.last_scaling, *number);
  const auto found = state.services.find(scaled.service);
  if (found == state.services.end()) return;
  Service& service = found->second;
  service.desired = scaled.to;
  if (scaled.policy == "manual") {
    service.held = scaled.to;
    service.asked.clear();
  } else if (scaled.policy == "bounds") {
    service.held =
        std::clamp(service.held, std::min(scaled.minimum, scaled.maximum), scaled.maximum);
  }
  const bool out = scaled.direction == "out";
  (out ? service.last_out : service.last_in) = at;
  if (out && scaled.policy == "step") service.asked.insert(scaled.alarm);
  if (service.desired <= service.held) service.asked.clear();
  service.under_way = scaled.scaling;
  service.last = scaled;
  service.declined.clear();
}

void ApplyAttempted(State& state, const ServiceScaleAttempted& attempted) {
  const auto found = state.services.find(attempted.service);
  if (found == state.services.end() || found->second.under_way != attempted.scaling) return;
  Service& service = found->second;
  if (attempted.outcome == "retry") return;
  service.under_way.clear();
  if (attempted.outcome == "done") {
    service.applied = attempted.desired;
    service.held_before = service.held;
    return;
  }
  // It could not be done: what the runtime has last taken still holds.
  service.desired =
      std::clamp(service.applied, std::min(service.minimum, service.maximum), service.maximum);
  service.held = service.held_before;
}

void ApplyTransition(State& state, const AlarmTransitioned& transition, const Event& event) {
  AlarmView& view = state.alarms[transition.alarm];
  if (view.state != transition.to || view.since == Instant()) {
    view.since = event.at;
    // It asks anew.
    for (auto& [name, service] : state.services)
      std::erase_if(service.declined,
                    [&](const auto& entry) { return entry.second.alarm == transition.alarm; });
  }
  view.state = transition.to;
  view.moved_at = event.at;
  view.transition = event.sequence;
  view.observing = transition.is_held();
}

void ApplySetBack(State& state, Duration by) {
  const auto move = [by](Instant& t) {
    if (t != Instant()) t = t - by;
  };
  move(state.installed_at);
  for (auto& [name, view] : state.alarms) {
    move(view.since);
    move(view.moved_at);
  }
  for (auto& [name, service] : state.services) {
    move(service.last_out);
    move(service.last_in);
    for (auto& [key, declined] : service.declined) move(declined.until);
  }
}

}  // namespace

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy) {
  if (const auto* evaluation = std::get_if<AlarmEvaluation>(&input))
    return OnEvaluation(state, *evaluation, now, policy);
  if (const auto* seen = std::get_if<ops_model::ServiceObservation>(&input))
    return OnObservation(state, *seen);
  if (const auto* result = std::get_if<ops_model::JobResult>(&input))
    return result->kind == kJobKind ? impl::OnJobResult(state, *result, now) : Decision{};
  if (const auto* command = std::get_if<ops_model::CommandInput>(&input))
    return command->verb == "service.scale" ? impl::OnCommand(state, *command, now, policy)
                                            : Decision{};
  const auto* event = std::get_if<ops_model::EventInput>(&input);
  if (event == nullptr) return {};
  if (std::holds_alternative<ops_model::OpsLoaded>(event->event.body))
    return impl::OnLoaded(state, now, policy);
  if (const auto* transition = std::get_if<AlarmTransitioned>(&event->event.body))
    return OnTransition(state, event->event, *transition, now, policy);
  return {};
}

void Apply(State& state, const Event& event) {
  if (const auto* started = std::get_if<ops_model::ServerStarted>(&event.body)) {
    if (started->last_alive == Instant() && state.installed_at == Instant())
      state.installed_at = event.at;
    // What was healthy before we were blind says nothing.
    for (auto& [name, service] : state.services) service.healthy = -1;
  } else if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    ApplySetBack(state, clock->by);
  } else if (const auto* loaded = std::get_if<ops_model::OpsLoaded>(&event.body)) {
    std::erase_if(state.alarms, [&](const auto& entry) {
      return std::find(loaded->alarms.begin(), loaded->alarms.end(), entry.first) ==
             loaded->alarms.end();
    });
  } else if (const auto* transition = std::get_if<AlarmTransitioned>(&event.body)) {
    ApplyTransition(state, *transition, event);
  } else if (const auto* declared = std::get_if<ServiceDeclared>(&event.body)) {
    ApplyDeclared(state, *declared);
  } else if (const auto* scaled = std::get_if<ServiceScaled>(&event.body)) {
    ApplyScaled(state, *scaled, event.at);
  } else if (const auto* attempted = std::get_if<ServiceScaleAttempted>(&event.body)) {
    ApplyAttempted(state, *attempted);
  } else if (const auto* declined = std::get_if<ops_model::ServiceScalingDeclined>(&event.body)) {
    if (const auto found = state.services.find(declined->service); found != state.services.end())
      found->second.declined[impl::DeclineKey(*declined)] = *declined;
  } else if (const auto* health = std::get_if<ops_model::ServiceHealthChanged>(&event.body)) {
    if (const auto found = state.services.find(health->service); found != state.services.end())
      found->second.healthy = health->healthy;
  }
}

bool StillWanted(const State& state, const std::string& scaling) {
  return std::any_of(state.services.begin(), state.services.end(), [&](const auto& entry) {
    return !scaling.empty() && entry.second.under_way == scaling;
  });
}

}  // namespace hinomi::services
