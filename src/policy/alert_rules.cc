#include "policy/alert_rules.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "base/digest.h"
#include "base/strings.h"
#include "policy/find.h"
#include "policy/impl/workbook.h"

namespace hinomi::policy {
namespace {

constexpr const char* kOther = "other";

bool MayAlert(const RouteDocument& route) {
  return route.scale.empty();
}

std::string FirstRoute(const OpsFolder& folder, std::string_view severity) {
  for (const RouteDocument& route : folder.routes)
    if (MayAlert(route) && route.severity == severity) return route.action;
  return {};
}

bool IsRoute(const OpsFolder& folder, const std::string& action) {
  return std::ranges::any_of(folder.routes, [&](const RouteDocument& route) {
    return route.action == action && MayAlert(route);
  });
}

/// Its index among the alarms of alarms.yml; those of rule files, maybe thousands, stand behind.
std::optional<size_t> AlarmWithoutRuleFile(const OpsFolder& folder, std::string_view name) {
  for (size_t i = 0; i < folder.alarms.size() && folder.alarms[i].rule_file.empty(); ++i)
    if (folder.alarms[i].name == name) return i;
  return std::nullopt;
}

std::string LabelOf(const std::map<std::string, std::string>& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

/// Alerts of rule files are alarms, too: one for each name.
void AddAlarmsOf(OpsFolder& folder, const std::vector<RuleGroupDocument>& groups) {
  std::set<std::string> added;
  for (const AlarmDocument& alarm : folder.alarms)
    if (!alarm.rule_file.empty()) added.insert(alarm.name);
  for (const RuleGroupDocument& group : groups) {
    for (const RuleDocument& rule : group.rules) {
      if (rule.alert.empty()) continue;
      const std::string name = AlarmOfAlert(folder, group.file, rule.alert);
      if (!added.insert(name).second) continue;
      AlarmDocument alarm;
      alarm.name = name;
      alarm.expr = rule.expr;
      alarm.hold = rule.hold;
      alarm.keep_firing_for = rule.keep_firing_for;
      alarm.evaluation_interval = group.interval;
      alarm.labels = rule.labels;
      alarm.annotations = rule.annotations;
      alarm.action = ActionOfAlert(folder, rule.labels);
      alarm.rule_file = group.file;
      folder.alarms.push_back(std::move(alarm));
    }
  }
}

/// All that decides how they are evaluated.
std::string TextOf(const RuleGroupDocument& group) {
  std::string text = group.Key() + "\n" + FormatDuration(group.interval) + "\n" +
                     FormatDuration(group.query_offset) + "\n" + std::to_string(group.limit) + "\n";
  for (const auto& [name, value] : group.labels) text += name + "=" + value + "\n";
  for (const RuleDocument& rule : group.rules) {
    text += AlertRuleId(group, rule) + "\n" + rule.record + "\n" + rule.expr + "\n" +
            FormatDuration(rule.hold) + "\n" + FormatDuration(rule.keep_firing_for) + "\n";
    for (const auto& [name, value] : rule.annotations) text += name + "=" + value + "\n";
  }
  return text;
}

}  // namespace

OpsFolder WithRuleGroups(OpsFolder folder, const std::vector<RuleGroupDocument>& groups) {
  std::set<std::string> keys;
  for (const RuleGroupDocument& group : folder.rule_groups) keys.insert(group.Key());
  std::vector<RuleGroupDocument> added;
  std::string texts = folder.digest;
  for (const RuleGroupDocument& group : groups) {
    if (!keys.insert(group.Key()).second) continue;
    texts += TextOf(group);
    added.push_back(group);
  }
  if (added.empty()) return folder;
  AddAlarmsOf(folder, added);
  folder.digest = ToHex(Sha256(texts));
  folder.rule_groups.insert(folder.rule_groups.end(), std::make_move_iterator(added.begin()),
                            std::make_move_iterator(added.end()));
  IndexAlarms(folder);
  return folder;
}

std::vector<RuleGroupDocument> AlarmRuleGroups(const OpsFolder& folder) {
  std::vector<RuleGroupDocument> groups;
  for (const AlarmDocument& alarm : folder.alarms) {
    if (!alarm.is_promql() || !alarm.rule_file.empty()) continue;
    RuleGroupDocument group{.file = kAlarmsFile, .name = alarm.name};
    group.interval = alarm.evaluation_interval;
    group.limit = alarm.max_contributors;
    RuleDocument rule;
    rule.alert = alarm.name;
    rule.expr = alarm.expr;
    rule.hold = alarm.hold;
    rule.keep_firing_for = alarm.keep_firing_for;
    rule.labels = alarm.labels;
    rule.annotations = alarm.annotations;
    group.rules.push_back(std::move(rule));
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string AlertRuleId(const RuleGroupDocument& group, const RuleDocument& rule) {
  std::string id = group.Key() + ";" + rule.alert;
  for (const auto& [name, value] : rule.labels) id += ";" + name + "=" + value;
  return id;
}

std::string AlertWithFile(const std::string& file, const std::string& alert) {
  return alert + " (" + file + ")";
}

std::string AlarmOfAlert(const OpsFolder& folder, const std::string& file,
                         const std::string& alert) {
  const bool is_its_own = file == kAlarmsFile || !AlarmWithoutRuleFile(folder, alert);
  return is_its_own ? alert : AlertWithFile(file, alert);
}

bool BelongsTo(const AlarmDocument& alarm, const std::string& file, const std::string& alert) {
  if (!alarm.is_promql() || alarm.rule_file.empty() != (file == kAlarmsFile)) return false;
  return alert == alarm.name || AlertWithFile(file, alert) == alarm.name;
}

std::string ActionOfAlert(const OpsFolder& folder,
                          const std::map<std::string, std::string>& labels) {
  if (const std::string action = LabelOf(labels, "action"); IsRoute(folder, action)) return action;
  const auto& table = folder.server.rules.alerts;
  const std::string by_severity = LabelOf(table, LabelOf(labels, "severity"));
  const std::string action = by_severity.empty() ? LabelOf(table, kOther) : by_severity;
  return IsRoute(folder, action) ? action : std::string();
}

namespace impl {
namespace {

constexpr const char* kServerFile = "hinomi.yml";

/// The actions of severities that hinomi.yml says nothing of.
void FillAlertActions(Workbook& book) {
  auto& table = book.folder.server.rules.alerts;
  const auto fill = [&](const char* severity, const std::string& action, const char* why) {
    if (action.empty() || table.contains(severity)) return;
    table[severity] = action;
    book.Filled(kServerFile, yaml::PathKey("rules.alerts", severity), action, why);
  };
  const std::string critical = FirstRoute(book.folder, "critical");
  const std::string warning = FirstRoute(book.folder, "warning");
  const std::string error = FirstRoute(book.folder, "error");
  for (const char* severity : {"critical", "page"})
    fill(severity, critical, "the first action of routes.yml that is critical");
  for (const char* severity : {"warning", "info"})
    fill(severity, warning, "the first action of routes.yml that is a warning");
  fill(kOther, IsRoute(book.folder, "alert") ? "alert" : error,
       "alerts without one of these severities");
}

std::string NoSuchAction(const OpsFolder& folder, const std::string& action) {
  std::vector<std::string> actions;
  for (const RouteDocument& route : folder.routes)
    if (MayAlert(route)) actions.push_back(route.action);
  return "routes.yml has no action \"" + action + "\" that tells people" + Suggest(action, actions);
}

void CheckAlertActions(Workbook& book) {
  for (const auto& [severity, action] : book.folder.server.rules.alerts) {
    if (IsRoute(book.folder, action) || !book.IsKnown("routes.yml")) continue;
    const std::string path = yaml::PathKey("rules.alerts", severity);
    book.Mistake(kServerFile, path, NoSuchAction(book.folder, action));
  }
}

/// The alert goes its way by severity, which may not be what was meant. Labels that are made of
/// others, and those of people who do not have Hinomi in mind, are no mistakes.
void WarnOfActionLabels(Workbook& book) {
  std::map<std::string, size_t> groups_of;  // By file, so far.
  for (const RuleGroupDocument& group : book.folder.rule_groups) {
    const std::string path = yaml::PathIndex("groups", groups_of[group.file]++);
    for (size_t i = 0; i < group.rules.size(); ++i) {
      const std::string action = LabelOf(group.rules[i].labels, "action");
      const bool checked = !group.rules[i].alert.empty() && !action.empty() &&
                           action.find("{{") == std::string::npos && book.IsKnown("routes.yml");
      if (!checked || IsRoute(book.folder, action)) continue;
      const std::string instead = ActionOfAlert(book.folder, group.rules[i].labels);
      book.Warning(group.file, yaml::PathIndex(path + ".rules", i) + ".labels.action",
                   NoSuchAction(book.folder, action) + "; until then the alert leads to " +
                       (instead.empty() ? "nobody" : "\"" + instead + "\" by its severity"));
    }
  }
}

/// Both run; but who reads one name should not have to ask which of them is meant.
void WarnOfSameNames(Workbook& book) {
  for (const AlarmDocument& alarm : book.folder.alarms) {
    const size_t end = alarm.name.find(" (" + alarm.rule_file + ")");
    if (alarm.rule_file.empty() || end == std::string::npos) continue;
    const auto same = AlarmWithoutRuleFile(book.folder, alarm.name.substr(0, end));
    if (!same) continue;
    book.Warning(kAlarmsFile, yaml::PathKey(yaml::PathIndex("alarms", *same), "name"),
                 "an alert of " + alarm.rule_file + " has this name, too, and is shown as \"" +
                     alarm.name + "\"; give one of them another name");
  }
}

}  // namespace

void UseAlertRules(Workbook& book) {
  FillAlertActions(book);
  CheckAlertActions(book);
  WarnOfActionLabels(book);
  AddAlarmsOf(book.folder, book.folder.rule_groups);
  WarnOfSameNames(book);
}

}  // namespace impl
}  // namespace hinomi::policy
