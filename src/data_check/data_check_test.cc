#include "data_check/data_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "metrics/datapoints.h"
#include "promql/testing.h"

namespace hinomi::data_check {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Instant kNow = *ParseRfc3339("2026-11-24T12:00:00Z");

class DataCheckTest : public testing::Test {
 protected:
  DataCheckTest() {
    folder_.server.time_zone = "Asia/Tokyo";
    folder_.routes.push_back({.action = "alert", .severity = "error"});
  }
  policy::AlarmDocument& Add(const std::string& metric, double threshold,
                             const std::string& text = "") {
    policy::AlarmDocument alarm;
    alarm.name = alarm.metric = metric;
    alarm.threshold = threshold;
    alarm.threshold_text = text.empty() ? std::to_string(static_cast<int>(threshold)) : text;
    alarm.action = "alert";
    folder_.alarms.push_back(alarm);
    return folder_.alarms.back();
  }
  void Fill(const std::string& metric, Duration step, double value,
            std::vector<std::pair<std::string, std::string>> labels = {},
            Duration back = Duration::Days(1)) {
    labels.emplace_back("__name__", metric);
    for (Instant t = kNow - back; t <= kNow; t = t + step)
      store_.Add(metrics::Labels(labels), t.millis(), value);
  }
  std::vector<std::string> Found() {
    control::BacktestSource history;
    history.points = [this](const policy::AlarmDocument& alarm, Instant at) {
      metrics::DatapointQuery query;
      query.metric = alarm.metric;
      query.dimensions = alarm.dimensions;
      query.unit = alarm.unit;
      query.statistic = *metrics::Statistic::Parse(alarm.statistic);
      query.edges = alarms::PeriodEdges(alarm, at, alarms::PeriodsLookedAt(alarm));
      const auto values = metrics::ReadDatapoints(store_, query);
      std::vector<ops_model::Datapoint> points;
      for (size_t i = values->size(); i > 0; --i) {
        const auto& value = (*values)[i - 1];
        points.push_back({query.edges[i - 1], value ? std::optional(value->value) : std::nullopt});
      }
      return Result<std::vector<ops_model::Datapoint>>(points);
    };
    history.samples = [](const policy::AlarmDocument&, Instant, Instant) {
      return Result<std::vector<Instant>>(std::vector<Instant>());
    };
    std::vector<std::string> lines;
    for (const Finding& finding : CheckAgainstData(folder_, {store_, history}, kNow))
      lines.push_back(finding.alarm + " " + std::string(CodeName(finding.code)) + " " +
                      finding.message);
    return lines;
  }

