#ifndef HINOMI_POLICY_IMPL_ALARM_REFERENCES_H_
#define HINOMI_POLICY_IMPL_ALARM_REFERENCES_H_

#include "policy/impl/workbook.h"

namespace hinomi::policy::impl {

/// What alarms say about other alarms: rules, suppressors and mute rules. Every name is one of
/// the folder, and none depends on itself.
void CheckAlarmGraph(Workbook& book);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_ALARM_REFERENCES_H_
