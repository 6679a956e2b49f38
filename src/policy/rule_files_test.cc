#include "policy/rule_files.h"

#include <gmock/gmock.h>

#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kWhole = R"(groups:
  - name: node
    interval: 30s
    query_offset: 1m
    limit: 10
    labels: {team: infra, zone: tokyo}
    rules:
      - record: instance:cpu:rate5m
        expr: rate(cpu_seconds_total[5m])
        labels: {zone: osaka, level: 2}
      - alert: HighCpu
        expr: |
          instance:cpu:rate5m
            > 0.9
        for: 10m
        keep_firing_for: 0
        labels: {severity: page}
        annotations: {summary: "{{ $labels.instance }} is busy"}
  - name: plain
    rules:
      - {record: one, expr: 1}
)";

/// "line:column message" of each finding.
std::vector<std::string> Places(const LoadedRuleFiles& loaded) {
  std::vector<std::string> places;
  for (const Finding& one : loaded.findings)
    places.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.path +
                     ": " + one.message);
  return places;
}

std::string OnlyPlace(const std::string& content) {
  const std::vector<std::string> places = Places(ReadRuleFile("r.yml", content));
  return places.size() == 1 ? places.front() : "not one: " + ::testing::PrintToString(places);
}

/// A file with one group of one rule, given as its lines.
std::string OneRule(const std::string& rule) {
  return "groups:\n- name: g\n  rules:\n  - " + rule + "\n";
}

TEST(RuleFileTest, TemplatesThatCannotBeReadAreShownAtTheirPlaces) {
  const LoadedRuleFiles loaded = ReadRuleFile("r.yml", R"(groups:
  - name: g
    labels: {zone: "{{ $labels.zone }}"}
    rules:
      - alert: A
        expr: up == 0
        labels: {severity: "{{ if }}"}
        annotations:
          summary: "{{ $label.instance }} is down"
          description: |
            since a while:
            {{ humanise $value }}
          sound: "{{ range query \"up\" }}{{ .Labels.job }}{{ end }}"
      - record: b
        expr: up
        labels: {kept: "{{"}
)");
  EXPECT_THAT(
      Places(loaded),
      ElementsAre(
          "7:35 groups[0].rules[0].labels.severity: the template cannot be read: 1:7: missing "
          "value for if",
          "9:24 groups[0].rules[0].annotations.summary: the template cannot be read: 1:4: "
          "undefined variable \"$label\"; did you mean \"$labels\"?",
          "12:16 groups[0].rules[0].annotations.description: the template cannot be read: 2:4: "
          "function \"humanise\" not defined; did you mean \"humanize\"?"));
}

TEST(RuleFileTest, GroupsAndRulesAreReadWithTheLabelsOfTheirGroup) {
  const LoadedRuleFiles loaded =
      ReadRuleFile("rules/node.yml", kWhole, {.interval = Duration::Minutes(2)});
  ASSERT_THAT(Places(loaded), IsEmpty());
  ASSERT_THAT(loaded.groups, SizeIs(2));
  const RuleGroupDocument& node = loaded.groups[0];
  EXPECT_EQ(node.Key(), "rules/node.yml;node");
  EXPECT_EQ(node.interval, Duration::Seconds(30));
  EXPECT_EQ(node.query_offset, Duration::Minutes(1));
  EXPECT_EQ(node.limit, 10);
  ASSERT_THAT(node.rules, SizeIs(2));
  EXPECT_EQ(node.rules[0].record, "instance:cpu:rate5m");
  EXPECT_THAT(node.rules[0].labels,
              ElementsAre(Pair("level", "2"), Pair("team", "infra"), Pair("zone", "osaka")));
  EXPECT_EQ(node.rules[1].alert, "HighCpu");
  EXPECT_EQ(node.rules[1].hold, Duration::Minutes(10));
  EXPECT_THAT(node.rules[1].annotations,
              ElementsAre(Pair("summary", "{{ $labels.instance }} is busy")));
  EXPECT_EQ(loaded.groups[1].interval, Duration::Minutes(2));
  EXPECT_EQ(loaded.groups[1].rules[0].expr, "1");
}

TEST(RuleFileTest, WhatIsWrongIsShownAtItsPlace) {
  const struct {
    std::string content;
    const char* place;
  } kCases[] = {
      {OneRule("{record: a, expr: b, lables: {x: y}}"),
       "4:26 groups[0].rules[0].lables: unknown key \"lables\"; did you mean \"labels\"?"},
      {"groups:\n- name: g\n  intervall: 1m\n",
       "3:3 groups[0].intervall: unknown key \"intervall\"; did you mean \"interval\"?"},
      {"group: []\n", "1:1 group: unknown key \"group\"; did you mean \"groups\"?"},
      {OneRule("{expr: b}"), "4:5 groups[0].rules[0]: a rule needs \"record\""},
      {OneRule("{record: a, alert: A, expr: b}"),
       "4:5 groups[0].rules[0]: a rule has \"record\" or \"alert\", not both"},
      {OneRule("record: a"), "4:5 groups[0].rules[0]: the key \"expr\" is missing"},
      {OneRule("{record: a, expr: b, for: 5m}"), "\"for\" is for alerting rules"},
      {OneRule("{record: a, expr: b, annotations: {c: d}}"),
       "\"annotations\" is for alerting rules"},
      {OneRule("{record: 'a{b=\"c\"}', expr: b}"), "a metric's name has no braces"},
      {OneRule("{record: a, expr: b, labels: {__name__: c}}"),
       "the label __name__ cannot be set by a rule"},
      {"groups:\n- {name: g}\n- {name: g}\n",
       "3:10 groups[1].name: a second group named \"g\" in this file; the first is groups[0]"},
      {"groups:\n- {interval: 1m}\n", "the key \"name\" is missing"},
      {"groups:\n- {name: g, limit: -1}\n", "expected a whole number from 0"},
      {"groups:\n- {name: g, interval: 1}\n", "a unit is missing"},
      {"groups:\n- name: g\n  rules:\n\t- record\n", "4:1"},
  };
  for (const auto& one : kCases)
    EXPECT_THAT(OnlyPlace(one.content), HasSubstr(one.place)) << one.content;
}

