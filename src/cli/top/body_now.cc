#include <algorithm>

#include "base/strings.h"
#include "cli/top/body.h"
#include "cli/top/words.h"

namespace hinomi::cli::top {
namespace {

void AddLastIncident(const Canvas& c, Lines& lines) {
  const auto& resolved = c.state.now["resolved"].as_array();
  if (resolved.empty()) return;
  const Json& last = resolved.front();
  const auto opened = ParseRfc3339(last["opened_at"].as_string());
  const auto ended = ParseRfc3339(last["resolved_at"].as_string());
  if (!opened || !ended) return;
  c.Add(
      lines,
      c.Say("calm.last_incident", {{"id", last["id"].as_string()},
                                   {"time", Exact(c.state, last["resolved_at"].as_string(), c.now)},
                                   {"lasted", DurationText(c.state, *ended - *opened)}}),
      kDim);
}

std::string FiringNames(const Canvas& c) {
  std::vector<std::string> names;
  for (const Json& alarm : c.state.now["alarms"].as_array())
    if (alarm["state"].as_string() == "ALARM") names.push_back(alarm["name"].as_string());
  return Join(names, ", ");
}

/// Nothing is open. Green only for what is known to be well.
void AddCalm(const Canvas& c, Lines& lines) {
  const int64_t firing = CountAlarms(c.state, "ALARM");
  const int64_t unknown = CountAlarms(c.state, "INSUFFICIENT_DATA");
  const int64_t ok = CountAlarms(c.state, "OK");
  const int64_t all = firing + unknown + ok;
  if (all == 0) {
    c.Add(lines, c.Say("calm.nothing"), kBold);
    c.Add(lines, c.Say("calm.nothing_step") + " hinomi check ops/", kDim);
  } else if (firing > 0) {
    c.Add(lines, "~ " + c.Say("calm.firing", {{"n", std::to_string(firing)}}), kWarn);
    c.Add(lines, c.Say("calm.firing_why", {{"names", FiringNames(c)}}), kDim);
  } else if (unknown == all) {
    c.Add(lines, "? " + c.Say("calm.no_data_at_all"), kBold);
    c.Add(lines, c.Say("calm.no_data_step"), kDim);
  } else if (unknown > 0) {
    c.Add(lines,
          "? " + c.Say("calm.partly",
                       {{"n", std::to_string(ok)}, {"unknown", std::to_string(unknown)}}),
          kBold);
  } else if (!AreServicesWell(c.state)) {
    c.Add(lines, "! " + c.Say("top.service_trouble"), {Tone::kCritical, true});
    c.Add(lines, c.Say("calm.all_ok", {{"n", std::to_string(all)}}), kDim);
  } else {
    c.Add(lines, "✓ " + c.Say("calm.well"), {Tone::kGood, true});
    c.Add(lines, c.Say("calm.all_ok", {{"n", std::to_string(all)}}), kDim);
  }
  AddLastIncident(c, lines);
}

void AddServices(const Canvas& c, Lines& lines) {
  const auto& services = c.state.services["services"].as_array();
  if (services.empty()) return;
  const auto well = std::ranges::count_if(services, IsWell);
  if (c.airy && !lines.empty()) lines.emplace_back();
  c.Add(lines,
        c.Say("top.services_healthy",
              {{"healthy", std::to_string(well)}, {"n", std::to_string(services.size())}}),
        AreServicesWell(c.state) ? kPlain : Style{Tone::kCritical, true});
}

void AddChannels(const Canvas& c, Lines& lines) {
  std::vector<std::string> missing;
  for (const Json& channel : c.state.now["channels"].as_array())
    if (!channel["configured"].as_bool()) missing.push_back(channel["name"].as_string());
  // Where all are missing a banner says so.
  if (!missing.empty() && missing.size() < c.state.now["channels"].as_array().size())
    c.Add(lines, c.Say("top.channels_missing", {{"names", Join(missing, ", ")}}), kWarn);
}

void AddSection(const Canvas& c, Body& body, std::string_view kind, std::string_view heading,
                LineOf line) {
  Body rows;
  if (AddRows(c, rows, kind, line) == 0) return;
  c.AddHeading(body.list, heading);
  if (rows.selected) body.selected = body.list.size() + *rows.selected;
  body.list.insert(body.list.end(), rows.list.begin(), rows.list.end());
}

}  // namespace

Body NowBody(const Canvas& c) {
  Body body;
  const Json* subject = Subject(c.state);
  if (subject != nullptr) {
    AddHeadline(c, body.head, *subject);
  } else {
    AddCalm(c, body.head);
  }
  if (OpenIncidents(c.state).size() > 1)
    AddSection(c, body, "incident:", "top.open_incidents", IncidentLine);
  AddSection(c, body, "alarm:", "top.alarms_not_ok", AlarmLine);
  AddServices(c, body.list);
  AddRows(c, body, "service:", ServiceLine);
  AddChannels(c, body.list);
  c.AddHeading(body.list, "now.changes");
  for (const Json& entry : c.state.now["changes"].as_array())
    body.list.push_back(Clip(EntryLine(c, entry), c.columns));
  if (c.state.now["changes"].as_array().empty()) c.Add(body.list, c.Say("timeline.empty"), kDim);
  body.head.emplace_back();
  return body;
}

}  // namespace hinomi::cli::top
