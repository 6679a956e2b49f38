#include "metrics/tsdb/sample_pool.h"

#include <gtest/gtest.h>

#include <memory>

#include "os/memory_testing.h"

namespace hinomi::metrics {
namespace {

TEST(SamplePoolTest, GivesItsMemoryBackAtOnce) {
  constexpr SeriesId kSeries = 400'000;  // The next pool's first page is little beside it.
  const size_t before = ResidentBytes();
  auto pool = std::make_unique<SamplePool>();
  for (int64_t at_ms = 0; at_ms < 8; ++at_ms)
    for (SeriesId id = 0; id < kSeries; ++id) pool->Append(id, {at_ms, 1});
  const size_t held = pool->memory_bytes();
  EXPECT_LT(held, kSeries * 140);
  ASSERT_GT(ResidentBytes(), before + held * 3 / 4);
  // What comes after it must not hold it: the next pool, and the labels of new series.
  const auto next = std::make_unique<SamplePool>();
  next->Append(0, {9, 1});
  pool.reset();
  EXPECT_LT(ResidentBytes(), before + held / 4);
}

}  // namespace
}  // namespace hinomi::metrics
