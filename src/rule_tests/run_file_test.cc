#include <gmock/gmock.h>

#include <algorithm>

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "policy/testing.h"
#include "rule_tests/render.h"
#include "rule_tests/run.h"

namespace hinomi::rule_tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kRules = R"(groups:
  - name: disks
    interval: 5m
    rules:
      - record: host:disk_used:ratio
        expr: disk_used / disk_size
      - alert: DiskFull
        expr: host:disk_used:ratio > 0.9
        for: 5m
        labels: {severity: page}
        annotations:
          summary: 'disk of {{ $labels.host }} at {{ $value | humanizePercentage }}'
  - name: others
    rules:
      - alert: Quiet
        expr: absent(up)
)";

constexpr const char* kSeries = R"(    input_series:
      - {series: 'disk_used{host="a"}', values: 95x30}
      - {series: 'disk_size{host="a"}', values: 100x30}
      - {series: up, values: 1x30}
)";

class RunFileTest : public ::testing::Test {
 protected:
  RunFileTest() { folder_.Write("rules.yml", kRules); }

  FileResult Run(const std::string& content, const std::string& name = "t_test.yml") {
    folder_.Write(name, content);
    options_.folder = folder_.options();
    return RunFile(files_, clock_, folder_.path() + "/" + name, options_, coverage_);
  }
  /// Of a file with one test, given as its lines, over `kSeries`.
  FileResult RunOver(const std::string& lines) {
    return Run("rule_files: [rules.yml]\ntests:\n  - name: one\n" + std::string(kSeries) + lines);
  }
  std::vector<std::string> GapTexts() const {
    std::vector<std::string> texts;
    for (const Coverage::Gap& gap : coverage_.Sum().gaps)
      texts.push_back(gap.rule + " " + GapText(gap));
    return texts;
  }
  /// Without the folder's own path.
  std::string Text(const FileResult& result) const {
    std::string text = TextOf(result);
    const std::string path = folder_.path() + "/";
    for (size_t at = 0; (at = text.find(path)) != std::string::npos;) text.erase(at, path.size());
    return text;
  }

  policy::TestFolder folder_;
  PosixFiles files_;
  ManualClock clock_;
  RunOptions options_;
  Coverage coverage_;
};

TEST_F(RunFileTest, AnAlertThatFiresAsExpectedPasses) {
  const FileResult result = RunOver(R"(    alert_rule_test:
      - {eval_time: 4m59s, alertname: DiskFull}
      - eval_time: 5m
        alertname: DiskFull
        exp_alerts:
          - exp_labels: {host: a, severity: page}
            exp_annotations: {summary: disk of a at 95%}
      - {eval_time: 30m, alertname: Quiet, exp_alerts: []}
    promql_expr_test:
      - {expr: 'host:disk_used:ratio', eval_time: 5m, exp_samples: [
          {labels: 'host:disk_used:ratio{host="a"}', value: 0.95}]}
      - expr: count by (alertname, alertstate) (ALERTS)
        eval_time: 4m
        exp_samples: [{labels: '{alertname="DiskFull", alertstate="pending"}', value: 1}]
)");
  EXPECT_TRUE(result.passed()) << Text(result);
  EXPECT_EQ(Text(result), "t_test.yml: ok, 1 test\n");
}

TEST_F(RunFileTest, ADifferenceIsToldWithItsPlaceAndTime) {
  const FileResult result = RunOver(R"(    alert_rule_test:
      - eval_time: 6m
        alertname: DiskFull
        exp_alerts:
          - exp_labels: {host: b, severity: page}
            exp_annotations: {summary: disk of b at 95%}
    promql_expr_test:
      - {expr: disk_used, eval_time: 1m, exp_samples: []}
)");
  EXPECT_EQ(Text(result),
            "t_test.yml: FAILED, 1 of 1 tests\n"
            "  one:\n"
            "    t_test.yml:9:9: at 6m, alert DiskFull: 1 of 1 expected to fire missing, 1 not "
            "expected\n"
            "      expected  labels {host=\"b\", severity=\"page\"} annotations "
            "{summary=\"disk of b at 95%\"}\n"
            "      got       labels {host=\"a\", severity=\"page\"} annotations "
            "{summary=\"disk of a at 95%\"}\n"
            "    t_test.yml:15:9: at 1m, expression disk_used: it gives something, and nothing is "
            "expected\n"
            "      got       disk_used{host=\"a\"} 95\n");
}

