#ifndef HINOMI_API_CONSOLE_IMPL_CONTRIBUTORS_H_
#define HINOMI_API_CONSOLE_IMPL_CONTRIBUTORS_H_

#include <string>

#include "alarms/alarms.h"
#include "base/json.h"
#include "policy/documents.h"
#include "text/catalogue.h"

namespace hinomi::api::impl {

/// What a PromQL alarm has beside the members of all alarms: its expression, and the series that
/// are in ALARM, at most `kContributorsShown` of them.
inline constexpr size_t kContributorsShown = 200;
void AddPromql(const policy::AlarmDocument& alarm, const alarms::AlarmStatus& status,
               text::Language language, Json& rendered);

/// How a PromQL alarm stands, in a sentence.
std::string PromqlSentence(const policy::AlarmDocument& alarm, const alarms::AlarmStatus& status,
                           text::Language language);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_CONTRIBUTORS_H_
