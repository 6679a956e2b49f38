#include "policy/alert_rules.h"

#include <gmock/gmock.h>

#include "policy/find.h"
#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr const char* kRoutes = R"(routes:
  alert: {severity: error}
  warning: {severity: warning}
  critical-alert: {severity: critical}
  scale-up: {severity: info, scale: up}
)";

class AlertRulesTest : public ::testing::Test {
 protected:
  AlertRulesTest() {
    folder_.Write("hinomi.yml", "rule_files: ['rules/*.yml']\n");
    folder_.Write("routes.yml", kRoutes);
  }
  std::shared_ptr<const OpsFolder> Sound() {
    loaded_ = folder_.Load().value();
    for (const Finding& finding : loaded_.findings)
      if (finding.level == Finding::Level::kMistake) ADD_FAILURE() << FormatFinding(finding);
    return loaded_.folder;
  }
  std::vector<std::string> Findings(Finding::Level level) {
    std::vector<std::string> lines;
    for (Finding finding : folder_.Load().value().findings) {
      finding.excerpt.clear();
      if (finding.level == level) lines.push_back(FormatFinding(finding));
    }
    return lines;
  }
  std::vector<std::string> Mistakes() { return Findings(Finding::Level::kMistake); }
  /// Of alarms.yml.
  std::vector<std::string> Warnings() {
    std::vector<std::string> lines = Findings(Finding::Level::kWarning);
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with(kAlarmsFile); });
    return lines;
  }

  TestFolder folder_;
  LoadedFolder loaded_;
};

TEST_F(AlertRulesTest, APromqlAlarmIsAnAlertingRuleInAGroupOfItsOwn) {
  folder_.Write("alarms.yml", R"(alarms:
  - name: DiskFull
    expr: disk_used / disk_size > 0.9
    for: 5m
    keepFiringFor: 2m
    evaluationInterval: 30s
    labels: {team: infra}
    annotations: {summary: "{{ $labels.host }} is full"}
    maxContributors: 50
    action: alert
)");
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  const auto groups = AlarmRuleGroups(*folder);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].Key(), "alarms.yml;DiskFull");
  EXPECT_EQ(groups[0].interval, Duration::Seconds(30));
  EXPECT_EQ(groups[0].limit, 50);
  const RuleDocument& rule = groups[0].rules.at(0);
  EXPECT_EQ(rule.alert, "DiskFull");
  EXPECT_EQ(rule.expr, "disk_used / disk_size > 0.9");
  EXPECT_EQ(rule.hold, Duration::Minutes(5));
  EXPECT_EQ(rule.keep_firing_for, Duration::Minutes(2));
  EXPECT_THAT(rule.labels, ElementsAre(Pair("team", "infra")));
  EXPECT_THAT(rule.annotations, ElementsAre(Pair("summary", "{{ $labels.host }} is full")));
}

TEST_F(AlertRulesTest, WhatIsWrongInAPromqlAlarmIsShownAtItsPlace) {
  folder_.Write("alarms.yml", R"(alarms:
  - {name: A, expr: "sum(up", action: alert}
  - {name: B, expr: up, threshold: 5, action: alert}
  - {name: C, metric: m, threshold: 5, for: 5m, action: alert}
  - {name: D, action: alert}
  - {name: E, expr: up, evaluationInterval: 45s, action: alert}
  - {name: F, expr: up, annotations: {summary: "{{ $labels.x"}, action: alert}
  - {name: G, expr: up, action: scale-up}
  - {name: H, metric: m, action: alert}
)");
  EXPECT_THAT(
      Mistakes(),
      ElementsAre(HasSubstr("alarms.yml:2:"),
                  HasSubstr("alarms.yml:3:36: alarms[1].threshold: only an alarm with \"metric\" "
                            "has \"threshold\"; this one has \"expr\""),
                  HasSubstr("alarms.yml:4:45: alarms[2].for: only an alarm with \"expr\" has "
                            "\"for\"; this one has \"metric\""),
                  HasSubstr("alarms.yml:5:5: alarms[3]: the key \"metric\" is missing"),
                  HasSubstr("alarms.yml:5:5: alarms[3]: the key \"threshold\" is missing"),
                  HasSubstr("expected an interval of 10s, 20s, 30s or whole minutes up to 1h, got "
                            "45s"),
                  HasSubstr("alarms[5].annotations.summary: the template cannot be read: 1:1: "
                            "unclosed action"),
                  HasSubstr("the action scale-up scales a service"),
                  HasSubstr("the key \"threshold\" is missing")));
}

