#include "alarms/schedule.h"

#include <gtest/gtest.h>

namespace hinomi::alarms {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;
using Names = std::vector<std::string>;

// On a whole minute.
const Instant kMinute = Instant::FromSeconds(1'700'000'040);
Instant At(int64_t seconds) {
  return kMinute + Duration::Seconds(seconds);
}

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

TEST(ScheduleTest, LongPeriodsAreEvaluatedEachMinuteAndShortOnesEachTenSeconds) {
  Schedule schedule(Two());
  EXPECT_EQ(schedule.TakeDue(At(5)), (Names{"slow", "fast"}));
  std::vector<std::pair<int64_t, std::string>> seen;
  while (*schedule.NextDue() <= At(61)) {
    const Instant due = *schedule.NextDue();
    for (const std::string& name : schedule.TakeDue(due))
      seen.emplace_back((due - kMinute).seconds(), name);
  }
  EXPECT_EQ(seen, (std::vector<std::pair<int64_t, std::string>>{{10, "fast"},
                                                                {20, "fast"},
                                                                {30, "fast"},
                                                                {40, "fast"},
                                                                {50, "fast"},
                                                                {60, "slow"},
                                                                {60, "fast"}}));
}

TEST(ScheduleTest, AnArrivingPointBringsTheEvaluationForwardWithinASecond) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  schedule.Arrived("CPUUtilization", Labels{{"ServiceName", "app"}, {"job", "x"}}, At(3));
  schedule.Arrived("CPUUtilization", Labels{{"ServiceName", "app"}, {"job", "x"}},
                   At(3) + Duration::Millis(150));
  EXPECT_EQ(*schedule.NextDue(), At(3) + Duration::Millis(200));
  EXPECT_EQ(schedule.TakeDue(At(4)), (Names{"slow", "fast"}));
  // The grid goes on as before.
  EXPECT_EQ(schedule.TakeDue(At(60)), (Names{"fast", "slow"}));
}

TEST(ScheduleTest, OnlyAlarmsThatReadTheSeriesAreTouched) {
  const Schedule schedule(Two());
  EXPECT_EQ(schedule.Touched("CPUUtilization", Labels{{"ServiceName", "app"}}),
            (Names{"slow", "fast"}));
  EXPECT_EQ(schedule.Touched("CPUUtilization", Labels{{"ServiceName", "other"}}), (Names{"fast"}));
  EXPECT_EQ(schedule.Touched("MemoryUtilization", Labels{{"ServiceName", "app"}}), Names{});
}

TEST(ScheduleTest, GridPointsThatWereSleptThroughAreOne) {
  Schedule schedule(Two());
  schedule.TakeDue(At(1));
  EXPECT_EQ(schedule.TakeDue(At(3600)), (Names{"fast", "slow"}));
  EXPECT_EQ(*schedule.NextDue(), At(3610));
}

TEST(ScheduleTest, AClockSetBackStopsNothing) {
  Schedule schedule(Two());
  schedule.TakeDue(At(7200));
  EXPECT_EQ(schedule.TakeDue(At(1)), (Names{"slow", "fast"}));
  EXPECT_EQ(*schedule.NextDue(), At(10));
}

}  // namespace
}  // namespace hinomi::alarms
