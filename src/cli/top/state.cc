#include "cli/top/state.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/printable.h"

namespace hinomi::cli::top {
namespace {

constexpr Duration kStaleAfter = Duration::Seconds(9);

int SeverityRank(const Json& incident) {
  constexpr std::string_view kNames[] = {"critical", "error", "warning", "info"};
  const auto* name = std::ranges::find(kNames, incident["severity"].as_string());
  return static_cast<int>(name - kNames);
}

int Urgency(const Json& incident) {
  return (incident["state"].as_string() == "triggered" ? 0 : 10) + SeverityRank(incident);
}

int AlarmRank(const Json& alarm) {
  const std::string& state = alarm["state"].as_string();
  if (state == "OK") return 20;
  return (state == "ALARM" ? 0 : 10) + SeverityRank(alarm);
}

std::vector<const Json*> SortedAlarms(const State& state) {
  // Those of Now are few but as new as can be.
  const bool all = state.screen == Screen::kAlarms && state.alarms.is_object();
  const Json& listed = (all ? state.alarms : state.now)["alarms"];
  std::vector<const Json*> alarms;
  for (const Json& alarm : listed.as_array()) alarms.push_back(&alarm);
  std::ranges::stable_sort(alarms, {}, [](const Json* alarm) { return AlarmRank(*alarm); });
  return alarms;
}

void AddIncidents(std::vector<Row>& rows, const std::vector<const Json*>& incidents) {
  for (const Json* incident : incidents)
    rows.push_back({"incident:" + (*incident)["id"].as_string(), incident});
}

void AddEntries(std::vector<Row>& rows, const Json& entries) {
  for (const Json& entry : entries.as_array())
    rows.push_back({"entry:" + std::to_string(entry["sequence"].as_int()), &entry});
}

std::vector<Row> AllRows(const State& state) {
  std::vector<Row> rows;
  const bool all = state.screen != Screen::kNow;
  switch (state.screen) {
    case Screen::kNow:
      AddIncidents(rows, OpenIncidents(state));
      [[fallthrough]];
    case Screen::kAlarms:
      for (const Json* alarm : SortedAlarms(state))
        if (all || (*alarm)["state"].as_string() != "OK")
          rows.push_back({"alarm:" + (*alarm)["name"].as_string(), alarm});
      if (all) break;
      [[fallthrough]];
    case Screen::kServices:
      for (const Json& service : state.services["services"].as_array())
        if (all || !IsWell(service))
          rows.push_back({"service:" + service["name"].as_string(), &service});
      break;
    case Screen::kIncidents:
      AddIncidents(rows, OpenIncidents(state));
      for (const Json& incident : state.incidents["incidents"].as_array())
        if (incident["state"].as_string() == "resolved")
          rows.push_back({"incident:" + incident["id"].as_string(), &incident});
      break;
    case Screen::kIncident:
      if (const Json* incident = FindIncident(state, state.incident_id)) {
        AddEntries(rows, (*incident)["timeline"]);
        for (const Json& page : (*incident)["pages"].as_array())
          rows.push_back({"page:" + page["id"].as_string(), &page});
      }
      break;
    case Screen::kJournal:
      AddEntries(rows, state.journal["entries"]);
      break;
  }
  return rows;
}

bool Contains(std::string_view text, const std::string& lower) {
  return ToLowerAscii(text).find(lower) != std::string::npos;
}

/// By whatever is shown of it.
bool Matches(const Json& value, const std::string& lower) {
  for (const char* member :
       {"id", "name", "title", "summary", "service", "state", "sentence", "actor", "severity",
        "alarm", "metric", "action", "contact", "channel"})
    if (Contains(value[member].as_string(), lower)) return true;
  return false;
}

}  // namespace

text::Language LanguageOf(const State& state) {
  if (state.language) return *state.language;
  return text::LanguageFromTag(state.now["server"]["language"].as_string())
      .value_or(text::Language::kEnglish);
}

Instant ServerNow(const State& state, Duration now) {
  return state.server_time + (now - state.read_at);
}

bool IsStale(const State& state, Duration now) {
  return state.link.answered && (state.link.failed || now - state.link.heard >= kStaleAfter);
}

bool MayAct(const State& state) {
  const Json& server = state.now["server"];
  return server["no_auth"].as_bool() ||
         std::ranges::any_of(server["rights"].as_array(), [](const Json& right) {
           return right.as_string() == "incidents:act" || right.as_string() == "*";
         });
}

std::vector<const Json*> OpenIncidents(const State& state) {
  std::vector<const Json*> open;
  for (const Json& incident : state.now["incidents"].as_array()) open.push_back(&incident);
  std::ranges::stable_sort(open, {}, [](const Json* incident) { return Urgency(*incident); });
  return open;
}

const Json* FindIncident(const State& state, const std::string& id) {
  for (const Json* list : {&state.now["incidents"], &state.now["resolved"]})
    for (const Json& incident : list->as_array())
      if (incident["id"].as_string() == id) return &incident;
  if (!id.empty() && state.incident["id"].as_string() == id) return &state.incident;
  for (const Json& incident : state.incidents["incidents"].as_array())
    if (incident["id"].as_string() == id) return &incident;
  return nullptr;
}

const Json* FindAlarm(const State& state, const std::string& name) {
  for (const Json& alarm : state.now["alarms"].as_array())
    if (alarm["name"].as_string() == name) return &alarm;
  return nullptr;
}

bool IsFiring(const State& state, const Json& incident) {
  const Json* alarm = FindAlarm(state, incident["alarm"].as_string());
  return alarm != nullptr && (*alarm)["state"].as_string() == "ALARM";
}

bool IsWell(const Json& service) {
  return service["state"].as_string() != "failing" &&
         service["healthy"].as_int() >= service["desired"].as_int() &&
         service["balancer"]["state"].as_string() != "unreachable";
}

bool AreServicesWell(const State& state) {
  return std::ranges::all_of(state.services["services"].as_array(), IsWell);
}

int64_t CountAlarms(const State& state, const char* alarm_state) {
  return state.now["counts"][alarm_state].as_int();
}

bool AlarmsLeftOut(const State& state) {
  const Json& counts = state.alarms["counts"];
  const int64_t there =
      counts["OK"].as_int() + counts["ALARM"].as_int() + counts["INSUFFICIENT_DATA"].as_int();
  return there > static_cast<int64_t>(state.alarms["alarms"].as_array().size());
}

std::vector<Row> Rows(const State& state) {
  std::vector<Row> rows = AllRows(state);
  const auto filter = state.filter.find(state.screen);
  if (filter == state.filter.end() || filter->second.empty()) return rows;
  const std::string lower = ToLowerAscii(filter->second);
  std::erase_if(rows, [&](const Row& row) { return !Matches(*row.value, lower); });
  return rows;
}

size_t SelectedRow(const State& state, const std::vector<Row>& rows) {
  const auto selected = state.selected.find(state.screen);
  if (selected == state.selected.end()) return 0;
  const auto row = std::ranges::find(rows, selected->second, &Row::id);
  return row == rows.end() ? 0 : static_cast<size_t>(row - rows.begin());
}

const Json* Subject(const State& state) {
  if (state.screen == Screen::kIncident) return FindIncident(state, state.incident_id);
  const std::vector<Row> rows = Rows(state);
  const std::vector<const Json*> open = OpenIncidents(state);
  if (!rows.empty()) {
    const Row& row = rows[SelectedRow(state, rows)];
    if (row.id.starts_with("incident:")) return row.value;
    if (row.id.starts_with("alarm:"))
      for (const Json* incident : open)
        if ((*incident)["alarm"].as_string() == (*row.value)["name"].as_string()) return incident;
  }
  return state.screen == Screen::kNow && !open.empty() ? open.front() : nullptr;
}

Json Cleaned(const Json& value) {
  if (value.is_string()) return Printable(value.as_string());
  if (value.is_array()) {
    Json::Array items;
    items.reserve(value.as_array().size());
    for (const Json& item : value.as_array()) items.push_back(Cleaned(item));
    return items;
  }
  if (!value.is_object()) return value;
  Json::Object members;
  members.reserve(value.as_object().size());
  for (const auto& [name, member] : value.as_object())
    members.emplace_back(Printable(name), Cleaned(member));
  return members;
}

}  // namespace hinomi::cli::top