TEST_F(AlertRulesTest, AlertsLeadToActionsBySeverityAndTheDefaultsAreListed) {
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  EXPECT_THAT(folder->server.rules.alerts,
              UnorderedElementsAre(Pair("critical", "critical-alert"),
                                   Pair("page", "critical-alert"), Pair("warning", "warning"),
                                   Pair("info", "warning"), Pair("other", "alert")));
  std::vector<std::string> listed;
  for (const FilledDefault& one : loaded_.defaults) listed.push_back(one.path + "=" + one.value);
  EXPECT_THAT(listed, Contains("rules.alerts.page=critical-alert"));
  EXPECT_THAT(listed, Contains("rules.alerts.other=alert"));
  EXPECT_THAT(listed, Contains("rules.for_grace_period=10m"));
  EXPECT_EQ(ActionOfAlert(*folder, {{"severity", "page"}}), "critical-alert");
  EXPECT_EQ(ActionOfAlert(*folder, {{"severity", "page"}, {"action", "warning"}}), "warning");
  EXPECT_EQ(ActionOfAlert(*folder, {}), "alert");
}

TEST_F(AlertRulesTest, TheTableMayBeWrittenAndNamesActionsThatExist) {
  folder_.Write("hinomi.yml", "rules:\n  alerts: {page: warning, other: alrt}\n");
  EXPECT_THAT(Mistakes(), ElementsAre(HasSubstr("hinomi.yml:2:34: rules.alerts.other: routes.yml "
                                                "has no action \"alrt\"")));
  folder_.Write("hinomi.yml", "rules:\n  alerts: {page: warning}\n");
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  EXPECT_EQ(ActionOfAlert(*folder, {{"severity", "page"}}), "warning");
  EXPECT_EQ(ActionOfAlert(*folder, {{"severity", "critical"}}), "critical-alert");
}

TEST_F(AlertRulesTest, ALabelThatNamesNoActionIsWarnedOf) {
  folder_.Write("rules/a.yml", R"(groups:
- name: g
  rules: [{record: r, expr: up}]
- name: h
  rules:
  - {record: r, expr: up, labels: {action: alrt}}
  - {alert: A, expr: up, labels: {severity: page, action: warnin}}
  - {alert: B, expr: up, labels: {severity: page, action: warning}}
  - {alert: C, expr: up, labels: {action: "{{ $labels.action }}"}}
)");
  ASSERT_TRUE(Sound());
  std::vector<std::string> warnings;
  for (const Finding& finding : loaded_.findings)
    if (finding.file == "rules/a.yml") warnings.push_back(finding.path + ": " + finding.message);
  EXPECT_THAT(
      warnings,
      ElementsAre("groups[1].rules[1].labels.action: routes.yml has no action \"warnin\" "
                  "that tells people; did you mean \"warning\"?; until then the alert leads "
                  "to \"critical-alert\" by its severity"));
}

TEST_F(AlertRulesTest, WithoutRoutesNothingFollows) {
  folder_.Write("routes.yml", "routes: {}\n");
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  EXPECT_THAT(folder->server.rules.alerts, IsEmpty());
  EXPECT_EQ(ActionOfAlert(*folder, {{"severity", "page"}}), "");
}

