#ifndef HINOMI_POLICY_FIND_ALARM_H_
#define HINOMI_POLICY_FIND_ALARM_H_

#include <string_view>

#include "policy/documents.h"

namespace hinomi::policy {

/// The alarm of that name, of the folder; null if there is none.
inline const AlarmDocument* FindAlarm(const OpsFolder& folder, std::string_view name) {
  for (const AlarmDocument& alarm : folder.alarms)
    if (alarm.name == name) return &alarm;
  return nullptr;
}

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_FIND_ALARM_H_
