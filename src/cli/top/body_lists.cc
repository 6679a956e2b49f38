#include "cli/top/body.h"
#include "cli/top/words.h"

namespace hinomi::cli::top {
namespace {

const Json* SelectedValue(const Canvas& c) {
  const std::vector<Row> rows = Rows(c.state);
  return rows.empty() ? nullptr : rows[SelectedRow(c.state, rows)].value;
}

/// The rows of a screen, or a sentence where there are none.
void AddAll(const Canvas& c, Body& body, std::string_view kind, std::string_view empty,
            LineOf line) {
  if (AddRows(c, body, kind, line) > 0) return;
  const auto filter = c.state.filter.find(c.state.screen);
  const bool filtered = filter != c.state.filter.end() && !filter->second.empty();
  c.Add(body.list,
        filtered ? c.Say("top.nothing_matches", {{"text", filter->second}}) : c.Say(empty), kDim);
}

/// Below a list: the selected row in whole sentences.
void AddFoot(Body& body) {
  if (!body.foot.empty()) body.foot.insert(body.foot.begin(), Line{});
}

void AddWholeEntry(const Canvas& c, Body& body) {
  const Json* entry = SelectedValue(c);
  if (entry == nullptr) return;
  const auto at = ParseRfc3339((*entry)["at"].as_string());
  const std::string& actor = (*entry)["actor"].as_string();
  const std::string by = actor == "hinomi" ? c.Say("timeline.automatic") : actor;
  c.Add(body.foot, (*entry)["summary"].as_string());
  c.Add(body.foot, (at ? FullTime(c.state, *at) + "  " : "") + by, kDim);
  AddFoot(body);
}

Line PageLine(const Canvas& c, const Json& page, size_t names) {
  const std::string& title = page["contact_title"].as_string();
  return {{Fit(page["id"].as_string(), names) + "  "},
          {(title.empty() ? page["contact"].as_string() : title) + "  "},
          {page["channel"].as_string() + "  ", kDim},
          PageLook(c.state, page).span()};
}

/// Each try of a page to reach somebody.
void AddAttempts(const Canvas& c, Body& body, const Json& page) {
  int64_t n = 0;
  for (const Json& attempt : page["attempts"].as_array())
    c.Add(body.foot,
          Exact(c.state, attempt["at"].as_string(), c.now) + "  " +
              c.Say("told.attempt", {{"n", std::to_string(++n)}}) + "  " +
              attempt["reason_code"].as_string() + "  " + attempt["detail"].as_string(),
          kDim);
  AddFoot(body);
}

}  // namespace

Body AlarmsBody(const Canvas& c) {
  Body body;
  AddAll(c, body, "alarm:", "alarms.none", AlarmLine);
  const auto listed = static_cast<int64_t>(c.state.alarms["alarms"].as_array().size());
  if (c.state.alarms["total"].as_int() > listed)
    c.Add(body.foot, c.Say("top.alarms_left_out"), kDim);
  if (const Json* alarm = SelectedValue(c)) {
    c.Add(body.foot, (*alarm)["sentence"].as_string(), kBold);
    c.Add(body.foot, (*alarm)["reason"].as_string());
    const auto since = ParseRfc3339((*alarm)["since"].as_string());
    if (since)
      c.Add(body.foot,
            c.Say("alarm.since",
                  {{"time", Exact(c.state, (*alarm)["since"].as_string(), c.now)},
                   {"lasted", DurationText(c.state, ServerNow(c.state, c.now) - *since)}}),
            kDim);
    if ((*alarm)["observing"].as_bool())
      c.Add(body.foot, c.Say("alarm.observing_explain"), {Tone::kWarning});
    AddFoot(body);
  }
  return body;
}

Body IncidentsBody(const Canvas& c) {
  Body body;
  AddAll(c, body, "incident:", "incidents.none", IncidentLine);
  if (const Json* incident = SelectedValue(c)) {
    AddHeadline(c, body.foot, *incident);
    AddFoot(body);
  }
  return body;
}

Body ServicesBody(const Canvas& c) {
  Body body;
  AddAll(c, body, "service:", "top.services_none", ServiceLine);
  return body;
}

Body JournalBody(const Canvas& c) {
  Body body;
  AddAll(c, body, "entry:", "timeline.empty", EntryLine);
  AddWholeEntry(c, body);
  return body;
}

Body IncidentBody(const Canvas& c) {
  Body body;
  const Json* incident = FindIncident(c.state, c.state.incident_id);
  if (incident == nullptr) {
    const bool unknown = c.state.incident["unknown"].as_string() == c.state.incident_id;
    c.Add(body.head, unknown ? c.Say("incident.unknown", {{"id", c.state.incident_id}})
                             : c.Say("loading.wait"));
    return body;
  }
  AddHeadline(c, body.head, *incident);
  c.AddHeading(body.list, "timeline.title");
  AddAll(c, body, "entry:", "timeline.empty", EntryLine);
  c.AddHeading(body.list, "told.title");
  if (AddRows(c, body, "page:", PageLine) == 0) c.Add(body.list, c.Say("told.nobody"), kDim, 2);
  const std::vector<Row> rows = Rows(c.state);
  const Json* selected = SelectedValue(c);
  if (selected != nullptr && rows[SelectedRow(c.state, rows)].id.starts_with("page:")) {
    AddAttempts(c, body, *selected);
  } else {
    AddWholeEntry(c, body);
  }
  body.head.emplace_back();
  return body;
}

}  // namespace hinomi::cli::top