TEST_F(RunFileTest, SamplesComeInAsTheirTimeComes) {
  // Nothing of the future is seen at a step, and what comes after the last is not there at all.
  folder_.Write("future.yml", "groups: [{name: g, rules: [{record: ahead, expr: up offset -1m}]}]");
  const FileResult result = Run(R"(rule_files: [future.yml]
tests:
  - interval: 10s
    input_series: [{series: up, values: 0+1x100}]
    promql_expr_test:
      - {expr: ahead, eval_time: 2m, exp_samples: [{labels: ahead, value: 12}]}
      - {expr: timestamp(up), eval_time: 2m59s, exp_samples: [{value: 120}]}
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, TimeBeginsWhereTheTestSays) {
  const FileResult result = Run(R"(tests:
  - start_timestamp: 2024-01-01T00:00:00Z
    input_series: [{series: m, values: 10+10x5}]
    promql_expr_test:
      - {expr: time(), eval_time: 5m, exp_samples: [{value: 1704067500}]}
      - {expr: m @ 1704067320, eval_time: 5m, exp_samples: [{labels: m, value: 30}]}
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, ATestMayGoToTheEndOfTime) {
  const FileResult result = Run(R"(evaluation_interval: 100d
rule_files: [rules.yml]
tests:
  - input_series: [{series: m, values: 0+1x1067}]
    promql_expr_test:
      - {expr: timestamp(m), eval_time: 106700d, exp_samples: [{value: 9218880000}]}
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, SubqueriesGoByTheEvaluationInterval) {
  const FileResult result = Run(R"(evaluation_interval: 30s
tests:
  - input_series: [{series: m, values: 1x20}]
    promql_expr_test:
      - {expr: 'count_over_time(m[5m:])', eval_time: 5m, exp_samples: [{value: 10}]}
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, ARuleThatFailsEndsTheTest) {
  folder_.Write("wrong.yml", "groups: [{name: g, rules: [{record: r, expr: a + on (x) b}]}]");
  const FileResult result = Run(R"(rule_files: [wrong.yml]
tests:
  - input_series:
      - {series: 'a{x="1"}', values: _ 1}
      - {series: 'b{x="1",y="1"}', values: _ 1}
      - {series: 'b{x="1",y="2"}', values: _ 1}
    promql_expr_test: [{expr: missing, eval_time: 5m, exp_samples: [{value: 1}]}]
)");
  ASSERT_THAT(result.tests, SizeIs(1));
  ASSERT_THAT(result.tests[0].failures, SizeIs(1));
  EXPECT_EQ(result.tests[0].failures[0].at, Duration::Minutes(1));
  EXPECT_THAT(Text(result), HasSubstr("rule r of group g"));
  EXPECT_THAT(Text(result), HasSubstr("it fails, and so the test ends here: "));
}

TEST_F(RunFileTest, GroupsAreEvaluatedInTheOrderThatIsAsked) {
  folder_.Write("order.yml", R"(groups:
  - {name: b, rules: [{record: two, expr: one}]}
  - {name: a, rules: [{record: one, expr: up}]}
)");
  const std::string test = R"(rule_files: [order.yml]
tests:
  - input_series: [{series: up, values: 1}]
    promql_expr_test: [{expr: two, eval_time: 0, exp_samples: [{labels: two, value: 1}]}]
)";
  EXPECT_FALSE(Run(test).passed()) << "the file's order";
  EXPECT_TRUE(Run("group_eval_order: [a, b]\n" + test).passed());
}

TEST_F(RunFileTest, AlertsOfOneNameMayBeToldApartByTheirGroup) {
  folder_.Write("same.yml", R"(groups:
  - {name: a, rules: [{alert: X, expr: up, labels: {of: a}}]}
  - {name: b, rules: [{alert: X, expr: up, labels: {of: b}}]}
)");
  const FileResult result = Run(R"(rule_files: [same.yml]
tests:
  - input_series: [{series: up, values: 1}]
    alert_rule_test:
      - {alertname: X, groupname: b, exp_alerts: [{exp_labels: {of: b}}]}
      - {alertname: X, exp_alerts: [{exp_labels: {of: b}}, {exp_labels: {of: a}}]}
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, TextsKnowTheTestsExternalLabelsAndUrl) {
  folder_.Write("texts.yml", R"(groups:
  - name: g
    rules:
      - alert: X
        expr: up
        annotations: {at: "{{ $externalLabels.region }} {{ externalURL }}"}
)");
  const FileResult result = Run(R"(rule_files: [texts.yml]
tests:
  - external_labels: {region: eu}
    external_url: http://x
    input_series: [{series: up, values: 1}]
    alert_rule_test: [{alertname: X, exp_alerts: [{exp_annotations: {at: eu http://x}}]}]
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, NoTestSeesTheMarksOfAServer) {
  const FileResult result = Run(R"(rule_files: [rules.yml]
tests:
  - input_series: [{series: disk_used, values: 1}, {series: disk_size, values: 1}]
    promql_expr_test:
      - expr: count by (__name__) ({__name__=~".+"})
        exp_samples:
          - {labels: disk_used, value: 1}
          - {labels: disk_size, value: 1}
          - {labels: 'host:disk_used:ratio', value: 1}
          - {labels: ALERTS, value: 2}
          - {labels: ALERTS_FOR_STATE, value: 2}
)");
  EXPECT_TRUE(result.passed()) << Text(result);
}

TEST_F(RunFileTest, PromqlAlarmsOfAnOpsFolderAreTested) {
  folder_.Write("ops/hinomi.yml", "language: en\nrule_files: ['rules/*.yml']\n");
  folder_.Write("ops/routes.yml", "routes: {alert: {severity: error}}\n");
  folder_.Write("ops/alarms.yml", R"(alarms:
  - name: QueueLong
    expr: queue_length > 100
    for: 1m
    annotations: {summary: "{{ $labels.queue }}"}
    action: alert
  - name: HighCpu
    metric: CPUUtilization
    threshold: 80
    action: alert
)");
  folder_.Write("ops/rules/app.yml", "groups: [{name: g, rules: [{alert: Up, expr: up == 1}]}]");
  const std::string test = R"(ops_folder: ../ops
tests:
  - input_series:
      - {series: 'queue_length{queue="mail"}', values: 500x5}
      - {series: up, values: 1x5}
    alert_rule_test:
      - eval_time: 1m
        alertname: QueueLong
        exp_alerts: [{exp_labels: {queue: mail}, exp_annotations: {summary: mail}}]
      - {eval_time: 1m, alertname: Up, exp_alerts: [{}]}
)";
  const FileResult result = Run(test, "tests/t_test.yml");
  EXPECT_TRUE(result.passed()) << Text(result);
  EXPECT_THAT(GapTexts(), ElementsAre("HighCpu never went off, and no test asks for it"));

  const FileResult metric =
      Run(test + "      - {alertname: HighCpu, exp_alerts: []}\n", "tests/t_test.yml");
  EXPECT_THAT(Text(metric), HasSubstr("tests/t_test.yml:11:9: the alarm \"HighCpu\" has no "
                                      "expression in PromQL, and so no alerts; alarm_state_test"));
  EXPECT_FALSE(metric.passed());

  folder_.Write("ops/alarms.yml", "alarms: [{nmae: x}]\n");
  const FileResult wrong = Run(test, "tests/t_test.yml");
  EXPECT_THAT(Text(wrong), HasSubstr("tests/t_test.yml:1:13: ops_folder: the folder has "));
  EXPECT_THAT(Text(wrong), HasSubstr("ops/alarms.yml:1:"));
}

/// How alarms read a store, for alarms of one metric: the newest sample of each period.
control::BacktestSource NewestSamples(const metrics::Queryable& store, const Clock&) {
  const auto read = [&store](const policy::AlarmDocument& alarm, Instant from, Instant to) {
    const auto found = store.Select({{"__name__", metrics::MatchType::kEqual, alarm.metric}},
                                    from.millis(), to.millis() - 1, {});
    return found && !found->empty() ? found->front() : metrics::SeriesColumns();
  };
  control::BacktestSource source;
  source.points = [read](const policy::AlarmDocument& alarm, Instant at) {
    const auto edges = alarms::PeriodEdges(alarm, at, alarms::PeriodsLookedAt(alarm));
    std::vector<ops_model::Datapoint> points;
    for (size_t i = 0; i + 1 < edges.size(); ++i) {
      const metrics::SeriesColumns series = read(alarm, edges[i], edges[i + 1]);
      ops_model::Datapoint& point = points.emplace_back();
      point.at = edges[i];
      if (!series.values.empty()) point.value = series.values.back();
    }
    std::ranges::reverse(points);
    return Result<std::vector<ops_model::Datapoint>>(std::move(points));
  };
  source.samples = [read](const policy::AlarmDocument& alarm, Instant from, Instant to) {
    std::vector<Instant> times;
    for (const int64_t at_ms : read(alarm, from, to + Duration::Millis(1)).at_ms)
      times.push_back(Instant::FromMillis(at_ms));
    return Result<std::vector<Instant>>(std::move(times));
  };
  return source;
}

TEST_F(RunFileTest, StatesOfAlarmsOfMetricsAndOfOtherAlarmsAreTested) {
  options_.history = NewestSamples;
  folder_.Write("ops/hinomi.yml", "language: en\n");
  folder_.Write("ops/routes.yml", "routes: {alert: {severity: error}}\n");
  folder_.Write("ops/alarms.yml", R"(alarms:
  - {name: HighCpu, metric: cpu, threshold: 80, period: 60s, evaluationPeriods: 2, action: alert}
  - {name: Slow, metric: latency, threshold: 1, period: 60s, action: alert}
  - {name: Both, rule: ALARM(HighCpu) AND ALARM(Slow), action: alert}
)");
  const std::string test = R"(ops_folder: ops
tests:
  - input_series:
      - {series: cpu, values: 10x4 90x10 10x10}
      - {series: latency, values: 2x30}
    alarm_state_test:
      - {eval_time: 0s, alarm: Both, state: OK}
      - {eval_time: 4m, alarm: HighCpu, state: OK}
      - {eval_time: 5m59s, alarm: Both, state: OK}
      - {eval_time: 7m, alarm: HighCpu, state: ALARM}
      - {eval_time: 7m, alarm: Both, state: ALARM}
      - {eval_time: 20m, alarm: Both, state: OK}
)";
  const FileResult result = Run(test);
  EXPECT_TRUE(result.passed()) << Text(result);
  EXPECT_THAT(GapTexts(), ElementsAre("Slow is asked for by no test"));

  const FileResult wrong = Run(test + "      - {eval_time: 9m, alarm: HighCpu, state: OK}\n");
  EXPECT_THAT(Text(wrong), HasSubstr("t_test.yml:13:9: at 9m, alarm HighCpu: it is ALARM, and OK "
                                     "is expected: Threshold Crossed: "));
  EXPECT_FALSE(wrong.passed());
}

TEST_F(RunFileTest, OfAnAlarmWithoutDataItIsSaidWhatItReads) {
  options_.history = NewestSamples;
  folder_.Write("ops/hinomi.yml", "language: en\n");
  folder_.Write("ops/routes.yml", "routes: {alert: {severity: error}}\n");
  folder_.Write("ops/alarms.yml", R"(alarms:
  - {name: Slow, metric: latency, dimensions: {Zone: a}, threshold: 1, period: 60s, action: alert}
)");
  EXPECT_THAT(
      Text(Run("ops_folder: ops\ntests: [{alarm_state_test: [{alarm: Slow, state: OK}]}]")),
      HasSubstr("it is INSUFFICIENT_DATA, and OK is expected; it reads latency{Zone=\"a\"}, "
                "whose labels have to be just these"));
}

TEST_F(RunFileTest, AStateOfAnAlarmThatThereIsNotIsAMistake) {
  folder_.Write("ops/hinomi.yml", "language: en\n");
  folder_.Write("ops/routes.yml", "routes: {alert: {severity: error}}\n");
  folder_.Write("ops/alarms.yml",
                "alarms: [{name: Slow, metric: l, threshold: 1, action: alert}]\n");
  const std::string tests = R"(tests:
  - alarm_state_test: [{alarm: Slowly, state: OK}]
)";
  EXPECT_THAT(Text(Run("ops_folder: ops\n" + tests)),
              HasSubstr("t_test.yml:3:24: the ops folder has no alarm \"Slowly\"; did you mean "
                        "\"Slow\"?"));
  EXPECT_THAT(Text(Run(tests)),
              HasSubstr("t_test.yml:2:24: alarm_state_test is of alarms of an ops "
                        "folder; name it with ops_folder"));
  EXPECT_THAT(Text(Run("ops_folder: none\n" + tests)), HasSubstr("FAILED, 1 mistake, "));
}

TEST_F(RunFileTest, MistakesOfTheRulesAreToldAndNothingRuns) {
  folder_.Write("rules.yml", "groups: [{name: g, rules: [{record: a, exprs: b}]}]");
  const FileResult result = RunOver("");
  EXPECT_FALSE(result.passed());
  EXPECT_THAT(result.tests, IsEmpty());
  EXPECT_THAT(Text(result), HasSubstr("t_test.yml: FAILED, 2 mistakes, so no test ran\n"));
  EXPECT_THAT(Text(result), HasSubstr("rules.yml:1:40: groups[0].rules[0].exprs: unknown key"));
}

TEST_F(RunFileTest, ANameThatNoRuleHasIsWarnedOf) {
  const FileResult result = RunOver("    alert_rule_test: [{alertname: DiskFul}]\n");
  EXPECT_TRUE(result.passed()) << "as for promtool";
  EXPECT_THAT(Text(result), HasSubstr("no rule has the alert \"DiskFul\", so none of it ever "
                                      "fires; did you mean \"DiskFull\"?"));
  const FileResult pattern = Run("rule_files: [none/*.yml]\n");
  EXPECT_TRUE(pattern.passed());
  EXPECT_THAT(Text(pattern), HasSubstr("no file matches"));
}

TEST_F(RunFileTest, AFileThatIsNotThereIsSaidToBe) {
  const FileResult result = RunFile(files_, clock_, folder_.path() + "/no.yml", {}, coverage_);
  EXPECT_FALSE(result.passed());
  EXPECT_THAT(Text(result), HasSubstr("no.yml: could not be read: "));
}

TEST_F(RunFileTest, OnlyTestsThatAreWantedRun) {
  const std::string tests =
      "tests: [{name: correct}, {name: wrong, promql_expr_test: "
      "[{expr: vector(1)}]}, {}]\n";
  EXPECT_FALSE(Run(tests).passed());
  options_.wanted = *NamesLike("corr|right");
  const FileResult result = Run(tests);
  EXPECT_TRUE(result.passed());
  ASSERT_THAT(result.tests, SizeIs(1));
  EXPECT_EQ(result.tests[0].name, "correct");
  EXPECT_THAT(NamesLike("(").error().message, HasSubstr("is no regular expression"));
}

TEST_F(RunFileTest, RulesAreCoveredOnceATestAskedAndTheyGaveSomething) {
  const auto gaps = [&] {
    std::vector<std::string> out;
    for (const Coverage::Gap& gap : coverage_.Sum().gaps)
      out.push_back(gap.group + " " + gap.rule + " " + GapText(gap));
    return out;
  };
  Run("rule_files: [rules.yml]\ntests: [{}]\n");
  EXPECT_THAT(gaps(),
              ElementsAre("disks host:disk_used:ratio never gave a series, and no test asks for it",
                          "disks DiskFull never fired, and no test asks for it",
                          "others Quiet is asked for by no test"));
  RunOver("    alert_rule_test: [{eval_time: 1m, alertname: DiskFull}]\n");
  EXPECT_THAT(gaps(),
              ElementsAre("disks DiskFull never fired", "others Quiet is asked for by no test"))
      << "what an alert reads is asked for with it";
  RunOver("    promql_expr_test: [{eval_time: 9m, expr: 'ALERTS{alertname=\"DiskFull\"}'}]\n");
  EXPECT_THAT(gaps(), ElementsAre("others Quiet is asked for by no test"));
  EXPECT_EQ(TextOf(coverage_.Sum(), false),
            "2 of 3 rules are covered by tests; --coverage lists the others\n");
  EXPECT_THAT(TextOf(coverage_.Sum(), true),
              HasSubstr("rules.yml, group others: alert Quiet is asked for by no test\n"));
}

TEST_F(RunFileTest, ResultsAreJsonForPrograms) {
  const std::vector<FileResult> results = {
      RunOver("    promql_expr_test: [{eval_time: 90s, expr: disk_used > 1}]\n")};
  const Json json = JsonOf(results, coverage_.Sum());
  EXPECT_FALSE(json["ok"].as_bool(true));
  const Json& test = json["files"].as_array().at(0)["tests"].as_array().at(0);
  EXPECT_EQ(test["name"].as_string(), "one");
  const Json& failure = test["failures"].as_array().at(0);
  EXPECT_EQ(failure["at_seconds"].as_double(), 90);
  EXPECT_EQ(failure["line"].as_int(), 8);
  EXPECT_EQ(failure["got"].as_array().at(0).as_string(), "disk_used{host=\"a\"} 95");
  EXPECT_EQ(json["coverage"]["rules"].as_int(), 3);
}

TEST_F(RunFileTest, ResultsAreJunitForContinuousIntegration) {
  std::vector<FileResult> results = {
      RunOver("    promql_expr_test: [{eval_time: 90s, expr: disk_used > 1}]\n"),
      Run("tests: [{nmae: x}]\n"), Run("tests: [{name: \"a < b \\a\"}]\n")};
  const std::string xml = JunitOf(results, Instant::FromSeconds(0));
  EXPECT_THAT(xml, HasSubstr("tests=\"1\" failures=\"1\" errors=\"0\" "
                             "timestamp=\"1970-01-01T00:00:00\""));
  EXPECT_THAT(xml, HasSubstr("expression disk_used &gt; 1: it gives something"));
  EXPECT_THAT(xml, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
  EXPECT_THAT(xml, HasSubstr("unknown key &quot;nmae&quot;"));
  EXPECT_THAT(xml, HasSubstr("name=\"a &lt; b ?\""));
  EXPECT_THAT(xml, Not(HasSubstr("\a")));
}

TEST(PathFromTest, NamesAreSeenFromTheirBase) {
  EXPECT_EQ(PathFrom(".", "rules.yml"), "rules.yml");
  EXPECT_EQ(PathFrom("a/b", "../c.yml"), "a/c.yml");
  EXPECT_EQ(PathFrom("a", "../../c.yml"), "../c.yml");
  EXPECT_EQ(PathFrom("/a/./b", "c//d.yml"), "/a/b/c/d.yml");
  EXPECT_EQ(PathFrom("a", "/etc/rules.yml"), "/etc/rules.yml");
}

}  // namespace
}  // namespace hinomi::rule_tests
