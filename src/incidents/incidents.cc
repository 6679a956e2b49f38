#include "incidents/incidents.h"

#include <utility>

#include "base/strings.h"
#include "incidents/impl/commands.h"
#include "ops_model/snapshot.h"
#include "policy/find.h"

namespace hinomi::incidents {

using ops_model::AlarmContributorMoved;
using ops_model::AlarmState;
using ops_model::AlarmTransitioned;
using ops_model::Decision;
using ops_model::Event;
using ops_model::IncidentAcknowledged;
using ops_model::IncidentOpened;
using ops_model::IncidentResolved;
using ops_model::IncidentSignal;

namespace {

constexpr size_t kLongestTitle = 200;

/// What an alarm, or one contributor of it, says.
struct Breach {
  std::string key;  ///< Of its incident.
  std::string alarm;
  std::string title;
  std::string service;
  std::string action;
  std::string reason;
  std::string reason_code;
  AlarmState to = AlarmState::kAlarm;
  bool acts = false;    ///< False: it is published only.
  bool settled = true;  ///< False: a recovery that is not believed yet.
};

Breach BreachOf(const AlarmTransitioned& transition) {
  const std::string title = transition.service.empty()
                                ? transition.alarm
                                : transition.alarm + " (" + transition.service + ")";
  return {"alarm:" + transition.alarm,
          transition.alarm,
          title,
          transition.service,
          transition.action,
          transition.reason,
          transition.reason_code,
          transition.to,
          transition.acts(),
          transition.held_by != ops_model::kHeldByFlapping};
}

Breach BreachOf(const AlarmContributorMoved& moved) {
  const auto found = moved.annotations.find("summary");
  const std::string summary = found == moved.annotations.end() ? "" : found->second;
  std::string title =
      summary.empty() ? moved.alarm + " " + moved.contributor : moved.alarm + ": " + summary;
  if (title.size() > kLongestTitle) title = moved.alarm;
  return {moved.IncidentKey(), moved.alarm,  std::move(title),  policy::ServiceOf(moved.labels),
          moved.action,        moved.reason, moved.reason_code, moved.to,
          moved.acts()};
}

/// Where the alarm stands for an incident that is open.
Decision Signal(const Incident& incident, const Breach& breach) {
  Decision decision;
  decision.events.emplace_back(
      IncidentSignal{incident.opened.incident, breach.alarm, breach.to, breach.reason});
  return decision;
}

Decision OnBreach(const State& state, Breach breach, Instant now, const policy::OpsFolder& policy) {
  if (!breach.acts) return {};
  const policy::RouteDocument* route = policy::FindRoute(policy, breach.action);
  if (route == nullptr || !route->scale.empty()) return {};
  if (const Incident* open = impl::FindOpenByKey(state, breach.key)) return Signal(*open, breach);
  IncidentOpened opened = impl::NewIncident(state, breach.key, now);
  opened.title = std::move(breach.title);
  opened.severity =
      ops_model::SeverityFromName(route->severity).value_or(ops_model::Severity::kError);
  opened.service = std::move(breach.service);
  opened.alarm = std::move(breach.alarm);
  opened.route = route->action;
  opened.reason_code = std::move(breach.reason_code);
  Decision decision;
  decision.events.emplace_back(std::move(opened));
  return decision;
}

Decision OnTransition(const State& state, Breach breach, Instant now,
                      const policy::OpsFolder& policy) {
  if (breach.to == AlarmState::kAlarm) return OnBreach(state, std::move(breach), now, policy);
  Decision decision;
  const Incident* incident = impl::FindOpenByKey(state, breach.key);
  if (incident == nullptr || incident->opened.alarm != breach.alarm) return decision;
  // Recovery counts even while the alarm only observes: the incident was
  // opened when it did more than that.
  if (breach.to == AlarmState::kOk && breach.settled)
    decision.events.emplace_back(
        IncidentResolved{incident->opened.incident, "hinomi", "source_recovered", breach.reason});
  else
    decision.Merge(Signal(*incident, breach));
  return decision;
}

Decision OnEvent(const State& state, const Event& event, Instant now,
                 const policy::OpsFolder& policy) {
  if (const auto* transition = std::get_if<AlarmTransitioned>(&event.body))
    return OnTransition(state, BreachOf(*transition), now, policy);
  if (const auto* moved = std::get_if<AlarmContributorMoved>(&event.body))
    return OnTransition(state, BreachOf(*moved), now, policy);
  return {};
}

void ApplyOpened(State& state, const IncidentOpened& opened, Instant at) {
  if (opened.incident.starts_with("INC-"))
    if (const std::optional<uint64_t> number =
            ParseUint(std::string_view(opened.incident).substr(4)))
      state.last_number = std::max(state.last_number, *number);
  Incident incident;
  incident.opened = opened;
  incident.opened_at = at;
  state.open.insert_or_assign(opened.incident, std::move(incident));
}

void ApplyResolved(State& state, const IncidentResolved& resolved, Instant at) {
  const auto found = state.open.find(resolved.incident);
  if (found == state.open.end()) return;
  Incident incident = std::move(found->second);
  state.open.erase(found);
  incident.resolved = resolved;
  incident.resolved_at = at;
  state.resolved.push_back(std::move(incident));
  if (state.resolved.size() > kResolvedKept) state.resolved.pop_front();
}

Json SaveIncident(const Incident& incident) {
  Json json = Json::MakeObject();
  json.Set("opened", ops_model::BodyToJson(incident.opened));
  json.Set("opened_at_ns", incident.opened_at.nanos());
  if (incident.is_acknowledged()) {
    json.Set("acknowledged", ops_model::BodyToJson(incident.acknowledged));
    json.Set("acknowledged_at_ns", incident.acknowledged_at.nanos());
  }
  if (!incident.is_open()) {
    json.Set("resolved", ops_model::BodyToJson(incident.resolved));
    json.Set("resolved_at_ns", incident.resolved_at.nanos());
  }
  json.Set("signals", incident.signals);
  if (incident.signals > 0) {
    json.Set("last_signal", ops_model::BodyToJson(incident.last_signal));
    json.Set("last_signal_at_ns", incident.last_signal_at.nanos());
  }
  return json;
}

Incident LoadIncident(const Json& json) {
  using ops_model::BodyFromJson;
  using ops_model::InstantFromJson;
  Incident incident;
  incident.opened = BodyFromJson<IncidentOpened>(json["opened"]);
  incident.opened_at = InstantFromJson(json["opened_at_ns"]);
  incident.acknowledged = BodyFromJson<IncidentAcknowledged>(json["acknowledged"]);
  incident.acknowledged_at = InstantFromJson(json["acknowledged_at_ns"]);
  incident.resolved = BodyFromJson<IncidentResolved>(json["resolved"]);
  incident.resolved_at = InstantFromJson(json["resolved_at_ns"]);
  incident.signals = static_cast<uint64_t>(json["signals"].as_int());
  incident.last_signal = BodyFromJson<IncidentSignal>(json["last_signal"]);
  incident.last_signal_at = InstantFromJson(json["last_signal_at_ns"]);
  return incident;
}

}  // namespace

std::string_view Incident::state_name() const {
  if (!is_open()) return "resolved";
  return is_acknowledged() ? "acknowledged" : "triggered";
}

const Incident* State::Find(const std::string& name) const {
  if (const auto found = open.find(name); found != open.end()) return &found->second;
  for (const Incident& incident : resolved)
    if (incident.opened.incident == name) return &incident;
  return nullptr;
}

Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                const policy::OpsFolder& policy) {
  if (const auto* command = std::get_if<ops_model::CommandInput>(&input))
    return impl::OnCommand(state, *command, now, policy);
  if (const auto* event = std::get_if<ops_model::EventInput>(&input))
    return OnEvent(state, event->event, now, policy);
  return {};
}

