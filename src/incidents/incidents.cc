#include "incidents/incidents.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "incidents/impl/commands.h"
#include "incidents/impl/storm.h"
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
  const std::string member = incident.members.contains(breach.key) ? breach.key : std::string();
  decision.events.emplace_back(
      IncidentSignal{incident.opened.incident, breach.alarm, breach.to, breach.reason, member});
  return decision;
}

/// True if the incident is over where this problem of its is.
bool IsLast(const Incident& incident, const std::string& key) {
  return std::ranges::none_of(
      incident.members, [&](const auto& member) { return member.second && member.first != key; });
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
  if (auto joined = impl::JoinStorm(state, opened, breach.reason, now, policy))
    return *std::move(joined);
  Decision decision;
  decision.events.emplace_back(std::move(opened));
  return decision;
}

Decision OnTransition(const State& state, Breach breach, Instant now,
                      const policy::OpsFolder& policy) {
  if (breach.to == AlarmState::kAlarm) return OnBreach(state, std::move(breach), now, policy);
  Decision decision;
  const Incident* incident = impl::FindOpenByKey(state, breach.key);
  if (incident == nullptr) return decision;
  const bool member = incident->members.contains(breach.key);
  if (!member && incident->opened.alarm != breach.alarm) return decision;
  // Recovery counts even while the alarm only observes: the incident was
  // opened when it did more than that.
  const bool over = breach.to == AlarmState::kOk && breach.settled;
  if (member || !over) {
    // What is not believed yet lasts.
    if (member && breach.to == AlarmState::kOk && !over) breach.to = AlarmState::kInsufficientData;
    decision.Merge(Signal(*incident, breach));
  }
  if (over && IsLast(*incident, breach.key))
    decision.events.emplace_back(
        IncidentResolved{incident->opened.incident, "hinomi", "source_recovered", breach.reason});
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
  state.by_key[opened.dedup_key] = opened.incident;
  if (incident.is_storm()) state.storm = opened.incident;
  state.open.insert_or_assign(opened.incident, std::move(incident));
}

void ApplySignal(State& state, Incident& incident, const IncidentSignal& signal, Instant at) {
  ++incident.signals;
  incident.last_signal = signal;
  incident.last_signal_at = at;
  if (signal.member.empty()) return;
  if (!incident.members.contains(signal.member)) incident.last_joined_at = at;
  incident.members[signal.member] = signal.state != AlarmState::kOk;
  state.by_key[signal.member] = incident.opened.incident;
}

/// What would end the one counts for the other. One that a person opened is ended by a person.
void ApplyMerged(State& state, Incident& incident, const ops_model::IncidentMerged& merged) {
  incident.merged_into = merged.into;
  const auto found = state.open.find(merged.into);
  if (found == state.open.end() || &found->second == &incident) return;
  Incident& into = found->second;
  std::map<std::string, bool> problems = incident.members;
  if (problems.empty() && !incident.opened.alarm.empty())
    problems[incident.opened.dedup_key] = true;
  if (into.members.empty()) into.members[into.opened.dedup_key] = true;
  for (const auto& [key, lasts] : problems) {
    into.members[key] = lasts;
    state.by_key[key] = merged.into;
  }
}

/// A key that was merged into another incident belongs to that one.
void ForgetKey(State& state, const Incident& incident, const std::string& key) {
  const auto found = state.by_key.find(key);
  if (found != state.by_key.end() && found->second == incident.opened.incident)
    state.by_key.erase(found);
}

void ApplyResolved(State& state, const IncidentResolved& resolved, Instant at) {
  const auto found = state.open.find(resolved.incident);
  if (found == state.open.end()) return;
  Incident incident = std::move(found->second);
  state.open.erase(found);
  ForgetKey(state, incident, incident.opened.dedup_key);
  for (const auto& [key, lasts] : incident.members) ForgetKey(state, incident, key);
  incident.snoozed_until.reset();
  incident.resolved = resolved;
  incident.resolved_at = at;
  state.resolved.push_back(std::move(incident));
  if (state.resolved.size() > kResolvedKept) state.resolved.pop_front();
}

