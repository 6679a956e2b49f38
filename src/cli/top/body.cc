#include "cli/top/body.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/top/words.h"

namespace hinomi::cli::top {
namespace {

constexpr size_t kTimeColumns = 13;
constexpr Duration kSoon = Duration::Minutes(2);

/// "since 03:12:04, 14m 44s"
void AddSince(const Canvas& c, Line& line, const Json& incident) {
  const std::string& opened = incident["opened_at"].as_string();
  const auto begun = ParseRfc3339(opened);
  if (!begun) return;
  const auto ended = ParseRfc3339(incident["resolved_at"].as_string());
  const Duration lasted = (ended ? *ended : ServerNow(c.state, c.now)) - *begun;
  line.push_back({c.Say("headline.since", {{"time", Exact(c.state, opened, c.now)}}) + " "});
  line.push_back({DurationText(c.state, lasted), kBold});
}

void AddOwner(const Canvas& c, Lines& lines, const Json& incident) {
  const std::string& status = incident["state"].as_string();
  if (status == "resolved") {
    const std::string at = Exact(c.state, incident["resolved_at"].as_string(), c.now);
    c.Add(lines,
          c.Say("headline.resolved_by", {{"name", Who(incident, "resolved")}, {"time", at}}));
    if (const std::string& why = incident["resolution"].as_string(); !why.empty())
      c.Add(lines, why);
  } else if (const std::string who = Who(incident, "acknowledged"); !who.empty()) {
    const std::string at = Exact(c.state, incident["acknowledged_at"].as_string(), c.now);
    c.Add(lines, c.Say("headline.has_it", {{"name", who}, {"time", at}}), {Tone::kRunning});
  } else {
    c.Add(lines, c.Say("headline.nobody_has_it"), {Tone::kCritical, true});
  }
}

void AddCountdown(const Canvas& c, Lines& lines, const Json& incident) {
  const Json& next = incident["next_step"];
  const auto due = ParseRfc3339(next["due_at"].as_string());
  if (!due) {
    if (!incident["steps"].as_array().empty()) c.Add(lines, c.Say("count.nobody_left"), kDim);
    return;
  }
  const Duration left = *due - ServerNow(c.state, c.now);
  const bool soon = left < kSoon;
  const std::string count = left >= Duration() ? Countdown(left) : c.Say("count.due");
  Line line{{c.Say("count.to_level", {{"level", next["level"].as_string()}}) + "  "},
            {count, {soon ? Tone::kCritical : Tone::kPlain, true, true}},
            {"  " + People(c.state, next["contacts"]) + " "},
            {Exact(c.state, next["due_at"].as_string(), c.now), kDim}};
  lines.push_back(Clip(line, c.columns));
}

void AddLadder(const Canvas& c, Lines& lines, const Json& incident) {
  size_t people = 0;
  for (const Json& step : incident["steps"].as_array())
    people = std::max(people, DisplayWidth(People(c.state, step["contacts"])));
  people = std::min(people, c.columns / 3);
  const std::string& next = incident["next_step"]["level"].as_string();
  const size_t times = c.narrow() ? 0 : 10;  // Else it stands in the state's words only.
  for (const Json& step : incident["steps"].as_array()) {
    const std::string& level = step["level"].as_string();
    const bool fired = step["fired_at"].is_string();
    const std::string& at = step[fired ? "fired_at" : "due_at"].as_string();
    const Style style = level == next ? kBold : kPlain;
    lines.push_back(Clip({{level == next ? "> " : "  ", kBold},
                          {Fit(level, 4), style},
                          {Fit(People(c.state, step["contacts"]), people) + "  ", style},
                          {Fit(Exact(c.state, at, c.now), times), kDim},
                          StepLook(c.state, incident, step, c.now).span()},
                         c.columns));
  }
}

/// What acknowledging does, or why the incident goes on.
void AddOutcome(const Canvas& c, Lines& lines, const Json& incident) {
  if (!MayAct(c.state)) return c.Add(lines, c.Say("action.no_right"), kDim);
  const Json& next = incident["next_step"];
  if (incident["state"].as_string() != "triggered") {
    if (IsFiring(c.state, incident)) c.Add(lines, c.Say("action.still_firing"), kDim);
  } else if (next.is_object()) {
    c.Add(lines,
          c.Say("action.acknowledge_effect",
                {{"level", next["level"].as_string()},
                 {"people", People(c.state, next["contacts"])},
                 {"time", Exact(c.state, next["due_at"].as_string(), c.now)}}),
          kDim);
  } else {
    c.Add(lines, c.Say("action.acknowledge_effect_last"), kDim);
  }
}

}  // namespace

std::string Canvas::Say(std::string_view key, text::Arguments arguments) const {
  return text::Format(LanguageOf(state), key, arguments);
}

void Canvas::Add(Lines& lines, std::string_view text, Style style, size_t indent) const {
  for (const std::string& line : Wrap(text, columns - std::min(columns, indent)))
    lines.push_back({{std::string(indent, ' ') + line, style}});
}

void Canvas::AddHeading(Lines& lines, std::string_view key) const {
  if (!lines.empty() && airy) lines.emplace_back();
  lines.push_back({{Clip(Say(key), columns), kBold}});
}

Line Canvas::Item(bool selected, Line line) const {
  line.insert(line.begin(), {selected ? "> " : "  ", kBold});
  if (selected)
    for (Span& span : line) span.style.bold = true;
  return Clip(line, columns);
}

void AddHeadline(const Canvas& c, Lines& lines, const Json& incident) {
  Line who{SeverityLook(c.state, incident).span(),
           {"  "},
           {incident["id"].as_string(), kBold},
           {"  "},
           IncidentLook(c.state, incident).span()};
  if (c.narrow()) {
    lines.push_back(Clip(who, c.columns));
    who.clear();
  } else {
    who.push_back({"  "});
  }
  AddSince(c, who, incident);
  lines.push_back(Clip(who, c.columns));
  const Json* alarm = FindAlarm(c.state, incident["alarm"].as_string());
  const bool open = incident["state"].as_string() != "resolved";
  const bool firing = IsFiring(c.state, incident);
  const std::string& sentence =
      alarm == nullptr ? incident["title"].as_string() : (*alarm)["sentence"].as_string();
  const bool as_alarm = open && firing && !sentence.empty();
  c.Add(lines, as_alarm ? sentence : incident["title"].as_string(), {Tone::kPlain, true});
  if (open && alarm != nullptr && !firing)
    c.Add(lines, c.Say("headline.alarm_ended", {{"alarm", incident["alarm"].as_string()}}), kDim);
  AddOwner(c, lines, incident);
  if (open) AddCountdown(c, lines, incident);
  AddLadder(c, lines, incident);
  if (open) AddOutcome(c, lines, incident);
}

Line EntryLine(const Canvas& c, const Json& entry, size_t) {
  return {
      {Fit(Exact(c.state, entry["at"].as_string(), c.now), c.narrow() ? 9 : kTimeColumns), kDim},
      {entry["summary"].as_string()}};
}

Line AlarmLine(const Canvas& c, const Json& alarm, size_t names) {
  const Look look = AlarmLook(c.state, alarm);
  const std::string& sentence = alarm["sentence"].as_string();
  return {{Fit(look.text(), 12) + " ", look.style},
          {Fit(alarm["name"].as_string(), names) + "  "},
          {sentence.empty() ? alarm["reason"].as_string() : sentence}};
}

Line IncidentLine(const Canvas& c, const Json& incident, size_t names) {
  const Look look = IncidentLook(c.state, incident);
  const std::string since = Exact(c.state, incident["opened_at"].as_string(), c.now);
  return {{Fit(look.text(), 16) + " ", look.style},
          {Fit(incident["id"].as_string(), names) + "  "},
          {c.narrow() ? "" : Fit(since, kTimeColumns), kDim},
          {incident["title"].as_string()}};
}

Line ServiceLine(const Canvas& c, const Json& service, size_t names) {
  const Look look = ServiceLook(c.state, service);
  const std::string& reason = service["reason"].as_string();
  const auto count = [&](const char* name) { return std::to_string(service[name].as_int()); };
  return {{Fit(look.text(), 12) + " ", look.style},
          {Fit(service["name"].as_string(), names) + "  "},
          {c.Say("top.service_counts", {{"healthy", count("healthy")},
                                        {"running", count("running")},
                                        {"desired", count("desired")}})},
          {"  " + (reason.empty() ? service["balancer"]["reason"].as_string() : reason), kDim}};
}

size_t AddRows(const Canvas& c, Body& body, std::string_view kind, LineOf line) {
  const std::vector<Row> rows = Rows(c.state);
  const size_t selected = SelectedRow(c.state, rows);
  size_t names = 0;
  size_t count = 0;
  for (const Row& row : rows) {
    if (!row.id.starts_with(kind)) continue;
    names = std::max(names, DisplayWidth(std::string_view(row.id).substr(kind.size())));
  }
  names = std::min(names, c.columns / 3);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].id.starts_with(kind)) continue;
    if (i == selected) body.selected = body.list.size();
    body.list.push_back(c.Item(i == selected, line(c, *rows[i].value, names)));
    ++count;
  }
  return count;
}

}  // namespace hinomi::cli::top
