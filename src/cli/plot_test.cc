#include "cli/plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace hinomi::cli {
namespace {

const double kNan = std::nan("");

TEST(PlotTest, ALineRisesFromTheLowerLeft) {
  const std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(DrawPlot(values, ScaleOf(values), {.columns = 4, .rows = 2}),
            "         7 │  ⣠⠞\n"
            "         0 │⣠⠞⠁\n");
}

TEST(PlotTest, WhatIsNotFiniteIsAGap) {
  const std::vector<double> values{1, 1, kNan, INFINITY, 1, 1};
  EXPECT_EQ(DrawPlot(values, {0, 1}, {.columns = 3, .rows = 1}), "         1 │⠉ ⠉\n");
}

TEST(PlotTest, ManyValuesOfOneDotShowHowFarTheyReach) {
  std::vector<double> values(1000, 0);
  values[501] = 3;
  EXPECT_EQ(DrawPlot(values, ScaleOf(values), {.columns = 2, .rows = 1}), "         3 │⣀⣇\n");
}

TEST(PlotTest, AnEvenLineLiesInTheMiddleAndNothingIsAnEmptyPlot) {
  const PlotScale even = ScaleOf(std::vector<double>{8, 8});
  EXPECT_EQ(even.low, 4);
  EXPECT_EQ(even.high, 12);
  EXPECT_EQ(DrawPlot({}, ScaleOf({}), {.columns = 3, .rows = 2}), "         1 │\n         0 │\n");
  EXPECT_EQ(DrawPlot(std::vector<double>{kNan}, {}, {.columns = 3, .rows = 1}), "         1 │\n");
}

}  // namespace
}  // namespace hinomi::cli
