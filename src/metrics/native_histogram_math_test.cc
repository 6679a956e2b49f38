#include "metrics/native_histogram_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metrics/native_histogram_buckets.h"

namespace hinomi::metrics {
namespace {

using Buckets = std::vector<NativeHistogram::Bucket>;
using ResetHint = NativeHistogram::ResetHint;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Of a schema, with positive buckets from index 1 on; count and sum as they come.
NativeHistogram WithSchema(int32_t schema, std::vector<double> counts) {
  NativeHistogram out;
  out.schema = schema;
  for (size_t i = 0; i < counts.size(); ++i) {
    out.positive.push_back({static_cast<int32_t>(i) + 1, counts[i]});
    out.count += counts[i];
  }
  out.sum = out.count;
  return out;
}

NativeHistogram WithCustomBounds(std::vector<double> bounds, std::vector<double> counts) {
  NativeHistogram out = WithSchema(0, std::move(counts));
  for (NativeHistogram::Bucket& bucket : out.positive) --bucket.index;
  out.schema = kCustomBucketsSchema;
  out.custom_values = std::move(bounds);
  return out;
}

NativeHistogram Added(const NativeHistogram& a, const NativeHistogram& b) {
  NativeHistogramSum sum(a);
  EXPECT_TRUE(sum.Add(b).compatible);
  return sum.Result();
}

TEST(NativeHistogramBucketsTest, BoundsArePowersOfTheSchemasBase) {
  EXPECT_EQ(ExponentialBound(0, 0), 1);
  EXPECT_EQ(ExponentialBound(0, 3), 8);
  EXPECT_EQ(ExponentialBound(0, -2), 0.25);
  EXPECT_EQ(ExponentialBound(-2, 1), 16);
  EXPECT_EQ(ExponentialBound(1, 1), std::sqrt(2));
  EXPECT_EQ(ExponentialBound(2, -4), 0.5);
  EXPECT_NEAR(ExponentialBound(8, 1), std::pow(2, 1.0 / 256), 1e-15);
}

TEST(NativeHistogramBucketsTest, TheLastFiniteBucketEndsAtTheLargestDouble) {
  EXPECT_EQ(ExponentialBound(0, 1024), std::numeric_limits<double>::max());
  EXPECT_EQ(ExponentialBound(-4, 64), std::numeric_limits<double>::max());
  EXPECT_EQ(ExponentialBound(8, 1024 * 256), std::numeric_limits<double>::max());
  EXPECT_EQ(ExponentialBound(0, 1025), kInfinite);
  EXPECT_EQ(ExponentialBound(8, std::numeric_limits<int32_t>::min()), 0);
}

TEST(NativeHistogramBucketsTest, AllComeInOrderAndEndAtTheZeroBucket) {
  NativeHistogram h = WithSchema(0, {2});
  h.positive.front().index = 0;  // (0.5, 1]
  h.negative = {{0, 3}, {1, 4}};
  h.zero_threshold = 0.75;
  h.zero_count = 1;
  const std::vector<BoundedBucket> all = AllBuckets(h);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].lower, -2);
  EXPECT_EQ(all[0].upper, -1);
  EXPECT_EQ(all[1].upper, -0.75);
  EXPECT_EQ(all[2].lower, -0.75);
  EXPECT_EQ(all[3].lower, 0.75);
  EXPECT_EQ(all[3].upper, 1);
}

TEST(NativeHistogramBucketsTest, TheTextIsThatOfPrometheus) {
  NativeHistogram h = WithSchema(0, {2, 0, 123456789});
  h.negative = {{1, 0.5}};
  h.zero_threshold = 0.00001;
  h.zero_count = 1;
  h.sum = -100000;
  h.count = 7;
  EXPECT_EQ(ToText(h),
            "{count:7, sum:-100000, [-2,-1):0.5, [-1e-05,1e-05]:1, (1,2]:2, (4,8]:1.23456789e+08}");
  EXPECT_EQ(ToText(WithCustomBounds({5, 10}, {1, 2, 3})),
            "{count:6, sum:6, [-Inf,5]:1, (5,10]:2, (10,+Inf]:3}");
  EXPECT_EQ(ToText({}), "{count:0, sum:0}");
}

