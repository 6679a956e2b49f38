// What an alarm reads: from the document to its points.
#include "app/alarm_points.h"

#include <gtest/gtest.h>

#include "alarms/periods.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/telemetry.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"
#include "policy/testing.h"

namespace hinomi::app {
namespace {

class AlarmPointsTest : public testing::Test {
 protected:
  std::unique_ptr<metrics::Tsdb> OpenStore() {
    metrics::TsdbOptions options;
    options.directory = "/metrics";
    return *metrics::Tsdb::Open(files_, clock_, log_, telemetry_, options);
  }
  void Store(const char* metric, std::vector<metrics::Sample> samples) {
    ASSERT_TRUE(
        store_->Append({{metrics::MakeLabels(metric, {{"Queue", "app"}}), std::move(samples)}}));
  }
  /// The only alarm of such an alarms.yml.
  policy::AlarmDocument Alarm(const std::string& keys) {
    policy::TestFolder folder;
    folder.Write("routes.yml", "routes:\n  alert: {severity: info}\n");
    folder.Write("alarms.yml", "alarms:\n  - name: a\n    action: alert\n" + keys);
    const auto loaded = folder.Load();
    if (loaded && loaded->folder) return loaded->folder->alarms.at(0);
    for (const auto& finding : loaded->findings) ADD_FAILURE() << FormatFinding(finding);
    return {};
  }
  /// Of the minutes before 03:00, newest first: "5 - 2.5".
  std::string Points(const policy::AlarmDocument& alarm, int count) {
    const auto points = ReadPoints(
        *store_, alarm, alarms::PeriodEdges(alarm, Instant::FromSeconds(300), count), models_);
    if (!points) return points.error().message;
    std::string text;
    for (const ops_model::Datapoint& point : *points)
      text += (text.empty() ? "" : " ") + (point.value ? FormatDouble(*point.value) : "-");
    return text;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<metrics::Tsdb> store_ = OpenStore();
  BandModels models_{*store_, clock_};
};

TEST_F(AlarmPointsTest, AnExpressionIsWorkedOutPeriodByPeriod) {
  Store("Errors", {{130'000, 1}, {250'000, 3}, {270'000, 2}});
  Store("RequestCount", {{130'000, 50}, {190'000, 40}, {250'000, 100}});
  const policy::AlarmDocument alarm = Alarm(R"(    threshold: 5
    metrics:
      - {id: errors, metric: Errors, dimensions: {Queue: app}, statistic: Sum}
      - {id: requests, metric: RequestCount, dimensions: {Queue: app}}
      - {id: ratio, expression: 100 * errors / requests, label: error rate, returnData: true}
)");
  // No errors in a minute with requests are 0; without requests there is no rate.
  EXPECT_EQ(Points(alarm, 4), "5 0 2 -");
  EXPECT_EQ(alarm.metric, "error rate");
  EXPECT_EQ(alarm.Metrics().size(), 2u);
  EXPECT_EQ(alarm.Metrics()[1].statistic, "Sum");  // RequestCount is a counter of events.
}

TEST_F(AlarmPointsTest, APlainAlarmHasTheSamplesOfItsPoints) {
  Store("Latency", {{250'000, 1}, {260'000, 3}});
  const policy::AlarmDocument alarm =
      Alarm("    metric: Latency\n    threshold: 5\n    dimensions: {Queue: app}\n");
  const auto points =
      ReadPoints(*store_, alarm, alarms::PeriodEdges(alarm, Instant::FromSeconds(300), 2), models_);
  ASSERT_TRUE(points);
  EXPECT_EQ((*points)[0].value, 2);
  EXPECT_EQ((*points)[0].samples, 2u);
  EXPECT_EQ((*points)[0].at, Instant::FromSeconds(240));
  EXPECT_EQ((*points)[1].value, std::nullopt);
}

TEST_F(AlarmPointsTest, ACompositeAlarmHasNone) {
  policy::AlarmDocument alarm;
  alarm.rule = "ALARM(b)";
  EXPECT_EQ(Points(alarm, 3), "");
}

/// "MINUTE host…" of the evaluations of the folder's last alarm after minute 10: who fires.
std::string Firing(const metrics::Queryable& store, const Clock& clock,
                   const policy::OpsFolder& folder) {
  std::string text;
  const auto take = [&](Instant at, std::optional<ops_model::AlertObservation> seen) -> Status {
    text += std::to_string(at.seconds() / 60) + (seen ? "" : "?");
    if (seen)
      for (const auto& one : seen->active)
        if (one.firing) text += one.labels.at("host") + one.annotations.at("summary");
    text += " ";
    return {};
  };
  EXPECT_TRUE(HistoryOf(store, clock, nullptr)
                  .alerts(folder, folder.alarms.back(), Instant::FromSeconds(600),
                          Instant::FromSeconds(960), take));
  return text;
}

TEST_F(AlarmPointsTest, ARuleThatFindsNothingIsAnEvaluationAndNoFailure) {
  Store("used", {{300'000, 5}, {600'000, 5}, {900'000, 5}});
  policy::TestFolder folder;
  folder.Write("routes.yml", "routes:\n  alert: {severity: info}\n");
  folder.Write("alarms.yml", "alarms: [{name: Disk, expr: used > 90, action: alert}]\n");
  EXPECT_EQ(Firing(*store_, clock_, *folder.Load()->folder), "10 11 12 13 14 15 ");
}

TEST_F(AlarmPointsTest, AlertingRulesAreEvaluatedForThePastWithWhatWasPendingBefore) {
  std::vector<metrics::Sample> samples;
  for (int minute = 0; minute < 20; ++minute)
    samples.push_back({minute * 60'000, minute >= 8 && minute < 13 ? 95.0 : 5.0});
  ASSERT_TRUE(store_->Append({{metrics::MakeLabels("used", {{"host", "a"}}), samples}}));
  policy::TestFolder folder;
  folder.Write("hinomi.yml", "rule_files: [r.rules]\n");
  folder.Write("routes.yml", "routes:\n  alert: {severity: info}\n");
  const std::string texts = "annotations: {summary: '={{ $value }}'}";
  folder.Write("alarms.yml",
               "alarms: [{name: Disk, expr: used > 90, for: 3m, action: alert, " + texts + "}]\n");
  // The grid of a group lies anywhere within its minute: a sample is at most that old.
  const std::string expected = "10 11a=95 12a=95 13 14 15 ";
  const auto shown = [&] {
    const auto loaded = folder.Load();
    return Firing(*store_, clock_, *loaded->folder);
  };
  EXPECT_EQ(shown(), expected);
  // An alert of a rule file with the name of an alarm is found under its own.
  folder.Write("r.rules",
               "groups: [{name: g, interval: 1m, rules: [{record: x, expr: used}, "
               "{alert: Disk, expr: used > 90, for: 3m, " +
                   texts + "}]}]\n");
  EXPECT_EQ(folder.Load()->folder->alarms.back().name, "Disk (r.rules)");
  EXPECT_EQ(shown(), expected);
  EXPECT_TRUE(store_->Select({{"__name__", metrics::MatchType::kEqual, "ALERTS"}}, 0, 2'000'000, {})
                  ->empty());
}

}  // namespace
}  // namespace hinomi::app
