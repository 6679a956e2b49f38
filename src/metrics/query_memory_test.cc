#include "metrics/query_memory.h"

#include <gmock/gmock.h>

#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

constexpr size_t kMebibyte = 1u << 20;

TEST(QueryMemoryTest, AQueryThatIsTooLargeAloneIsToldTheLimitAndItsKey) {
  QueryMemory memory(3 * kMebibyte);
  QueryMemory::Share query(&memory);
  EXPECT_TRUE(query.Take(2 * kMebibyte));
  const Status refused = query.Take(2 * kMebibyte);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("more than the 3 MiB"));
  EXPECT_THAT(refused.error().message, HasSubstr("metrics.query_memory"));
  EXPECT_EQ(memory.used(), 2 * kMebibyte);
}

TEST(QueryMemoryTest, WhatOthersHaveIsMissingUntilTheyEnd) {
  QueryMemory memory(3 * kMebibyte);
  QueryMemory::Share query(&memory);
  {
    QueryMemory::Share other(&memory);
    ASSERT_TRUE(other.Take(2 * kMebibyte));
    const Status refused = query.Take(2 * kMebibyte);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("others have 2 of the 3 MiB"));
    EXPECT_THAT(refused.error().message, HasSubstr("try again"));
    other.GiveBack(kMebibyte);
    EXPECT_EQ(memory.used(), kMebibyte);
  }
  EXPECT_TRUE(query.Take(2 * kMebibyte));
  EXPECT_EQ(memory.TakePeak(), 2 * kMebibyte);
  query.GiveBackTo(0);
  EXPECT_EQ(memory.TakePeak(), 2 * kMebibyte);
  EXPECT_EQ(memory.TakePeak(), 0u);
}

TEST(QueryMemoryTest, ASelectionTakesItFromHeadAndBlocks) {
  FaultFiles files;
  const ManualClock clock;
  NullLog log;
  Telemetry telemetry;
  TsdbOptions options;
  options.directory = "/metrics";
  const auto store = *Tsdb::Open(files, clock, log, telemetry, std::move(options));
  WriteSeries series{MakeLabels("m"), {}};
  for (int64_t i = 0; i < 10'000; ++i) series.samples.push_back({i, 1});
  ASSERT_TRUE(store->Append({series}));
  for (int blocks = 0; blocks < 2; ++blocks) {
    QueryMemory enough(kMebibyte);
    QueryMemory::Share share(&enough);
    ASSERT_TRUE(store->Select({}, 0, INT64_MAX, {.memory = &share}));
    EXPECT_GE(share.taken(), 160'000u);
    EXPECT_LT(share.taken(), 170'000u);
    QueryMemory little(100'000);
    QueryMemory::Share refused(&little);
    EXPECT_EQ(store->Select({}, 0, INT64_MAX, {.memory = &refused}).error().code,
              ErrorCode::kExhausted);
    ASSERT_TRUE(store->CutAll());
  }
}

}  // namespace
}  // namespace hinomi::metrics
