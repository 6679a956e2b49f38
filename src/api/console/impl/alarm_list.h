#ifndef HINOMI_API_CONSOLE_IMPL_ALARM_LIST_H_
#define HINOMI_API_CONSOLE_IMPL_ALARM_LIST_H_

#include <string_view>
#include <vector>

#include "api/console/picture.h"
#include "base/json.h"

namespace hinomi::api::impl {

/// Alarms as a reader wants them: those in ALARM, then those without data, then
/// the calm ones; within each in the document's order. Borrowed from the
/// picture's policy.
using AlarmList = std::vector<const policy::AlarmDocument*>;

/// Only those in `state` ("": any) whose name, metric or action contains
/// `match`, whatever the case.
AlarmList ListAlarms(const Picture& picture, std::string_view state = "",
                     std::string_view match = "");

/// The first screen's: all if they are few, else the `limit` that need a person
/// most and those of open incidents.
AlarmList UrgentAlarms(const Picture& picture, size_t limit);

/// How many there are: {"OK", "ALARM", "INSUFFICIENT_DATA", "observing"}.
Json CountAlarms(const Picture& picture);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_ALARM_LIST_H_
