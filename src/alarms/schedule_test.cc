#include "alarms/schedule.h"

#include <gtest/gtest.h>

namespace hinomi::alarms {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// On a whole minute.
const Instant kMinute = Instant::FromSeconds(1'700'000'040);
Instant At(double seconds) {
  return kMinute + Duration::Millis(static_cast<int64_t>(seconds * 1000));
}

const Labels kApp = {{"ServiceName", "app"}, {"__name__", "CPUUtilization"}, {"job", "x"}};

/// "slow" of service app each five minutes, "fast" without dimensions each 30 s.
std::vector<policy::AlarmDocument> Two() {
  policy::AlarmDocument slow;
  slow.name = "slow";
  slow.metric = "CPUUtilization";
  slow.dimensions = {{"ServiceName", "app"}};
  slow.period = Duration::Seconds(300);
  policy::AlarmDocument fast = slow;
  fast.name = "fast";
  fast.dimensions = {};
  fast.period = Duration::Seconds(30);
  return {slow, fast};
}

/// "slow@60 fast@70", seconds since the minute.
std::string Text(const std::vector<Schedule::Due>& due) {
  std::string text;
  for (const Schedule::Due& one : due) {
    const int64_t ms = (one.at - kMinute).millis();
    text += (text.empty() ? "" : " ") + std::string(one.alarm == 0 ? "slow" : "fast") + "@" +
            std::to_string(ms / 1000) + (ms % 1000 == 0 ? "" : "." + std::to_string(ms % 1000));
  }
  return text;
}

TEST(ScheduleTest, LongPeriodsAreEvaluatedEachMinuteAndShortOnesEachTenSeconds) {
  Schedule schedule(Two());
  EXPECT_EQ(Text(schedule.TakeDue(At(5))), "slow@5 fast@5");
  std::string seen;
  while (*schedule.NextDue() <= At(63)) {
    const Instant due = *schedule.NextDue();
    const std::string text = Text(schedule.TakeDue(due));
    // Two seconds after it: points may be late.
    seen += std::to_string((due - kMinute).seconds()) + ": " + text + "; ";
  }
  EXPECT_EQ(seen,
            "12: fast@10; 22: fast@20; 32: fast@30; 42: fast@40; 52: fast@50; 62: slow@60 "
            "fast@60; ");
}

TEST(ScheduleTest, APeriodOfASecondIsEvaluatedEachSecond) {
  std::vector<policy::AlarmDocument> one = Two();
  one.resize(1);
  one[0].period = Duration::Seconds(1);
  Schedule schedule(one);
  schedule.TakeDue(At(0));
  EXPECT_EQ(Text(schedule.TakeDue(At(3))), "slow@1");
  EXPECT_EQ(Text(schedule.TakeDue(At(4))), "slow@2");
}

TEST(ScheduleTest, APointIsLookedAtSoonAfterItArrivedAsOfItsOwnTime) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  schedule.Arrived(kApp, At(2.9), At(3));
  schedule.Arrived(kApp, At(3.1), At(3.15));
  EXPECT_EQ(*schedule.NextDue(), At(3.2));
  EXPECT_EQ(Text(schedule.TakeDue(At(4))), "slow@3.101");
  // The grid goes on as before.
  EXPECT_EQ(Text(schedule.TakeDue(At(62))), "fast@60 slow@60");
}

TEST(ScheduleTest, APointAfterThePeriodsEndSaysThatAllBeforeItIsThere) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  schedule.Arrived(kApp, At(60.1), At(60.15));
  EXPECT_EQ(Text(schedule.TakeDue(At(60.4))).substr(0, 20), "fast@50 slow@60 slow");
}

TEST(ScheduleTest, ALatePointIsLookedAtWithWhatIsKnownMeanwhile) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  schedule.TakeDue(At(62));
  schedule.Arrived(kApp, At(20), At(65));
  EXPECT_EQ(Text(schedule.TakeDue(At(65.2))), "slow@60");
  // One of yesterday changes nothing.
  schedule.Arrived(kApp, At(-86'400), At(66));
  EXPECT_EQ(Text(schedule.TakeDue(At(67))), "");
}

TEST(ScheduleTest, APointOfAClockThatIsAheadCountsAsOfWhenItIsLookedAt) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  schedule.Arrived(kApp, At(500), At(3));
  EXPECT_EQ(Text(schedule.TakeDue(At(3.2))), "slow@3.200");
  // A point of this very moment is one of those that are looked at.
  schedule.Arrived(kApp, At(4), At(4));
  EXPECT_EQ(Text(schedule.TakeDue(At(4.2))), "slow@4.1");
}

TEST(ScheduleTest, OnlyAlarmsThatReadTheSeriesAreTouched) {
  std::vector<policy::AlarmDocument> alarms = Two();
  alarms.push_back(alarms[0]);
  alarms[2].dimensions["instance"] = "a";
  alarms.push_back({.name = "composite", .rule = "ALARM(slow)"});
  const Schedule schedule(alarms);
  const auto touched = [&schedule](Labels labels) { return schedule.Touched(labels); };
  using Indices = std::vector<size_t>;
  EXPECT_EQ(touched(kApp), Indices{0});
  EXPECT_EQ(touched({{"__name__", "CPUUtilization"}, {"job", "x"}}), Indices{1});
  EXPECT_EQ(touched({{"ServiceName", "app"}, {"__name__", "CPUUtilization"}, {"instance", "a"}}),
            (Indices{0, 2}));
  EXPECT_EQ(touched({{"ClusterName", "c"}, {"ServiceName", "app"}, {"__name__", "CPUUtilization"}}),
            Indices{});
  EXPECT_EQ(touched({{"ServiceName", "app"}, {"__name__", "MemoryUtilization"}}), Indices{});
  EXPECT_TRUE(schedule.Reads("CPUUtilization"));
  EXPECT_FALSE(schedule.Reads("MemoryUtilization"));
}

TEST(ScheduleTest, AnExpressionIsLookedAtWithEachOfItsMetrics) {
  std::vector<policy::AlarmDocument> alarms = Two();
  alarms.resize(1);
  alarms[0].queries = {{.id = "m1", .metric = "Errors"},
                       {.id = "m2", .metric = "Requests"},
                       {.id = "e1", .expression = "m1 / m2", .return_data = true}};
  const Schedule schedule(alarms);
  EXPECT_EQ(schedule.Touched(Labels{{"__name__", "Errors"}}), std::vector<size_t>{0});
  EXPECT_EQ(schedule.Touched(Labels{{"__name__", "Requests"}}), std::vector<size_t>{0});
  EXPECT_FALSE(schedule.Reads("CPUUtilization"));
}

TEST(ScheduleTest, GridPointsThatWereSleptThroughAreOne) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  EXPECT_EQ(Text(schedule.TakeDue(At(3601))), "fast@3590 slow@3540");
  EXPECT_EQ(*schedule.NextDue(), At(3602));
}

TEST(ScheduleTest, AClockSetBackStopsNothing) {
  Schedule schedule(Two());
  schedule.TakeDue(At(7200));
  EXPECT_EQ(Text(schedule.TakeDue(At(1))), "slow@1 fast@1");
  EXPECT_EQ(*schedule.NextDue(), At(12));
}

TEST(ScheduleTest, CompositeAlarmsFollowOthersOnly) {
  std::vector<policy::AlarmDocument> alarms(1);
  alarms[0].rule = "ALARM(slow)";
  const Schedule schedule(alarms);
  EXPECT_EQ(schedule.NextDue(), std::nullopt);
}

}  // namespace
}  // namespace hinomi::alarms
