#include "metrics/native_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "metrics/histogram_testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

NativeHistogram Custom(std::vector<double> bounds,
                       std::vector<NativeHistogram::Bucket> buckets = {}) {
  NativeHistogram histogram;
  histogram.schema = kCustomBucketsSchema;
  histogram.custom_values = std::move(bounds);
  histogram.positive = std::move(buckets);
  return histogram;
}

template <typename Change>
NativeHistogram Changed(NativeHistogram histogram, Change change) {
  change(histogram);
  return histogram;
}

TEST(NativeHistogramTest, AllSoundOnesPass) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const NativeHistogram histogram = AnyHistogram(random);
    EXPECT_TRUE(CheckHistogram(histogram)) << RenderHistogram(histogram);
  }
  EXPECT_TRUE(CheckHistogram(Custom({})));
  EXPECT_TRUE(CheckHistogram(Custom({1}, {{0, 1}, {1, 1}})));
  EXPECT_TRUE(CheckHistogram(StaleHistogram()));
  EXPECT_TRUE(IsStaleHistogram(StaleHistogram()));
  EXPECT_FALSE(IsStaleHistogram(NativeHistogram()));
}

TEST(NativeHistogramTest, WhatAStoreCannotKeepIsRefusedSayingWhatWasExpected) {
  const NativeHistogram plain;
  const auto with = [&](auto change) { return Changed(plain, change); };
  const struct {
    NativeHistogram histogram;
    const char* message;
  } cases[] = {
      {with([](auto& h) { h.schema = 9; }), "schema is 9; expected -4 to 8"},
      {with([](auto& h) { h.schema = -5; }), "schema is -5; expected -4 to 8"},
      {with([](auto& h) { h.count = -1; }), "count is -1; expected a number of 0 or more"},
      {with([](auto& h) { h.count = kNan; }), "count is NaN"},
      {with([](auto& h) { h.zero_count = kNan; }), "zero count is NaN"},
      {with([](auto& h) { h.zero_threshold = -1; }), "zero threshold is -1"},
      {with([](auto& h) { h.zero_threshold = kInf; }), "zero threshold is +Inf"},
      {with([](auto& h) { h.positive = {{1, 1}, {1, 1}}; }), "bucket 1 comes after bucket 1"},
      {with([](auto& h) { h.negative = {{7, -2}}; }), "negative bucket 7 is -2"},
      {with([](auto& h) { h.positive = {{7, kNan}}; }), "positive bucket 7 is NaN"},
      {with([](auto& h) { h.custom_values = {1}; }), "custom bounds with schema 0"},
      {Custom({1, 1}), "bound 1 is 1; expected finite custom bounds that ascend"},
      {Custom({1, kInf}), "bound 1 is +Inf"},
      {Custom({kNan}), "bound 0 is NaN"},
      {Custom({1}, {{2, 1}}), "bucket 2 has no bound among 1"},
      {Custom({1}, {{-1, 1}}), "bucket -1 has no bound"},
      {Changed(Custom({1}), [](auto& h) { h.zero_count = 1; }), "together with a zero bucket"},
      {Changed(Custom({1}), [](auto& h) { h.negative = {{0, 1}}; }), "or negative ones"},
  };
  for (const auto& c : cases) {
    const Status status = CheckHistogram(c.histogram);
    ASSERT_FALSE(status) << c.message;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message, HasSubstr(c.message));
  }
}

TEST(NativeHistogramTest, ItsBucketsAreLimited) {
  NativeHistogram histogram;
  for (int32_t i = 0; i < static_cast<int32_t>(kMostHistogramBuckets); ++i)
    histogram.positive.push_back({i, 1});
  EXPECT_TRUE(CheckHistogram(histogram));
  histogram.negative = {{0, 1}};
  const Status status = CheckHistogram(histogram);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("4097 buckets and bounds, the limit is 4096"));
}

}  // namespace
}  // namespace hinomi::metrics
