#include "alarms/detection_delay.h"

#include <gtest/gtest.h>

#include "alarms/evaluator.h"
#include "alarms/schedule.h"

namespace hinomi::alarms {
namespace {

using policy::AlarmDocument;
using policy::MissingData;

AlarmDocument DelayedMetric(const char* name, int m, int n,
                            MissingData mode = MissingData::kMissing) {
  AlarmDocument alarm;
  alarm.name = alarm.metric = name;
  alarm.threshold = 1;
  alarm.datapoints_to_alarm = m;
  alarm.evaluation_periods = n;
  alarm.treat_missing_data = mode;
  return alarm;
}

AlarmDocument DelayedComposite(const char* name, const char* rule) {
  AlarmDocument alarm;
  alarm.name = name;
  alarm.rule = rule;
  alarm.parsed_rule = std::make_shared<const policy::AlarmRule>(*policy::ParseAlarmRule(rule));
  return alarm;
}

TEST(DetectionDelayTest, OfMetricAlarmsGoesByPeriodsAndGrid) {
  const policy::OpsFolder folder;
  AlarmDocument alarm = DelayedMetric("a", 2, 3);
  EXPECT_EQ(WorstDelay(folder, alarm).of_breach, Duration::Seconds(2 * 60 + 60 + 2));
  EXPECT_EQ(WorstDelay(folder, alarm).of_silence, std::nullopt);
  alarm.period = Duration::Seconds(10);
  EXPECT_EQ(WorstDelay(folder, alarm).of_breach, Duration::Seconds(2 * 10 + 10 + 2));
  alarm.treat_missing_data = MissingData::kBreaching;
  EXPECT_EQ(WorstDelay(folder, alarm).of_silence, Duration::Seconds((5 - 1) * 10 + 10 + 2));
  alarm.period = Duration::Hours(1);
  alarm.wall_clock_zone = "Asia/Tokyo";
  EXPECT_EQ(WorstDelay(folder, alarm).of_breach, Duration::Seconds(3 * 3'600 + 60 + 2));
}

TEST(DetectionDelayTest, OfPromqlAndCompositeAlarms) {
  policy::OpsFolder folder;
  AlarmDocument promql;
  promql.name = "p";
  promql.expr = "up == 0";
  promql.hold = Duration::Seconds(70);
  promql.evaluation_interval = Duration::Seconds(30);
  folder.alarms = {promql, DelayedMetric("a", 1, 1, MissingData::kBreaching),
                   DelayedComposite("c", "ALARM(p) OR ALARM(a)"), DelayedComposite("none", "TRUE")};
  EXPECT_EQ(WorstDelay(folder, promql).of_breach, Duration::Seconds(30 + 90));
  EXPECT_EQ(WorstDelay(folder, folder.alarms[2]).of_breach, Duration::Seconds(122));
  EXPECT_EQ(WorstDelay(folder, folder.alarms[2]).of_silence, Duration::Seconds(3 * 60 + 62));
  EXPECT_EQ(WorstDelay(folder, folder.alarms[3]).of_breach, std::nullopt);
  folder.alarms[2].suppressor = {"a", Duration::Minutes(2), Duration::Minutes(2)};
  EXPECT_EQ(WorstDelay(folder, folder.alarms[2]).of_breach, Duration::Seconds(242));
}

/// One point a period at most: what the alarm says as of an instant, of values each second.
bool IsInAlarm(const AlarmDocument& alarm, Instant at, Instant begins,
               std::optional<Instant> ends) {
  std::vector<ops_model::Datapoint> points;
  for (int i = 1; i <= EvaluationRange(alarm.evaluation_periods); ++i) {
    const Instant from = at - alarm.period * i, to = from + alarm.period;
    ops_model::Datapoint point{from, std::nullopt};
    double sum = 0;
    int samples = 0;
    for (Instant t = from; t < to; t = t + Duration::Seconds(1)) {
      if (ends && t > *ends) continue;
      sum += t >= begins ? 1 : 0;
      ++samples;
    }
    if (samples > 0) point.value = sum / samples;
    points.push_back(point);
  }
  return Evaluate(alarm, points).state == ops_model::AlarmState::kAlarm;
}

// The bound holds for the evaluator itself, whenever it begins, and something comes close to it.
TEST(DetectionDelayTest, TheEvaluatorIsNeverLaterAndNotMuchSooner) {
  for (const bool silence : {false, true}) {
    for (int n = 1; n <= 4; ++n) {
      for (int m = 1; m <= n; ++m) {
        const AlarmDocument alarm =
            DelayedMetric("a", m, n, silence ? MissingData::kBreaching : MissingData::kMissing);
        const DetectionDelay worst = WorstDelay({}, alarm);
        const Duration bound = *(silence ? worst.of_silence : worst.of_breach);
        Duration slowest;
        for (int i = 0; i < 60; ++i) {
          const Instant event = Instant::FromSeconds(1'700'000'000 + i);
          const Instant far = event + Duration::Days(1);
          Instant at = Schedule::NextOnGrid(alarm, event);
          while (at - event < Duration::Hours(1) &&
                 !IsInAlarm(alarm, at, silence ? far : event,
                            silence ? std::optional(event) : std::nullopt))
            at = Schedule::NextOnGrid(alarm, at);
          slowest = std::max(slowest, at - event);
        }
        EXPECT_LE(slowest, bound) << m << " of " << n << " silence " << silence;
        EXPECT_GE(slowest + Duration::Seconds(5), bound) << m << " of " << n << " " << silence;
      }
    }
  }
}

}  // namespace
}  // namespace hinomi::alarms
