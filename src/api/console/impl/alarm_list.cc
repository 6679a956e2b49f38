#include "api/console/impl/alarm_list.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/strings.h"

namespace hinomi::api::impl {
namespace {

using ops_model::AlarmState;

AlarmState StateOf(const Picture& picture, const policy::AlarmDocument& alarm) {
  const auto known = picture.world.alarms.alarms.find(alarm.name);
  return known == picture.world.alarms.alarms.end() ? AlarmState::kInsufficientData
                                                    : known->second.state;
}

int Urgency(AlarmState state) {
  switch (state) {
    case AlarmState::kAlarm:
      return 0;
    case AlarmState::kInsufficientData:
      return 1;
    case AlarmState::kOk:
      return 2;
  }
  return 2;
}

bool Contains(std::string_view text, const std::string& folded) {
  return ToLowerAscii(text).find(folded) != std::string::npos;
}

}  // namespace

AlarmList ListAlarms(const Picture& picture, std::string_view state, std::string_view match) {
  const std::string folded = ToLowerAscii(match);
  AlarmList by_urgency[3];
  for (const policy::AlarmDocument& alarm : picture.policy->alarms) {
    const AlarmState its = StateOf(picture, alarm);
    if (!state.empty() && ops_model::AlarmStateName(its) != state) continue;
    if (Contains(alarm.name, folded) || Contains(alarm.metric, folded) ||
        Contains(alarm.action, folded) || Contains(alarm.expr, folded))
      by_urgency[Urgency(its)].push_back(&alarm);
  }
  AlarmList all;
  for (const AlarmList& some : by_urgency) all.insert(all.end(), some.begin(), some.end());
  return all;
}

AlarmList UrgentAlarms(const Picture& picture, size_t limit) {
  AlarmList shown;
  if (picture.policy->alarms.size() <= limit) {
    for (const policy::AlarmDocument& alarm : picture.policy->alarms) shown.push_back(&alarm);
    return shown;
  }
  std::set<std::string> of_incidents;
  for (const auto& [id, incident] : picture.world.incidents.open)
    of_incidents.insert(incident.opened.alarm);
  const AlarmList all = ListAlarms(picture);
  for (size_t i = 0; i < all.size(); ++i)
    if (i < limit || of_incidents.contains(all[i]->name)) shown.push_back(all[i]);
  return shown;
}

Json CountAlarms(const Picture& picture) {
  int64_t count[3] = {};
  int64_t observing = 0;
  for (const policy::AlarmDocument& alarm : picture.policy->alarms) {
    ++count[Urgency(StateOf(picture, alarm))];
    const auto known = picture.world.alarms.alarms.find(alarm.name);
    if (known != picture.world.alarms.alarms.end() && known->second.last.observing) ++observing;
  }
  return Json::MakeObject()
      .Set("ALARM", count[0])
      .Set("INSUFFICIENT_DATA", count[1])
      .Set("OK", count[2])
      .Set("observing", observing);
}

}  // namespace hinomi::api::impl
