#ifndef HINOMI_POLICY_IMPL_ALERT_FORMS_H_
#define HINOMI_POLICY_IMPL_ALERT_FORMS_H_

#include <string>

#include "base/clock.h"
#include "policy/binder.h"

namespace hinomi::policy::impl {

/// As Prometheus reads durations: also a bare 0.
FormPtr<Duration> RuleTime(Duration most = Duration::Days(36'500));
/// PromQL; what is wrong in it is shown at its place.
FormPtr<std::string> PromqlText();

/// Reports each text of a mapping (labels, annotations) that cannot be read as a template, at
/// its place within the text. `mapping` may be null.
void CheckAlertTexts(Reader& reader, const yaml::Member* mapping, const std::string& path,
                     const std::string& alert);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_ALERT_FORMS_H_
