#ifndef HINOMI_CLI_ALARM_TABLE_H_
#define HINOMI_CLI_ALARM_TABLE_H_

#include "base/json.h"

namespace hinomi::cli {

/// A row for each alarm as the API gives it, to stdout.
void PrintAlarms(const Json& alarms);
/// Those of a PromQL alarm that are in ALARM; nothing if none is.
void PrintContributors(const Json& contributors);
/// True while one stands that does more than observe.
bool AnyInAlarm(const Json& alarms);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_ALARM_TABLE_H_
