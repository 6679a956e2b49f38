#include <gmock/gmock.h>

#include <cmath>

#include "policy/rule_tests.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr const char* kWholeTests = R"(rule_files: [rules/*.yml]
ops_folder: ../ops
evaluation_interval: 30s
group_eval_order: [first, second]
fuzzy_compare: true
tests:
  - name: disks
    interval: 10s
    start_timestamp: 2024-01-01T00:00:00Z
    input_series:
      - series: disk_used{host="a"}
        values: 0+10x3 _ stale
      - {series: up, values: 1}
    alert_rule_test:
      - eval_time: 5m
        alertname: DiskFull
        groupname: disks
        match: subset
        exp_alerts:
          - exp_labels: {host: a, level: 2}
            exp_annotations: {summary: full}
    promql_expr_test:
      - expr: sum(disk_used)
        eval_time: 0
        exp_samples:
          - {value: 30}
          - {labels: 'x{a="b"}', value: .inf}
          - {labels: h, histogram: "{{count:1 buckets:[1]}}"}
    external_labels: {region: eu}
    external_url: http://alarms
  - {}
)";

/// "line:column path: message" of each finding.
std::vector<std::string> Findings(const std::string& content) {
  std::vector<std::string> out;
  for (const Finding& one : ReadRuleTests("t.yml", content).findings) {
    EXPECT_EQ(one.file, "t.yml");
    out.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.path +
                  ": " + one.message);
  }
  return out;
}

/// Of a file with one test, given as its lines.
std::string Only(const std::string& lines) {
  const auto findings = Findings("tests:\n- " + lines + "\n");
  return findings.size() == 1 ? findings.front() : "not one: " + ::testing::PrintToString(findings);
}

TEST(RuleTestsTest, AWholeFileIsRead) {
  const LoadedRuleTests loaded = ReadRuleTests("t.yml", kWholeTests);
  ASSERT_TRUE(loaded.sound()) << loaded.findings.front().message;
  const RuleTestFile& file = loaded.file;
  EXPECT_THAT(file.rule_files, ElementsAre("rules/*.yml"));
  EXPECT_EQ(file.ops_folder, "../ops");
  EXPECT_EQ(file.ops_folder_place.line, 2);
  EXPECT_EQ(file.evaluation_interval, Duration::Seconds(30));
  EXPECT_THAT(file.group_eval_order, ElementsAre("first", "second"));
  EXPECT_TRUE(file.fuzzy_compare);
  ASSERT_EQ(file.tests.size(), 2u);

  const RuleTest& test = file.tests[0];
  EXPECT_EQ(test.name, "disks");
  EXPECT_EQ(test.place.line, 7);
  EXPECT_EQ(test.interval, Duration::Seconds(10));
  EXPECT_EQ(test.start, *ParseRfc3339("2024-01-01T00:00:00Z"));
  EXPECT_EQ(test.end(), Duration::Minutes(5));
  ASSERT_EQ(test.series.size(), 2u);
  EXPECT_EQ(test.series[0].labels.ToString(), "disk_used{host=\"a\"}");
  EXPECT_EQ(test.series[0].values.size(), 6u);
  EXPECT_THAT(test.external_labels, ElementsAre(Pair("region", "eu")));
  EXPECT_EQ(test.external_url, "http://alarms");

  const AlertTest& alert = test.alerts.at(0);
  EXPECT_EQ(alert.place.line, 15);
  EXPECT_EQ(alert.alert, "DiskFull");
  EXPECT_EQ(alert.group, "disks");
  EXPECT_TRUE(alert.subset);
  EXPECT_THAT(
      alert.expected.at(0).labels,
      UnorderedElementsAre(Pair("host", "a"), Pair("level", "2"), Pair("alertname", "DiskFull")));
  EXPECT_THAT(alert.expected.at(0).annotations, ElementsAre(Pair("summary", "full")));

  const ExprTest& expr = test.exprs.at(0);
  EXPECT_EQ(expr.place.line, 23);
  ASSERT_EQ(expr.expected.size(), 3u);
  EXPECT_EQ(expr.expected[0].labels.ToString(), "{}");
  EXPECT_EQ(expr.expected[0].value, 30);
  EXPECT_TRUE(std::isinf(expr.expected[1].value));
  EXPECT_NE(expr.expected[2].histogram, nullptr);

  EXPECT_EQ(file.tests[1].interval, Duration::Seconds(30)) << "the file's";
  EXPECT_EQ(file.tests[1].start, Instant());
  EXPECT_EQ(file.tests[1].end(), Duration());
}

