#ifndef HINOMI_POLICY_ALERT_RULES_H_
#define HINOMI_POLICY_ALERT_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "policy/documents.h"

namespace hinomi::policy {

/// Stands for PromQL alarms where rules have a file.
inline constexpr const char* kAlarmsFile = "alarms.yml";

/// The PromQL alarms of alarms.yml as alerting rules: a group each, named as the alarm.
std::vector<RuleGroupDocument> AlarmRuleGroups(const OpsFolder& folder);

/// What tells an alerting rule from all others, also after a restart: file, group, name and
/// labels as written.
std::string AlertRuleId(const RuleGroupDocument& group, const RuleDocument& rule);

/// "NAME (FILE)".
std::string AlertWithFile(const std::string& file, const std::string& alert);

/// The name of the alarm that an alert belongs to: its own, or that with its file where an alarm
/// of alarms.yml has the same and the alert's rule stands elsewhere.
std::string AlarmOfAlert(const OpsFolder& folder, const std::string& file,
                         const std::string& alert);

/// Whether alerts of that name and file belong to `alarm`, one of a folder.
bool BelongsTo(const AlarmDocument& alarm, const std::string& file, const std::string& alert);

/// The folder with these groups, of a Prometheus configuration, beside its own: their alerts are
/// alarms as those of its rule files. Groups that it has itself, by file and name, are left out.
/// Its digest is that of both.
OpsFolder WithRuleGroups(OpsFolder folder, const std::vector<RuleGroupDocument>& groups);

/// What follows from an alert of a rule file: the action that its label `action` names, else
/// that of its label `severity`; "" where routes.yml has none. Actions that scale are not
/// taken: they belong to metric alarms.
std::string ActionOfAlert(const OpsFolder& folder,
                          const std::map<std::string, std::string>& labels);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_ALERT_RULES_H_
