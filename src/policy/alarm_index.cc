#include "policy/alarm_index.h"

#include "policy/alarm_rule.h"

namespace hinomi::policy {

AlarmIndex::AlarmIndex(const std::vector<AlarmDocument>& alarms) {
  for (size_t i = 0; i < alarms.size(); ++i) {
    by_name_[alarms[i].name].push_back(i);
    if (alarms[i].parsed_rule == nullptr) continue;
    composites_.push_back(i);
    for (const std::string& name : AlarmsOf(*alarms[i].parsed_rule)) made_of_[name].push_back(i);
  }
}

const AlarmIndex::Places& AlarmIndex::Find(const Table& table, std::string_view name) {
  static const Places kNone;
  const auto found = table.find(name);
  return found == table.end() ? kNone : found->second;
}

}  // namespace hinomi::policy
