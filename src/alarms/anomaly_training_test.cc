#include "alarms/anomaly_training.h"

#include <gtest/gtest.h>

#include <set>

#include "base/strings.h"

namespace hinomi::alarms {
namespace {

const Instant kTrainedNow = *ParseRfc3339("2026-11-24T03:12:34Z");

policy::AlarmDocument Alarm(const std::string& name, Duration period = Duration::Minutes(1)) {
  policy::AlarmDocument alarm;
  alarm.name = name;
  alarm.period = period;
  return alarm;
}

TEST(AnomalyTrainingTest, AModelIsInForceForAnHourFromAMinuteOfTheAlarms) {
  const policy::AlarmDocument alarm = Alarm("a");
  const Instant fitted = FittedAt(alarm, kTrainedNow);
  EXPECT_LE(fitted, kTrainedNow);
  EXPECT_GT(fitted + kRefitEvery, kTrainedNow);
  EXPECT_EQ(fitted.seconds() % 60, 0);
  EXPECT_EQ(FittedAt(alarm, fitted), fitted);
  EXPECT_EQ(FittedAt(alarm, fitted - Duration::Nanos(1)), fitted - kRefitEvery);
  EXPECT_EQ(FittedAt(alarm, fitted + kRefitEvery - Duration::Nanos(1)), fitted);
  EXPECT_EQ(FittedAt(alarm, fitted + kRefitEvery), fitted + kRefitEvery);
}

TEST(AnomalyTrainingTest, AlarmsAreNotAllFittedAtOnce) {
  std::set<Instant> times;
  for (int i = 0; i < 200; ++i)
    times.insert(FittedAt(Alarm("alarm " + std::to_string(i)), kTrainedNow));
  EXPECT_GT(times.size(), 40u);
}

TEST(AnomalyTrainingTest, TwoWeeksOfTheAlarmsOwnPeriodsAreLearnt) {
  const policy::AlarmDocument alarm = Alarm("a", Duration::Minutes(5));
  const auto edges = TrainingEdges(alarm, kTrainedNow);
  ASSERT_EQ(edges.size(), 14u * 24 * 12 + 1);
  EXPECT_EQ(edges.front(), kTrainedNow - kTrainingTime);
  EXPECT_EQ(edges[1] - edges[0], alarm.period);
  EXPECT_EQ(edges.back(), kTrainedNow);
  // The longest period that alarms.yml allows still makes a band.
  EXPECT_GT(TrainingEdges(Alarm("a", Duration::Hours(12)), kTrainedNow).size(),
            kFewestTrainingPoints);
}

TEST(AnomalyTrainingTest, ZoneAndExcludedTimesAreTheAlarms) {
  policy::AlarmDocument alarm = Alarm("a");
  alarm.metric_zone = "Asia/Tokyo";
  alarm.excluded = {{kTrainedNow, kTrainedNow + Duration::Hours(1)}};
  const TrainingOptions options = TrainingOptionsOf(alarm);
  EXPECT_EQ(options.zone, "Asia/Tokyo");
  ASSERT_EQ(options.excluded.size(), 1u);
  EXPECT_EQ(options.excluded[0], (TimeRange{kTrainedNow, kTrainedNow + Duration::Hours(1)}));
}

}  // namespace
}  // namespace hinomi::alarms
