#include "ops_model/snapshot.h"

#include "services/impl/scaler.h"
#include "services/services.h"

namespace hinomi::services {

using ops_model::InstantFromJson;
using ops_model::InstantToJson;
using ops_model::ServiceScaled;
using ops_model::ServiceScalingDeclined;

namespace {

Json SaveService(const std::string& name, const Service& service) {
  Json declined = Json::MakeArray();
  for (const auto& [key, said] : service.declined) declined.Append(ops_model::BodyToJson(said));
  return Json::MakeObject()
      .Set("service", name)
      .Set("declared", service.declared)
      .Set("minimum", service.minimum)
      .Set("maximum", service.maximum)
      .Set("desired", service.desired)
      .Set("held", service.held)
      .Set("held_before", service.held_before)
      .Set("applied", service.applied)
      .Set("healthy", service.healthy)
      .Set("last_out_ns", InstantToJson(service.last_out))
      .Set("last_in_ns", InstantToJson(service.last_in))
      .Set("under_way", service.under_way)
      .Set("last", ops_model::BodyToJson(service.last))
      .Set("asked", ops_model::StringsToJson({service.asked.begin(), service.asked.end()}))
      .Set("declined", std::move(declined));
}

int IntOf(const Json& json) {
  return static_cast<int>(json.as_int());
}

Service LoadService(const Json& item) {
  Service service;
  service.declared = IntOf(item["declared"]);
  service.minimum = IntOf(item["minimum"]);
  service.maximum = IntOf(item["maximum"]);
  service.desired = IntOf(item["desired"]);
  service.held = IntOf(item["held"]);
  service.held_before = IntOf(item["held_before"]);
  service.applied = IntOf(item["applied"]);
  service.healthy = static_cast<int>(item["healthy"].as_int(-1));
  service.last_out = InstantFromJson(item["last_out_ns"]);
  service.last_in = InstantFromJson(item["last_in_ns"]);
  service.under_way = item["under_way"].as_string();
  service.last = ops_model::BodyFromJson<ServiceScaled>(item["last"]);
  for (std::string& alarm : ops_model::StringsFromJson(item["asked"]))
    service.asked.insert(std::move(alarm));
  for (const Json& said : item["declined"].as_array()) {
    const auto declined = ops_model::BodyFromJson<ServiceScalingDeclined>(said);
    service.declined[impl::DeclineKey(declined)] = declined;
  }
  return service;
}

}  // namespace

Json Save(const State& state) {
  Json services = Json::MakeArray();
  for (const auto& [name, service] : state.services) services.Append(SaveService(name, service));
  Json alarms = Json::MakeArray();
  for (const auto& [name, view] : state.alarms)
    alarms.Append(Json::MakeObject()
                      .Set("alarm", name)
                      .Set("state", ops_model::AlarmStateName(view.state))
                      .Set("since_ns", InstantToJson(view.since))
                      .Set("moved_at_ns", InstantToJson(view.moved_at))
                      .Set("transition", view.transition)
                      .Set("observing", view.observing));
  return Json::MakeObject()
      .Set("services", std::move(services))
      .Set("alarms", std::move(alarms))
      .Set("last_scaling", state.last_scaling)
      .Set("installed_at_ns", InstantToJson(state.installed_at));
}

State Load(const Json& saved) {
  State state;
  for (const Json& item : saved["services"].as_array())
    state.services[item["service"].as_string()] = LoadService(item);
  for (const Json& item : saved["alarms"].as_array()) {
    AlarmView& view = state.alarms[item["alarm"].as_string()];
    view.state = ops_model::AlarmStateFromName(item["state"].as_string())
                     .value_or(ops_model::AlarmState::kInsufficientData);
    view.since = InstantFromJson(item["since_ns"]);
    view.moved_at = InstantFromJson(item["moved_at_ns"]);
    view.transition = static_cast<uint64_t>(item["transition"].as_int());
    view.observing = item["observing"].as_bool();
  }
  state.last_scaling = static_cast<uint64_t>(saved["last_scaling"].as_int());
  state.installed_at = InstantFromJson(saved["installed_at_ns"]);
  return state;
}

}  // namespace hinomi::services
