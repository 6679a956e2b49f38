#include "incidents/impl/commands.h"

#include <utility>
#include <vector>

#include "base/strings.h"
#include "incidents/impl/changes.h"
#include "policy/find.h"

namespace hinomi::incidents::impl {

using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::IncidentOpened;
using ops_model::IncidentSignal;
using ops_model::Severity;

Decision Refuse(std::string why) {
  Decision decision;
  decision.refusal = std::move(why);
  return decision;
}

Decision Answer(const std::string& incident, std::string_view state) {
  Decision decision;
  decision.answer.Set("incident", incident).Set("state", state);
  return decision;
}

std::string Canonical(std::string_view given) {
  const std::string_view name = Trim(given);
  if (ParseUint(name)) return "INC-" + std::string(name);
  if (EqualsIgnoreCase(name.substr(0, 4), "INC-")) return "INC-" + std::string(name.substr(4));
  return std::string(name);
}

std::string UnknownIncident(const State& state, const std::string& name) {
  if (name.empty()) return "Which incident? Name it, for example INC-7.";
  std::vector<std::string> names;
  for (const auto& [open, incident] : state.open) names.push_back(open);
  const std::string listed = Join(names, ", ");
  for (const Incident& incident : state.resolved) names.push_back(incident.opened.incident);
  std::string text = "There is no incident \"" + name + "\".";
  if (const std::optional<std::string> nearest = NearestName(name, names))
    text += " Did you mean " + *nearest + "?";
  text += listed.empty() ? " No incident is open." : " Open: " + listed + ".";
  return text;
}

std::string AlreadyResolved(const Incident& incident) {
  return incident.opened.incident + " was already resolved by " + incident.resolved.by + " at " +
         FormatRfc3339(incident.resolved_at) +
         "; resolved is final. A new problem opens a new incident.";
}

namespace {

std::optional<std::string> RouteForSeverity(const policy::OpsFolder& policy, Severity severity) {
  for (const policy::RouteDocument& route : policy.routes)
    if (route.scale.empty() && route.severity == ops_model::SeverityName(severity))
      return route.action;
  return std::nullopt;
}

Decision Open(const State& state, const CommandInput& command, Instant now,
              const policy::OpsFolder& policy) {
  const Json& arguments = command.arguments;
  const std::string title(Trim(arguments["title"].as_string()));
  if (title.empty()) return Refuse("An incident needs a title: one line that says what is wrong.");
  std::optional<Severity> severity = Severity::kError;
  std::string route = arguments["route"].as_string();
  if (!route.empty()) {
    std::vector<std::string> names;
    const policy::RouteDocument* found = nullptr;
    for (const policy::RouteDocument& candidate : policy.routes) {
      names.push_back(candidate.action);
      if (candidate.action == route) found = &candidate;
    }
    if (found == nullptr) {
      const std::optional<std::string> nearest = NearestName(route, names);
      return Refuse("routes.yml has no route \"" + route + "\"." +
                    (nearest ? " Did you mean \"" + *nearest + "\"?"
                             : " It has: " + Join(names, ", ") + "."));
    }
    severity = ops_model::SeverityFromName(found->severity);
  }
  if (const std::string& given = arguments["severity"].as_string(); !given.empty()) {
    severity = ops_model::SeverityFromName(given);
    if (!severity)
      return Refuse("\"" + given + "\" is no severity; they are critical, error, warning, info.");
  }
  if (!severity) severity = Severity::kError;
  if (route.empty()) route = RouteForSeverity(policy, *severity).value_or("");

  IncidentOpened opened = NewIncident(state, arguments["key"].as_string(), now);
  if (opened.dedup_key.empty()) opened.dedup_key = "manual:" + opened.incident;
  if (const Incident* open = FindOpenByKey(state, opened.dedup_key)) {
    Decision decision = Answer(open->opened.incident, open->state_name());
    decision.events.emplace_back(IncidentSignal{
        open->opened.incident, "", ops_model::AlarmState::kAlarm, command.who + ": " + title});
    return decision;
  }
  opened.title = title;
  opened.severity = *severity;
  opened.service = arguments["service"].as_string();
  opened.route = route;
  opened.reason_code = "human";
  Decision decision = Answer(opened.incident, "triggered");
  decision.events.emplace_back(std::move(opened));
  return decision;
}

/// What an alarm would open goes to the people whom it would reach, marked as a test. The alarm
/// itself stays as it is.
Decision FireTest(const State& state, const CommandInput& command, Instant now,
                  const policy::OpsFolder& policy) {
  const std::string& name = command.arguments["alarm"].as_string();
  const policy::AlarmDocument* alarm = policy::FindAlarm(policy, name);
  if (alarm == nullptr) return Refuse(policy::NoSuchAlarm(policy, name));
  const policy::RouteDocument* route = policy::FindRoute(policy, alarm->action);
  if (route == nullptr)
    return Refuse("The alarm \"" + name +
                  "\" has no action: whatever it does, nobody hears of it. Give it one of "
                  "routes.yml.");
  if (!route->scale.empty())
    return Refuse("The action \"" + alarm->action + "\" of \"" + name +
                  "\" scales a service and tells nobody; try it with `hinomi service scale`.");
  IncidentOpened opened = NewIncident(state, "test:alarm:" + name, now);
  if (const Incident* open = FindOpenByKey(state, opened.dedup_key)) {
    Decision decision = Answer(open->opened.incident, open->state_name());
    decision.answer.Set("already", true);
    return decision;
  }
  opened.title = "[TEST] " + name;
  opened.severity = ops_model::SeverityFromName(route->severity).value_or(Severity::kError);
  opened.service = policy::ServiceOf(*alarm);
  if (!opened.service.empty()) opened.title += " (" + opened.service + ")";
  opened.alarm = name;
  opened.route = route->action;
  opened.recurrence_of.clear();  // Tests do not recur.
  opened.reason_code = ops_model::kTestReason;
  Decision decision = Answer(opened.incident, "triggered");
  decision.events.emplace_back(std::move(opened));
  return decision;
}

}  // namespace

const Incident* FindOpenByKey(const State& state, const std::string& key) {
  const auto name = state.by_key.find(key);
  if (name == state.by_key.end()) return nullptr;
  const auto found = state.open.find(name->second);
  return found == state.open.end() ? nullptr : &found->second;
}

IncidentOpened NewIncident(const State& state, std::string key, Instant now) {
  IncidentOpened opened;
  opened.incident = "INC-" + std::to_string(state.last_number + 1);
  for (const Incident& former : state.resolved)
    if (!key.empty() && former.opened.dedup_key == key && now - former.resolved_at <= kReopenWindow)
      opened.recurrence_of = former.opened.incident;
  opened.dedup_key = std::move(key);
  return opened;
}

Decision OnCommand(const State& state, const CommandInput& command, Instant now,
                   const policy::OpsFolder& policy) {
  if (command.verb == "incident.open") return Open(state, command, now, policy);
  if (command.verb == "alarm.fire_test") return FireTest(state, command, now, policy);
  using Handler = Decision (*)(const Asked&);
  const std::pair<std::string_view, Handler> handlers[] = {
      {"incident.acknowledge", Acknowledge},
      {"incident.unacknowledge", Unacknowledge},
      {"incident.snooze", Snooze},
      {"incident.severity", ChangeSeverity},
      {"incident.merge", Merge},
      {"incident.link", Link},
      {"incident.correct", CorrectTime},
      {"incident.resolve", Resolve},
      {"incident.note", Note},
  };
  for (const auto& [verb, handler] : handlers) {
    if (command.verb != verb) continue;
    const std::string name = Canonical(command.arguments["incident"].as_string());
    const Incident* incident = state.Find(name);
    return incident == nullptr ? Refuse(UnknownIncident(state, name))
                               : handler({state, *incident, command, now});
  }
  return {};
}

}  // namespace hinomi::incidents::impl
