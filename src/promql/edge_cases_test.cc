#include <gtest/gtest.h>

#include "promql/testing.h"

// Answers that were once others than Prometheus', each found by a random query (see
// obvious_evaluator_test.cc).
namespace hinomi::promql {
namespace {

void ExpectAll(std::string_view script) {
  const ScriptOutcome outcome = RunScript(script);
  EXPECT_GT(outcome.passed, 0);
  for (const std::string& failure : outcome.failures) ADD_FAILURE() << failure;
}

TEST(EdgeCasesTest, FarFewerThanOneOfTheGreatestAreNone) {
  ExpectAll(R"(
load 1m
  x{a="1"} 1 1
  x{a="2"} 2 2

eval instant at 1m topk(-Inf, x)

eval instant at 1m bottomk(-1e300, x)

eval instant at 1m limitk(-Inf, x)

eval instant at 1m topk(NaN, x)
  expect fail
)");
}

TEST(EdgeCasesTest, CountValuesWithoutTheLabelOfTheValuesCountsAllOfThem) {
  ExpectAll(R"(
load 1m
  x{v="a",job="one"} 1 1
  x{v="b",job="one"} 2 2
  x{v="c",job="two"} 2 2

eval instant at 1m count_values without (v) ("v", x)
  {job="one"} 2
  {job="two"} 1

eval instant at 1m count_values without (job) ("job", x)
  {v="a"} 1
  {v="b"} 1
  {v="c"} 1

eval instant at 1m count_values without () ("__name__", x)
  {v="a",job="one"} 1
  {v="b",job="one"} 1
  {v="c",job="two"} 1
)");
}

TEST(EdgeCasesTest, AnInfiniteBoundHoldsNanToo) {
  ExpectAll(R"(
load 1m
  x NaN NaN

eval instant at 1m clamp_min(x, Inf)
  {} Inf

eval instant at 1m clamp_max(x, -Inf)
  {} -Inf

eval instant at 1m clamp(x, -Inf, Inf)
  {} NaN

eval instant at 1m clamp(x, Inf, NaN)
  {} Inf
)");
}

TEST(EdgeCasesTest, AQuantileOfBucketsThatAreNanIsSoughtByHalves) {
  ExpectAll(R"(
load 1m
  all_bucket{le="0.1"} 1 1
  all_bucket{le="0.5"} 2 2
  all_bucket{le="+Inf"} NaN NaN
  some_bucket{le="0.1"} 5 5
  some_bucket{le="0.2"} NaN NaN
  some_bucket{le="0.5"} NaN NaN
  some_bucket{le="+Inf"} 9 9

eval instant at 1m histogram_quantile(0.5, all_bucket)
  {} 0.5

eval instant at 1m histogram_quantile(0.1, some_bucket)
  {} 0.5
)");
}

// The two large losses together are no double any more; one after the other each makes up for
// the other end.
TEST(EdgeCasesTest, LossesAtResetsAreAddedInTheirOrder) {
  ExpectAll(R"(
load 1m
  x_total 1e308 2 1e308 3

eval instant at 3m increase(x_total[4m])
  {} 1.3333333333333333e308
)");
}

TEST(EdgeCasesTest, AFractionOfBucketsThatFallIsAtMostAll) {
  ExpectAll(R"(
load 1m
  b_bucket{le="0.1"} 1 1
  b_bucket{le="0.5"} 8 8
  b_bucket{le="+Inf"} 4 4

eval instant at 1m histogram_fraction(0, 0.5, b_bucket)
  {} 1

eval instant at 1m histogram_fraction(0.5, 1, b_bucket)
  {} 0
)");
}

// Between one sample and the next a counter begins anew once, however narrow the window is.
TEST(EdgeCasesTest, ASmoothedIncreaseWithinAResetIsThatFromZero) {
  ExpectAll(R"(
load 1m
  x_total 100 12

eval instant at 40s increase(x_total[20s] smoothed)
  {} 4

eval instant at 40s rate(x_total[20s] smoothed)
  {} 0.2

eval instant at 90s increase(x_total[1m] smoothed)
  {} 6
)");
}

TEST(EdgeCasesTest, AbsentOverTimeKnowsNoAnchoredOrSmoothedRanges) {
  ExpectAll(R"(
load 1m
  x 1 1

eval instant at 1m absent_over_time(nothing[1m] anchored)
  expect fail

eval instant at 1m absent_over_time(nothing[1m] smoothed)
  expect fail
)");
}

// At 1m there is x, later the count of it: two series of the same labels, and one window.
TEST(EdgeCasesTest, AWindowOverASubqueryHoldsOneSeriesWhereverItsValuesCameFrom) {
  ExpectAll(R"(
load 1m
  x 1 2 stale

eval instant at 4m count_over_time((-(x or count_over_time(x[5m])))[4m:1m])
  {} 4
)");
}

}  // namespace
}  // namespace hinomi::promql
