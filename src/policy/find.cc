#include "policy/find.h"

#include <algorithm>

#include "base/strings.h"
#include "policy/alarm_index.h"

namespace hinomi::policy {
namespace {

std::vector<const AlarmDocument*> At(const OpsFolder& folder, const AlarmIndex::Places& places) {
  std::vector<const AlarmDocument*> alarms;
  for (const size_t place : places) alarms.push_back(&folder.alarms[place]);
  return alarms;
}

}  // namespace

void IndexAlarms(OpsFolder& folder) {
  folder.alarm_index = std::make_shared<const AlarmIndex>(folder.alarms);
}

const AlarmDocument* FindAlarm(const OpsFolder& folder, std::string_view name) {
  if (folder.alarm_index == nullptr) {
    const auto found = std::ranges::find(folder.alarms, name, &AlarmDocument::name);
    return found == folder.alarms.end() ? nullptr : &*found;
  }
  const AlarmIndex::Places& places = folder.alarm_index->Named(name);
  return places.empty() ? nullptr : &folder.alarms[places.front()];
}

std::vector<const AlarmDocument*> CompositeAlarms(const OpsFolder& folder) {
  if (folder.alarm_index == nullptr) return At(folder, AlarmIndex(folder.alarms).Composites());
  return At(folder, folder.alarm_index->Composites());
}

std::vector<const AlarmDocument*> CompositeAlarmsOf(const OpsFolder& folder,
                                                    std::string_view name) {
  if (folder.alarm_index == nullptr) return At(folder, AlarmIndex(folder.alarms).MadeOf(name));
  return At(folder, folder.alarm_index->MadeOf(name));
}

std::string ServiceOf(const AlarmDocument& alarm) {
  for (const MetricQueryDocument& query : alarm.Metrics())
    if (std::string service = ServiceOf(query.dimensions); !service.empty()) return service;
  return {};
}

std::string ServiceOf(const std::map<std::string, std::string>& labels) {
  for (const char* name : {"ServiceName", "service"})
    if (const auto found = labels.find(name); found != labels.end() && !found->second.empty())
      return found->second;
  return {};
}

std::string NoSuchAlarm(const OpsFolder& folder, const std::string& name) {
  std::vector<std::string> names;
  for (const AlarmDocument& alarm : folder.alarms) names.push_back(alarm.name);
  const auto nearest = NearestName(name, names);
  return "There is no alarm \"" + name + "\"." +
         (nearest ? " Did you mean \"" + *nearest + "\"?" : "");
}

const RouteDocument* FindRoute(const OpsFolder& folder, std::string_view action) {
  const auto found = std::ranges::find(folder.routes, action, &RouteDocument::action);
  return found == folder.routes.end() ? nullptr : &*found;
}

}  // namespace hinomi::policy
