#ifndef HINOMI_POLICY_FIND_H_
#define HINOMI_POLICY_FIND_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/documents.h"

/// Looking things of a folder up by name. What is returned points into the folder.
namespace hinomi::policy {

/// Makes the folder's index of alarms, which the functions below use. Who changes `alarms`
/// afterwards makes it anew; a folder without one is gone through.
void IndexAlarms(OpsFolder& folder);

/// The (first) alarm of that name; null if there is none.
const AlarmDocument* FindAlarm(const OpsFolder& folder, std::string_view name);
/// All composite alarms, in the folder's order.
std::vector<const AlarmDocument*> CompositeAlarms(const OpsFolder& folder);
/// Those whose rule names the alarm `name`.
std::vector<const AlarmDocument*> CompositeAlarmsOf(const OpsFolder& folder, std::string_view name);

/// "There is no alarm "x". Did you mean "y"?"
std::string NoSuchAlarm(const OpsFolder& folder, const std::string& name);

/// The service whose metrics the alarm reads, by their dimensions; "" where they name none.
std::string ServiceOf(const AlarmDocument& alarm);
/// The same of a series' labels, or dimensions.
std::string ServiceOf(const std::map<std::string, std::string>& labels);

/// What an alarm's action leads to; null if there is none of that name.
const RouteDocument* FindRoute(const OpsFolder& folder, std::string_view action);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_FIND_H_