/// Open, or resolved and kept; null if there is none.
Incident* FindForChange(State& state, const std::string& name) {
  if (const auto open = state.open.find(name); open != state.open.end()) return &open->second;
  const auto resolved = std::ranges::find(state.resolved, name,
                                          [](const Incident& one) { return one.opened.incident; });
  return resolved == state.resolved.end() ? nullptr : &*resolved;
}

/// A fact about an incident that is open.
void ApplyToOpen(State& state, Incident& incident, const Event& event) {
  if (const auto* signal = std::get_if<IncidentSignal>(&event.body)) {
    ApplySignal(state, incident, *signal, event.at);
  } else if (const auto* acknowledged = std::get_if<IncidentAcknowledged>(&event.body)) {
    incident.acknowledged = *acknowledged;
    incident.acknowledged_at = event.at;
    incident.snoozed_until.reset();
  } else if (std::holds_alternative<ops_model::IncidentUnacknowledged>(event.body)) {
    incident.acknowledged = {};
    incident.acknowledged_at = {};
    incident.snoozed_until.reset();
  } else if (const auto* snoozed = std::get_if<ops_model::IncidentSnoozed>(&event.body)) {
    incident.snoozed_until = snoozed->until;
  } else if (const auto* severity = std::get_if<ops_model::IncidentSeverityChanged>(&event.body)) {
    incident.opened.severity = severity->to;
  } else if (const auto* merged = std::get_if<ops_model::IncidentMerged>(&event.body)) {
    ApplyMerged(state, incident, *merged);
  }
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
  if (incident.snoozed_until) json.Set("snoozed_until_ns", incident.snoozed_until->nanos());
  if (!incident.merged_into.empty()) json.Set("merged_into", incident.merged_into);
  Json members = Json::MakeObject();
  for (const auto& [key, lasts] : incident.members) members.Set(key, lasts);
  if (!incident.members.empty())
    json.Set("members", std::move(members))
        .Set("last_joined_at_ns", incident.last_joined_at.nanos());
  Json corrected = Json::MakeObject();
  for (const auto& [what, time] : incident.corrected) corrected.Set(what, time.nanos());
  if (!incident.corrected.empty()) json.Set("corrected", std::move(corrected));
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
  if (json.contains("snoozed_until_ns"))
    incident.snoozed_until = InstantFromJson(json["snoozed_until_ns"]);
  incident.merged_into = json["merged_into"].as_string();
  for (const auto& [key, lasts] : json["members"].as_object())
    incident.members[key] = lasts.as_bool();
  incident.last_joined_at = InstantFromJson(json["last_joined_at_ns"]);
  for (const auto& [what, time] : json["corrected"].as_object())
    incident.corrected[what] = InstantFromJson(time);
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
  if (const auto* opened = std::get_if<IncidentOpened>(&event.body))
    return ApplyOpened(state, *opened, event.at);
  if (const auto* resolved = std::get_if<IncidentResolved>(&event.body))
    return ApplyResolved(state, *resolved, event.at);
  if (const auto* corrected = std::get_if<ops_model::IncidentTimeCorrected>(&event.body)) {
    if (Incident* incident = FindForChange(state, corrected->incident))
      incident->corrected[corrected->what] = corrected->time;
    return;
  }
  if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&event.body)) {
    for (auto& [name, incident] : state.open)
      if (incident.snoozed_until) *incident.snoozed_until = *incident.snoozed_until - clock->by;
    return;
  }
  const auto found = state.open.find(ops_model::IncidentOf(event.body));
  if (found != state.open.end()) ApplyToOpen(state, found->second, event);
}

Json Save(const State& state) {
  Json saved = Json::MakeObject();
  saved.Set("last_number", state.last_number).Set("storm", state.storm);
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
  state.storm = saved["storm"].as_string();
  for (const Json& item : saved["open"].as_array()) {
    Incident incident = LoadIncident(item);
    std::string name = incident.opened.incident;
    state.by_key[incident.opened.dedup_key] = name;
    for (const auto& [key, lasts] : incident.members) state.by_key[key] = name;
    state.open.insert_or_assign(std::move(name), std::move(incident));
  }
  for (const Json& item : saved["resolved"].as_array())
    state.resolved.push_back(LoadIncident(item));
  return state;
}

}  // namespace hinomi::incidents