TEST_F(AlertRulesTest, AlertsOfRuleFilesAreAlarmsOfTheFolder) {
  folder_.Write("rules/a.yml", R"(groups:
- name: g
  rules:
  - {alert: Down, expr: up == 0, labels: {severity: page}}
  - {alert: Down, expr: up == 0, labels: {severity: warning}}
)");
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  ASSERT_EQ(folder->alarms.size(), 1u);
  EXPECT_EQ(folder->alarms[0].name, "Down");
  EXPECT_EQ(folder->alarms[0].rule_file, "rules/a.yml");
  EXPECT_EQ(folder->alarms[0].action, "critical-alert");
  EXPECT_THAT(AlarmRuleGroups(*folder), IsEmpty());
  const RuleGroupDocument& group = folder->rule_groups.at(0);
  EXPECT_NE(AlertRuleId(group, group.rules[0]), AlertRuleId(group, group.rules[1]));
}

TEST_F(AlertRulesTest, AnAlertWithTheNameOfAnAlarmIsWarnedOfAndHasItsFileInItsName) {
  folder_.Write("rules/a.yml", "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n");
  folder_.Write("rules/b.yml", "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n");
  folder_.Write("alarms.yml", "alarms: [{name: Down, metric: m, threshold: 1, action: alert}]\n");
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  std::vector<std::string> names;
  for (const AlarmDocument& alarm : folder->alarms) names.push_back(alarm.name);
  EXPECT_THAT(names, ElementsAre("Down", "Down (rules/a.yml)", "Down (rules/b.yml)"));
  EXPECT_EQ(AlarmOfAlert(*folder, "rules/a.yml", "Down"), "Down (rules/a.yml)");
  EXPECT_EQ(AlarmOfAlert(*folder, "rules/a.yml", "Other"), "Other");
  EXPECT_EQ(AlarmOfAlert(*folder, kAlarmsFile, "Down"), "Down");
  EXPECT_FALSE(BelongsTo(folder->alarms[0], "rules/a.yml", "Down"));
  EXPECT_TRUE(BelongsTo(folder->alarms[1], "rules/a.yml", "Down"));
  EXPECT_FALSE(BelongsTo(folder->alarms[1], "rules/b.yml", "Down"));
  EXPECT_THAT(Warnings(),
              ElementsAre(HasSubstr("alarms.yml:1:17: warning: alarms[0].name: an alert of "
                                    "rules/a.yml has this name, too, and is shown as \"Down "
                                    "(rules/a.yml)\""),
                          HasSubstr("rules/b.yml has this name")));
}

TEST_F(AlertRulesTest, RulesFromElsewhereStandBesideThoseOfTheFolder) {
  folder_.Write("hinomi.yml", "rule_files: [rules/*.yml]\n");
  folder_.Write("rules/a.yml", "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n");
  folder_.Write("routes.yml", "routes: {alert: {severity: error}}\n");
  const auto folder = Sound();
  ASSERT_TRUE(folder);
  RuleGroupDocument same{.file = "rules/a.yml", .name = "g"};
  same.rules.push_back({.alert = "Other", .expr = "up == 2"});
  RuleGroupDocument more{.file = "prometheus.yml", .name = "g"};
  more.rules.push_back({.record = "r", .expr = "up"});
  more.rules.push_back({.alert = "Slow", .expr = "up == 1"});
  const OpsFolder both = WithRuleGroups(*folder, {same, more});
  EXPECT_EQ(both.rule_groups.size(), folder->rule_groups.size() + 1);
  ASSERT_EQ(both.alarms.size(), folder->alarms.size() + 1);
  EXPECT_EQ(both.alarms.back().name, "Slow");
  EXPECT_EQ(both.alarms.back().rule_file, "prometheus.yml");
  EXPECT_EQ(both.alarms.back().action, "alert");
  ASSERT_NE(FindAlarm(both, "Slow"), nullptr);
  EXPECT_NE(both.digest, folder->digest);
  more.limit = 3;
  EXPECT_NE(WithRuleGroups(*folder, {more}).digest, both.digest);
  more.limit = 0;
  more.rules[0].expr = "up * 2";
  EXPECT_NE(WithRuleGroups(*folder, {more}).digest, both.digest);
  EXPECT_EQ(WithRuleGroups(*folder, {same}).digest, folder->digest);
}

}  // namespace
}  // namespace hinomi::policy