void Apply(State& state, const Event& event) {
  if (const auto* opened = std::get_if<IncidentOpened>(&event.body)) {
    ApplyOpened(state, *opened, event.at);
  } else if (const auto* signal = std::get_if<IncidentSignal>(&event.body)) {
    const auto found = state.open.find(signal->incident);
    if (found == state.open.end()) return;
    ++found->second.signals;
    found->second.last_signal = *signal;
    found->second.last_signal_at = event.at;
  } else if (const auto* acknowledged = std::get_if<IncidentAcknowledged>(&event.body)) {
    const auto found = state.open.find(acknowledged->incident);
    if (found == state.open.end()) return;
    found->second.acknowledged = *acknowledged;
    found->second.acknowledged_at = event.at;
  } else if (const auto* resolved = std::get_if<IncidentResolved>(&event.body)) {
    ApplyResolved(state, *resolved, event.at);
  }
}

Json Save(const State& state) {
  Json saved = Json::MakeObject();
  saved.Set("last_number", state.last_number);
  Json open = Json::MakeArray();
  for (const auto& [name, incident] : state.open) open.Append(SaveIncident(incident));
  saved.Set("open", std::move(open));
  Json resolved = Json::MakeArray();
  for (const Incident& incident : state.resolved) resolved.Append(SaveIncident(incident));
  saved.Set("resolved", std::move(resolved));
  return saved;
}

State Load(const Json& saved) {
  State state;
  state.last_number = static_cast<uint64_t>(saved["last_number"].as_int());
  for (const Json& item : saved["open"].as_array()) {
    Incident incident = LoadIncident(item);
    std::string name = incident.opened.incident;
    state.open.insert_or_assign(std::move(name), std::move(incident));
  }
  for (const Json& item : saved["resolved"].as_array())
    state.resolved.push_back(LoadIncident(item));
  return state;
}

}  // namespace hinomi::incidents