  policy::OpsFolder folder_;
  promql::MemoryQueryable store_;
};

TEST_F(DataCheckTest, NothingIsFoundWhereAllFits) {
  Add("CPUUtilization", 80, "80%").dimensions = {{"ServiceName", "app"}};
  Fill("CPUUtilization", Duration::Seconds(60), 40, {{"ServiceName", "app"}, {"instance", "a"}});
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(DataCheckTest, WhatSelectsNothingIsToldWithWhatThereIs) {
  Add("CPUUtilisation", 80);
  Add("Errors", 80).dimensions = {{"ServiceName", "ap"}};
  Add("Wait", 5).unit = "Milliseconds";
  Add("Nowhere", 5);
  Fill("CPUUtilization", Duration::Seconds(60), 40);
  Fill("Errors", Duration::Seconds(60), 40, {{"ServiceName", "app"}});
  Fill("Wait", Duration::Seconds(60), 4, {{"Unit", "Seconds"}});
  EXPECT_THAT(
      Found(),
      ElementsAre(
          "CPUUtilisation nothing_selected nothing of the last day is read: there is no metric "
          "CPUUtilisation; did you mean CPUUtilization?",
          "Errors nothing_selected nothing of the last day is read: no series of Errors has "
          "exactly "
          "the dimensions {ServiceName=ap}; there is 1 with others, e.g. "
          "Errors{ServiceName=\"app\"}",
          "Wait nothing_selected nothing of the last day is read: no series of Wait is in "
          "Milliseconds; take \"unit\" away",
          "Nowhere nothing_selected nothing of the last day is read: there is no metric Nowhere; "
          "does anything send it?"));
}

TEST_F(DataCheckTest, ThresholdsBeyondWhatValuesCanBeAreTold) {
  Add("CPUUtilization", 101);
  auto& errors = Add("HTTPCode_Target_5XX_Count", 0);
  errors.comparison = policy::Comparison::kLessThan;
  errors.statistic = "Sum";
  Add("up", 0);
  Fill("CPUUtilization", Duration::Seconds(60), 40);
  Fill("HTTPCode_Target_5XX_Count", Duration::Seconds(60), 0);
  Fill("up", Duration::Seconds(60), 1);
  EXPECT_THAT(
      Found(),
      ElementsAre(HasSubstr("CPUUtilization cannot_fire Average of CPUUtilization is between "
                            "0 and 100, so that the threshold 101 can never be reached"),
                  HasSubstr("Count cannot_fire Sum of HTTPCode_Target_5XX_Count is never "
                            "below 0"),
                  HasSubstr("up always_fires")));
}

TEST_F(DataCheckTest, PeriodsShorterThanSamplesAreApartAndOtherUnitsAreTold) {
  Add("Slow", 5).period = Duration::Seconds(10);
  Fill("Slow", Duration::Seconds(60), 1);
  Add("Memory", 85, "85%");
  Fill("Memory", Duration::Seconds(60), 0.93);
  Add("Latency", 0.5, "500ms");
  Fill("Latency", Duration::Seconds(60), 350);
  EXPECT_THAT(
      Found(),
      ElementsAre(HasSubstr("Slow period_too_short a period is 10s, but samples come every 1m"),
                  HasSubstr("Memory unit the threshold is 85%"),
                  HasSubstr("Latency unit the threshold 500ms is compared as 0.5")));
}

TEST_F(DataCheckTest, SelectorsOfExpressionsAreLookedUpButThoseOfAbsent) {
  policy::AlarmDocument alarm;
  alarm.name = "Disk";
  alarm.expr = "disk_used / disk_size > 0.9 and disk_used > 0";
  folder_.alarms.push_back(alarm);
  alarm.name = "Constant";
  alarm.expr = "vector(1) > 2";
  folder_.alarms.push_back(alarm);
  policy::RuleGroupDocument group;
  group.rules = {{.record = "r", .expr = "sum(rate(requests_total{job=\"x\"}[5m]))"},
                 {.alert = "Gone", .expr = "absent(heartbeat) or absent_over_time(beat[5m])"}};
  folder_.rule_groups.push_back(group);
  Fill("disk_size", Duration::Seconds(60), 9);
  EXPECT_THAT(Found(),
              ElementsAre("Disk nothing_selected disk_used matches no series of the last day",
                          "Constant cannot_fire vector(1) > 2 reads no series: it always gives the "
                          "same",
                          "r nothing_selected requests_total{job=\"x\"} matches no series of the "
                          "last day"));
}

TEST_F(DataCheckTest, WhatWouldCallSomebodyAlmostEveryNightIsTold) {
  Add("load", 80);
  Fill("load", Duration::Seconds(60), 10, {}, Duration::Days(8));
  for (int night = 1; night <= 5; ++night)  // 03:00 in Tokyo.
    for (int minute = 0; minute < 5; ++minute)
      store_.Add(
          metrics::Labels(std::vector<std::pair<std::string, std::string>>{{"__name__", "load"}}),
          (kNow - Duration::Days(night) + Duration::Hours(6) + Duration::Minutes(minute)).millis(),
          90);
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("load nightly would have opened incidents in 5 nights "
                                    "of the last week (22:00 to 06:00); a threshold of ")));
}

}  // namespace
}  // namespace hinomi::data_check
