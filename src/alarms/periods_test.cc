#include "alarms/periods.h"

#include <gtest/gtest.h>

#include <string>

namespace hinomi::alarms {
namespace {

std::string Edges(const policy::AlarmDocument& alarm, const char* at, int count) {
  std::string text;
  for (const Instant edge : PeriodEdges(alarm, *ParseRfc3339(at), count))
    text += (text.empty() ? "" : " ") + FormatRfc3339(edge).substr(5, 11);
  return text;
}

TEST(PeriodsTest, PeriodsAreCountedBackFromTheEvaluation) {
  policy::AlarmDocument alarm;
  alarm.period = Duration::Minutes(5);
  EXPECT_EQ(Edges(alarm, "2026-11-24T03:05:00Z", 1), "11-24T03:00 11-24T03:05");
  EXPECT_EQ(Edges(alarm, "2026-11-24T03:06:00Z", 2), "11-24T02:56 11-24T03:01 11-24T03:06");
}

TEST(PeriodsTest, AWallClockHasWholePeriodsOfItsZoneOnly) {
  policy::AlarmDocument alarm;
  alarm.period = Duration::Days(1);
  alarm.wall_clock_zone = "Asia/Tokyo";
  EXPECT_EQ(Edges(alarm, "2026-11-24T03:06:00Z", 1), "11-22T15:00 11-23T15:00");
  EXPECT_EQ(Edges(alarm, "2026-11-23T15:00:00Z", 1), "11-22T15:00 11-23T15:00");
  alarm.period = Duration::Hours(1);
  alarm.wall_clock_zone = "+05:45";
  EXPECT_EQ(Edges(alarm, "2026-11-24T03:14:59Z", 2), "11-24T00:15 11-24T01:15 11-24T02:15");
}

TEST(PeriodsTest, ADayOnWhichClocksAreChangedHasItsOwnLength) {
  policy::AlarmDocument alarm;
  alarm.period = Duration::Days(1);
  alarm.wall_clock_zone = "Europe/Berlin";
  EXPECT_EQ(Edges(alarm, "2026-10-27T00:00:00Z", 3),
            "10-23T22:00 10-24T22:00 10-25T23:00 10-26T23:00");
  EXPECT_EQ(Edges(alarm, "2026-03-30T12:00:00Z", 2), "03-27T23:00 03-28T23:00 03-29T22:00");
}

}  // namespace
}  // namespace hinomi::alarms
