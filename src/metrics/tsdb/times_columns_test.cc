#include "metrics/tsdb/times_columns.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"
#include "metrics/tsdb/chunk.h"

namespace hinomi::metrics {
namespace {

std::vector<int64_t> Jittered(Random& random, size_t count) {
  std::vector<int64_t> at_ms;
  for (size_t i = 0; i < count; ++i)
    at_ms.push_back(static_cast<int64_t>(i * 1000 + random.Below(900)));
  return at_ms;
}

std::vector<int64_t> Even(int64_t first, size_t count) {
  std::vector<int64_t> at_ms;
  for (size_t i = 0; i < count; ++i) at_ms.push_back(first + static_cast<int64_t>(i) * 15'000);
  return at_ms;
}

std::vector<int64_t> ReadColumn(const TimesBuilder& builder, uint32_t number, size_t count) {
  const auto columns = TimesColumns::Open(builder.bytes(), builder.ends());
  std::vector<int64_t> at_ms(count);
  EXPECT_TRUE(columns->Read(number, at_ms));
  return at_ms;
}

TEST(TimesColumnsTest, ComeBackByTheirNumbers) {
  Random random(1);
  TimesBuilder builder;
  std::vector<std::vector<int64_t>> made;
  for (uint32_t i = 0; i < 50; ++i) {
    made.push_back(Jittered(random, 1 + random.Below(kMaxChunkSamples)));
    EXPECT_EQ(builder.Keep(made.back()), i);
  }
  EXPECT_EQ(builder.count(), 50u);
  for (uint32_t i = 0; i < 50; ++i) {
    EXPECT_EQ(ReadColumn(builder, i, made[i].size()), made[i]);
    EXPECT_EQ(builder.Share(made[i]), i);
    EXPECT_EQ(builder.Keep(made[i]), i);
  }
  std::vector<int64_t> of_another_length(made[0].size() + 1);
  EXPECT_FALSE(TimesColumns::Open(builder.bytes(), builder.ends())->Read(0, of_another_length));
}

TEST(TimesColumnsTest, AreMadeOnceEnoughSeriesHaveThem) {
  Random random(2);
  TimesBuilder builder;
  const std::vector<int64_t> jittered = Jittered(random, 100);
  EXPECT_EQ(builder.Share(jittered), kOwnTimes);
  EXPECT_EQ(builder.Share(jittered), 0u);
  // A few bytes say these as well.
  const std::vector<int64_t> even = Even(7, 100);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(builder.Share(even), kOwnTimes);
  EXPECT_EQ(builder.Share(even), 1u);
  for (int64_t other = 0; other < 1000; ++other)
    EXPECT_EQ(builder.Share(Even(other * 100, 5)), kOwnTimes);
  EXPECT_EQ(builder.count(), 2u);
}

TEST(TimesColumnsTest, TakeNoMoreMemoryThanTheyMay) {
  TimesBuilder builder;
  int64_t refused = 0;
  const int64_t tried = TimesBuilder::kMostBytes / 50;
  for (int64_t i = 0; i < tried; ++i)
    if (!builder.Keep(Even(i, 2))) ++refused;
  EXPECT_GT(refused, 0);
  EXPECT_LE(builder.bytes().size() + builder.ends().size(), TimesBuilder::kMostBytes);
  EXPECT_EQ(builder.Keep(Even(0, 2)), 0u);  // What is there goes on being shared.
}

}  // namespace
}  // namespace hinomi::metrics