TEST(NativeHistogramMathTest, BucketsThatOnlyOneHasAreInserted) {
  const NativeHistogram sum = Added(WithSchema(0, {1, 0, 3}), WithSchema(0, {0, 5, 1, 7}));
  EXPECT_EQ(sum.positive, (Buckets{{1, 1}, {2, 5}, {3, 4}, {4, 7}}));
  EXPECT_EQ(sum.count, 17);
}

TEST(NativeHistogramMathTest, TheCoarserResolutionWins) {
  // Schema 1's buckets 1 to 4 are (1, √2], (√2, 2], (2, 2√2], (2√2, 4].
  const NativeHistogram fine = WithSchema(1, {1, 2, 3, 4});
  for (const NativeHistogram& sum :
       {Added(fine, WithSchema(0, {10})), Added(WithSchema(0, {10}), fine)}) {
    EXPECT_EQ(sum.schema, 0);
    EXPECT_EQ(sum.positive, (Buckets{{1, 13}, {2, 7}}));
  }
}

TEST(NativeHistogramMathTest, AWiderZeroBucketTakesInWhatItCuts) {
  NativeHistogram wide = WithSchema(0, {});
  wide.zero_threshold = 1.5;
  wide.zero_count = 4;
  const NativeHistogram narrow = WithSchema(0, {1, 2, 3});  // (1, 2] is cut.
  for (const NativeHistogram& sum : {Added(wide, narrow), Added(narrow, wide)}) {
    EXPECT_EQ(sum.zero_threshold, 2);
    EXPECT_EQ(sum.zero_count, 5);
    EXPECT_EQ(sum.positive, (Buckets{{2, 2}, {3, 3}}));
  }
}

TEST(NativeHistogramMathTest, AZeroBucketGrowsUntilItCutsNothingOnEitherSide) {
  NativeHistogram wide;
  wide.zero_threshold = 1.5;
  NativeHistogram both = WithSchema(1, {1});  // (1, √2] lies inside.
  both.negative = {{2, 5}, {3, 7}};           // [-2, -√2) is cut, [-2√2, -2) is not.
  const NativeHistogram sum = Added(wide, both);
  EXPECT_EQ(sum.zero_threshold, 2);
  EXPECT_EQ(sum.zero_count, 6);
  EXPECT_TRUE(sum.positive.empty());
  EXPECT_EQ(sum.negative, (Buckets{{2, 7}}));  // In schema 0.
}

TEST(NativeHistogramMathTest, OfCustomBoundsThatDifferTheCommonOnesAreLeft) {
  NativeHistogramSum sum(WithCustomBounds({2, 4, 6}, {1, 2, 5, 7}));
  const HistogramMerge merge = sum.Add(WithCustomBounds({2, 3, 6}, {1, 0, 1, 5}));
  EXPECT_TRUE(merge.compatible);
  EXPECT_TRUE(merge.bounds_reconciled);
  const NativeHistogram result = sum.Result();
  EXPECT_EQ(result.custom_values, (std::vector<double>{2, 6}));
  EXPECT_EQ(result.positive, (Buckets{{0, 2}, {1, 8}, {2, 12}}));
}

TEST(NativeHistogramMathTest, CustomAndExponentialBucketsDoNotGoTogether) {
  const NativeHistogram before = WithSchema(0, {1});
  NativeHistogramSum sum(before);
  EXPECT_FALSE(sum.Add(WithCustomBounds({2}, {1, 2})).compatible);
  EXPECT_EQ(sum.Result(), before);
}

TEST(NativeHistogramMathTest, ADifferenceLeavesNoEmptyBuckets) {
  NativeHistogramSum sum(WithSchema(0, {1, 2, 3}));
  sum.Subtract(WithSchema(0, {1, 1, 4}));
  EXPECT_EQ(sum.Result().positive, (Buckets{{2, 1}, {3, -1}}));
}

