#ifndef HINOMI_POLICY_IMPL_PROMQL_ALARM_FORM_H_
#define HINOMI_POLICY_IMPL_PROMQL_ALARM_FORM_H_

#include "policy/binder.h"
#include "policy/documents.h"

namespace hinomi::policy::impl {

/// The keys of an alarm that has an expression in PromQL, with their checks.
void AddPromqlKeys(Record<AlarmDocument>& form);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_PROMQL_ALARM_FORM_H_