TEST(RuleFileTest, AMistakeInAnExpressionIsShownWithinIt) {
  EXPECT_THAT(OnlyPlace(OneRule("{record: a, expr: 'sum(b) by (c))'}")),
              HasSubstr("4:38 groups[0].rules[0].expr: the expression cannot be read: 1:15: "));
  EXPECT_THAT(OnlyPlace(OneRule("record: a\n    expr: sum(b) +* 2")), HasSubstr("5:19 "));
  EXPECT_THAT(OnlyPlace(OneRule("record: a\n    expr: |\n      sum(b)\n        +* 2")),
              HasSubstr("7:10 groups[0].rules[0].expr: the expression cannot be read: 2:4: "));
  // A folded line stands nowhere as it is read: then the whole of it is meant.
  EXPECT_THAT(OnlyPlace(OneRule("record: a\n    expr: >\n      sum(b)\n      +* 2")),
              HasSubstr("5:11 "));
}

TEST(RuleFileTest, WhatPrometheusTakesAndWillHardlyBeMeantIsAWarning) {
  const LoadedRuleFiles twins = ReadRuleFile(
      "r.yml",
      "groups:\n- name: g\n  rules:\n  - {record: a, expr: b}\n  - {record: a, expr: c}\n"
      "  - {record: a, expr: d, labels: {e: f}}\n");
  EXPECT_TRUE(twins.sound());
  EXPECT_THAT(Places(twins), ElementsAre(HasSubstr("5:14 groups[0].rules[1].record: rule 1 of")));
  const LoadedRuleFiles range = ReadRuleFile("r.yml", OneRule("{record: a, expr: 'b[5m]'}"));
  EXPECT_TRUE(range.sound());
  EXPECT_THAT(Places(range), ElementsAre(HasSubstr("its expression gives a range vector")));
}

TEST(RuleFileTest, PatternsFindFilesAndTellWhatTheyDoNot) {
  PosixFiles files;
  TestFolder folder;
  folder.Write("rules/b.yml", OneRule("{record: b, expr: x}"));
  folder.Write("rules/a.yml", OneRule("{record: a, expr: x}"));
  folder.Write("broken.yml", "groups: 1\n");
  const LoadedRuleFiles loaded =
      LoadRuleFiles(files, folder.path(), {"rules/*.yml", "rules/b.yml", "more/*.yml"});
  EXPECT_TRUE(loaded.sound());
  ASSERT_THAT(loaded.groups, SizeIs(2));
  EXPECT_EQ(loaded.groups[0].Key(), "rules/a.yml;g");
  ASSERT_THAT(loaded.findings, SizeIs(1));
  EXPECT_EQ(loaded.findings[0].file, "more/*.yml");
  EXPECT_FALSE(LoadRuleFiles(files, folder.path(), {"broken.yml"}).sound());
  EXPECT_FALSE(LoadRuleFiles(files, folder.path(), {"rules/[a.yml"}).sound());
}

TEST(RuleFileTest, AFolderHasTheRulesThatItsServerNames) {
  PosixFiles files;
  TestFolder folder;
  folder.Write("hinomi.yml", "rule_files: ['rules/*.yml', rules.yml]\nrule_catch_up: 30m\n");
  folder.Write("rules/a.yml", kWhole);
  folder.Write("rules.yml", OneRule("{record: top, expr: x}"));
  const LoadedFolder sound = *LoadOpsFolder(files, folder.path());
  ASSERT_NE(sound.folder, nullptr);
  EXPECT_THAT(sound.folder->rule_groups, SizeIs(3));
  EXPECT_EQ(sound.folder->server.rule_catch_up, Duration::Minutes(30));
  for (const Finding& finding : sound.findings) EXPECT_EQ(finding.file, "hinomi.yml");

  folder.Write("rules/a.yml", OneRule("{record: a, expr: 'b)'}"));
  const LoadedFolder broken = *LoadOpsFolder(files, folder.path());
  EXPECT_EQ(broken.folder, nullptr);
  EXPECT_NE(broken.digest, sound.digest);
  bool told = false;
  for (const Finding& finding : broken.findings)
    told = told || (finding.file == "rules/a.yml" && finding.line == 4);
  EXPECT_TRUE(told);
}

TEST(RuleFileTest, ADocumentOfTheFolderIsNoRuleFile) {
  PosixFiles files;
  TestFolder folder;
  folder.Write("hinomi.yml", "rule_files: ['*.yml']\n");
  const LoadedFolder loaded = *LoadOpsFolder(files, folder.path());
  EXPECT_EQ(loaded.folder, nullptr);
  bool told = false;
  for (const Finding& finding : loaded.findings)
    told = told || finding.message.find("also finds hinomi.yml") != std::string::npos;
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace hinomi::policy