TEST(NativeHistogramMathTest, SumsAreCompensatedInEveryNumber) {
  NativeHistogramSum sum(WithSchema(0, {1}));
  for (const double count : {1e100, 1.0, -1e100}) sum.Add(WithSchema(0, {count}));
  const NativeHistogram result = sum.Result();
  EXPECT_EQ(result.positive, (Buckets{{1, 2}}));
  EXPECT_EQ(result.count, 2);
  EXPECT_EQ(result.sum, 2);
}

TEST(NativeHistogramMathTest, AMeanDoesNotOverflow) {
  constexpr double kMost = std::numeric_limits<double>::max();
  NativeHistogramMean mean(WithSchema(0, {kMost}));
  for (int i = 0; i < 3; ++i) mean.Add(WithSchema(0, {kMost}));
  EXPECT_NEAR(mean.Result().count / kMost, 1, 1e-12);
  NativeHistogramMean small(WithSchema(0, {1}));
  small.Add(WithSchema(0, {2}));
  EXPECT_EQ(small.Result().count, 1.5);
}

TEST(NativeHistogramMathTest, HintsSayWhatIsKnownOfBoth) {
  const auto hint = [](ResetHint a, ResetHint b, bool collides = false) {
    NativeHistogram x = WithSchema(0, {1}), y = x;
    x.reset_hint = a;
    y.reset_hint = b;
    NativeHistogramSum sum(x);
    EXPECT_EQ(sum.Add(y).reset_collision, collides);
    return sum.Result().reset_hint;
  };
  EXPECT_EQ(hint(ResetHint::kNoReset, ResetHint::kNoReset), ResetHint::kNoReset);
  EXPECT_EQ(hint(ResetHint::kNoReset, ResetHint::kUnknown), ResetHint::kUnknown);
  EXPECT_EQ(hint(ResetHint::kUnknown, ResetHint::kReset), ResetHint::kUnknown);
  EXPECT_EQ(hint(ResetHint::kReset, ResetHint::kGauge), ResetHint::kGauge);
  EXPECT_EQ(hint(ResetHint::kGauge, ResetHint::kNoReset), ResetHint::kGauge);
  EXPECT_EQ(hint(ResetHint::kReset, ResetHint::kNoReset, true), ResetHint::kUnknown);
}

TEST(NativeHistogramMathTest, DivisionByZeroLeavesNoBuckets) {
  NativeHistogram h = WithSchema(0, {1, 2});
  h.zero_count = 1;
  const NativeHistogram divided = Divided(h, 0);
  EXPECT_EQ(divided.count, kInfinite);
  EXPECT_EQ(divided.zero_count, kInfinite);
  EXPECT_TRUE(divided.positive.empty());
  EXPECT_EQ(Scaled(h, -2).reset_hint, ResetHint::kGauge);
  EXPECT_EQ(Scaled(h, -2).positive, (Buckets{{1, -2}, {2, -4}}));
}

TEST(NativeHistogramResetTest, AnyFallIsAReset) {
  const NativeHistogram before = WithSchema(0, {1, 2, 3});
  EXPECT_FALSE(FollowsReset(before, before));
  EXPECT_FALSE(FollowsReset(WithSchema(0, {1, 3, 3, 1}), before));
  EXPECT_TRUE(FollowsReset(WithSchema(0, {2, 1, 9}), before));
  EXPECT_TRUE(FollowsReset(WithSchema(0, {0, 5, 5}), before));
  EXPECT_TRUE(FollowsReset(WithSchema(1, {9, 9, 9, 9, 9, 9}), before));  // Finer.
  EXPECT_TRUE(FollowsReset(WithCustomBounds({1}, {9, 9}), before));
}

