#include "api/console/impl/service_list.h"

#include <algorithm>

#include "api/console/impl/alarm_list.h"
#include "api/console/impl/render.h"

namespace hinomi::api::impl {
namespace {

/// What is scaled and declined lies between two changes of health.
constexpr size_t kSearchedEntries = 200;

bool LooksAt(const policy::AlarmDocument& alarm, const std::string& service) {
  return std::ranges::any_of(alarm.dimensions, [&](const auto& dimension) {
    return (dimension.first == "ServiceName" || dimension.first == "service") &&
           dimension.second == service;
  });
}

Json AlarmsOf(const Picture& picture, const std::string& service) {
  Json alarms = Json::MakeArray();
  for (const policy::AlarmDocument* alarm : ListAlarms(picture)) {
    if (!LooksAt(*alarm, service)) continue;
    const Json whole = RenderAlarm(picture, *alarm, {}, text::Language::kEnglish);
    Json shown = Json::MakeObject();
    for (const char* key : {"name", "metric", "state", "severity", "action", "since"})
      shown.Set(key, whole[key]);
    alarms.Append(std::move(shown));
  }
  return alarms;
}

Json IncidentsOf(const Picture& picture, const std::string& service) {
  Json incidents = Json::MakeArray();
  for (const auto& [name, incident] : picture.world.incidents.open)
    if (incident.opened.service == service) incidents.Append(name);
  return incidents;
}

/// Of its cooldown; zero: it is over.
Instant RestsUntil(const Picture& picture, const std::string& name, const services::Service& state,
                   Instant now) {
  if (state.last_out == Instant()) return Instant();
  for (const policy::ServiceDocument& document : picture.policy->targets.services) {
    const Instant until = state.last_out + document.scaling.cooldown_out;
    if (document.name == name && until > now) return until;
  }
  return Instant();
}

Json HealthSince(store::Store& store, const std::string& service) {
  const auto entries = store.ReadSubject("service:" + service, 0, kSearchedEntries);
  if (!entries) return Json();
  for (const store::JournalEntry& entry : *entries)
    if (entry.event.type == "service.health_changed") return TimeOrNull(entry.at);
  return Json();
}

}  // namespace

Json DescribeService(const Picture& picture, store::Store& store, Instant now, Json service) {
  const std::string name = service["name"].as_string();
  const auto known = picture.world.services.services.find(name);
  const bool counted = known != picture.world.services.services.end();
  const auto count = [&](int number) { return counted ? Json(number) : Json(); };
  const services::Service none;
  const services::Service& state = counted ? known->second : none;
  return service.Set("since", HealthSince(store, name))
      .Set("declared", count(state.declared))
      .Set("minimum", count(state.minimum))
      .Set("maximum", count(state.maximum))
      .Set("rests_until", TimeOrNull(RestsUntil(picture, name, state, now)))
      .Set("alarms", AlarmsOf(picture, name))
      .Set("incidents", IncidentsOf(picture, name));
}

Json WatchedServices(const Picture& picture) {
  Json watched = Json::MakeArray();
  for (const policy::ServiceDocument& document : picture.policy->targets.services)
    if (!document.managed())
      watched.Append(
          Json::MakeObject().Set("name", document.name).Set("cluster", document.cluster));
  return watched;
}

}  // namespace hinomi::api::impl
