#include "ops_model/snapshot.h"

#include <utility>

#include "escalation/escalation.h"

namespace hinomi::escalation {

using ops_model::EscalationStarted;
using ops_model::IncidentOpened;

namespace {

void SaveInstant(Json& json, const char* name, const std::optional<Instant>& at) {
  if (at) json.Set(name, at->nanos());
}

std::optional<Instant> LoadInstant(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return ops_model::InstantFromJson(json);
}

Json SaveRungs(const Escalation& escalation) {
  Json rungs = Json::MakeArray();
  for (const Rung& rung : escalation.rungs) {
    Json item = Json::MakeObject();
    item.Set("fired", rung.fired);
    SaveInstant(item, "due_ns", rung.due);
    rungs.Append(std::move(item));
  }
  return rungs;
}

/// For the first release, which reads no more than this of a ladder.
Json SaveFired(const Escalation& escalation) {
  Json fired = Json::MakeArray();
  for (const Rung& rung : escalation.rungs) fired.Append(rung.fired > 0);
  return fired;
}

Json SavePages(const Escalation& escalation) {
  Json pages = Json::MakeArray();
  for (const auto& [page, on_its_way] : escalation.pages) {
    Json item = Json::MakeObject();
    item.Set("page", page).Set("level", on_its_way.level).Set("alive", on_its_way.alive);
    pages.Append(std::move(item));
  }
  return pages;
}

Json SaveOne(const Escalation& escalation) {
  EscalationStarted started = escalation.plan;
  for (const Rung& rung : escalation.rungs) started.steps.push_back(rung.step);
  Json item = Json::MakeObject();
  item.Set("opened", ops_model::BodyToJson(escalation.opened))
      .Set("opened_at_ns", escalation.opened_at.nanos())
      .Set("started", ops_model::BodyToJson(started))
      .Set("rungs", SaveRungs(escalation))
      .Set("fired", SaveFired(escalation))
      .Set("pass", escalation.pass)
      .Set("pass_began_ns", escalation.pass_began.nanos())
      .Set("acknowledged", escalation.acknowledged)
      .Set("acknowledged_at_ns", escalation.acknowledged_at.nanos())
      .Set("resolved", escalation.resolved)
      .Set("ended", escalation.ended)
      .Set("pages", SavePages(escalation))
      .Set("reached_levels", ops_model::StringsToJson({escalation.reached_levels.begin(),
                                                       escalation.reached_levels.end()}));
  SaveInstant(item, "next_pass_at_ns", escalation.next_pass_at);
  SaveInstant(item, "snoozed_until_ns", escalation.snoozed_until);
  if (escalation.current) item.Set("current", static_cast<int64_t>(*escalation.current));
  return item;
}

/// Snapshots are older than rungs in the first release: steps had only fired or not.
void LoadRungs(const Json& item, Escalation& escalation) {
  const Json::Array& fired = item["fired"].as_array();
  const Json::Array& rungs = item["rungs"].as_array();
  for (size_t i = 0; i < escalation.plan.steps.size(); ++i) {
    Rung rung{std::move(escalation.plan.steps[i])};
    if (i < rungs.size()) {
      rung.fired = static_cast<int>(rungs[i]["fired"].as_int());
      rung.due = LoadInstant(rungs[i]["due_ns"]);
    } else if (i < fired.size() && fired[i].as_bool()) {
      rung.fired = 1;
    } else {
      rung.due = escalation.opened_at + rung.step.after;
    }
    escalation.rungs.push_back(std::move(rung));
  }
  escalation.plan.steps.clear();
}

Escalation LoadOne(const Json& item) {
  Escalation escalation;
  escalation.opened = ops_model::BodyFromJson<IncidentOpened>(item["opened"]);
  escalation.opened_at = ops_model::InstantFromJson(item["opened_at_ns"]);
  escalation.plan = ops_model::BodyFromJson<EscalationStarted>(item["started"]);
  LoadRungs(item, escalation);
  escalation.pass_began = escalation.opened_at;
  if (item.contains("pass")) {
    escalation.pass = static_cast<int>(item["pass"].as_int());
    escalation.pass_began = ops_model::InstantFromJson(item["pass_began_ns"]);
  }
  escalation.next_pass_at = LoadInstant(item["next_pass_at_ns"]);
  if (item.contains("current")) escalation.current = static_cast<size_t>(item["current"].as_int());
  escalation.acknowledged = item["acknowledged"].as_bool();
  escalation.acknowledged_at = ops_model::InstantFromJson(item["acknowledged_at_ns"]);
  escalation.snoozed_until = LoadInstant(item["snoozed_until_ns"]);
  escalation.resolved = item["resolved"].as_bool();
  escalation.ended = item["ended"].as_bool();
  for (const Json& page : item["pages"].as_array())
    escalation.pages[page["page"].as_string()] = {page["level"].as_string(),
                                                  page["alive"].as_bool()};
  for (std::string& level : ops_model::StringsFromJson(item["reached_levels"]))
    escalation.reached_levels.insert(std::move(level));
  return escalation;
}

}  // namespace

Json Save(const State& state) {
  Json incidents = Json::MakeArray();
  for (const auto& [name, escalation] : state.incidents) incidents.Append(SaveOne(escalation));
  Json saved = Json::MakeObject();
  saved.Set("incidents", std::move(incidents));
  return saved;
}

State Load(const Json& saved) {
  State state;
  for (const Json& item : saved["incidents"].as_array()) {
    Escalation escalation = LoadOne(item);
    std::string name = escalation.opened.incident;
    state.incidents.insert_or_assign(std::move(name), std::move(escalation));
  }
  return state;
}

}  // namespace hinomi::escalation
