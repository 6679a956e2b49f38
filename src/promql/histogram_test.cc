// Native histograms through the engine, as small scripts.
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/native_histogram_buckets.h"
#include "promql/engine.h"
#include "promql/impl/native_quantile.h"
#include "promql/testing.h"

namespace hinomi::promql {
namespace {

void Passes(std::string_view script) {
  const ScriptOutcome outcome = RunScript(script);
  for (const std::string& failure : outcome.failures) ADD_FAILURE() << failure;
  EXPECT_GT(outcome.passed, 0);
}

metrics::Labels Named() {
  metrics::Labels labels;
  labels.Set("__name__", "h");
  return labels;
}

metrics::NativeHistogramPtr Made(double count, size_t buckets) {
  auto out = std::make_shared<metrics::NativeHistogram>();
  out->count = out->sum = count * static_cast<double>(buckets);
  for (size_t i = 0; i < buckets; ++i) out->positive.push_back({static_cast<int32_t>(i), count});
  return out;
}

TEST(HistogramQueryTest, FunctionsOfNumbersLeaveHistogramsOut) {
  Passes(R"(
load 1m
  x{kind="histogram"} {{count:3 sum:5 buckets:[1 2]}}
  x{kind="number"} -2

eval instant at 0 abs(x)
  {kind="number"} 2

eval instant at 0 clamp(x, -1, 1)
  {kind="number"} -1

eval instant at 0 sort(x)
  x{kind="number"} -2

eval instant at 0 scalar(x)
  -2

eval instant at 0 histogram_count(x)
  {kind="histogram"} 3

eval instant at 0 timestamp(x)
  {kind="histogram"} 0
  {kind="number"} 0

eval instant at 0 absent(x{kind="histogram"})

eval instant at 0 label_replace(x{kind="histogram"}, "kind", "$1", "kind", "(h).*")
  x{kind="h"} {{count:3 sum:5 buckets:[1 2]}}
)");
}

TEST(HistogramQueryTest, OperatorsSayWhichTypesDoNotGoTogether) {
  Passes(R"(
load 1m
  h {{count:3 sum:5 buckets:[1 2]}}
  other {{count:4 sum:6 buckets:[1 3]}}
  custom {{schema:-53 count:3 sum:5 custom_values:[1] buckets:[1 2]}}
  n 2

eval instant at 0 h + other
  expect no_info
  {} {{count:7 sum:11 buckets:[2 5]}}

eval instant at 0 other - h
  {} {{count:1 sum:1 buckets:[0 1] counter_reset_hint:gauge}}

eval instant at 0 h + n
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)

eval instant at 0 1 > h
  expect info msg: PromQL info: incompatible sample types encountered for binary operator ">": float > histogram (1:1)

eval instant at 0 h + on() custom
  expect warn msg: PromQL warning: incompatible bucket layout encountered for binary operator + (1:1)

eval instant at 0 h == bool h
  {} 1

eval instant at 0 h != bool other
  {} 1

eval instant at 0 h == other

eval instant at 0 h and other
  h {{count:3 sum:5 buckets:[1 2]}}

eval instant at 0 n </ 1
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "</": float </ float (1:1)

eval instant at 0 1 </ 2
  expect fail
)");
}

TEST(HistogramQueryTest, AggregationsOfBothKindsHaveNoResult) {
  Passes(R"(
load 1m
  x{g="both",i="1"} {{count:3 sum:5 buckets:[1 2]}}
  x{g="both",i="2"} 7
  x{g="numbers",i="1"} 7
  x{g="numbers",i="2"} 8
  x{g="layouts",i="1"} {{count:3 sum:5 buckets:[1 2]}}
  x{g="layouts",i="2"} {{schema:-53 count:3 sum:5 custom_values:[1] buckets:[1 2]}}

eval instant at 0 sum by (g) (x{g!="layouts"})
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for aggregation (1:13)
  {g="numbers"} 15

eval instant at 0 avg by (g) (x{g="layouts"})
  expect warn msg: PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "x" (1:13)

eval instant at 0 count by (g) (x)
  {g="both"} 2
  {g="numbers"} 2
  {g="layouts"} 2

eval instant at 0 max by (g) (x)
  expect info msg: PromQL info: ignored histogram in max aggregation (1:13)
  {g="both"} 7
  {g="numbers"} 8

eval instant at 0 topk(1, x)
  expect info msg: PromQL info: ignored histogram in topk aggregation (1:1)
  x{g="numbers",i="2"} 8

eval instant at 0 count_values("v", x{i="1"})
  {v="7"} 1
  {v="{count:3, sum:5, (0.5,1]:1, (1,2]:2}"} 2
)");
}

TEST(HistogramQueryTest, WindowsOfBothKindsAreRemarkedOn) {
  Passes(R"(
load 1m
  x {{count:3 sum:5 buckets:[1 2]}} {{count:4 sum:6 buckets:[1 3]}} 5 7

eval instant at 3m sum_over_time(x[5m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "x" (1:15)

eval instant at 3m rate(x[5m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "x" (1:6)

eval instant at 3m max_over_time(x[5m])
  expect info msg: PromQL info: ignored histograms in a range containing both floats and histograms for metric name "x" (1:15)
  {} 7

eval instant at 3m quantile_over_time(2, x[5m])
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)
  expect info msg: PromQL info: ignored histograms in a range containing both floats and histograms for metric name "x" (1:20)
  {} Inf

eval instant at 1m quantile_over_time(2, x[2m])
  expect no_warn
  expect no_info

eval instant at 3m count_over_time(x[5m])
  {} 4

eval instant at 3m resets(x[5m])
  {} 1

eval instant at 3m changes(x[5m])
  {} 3

eval instant at 1m sum_over_time(x[5m])
  {} {{count:7 sum:11 buckets:[2 5]}}

eval instant at 3m idelta(x[5m])
  {} 2

eval range from 0 to 3m step 1m last_over_time(x[5m])
  x {{count:3 sum:5 buckets:[1 2]}} {{count:4 sum:6 buckets:[1 3]}} 5 7

eval instant at 3m x[5m]
  expect range vector from 0 to 3m step 1m
  x {{count:3 sum:5 buckets:[1 2]}} {{count:4 sum:6 buckets:[1 3]}} 5 7
)");
}

TEST(HistogramQueryTest, RatesCorrectForResetsAndAskForCounters) {
  Passes(R"(
load 1m
  c {{count:2 sum:2 buckets:[2]}} {{count:6 sum:6 buckets:[6]}} {{count:1 sum:1 buckets:[1]}} {{count:3 sum:3 buckets:[3]}}
  g {{count:2 sum:2 buckets:[2] counter_reset_hint:gauge}} {{count:1 sum:1 buckets:[1] counter_reset_hint:gauge}}

eval instant at 3m histogram_count(increase(c[3m1s]))
  expect no_warn
  {} 7.038888888888889

eval instant at 3m histogram_count(irate(c[3m1s]))
  {} 0.03333333333333333

eval instant at 1m delta(g[1m1s])
  expect no_warn
  {} {{count:-1.0166666666666666 sum:-1.0166666666666666 buckets:[-1.0166666666666666] counter_reset_hint:gauge}}

eval instant at 1m histogram_count(rate(g[2m]))
  expect warn msg: PromQL warning: this native histogram metric is not a counter: "g" (1:22)
  {} 0.016666666666666666

eval instant at 1m idelta(c[2m])
  expect warn msg: PromQL warning: this native histogram metric is not a gauge: "c" (1:8)
  {} {{count:4 sum:4 buckets:[4]}}
)");
}

TEST(HistogramQueryTest, AStaleMarkerEndsAHistogramSeries) {
  Passes(R"(
load 1m
  h {{count:3 sum:5 buckets:[1 2]}} stale _ {{count:4 sum:6 buckets:[1 3]}}

eval range from 0 to 3m step 1m h
  h {{count:3 sum:5 buckets:[1 2]}} _ _ {{count:4 sum:6 buckets:[1 3]}}

eval instant at 3m count_over_time(h[5m])
  {} 2
)");
}

TEST(HistogramQueryTest, ClassicAndNativeBucketsOfOneNameAreNotMixed) {
  Passes(R"(
load 1m
  h {{count:4 sum:5 buckets:[2 2]}}
  h{le="1"} 1
  h{le="+Inf"} 2
  other {{count:4 sum:5 buckets:[2 2]}}
  other{a="b",le="1"} 1
  other{a="b",le="+Inf"} 2

eval instant at 0 histogram_quantile(0.5, h)
  expect warn msg: PromQL warning: vector contains a mix of classic and native histograms for metric name "h" (1:25)

eval instant at 0 histogram_quantile(0.5, other)
  expect no_warn
  {} 1
  {a="b"} 1
)");
}

TEST(HistogramQueryTest, SubqueriesForgetWhatIsKnownOfResets) {
  Passes(R"(
load 1m
  h {{count:1 sum:1 buckets:[1]}}+{{count:1 sum:1 buckets:[1]}}x3

eval instant at 3m last_over_time(h[3m])
  h {{count:4 sum:4 buckets:[4] counter_reset_hint:not_reset}}

eval instant at 3m last_over_time(h[3m:1m])
  h {{count:4 sum:4 buckets:[4] counter_reset_hint:unknown}}
)");
}

TEST(HistogramQueryTest, LiftedClassicCountsAreDescribed) {
  Passes(R"(
load 1m
  h{le="1"} 5 5
  h{le="100000"} 3 2
  h{le="+Inf"} 6 6

eval range from 0 to 1m step 1m histogram_quantile(0.5, h)
  expect info msg: PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "h", from buckets 100000 to 100000, with a max diff of 3, over 2 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:25)
  {} 0.6 0.6
)");
}

TEST(HistogramQueryTest, ExtendedRangesShowTheirEdges) {
  Passes(R"(
load 10s
  x 0 10 20 30
  h {{count:1 sum:1 buckets:[1]}}x3

eval instant at 25s x[10s] anchored
  expect range vector from 15s to 25s step 5s
  x 10 20 20

eval instant at 25s x[10s] smoothed
  expect range vector from 15s to 25s step 5s
  x 15 20 25

eval instant at 25s h[10s] smoothed
  expect fail msg: smoothed modifier is not supported with histograms
)");
}

TEST(HistogramQueryTest, SmoothedSelectorsLieOnALine) {
  Passes(R"(
load 10s
  h {{count:2 sum:4 buckets:[2]}} {{count:4 sum:8 buckets:[4]}} {{count:1 sum:1 buckets:[1]}}
  mixed 1 {{count:4 sum:8 buckets:[4]}}

eval instant at 5s h smoothed
  h {{count:3 sum:6 buckets:[3]}}

eval instant at 15s h smoothed
  h {{count:0.5 sum:0.5 buckets:[0.5]}}

eval instant at 30s h smoothed
  h {{count:1 sum:1 buckets:[1] counter_reset_hint:unknown}}

eval instant at 5s mixed smoothed
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:1)

eval instant at 15s increase(h[10s] smoothed)
  {} {{count:1.5 sum:2.5 buckets:[1.5] counter_reset_hint:gauge}}

eval instant at 10s increase(h[10s] anchored)
  {} {{count:2 sum:4 buckets:[2] counter_reset_hint:gauge}}
)");
}

TEST(HistogramQueryTest, TheMemoryOfHistogramsCounts) {
  MemoryQueryable store;
  const metrics::Labels labels = Named();
  for (int i = 0; i < 60; ++i) store.Add(labels, i * 60'000, Made(i + 1, 100));
  QueryLimits limits;
  limits.max_samples = 1000;  // 60 samples, but each takes as much as about a hundred.
  const auto refused = RangeQuery(store, "rate(h[5m])", 0, 3'540'000, 60'000, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  limits.max_samples = 20'000;
  EXPECT_TRUE(RangeQuery(store, "rate(h[5m])", 0, 3'540'000, 60'000, limits));
}

TEST(NativeQuantileTest, NanObservationsAreSaid) {
  metrics::NativeHistogram h = *Made(2, 2);  // (0.5, 1] and (1, 2], 2 each, and one NaN.
  h.count = 5;
  h.sum = std::nan("");
  EXPECT_EQ(NativeQuantile(0.9, h).nan_effect, Estimate::NanEffect::kResultIsNan);
  EXPECT_EQ(NativeQuantile(0.4, h).nan_effect, Estimate::NanEffect::kSkewed);
  EXPECT_EQ(NativeQuantile(0.4, h).value, 1);
  EXPECT_EQ(NativeFraction(0, 100, h).nan_effect, Estimate::NanEffect::kLeftOut);
  EXPECT_EQ(NativeFraction(0, 100, h).value, 0.8);
}

TEST(NativeQuantileTest, AFractionIsTheInverseOfAQuantile) {
  metrics::NativeHistogram h = *Made(3, 6);
  h.zero_threshold = 0.1;
  h.zero_count = 2;
  h.negative = {{1, 4}, {2, 1}};
  h.count += 7;
  for (const double q : {0.01, 0.1, 0.25, 0.5, 0.7, 0.99}) {
    EXPECT_NEAR(NativeFraction(-1e9, NativeQuantile(q, h).value, h).value, q, 1e-12) << q;
  }
}

}  // namespace
}  // namespace hinomi::promql