TEST(RuleTestsTest, AnEmptyFileHasNoTests) {
  EXPECT_TRUE(ReadRuleTests("t.yml", "").sound());
  const LoadedRuleTests loaded = ReadRuleTests("t.yml", "evaluation_interval: 0\ntests:\n");
  EXPECT_TRUE(loaded.sound());
  EXPECT_EQ(loaded.file.evaluation_interval, Duration::Minutes(1));
}

TEST(RuleTestsTest, StartsAreSecondsOrRfc3339) {
  const auto start = [](const std::string& text) {
    return ReadRuleTests("t.yml", "tests: [{start_timestamp: " + text + "}]")
        .file.tests.at(0)
        .start;
  };
  EXPECT_EQ(start("1609459200"), Instant::FromSeconds(1'609'459'200));
  EXPECT_EQ(start("1.5"), Instant::FromMillis(1'500));
  EXPECT_EQ(start("'2021-01-01T00:00:00Z'"), Instant::FromSeconds(1'609'459'200));
}

TEST(RuleTestsTest, MistakesAreToldAtTheirPlaces) {
  EXPECT_THAT(Only("nmae: x"), HasSubstr("2:3 tests[0].nmae: unknown key \"nmae\"; did you mean "
                                         "\"name\"?"));
  EXPECT_THAT(Only("interval: fast"), HasSubstr("2:13 tests[0].interval: expected a duration"));
  EXPECT_THAT(Only("input_series: [{series: 'up{a=1}', values: 1}]"),
              HasSubstr("2:33 tests[0].input_series[0].series: the series cannot be read: 1:6: "
                        "expected the label's value in quotes"));
  EXPECT_THAT(Only("input_series: [{series: up, values: 1 x 2}]"),
              HasSubstr("2:41 tests[0].input_series[0].values: the values cannot be read: 1:3: "));
  EXPECT_THAT(Only("input_series: [{series: up, values: '{{count:-1}}'}]"),
              HasSubstr("the values cannot be read"));
  EXPECT_THAT(Only("alert_rule_test: [{eval_time: 1m}]"),
              HasSubstr("the key \"alertname\" is missing"));
  EXPECT_THAT(Only("alert_rule_test: [{alertname: A, match: some}]"),
              HasSubstr("expected one of exact, subset"));
  EXPECT_THAT(Only("alert_rule_test: [{alertname: A, exp_alerts: {exp_labels: {}}}]"),
              HasSubstr("expected a list"));
  EXPECT_THAT(Only("promql_expr_test: [{expr: sum(}]"),
              HasSubstr("the expression cannot be read: 1:5: "));
  EXPECT_THAT(Only("promql_expr_test: [{expr: up, exp_samples: [{value: high}]}]"),
              HasSubstr("expected a number"));
  EXPECT_THAT(Only("promql_expr_test: [{expr: up, exp_samples: [{histogram: '1'}]}]"),
              HasSubstr("expected one histogram"));
  EXPECT_THAT(Only("start_timestamp: yesterday"), HasSubstr("expected a time from 1970 to 2262"));
  EXPECT_THAT(Findings("group_eval_order: [a, b, a]\n"),
              ElementsAre(HasSubstr("1:26 group_eval_order[2]: the group \"a\" stands here a "
                                    "second time")));
}

TEST(RuleTestsTest, WhatWouldTakeForeverIsRefused) {
  const std::string late = "tests:\n- promql_expr_test: [{expr: up, eval_time: 100d}]\n";
  EXPECT_THAT(Findings(late), IsEmpty());
  EXPECT_THAT(Findings("evaluation_interval: 1ms\n" + late),
              ElementsAre(HasSubstr("more than 10000000 times")));
  EXPECT_THAT(Only("start_timestamp: 9223000000\n"
                   "  promql_expr_test: [{expr: up, eval_time: 1y}]"),
              HasSubstr("the test ends after 2262"));
  EXPECT_THAT(Only("input_series: [{series: up, values: 1x1000000}]"),
              HasSubstr("more than 1000000 values"));
}

}  // namespace
}  // namespace hinomi::policy