TEST(NativeHistogramResetTest, ACoarserLayoutIsNone) {
  const NativeHistogram before = WithSchema(1, {1, 2, 3, 4});
  EXPECT_FALSE(FollowsReset(WithSchema(0, {3, 7}), before));
  EXPECT_TRUE(FollowsReset(WithSchema(0, {2, 9}), before));
  NativeHistogram wider = WithSchema(0, {0, 7});
  wider.zero_threshold = 2;
  wider.zero_count = 3;
  wider.count += 3;
  EXPECT_FALSE(FollowsReset(wider, before));
  wider.zero_count = 2;
  EXPECT_TRUE(FollowsReset(wider, before));
  wider.zero_count = 9;
  wider.zero_threshold = 1.9;  // Within a populated bucket.
  EXPECT_TRUE(FollowsReset(wider, before));
  EXPECT_TRUE(FollowsReset(before, wider));
}

TEST(NativeHistogramResetTest, CustomBoundsAreComparedWhereBothHaveThem) {
  const NativeHistogram before = WithCustomBounds({2, 4, 6}, {1, 2, 5, 7});
  EXPECT_FALSE(FollowsReset(WithCustomBounds({2, 3, 4, 6}, {1, 0, 2, 5, 8}), before));
  EXPECT_TRUE(FollowsReset(WithCustomBounds({2, 3, 4, 6}, {1, 0, 1, 6, 8}), before));
}

TEST(NativeHistogramResetTest, AHintDecides) {
  NativeHistogram h = WithSchema(0, {1});
  const NativeHistogram before = WithSchema(0, {5});
  h.reset_hint = ResetHint::kNoReset;
  EXPECT_FALSE(FollowsReset(h, before));
  h.reset_hint = ResetHint::kReset;
  EXPECT_TRUE(FollowsReset(h, h));
}

TEST(NativeHistogramCompareTest, HintsAndEmptyBucketsDoNotCount) {
  NativeHistogram a = WithSchema(0, {1, 0, 2}), b = a;
  b.positive = {{1, 1}, {3, 2}};
  b.reset_hint = ResetHint::kGauge;
  EXPECT_TRUE(SameData(a, b));
  a.sum = b.sum = std::nan("");
  EXPECT_TRUE(SameData(a, b));
  b.positive.push_back({4, 1});
  EXPECT_FALSE(SameData(a, b));
  EXPECT_FALSE(SameData(WithCustomBounds({1}, {1, 1}), WithCustomBounds({2}, {1, 1})));
}

TEST(NativeHistogramTrimTest, CutsABucketWhereTheValueLies) {
  const NativeHistogram h = WithSchema(0, {4, 8});
  const NativeHistogram low = TrimmedAbove(h, std::sqrt(2)), high = TrimmedBelow(h, std::sqrt(2));
  EXPECT_NEAR(low.count, 2, 1e-12);
  EXPECT_NEAR(high.count, 10, 1e-12);
  EXPECT_NEAR(low.sum, 2 * std::pow(2, 0.25), 1e-12);
  EXPECT_EQ(TrimmedAbove(h, 4), h);
  EXPECT_EQ(TrimmedBelow(h, 1), h);
  EXPECT_EQ(TrimmedBelow(h, 4).count, 0);
}

TEST(NativeHistogramTrimTest, EndlessBucketsStayOrGo) {
  const NativeHistogram h = WithCustomBounds({-5}, {1, 100});
  EXPECT_EQ(TrimmedAbove(h, -10).count, 1);
  EXPECT_EQ(TrimmedAbove(h, -10).sum, -10);
  EXPECT_EQ(TrimmedBelow(h, 10).count, 100);
  EXPECT_EQ(TrimmedBelow(h, 10).sum, 1000);
  EXPECT_EQ(TrimmedAbove(h, 0).count, 1);
}

TEST(NativeHistogramTrimTest, TheZeroBucketLeansToTheSideThatIsPopulated) {
  NativeHistogram h = WithSchema(0, {10});
  h.zero_threshold = 0.5;
  h.zero_count = 2;
  h.count = 12;
  EXPECT_EQ(TrimmedBelow(h, 0).count, 12);
  EXPECT_NEAR(TrimmedAbove(h, 0.125).count, 0.5, 1e-12);
  h.positive.clear();
  h.count = 2;
  EXPECT_EQ(TrimmedBelow(h, 0).count, 1);
}

}  // namespace
}  // namespace hinomi::metrics
