#include "ops_model/snapshot.h"

#include <utility>

#include "escalation/escalation.h"

namespace hinomi::escalation {

using ops_model::EscalationStarted;
using ops_model::IncidentOpened;

Json Save(const State& state) {
  Json incidents = Json::MakeArray();
  for (const auto& [name, escalation] : state.incidents) {
    Json fired = Json::MakeArray();
    for (const bool f : escalation.fired) fired.Append(f);
    Json pages = Json::MakeArray();
    for (const auto& [page, on_its_way] : escalation.pages) {
      Json item = Json::MakeObject();
      item.Set("page", page).Set("level", on_its_way.level).Set("alive", on_its_way.alive);
      pages.Append(std::move(item));
    }
    Json item = Json::MakeObject();
    item.Set("opened", ops_model::BodyToJson(escalation.opened))
        .Set("opened_at_ns", escalation.opened_at.nanos())
        .Set("started", ops_model::BodyToJson(
                            EscalationStarted{name, escalation.opened.severity, escalation.steps}))
        .Set("fired", std::move(fired))
        .Set("acknowledged", escalation.acknowledged)
        .Set("resolved", escalation.resolved)
        .Set("ended", escalation.ended)
        .Set("pages", std::move(pages))
        .Set("reached_levels", ops_model::StringsToJson({escalation.reached_levels.begin(),
                                                         escalation.reached_levels.end()}));
    incidents.Append(std::move(item));
  }
  Json saved = Json::MakeObject();
  saved.Set("incidents", std::move(incidents));
  return saved;
}

State Load(const Json& saved) {
  State state;
  for (const Json& item : saved["incidents"].as_array()) {
    Escalation escalation;
    escalation.opened = ops_model::BodyFromJson<IncidentOpened>(item["opened"]);
    escalation.opened_at = ops_model::InstantFromJson(item["opened_at_ns"]);
    escalation.steps = ops_model::BodyFromJson<EscalationStarted>(item["started"]).steps;
    for (const Json& fired : item["fired"].as_array()) escalation.fired.push_back(fired.as_bool());
    escalation.fired.resize(escalation.steps.size());
    escalation.acknowledged = item["acknowledged"].as_bool();
    escalation.resolved = item["resolved"].as_bool();
    escalation.ended = item["ended"].as_bool();
    for (const Json& page : item["pages"].as_array())
      escalation.pages[page["page"].as_string()] = {page["level"].as_string(),
                                                    page["alive"].as_bool()};
    for (std::string& level : ops_model::StringsFromJson(item["reached_levels"]))
      escalation.reached_levels.insert(std::move(level));
    std::string name = escalation.opened.incident;
    state.incidents.insert_or_assign(std::move(name), std::move(escalation));
  }
  return state;
}

}  // namespace hinomi::escalation
