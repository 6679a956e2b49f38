#include "metrics/statistic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

std::optional<double> Of(const std::string& name, std::vector<double> samples) {
  const auto statistic = Statistic::Parse(name);
  EXPECT_TRUE(statistic) << name;
  return statistic ? statistic->Of(samples) : std::nullopt;
}

std::vector<double> OneTo(int n) {
  std::vector<double> samples(static_cast<size_t>(n));
  std::iota(samples.rbegin(), samples.rend(), 1);
  return samples;
}

TEST(StatisticTest, EachOfTheSamplesOneToTen) {
  const struct {
    const char* name;
    double value;
  } cases[] = {
      {"Average", 5.5},
      {"Sum", 55},
      {"Minimum", 1},
      {"Maximum", 10},
      {"SampleCount", 10},
      {"p50", 5.5},
      {"p0", 1},
      {"p100", 10},
      {"p99.9", 9.991},
      {"tm90", 5},
      {"tc90", 9},
      {"ts90", 45},
      {"wm90", 5.4},
      {"IQM", 5.5},
      {"tm100", 5.5},
      {"TM(10%:90%)", 5.5},
      {"TM(:90%)", 5},
      {"TM(10%:)", 6},
      {"TM(2:4)", 3.5},
      {"TM(:4)", 2.5},
      {"TM(8:)", 9.5},
      {"TC(2:4)", 2},
      {"TC(10%:90%)", 8},
      {"TC(100:200)", 0},
      {"TS(2:4)", 7},
      {"TS(80%:)", 19},
      {"WM(10%:90%)", 5.5},
      {"WM(3:8)", 5.5},
      {"WM(3:)", 5.8},
      {"PR(:3)", 30},
      {"PR(3:8)", 50},
      {"PR(8:)", 20},
      {"PR(0.5:1.0000)", 10},
      {"TC(-5:5)", 5},
  };
  for (const auto& c : cases) {
    const auto value = Of(c.name, OneTo(10));
    ASSERT_TRUE(value) << c.name;
    EXPECT_NEAR(*value, c.value, 1e-9) << c.name;
  }
}

TEST(StatisticTest, WhatABoundCutsCountsWithItsRest) {
  // The middle half of 1..5 begins a quarter of the way into 2: 0.75 of 2, 3, 0.75 of 4.
  EXPECT_NEAR(*Of("TC(25%:75%)", OneTo(5)), 2.5, 1e-12);
  EXPECT_NEAR(*Of("IQM", OneTo(5)), 3, 1e-12);
  EXPECT_NEAR(*Of("tm50", OneTo(5)), (1 + 2 + 0.5 * 3) / 2.5, 1e-12);
  EXPECT_NEAR(*Of("wm50", OneTo(5)), (1 + 2 + 3 + 3 + 3) / 5.0, 1e-12);
}

TEST(StatisticTest, OneSampleIsItsOwnMeanWhateverIsTrimmed) {
  for (const char* name : {"p1", "p99", "tm1", "tm99", "IQM", "wm1", "WM(90%:95%)", "TM(40%:50%)"})
    EXPECT_NEAR(*Of(name, {7}), 7, 1e-12) << name;
}

TEST(StatisticTest, AMeanOfNothingIsNothing) {
  EXPECT_EQ(Of("TM(100:200)", OneTo(10)), std::nullopt);
  EXPECT_EQ(Of("TS(100:200)", OneTo(10)), 0);
  EXPECT_EQ(Of("PR(100:)", OneTo(10)), 0);
}

TEST(StatisticTest, InfinitiesAndNegativesHaveTheirOrder) {
  EXPECT_EQ(Of("p100", {1, HUGE_VAL, -HUGE_VAL}), HUGE_VAL);
  EXPECT_EQ(Of("p50", {HUGE_VAL, HUGE_VAL}), HUGE_VAL);
  EXPECT_EQ(Of("p50", {-3, -1, -2}), -2);
  EXPECT_EQ(Of("TM(:0)", {-4, -2, 5}), -3);
}

TEST(StatisticTest, WhatIsNoneIsRefusedWithTheKnownOnes) {
  for (const char* name :
       {"",           "average",     "p101",        "p-1",       "px",
        "p",          "p1e1",        "Median",      "tm",        "tm0",
        "tm101",      "TM90",        "iqm",         "IQM(1:2)",  "TM()",
        "TM(:)",      "TM(10%:90)",  "TM(90%:10%)", "TM(5:5)",   "TM(1:2",
        "TM(a:b)",    "PR(10%:20%)", "PR(5)",       "TM(1:2:3)", "p99.99999999999",
        "TC(0%:101%)"}) {
    const auto statistic = Statistic::Parse(name);
    ASSERT_FALSE(statistic) << name;
    EXPECT_THAT(statistic.error().message, HasSubstr("Average, Sum")) << name;
  }
}

}  // namespace
}  // namespace hinomi::metrics
