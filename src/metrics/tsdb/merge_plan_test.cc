#include "metrics/tsdb/merge_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kNextDay = kDayMs + kDaySettlesMs;

BlockOutline OutlineOf(const TimeWindow& window, uint64_t bytes) {
  return {window, window, bytes, bytes, 0, 1};
}
BlockOutline Cut(int64_t hour, uint64_t bytes) {
  return OutlineOf(WindowOf(hour * kHourMs, kCutMs), bytes);
}

std::vector<size_t> Plan(const std::vector<BlockOutline>& blocks, int64_t now_ms) {
  return PlanMerge(blocks, now_ms, 0.05);
}

TEST(TimeWindowTest, AnyTimeIsInOneThatIsNeverOfTwoDays) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto at = static_cast<int64_t>(i % 2 == 0 ? random.Next() : random.Next() >> 40) *
                    (i % 3 == 0 ? -1 : 1);
    for (const int64_t length : {kCutMs, kDayMs}) {
      const TimeWindow window = WindowOf(at, length);
      ASSERT_TRUE(window.Contains(at)) << at;
      ASSERT_EQ(WindowNumber(window.from_ms, kDayMs), WindowNumber(window.to_ms, kDayMs));
      ASSERT_EQ(WindowNumber(window.from_ms, length), WindowNumber(window.to_ms, length));
    }
  }
  EXPECT_EQ(WindowOf(-1, kCutMs), (TimeWindow{-kCutMs, -1}));
  EXPECT_EQ(WindowOf(INT64_MIN, kDayMs).from_ms, INT64_MIN);
  EXPECT_EQ(WindowOf(INT64_MAX, kDayMs).to_ms, INT64_MAX);
}

TEST(MergePlanTest, ADayIsMergedWhenItIsOver) {
  const std::vector<BlockOutline> blocks{Cut(0, 100), Cut(6, 100), Cut(12, 100), Cut(26, 100)};
  EXPECT_THAT(Plan(blocks, kNextDay - 1), IsEmpty());
  EXPECT_THAT(Plan(blocks, kNextDay), ElementsAre(0, 1, 2));
}

TEST(MergePlanTest, APartOfADayIsMergedWhenTheNextOneHasBegun) {
  std::vector<BlockOutline> blocks{Cut(0, 100), Cut(2, 100), Cut(4, 100)};
  EXPECT_THAT(Plan(blocks, 0), IsEmpty());
  blocks.push_back(Cut(6, 100));
  EXPECT_THAT(Plan(blocks, 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(Plan({OutlineOf({0, kPartMs - 1}, 300), Cut(6, 100), Cut(8, 100), Cut(10, 100)}, 0),
              IsEmpty());
  // Late samples do not write it again for each few of them.
  EXPECT_THAT(Plan({OutlineOf({0, kPartMs - 1}, 300), Cut(6, 100), Cut(2, 10)}, 0), IsEmpty());
}

TEST(MergePlanTest, BlocksOfTooManySeriesStayApart) {
  std::vector<BlockOutline> blocks{Cut(0, 100), Cut(2, 100), Cut(4, 100), Cut(6, 100)};
  for (BlockOutline& block : blocks) block.series = kMostMergedSeries / 3;
  EXPECT_THAT(Plan(blocks, 0), ElementsAre(0, 1, 2));
  blocks[1].series += 2;
  EXPECT_THAT(Plan(blocks, 0), ElementsAre(1, 2));
  blocks[2].series = kMostMergedSeries;
  EXPECT_THAT(Plan(blocks, 0), IsEmpty());
}

TEST(MergePlanTest, DaysAreNeverMixed) {
  EXPECT_THAT(Plan({Cut(22, 100), Cut(24, 100)}, 9 * kDayMs), IsEmpty());
}

TEST(MergePlanTest, BlocksOfOneWindowAreMergedOnTheSameDay) {
  EXPECT_THAT(Plan({Cut(0, 100), Cut(2, 100), Cut(2, 60)}, 0), ElementsAre(1, 2));
  // Not past a block that overlaps them and came between.
  const BlockOutline day = OutlineOf(WindowOf(0, kDayMs), 100);
  EXPECT_THAT(Plan({Cut(2, 100), day, Cut(2, 60)}, 0), IsEmpty());
  EXPECT_THAT(Plan({Cut(2, 100), Cut(0, 5), Cut(2, 60)}, 0), ElementsAre(0, 2));
}

TEST(MergePlanTest, AFewLateSamplesDoNotWriteADayAgain) {
  EXPECT_THAT(Plan({OutlineOf(WindowOf(0, kDayMs), 1000), Cut(2, 10)}, 9 * kDayMs), IsEmpty());
  EXPECT_THAT(Plan({OutlineOf(WindowOf(0, kDayMs), 1000), Cut(2, 10), Cut(6, 10)}, 9 * kDayMs),
              ElementsAre(1, 2));
}

TEST(MergePlanTest, EachByteIsWrittenAFewTimesHoweverManyLateBlocksCome) {
  std::vector<BlockOutline> blocks{OutlineOf(WindowOf(0, kDayMs), 1000)};
  uint64_t came = 1000;
  uint64_t written = 0;
  size_t most = 0;
  for (int i = 0; i < 3000; ++i) {
    blocks.push_back(Cut(2 * (i % 12), 10));
    came += 10;
    for (auto plan = Plan(blocks, 9 * kDayMs); !plan.empty(); plan = Plan(blocks, 9 * kDayMs)) {
      uint64_t bytes = 0;
      for (size_t at = plan.size(); at-- > 0;) {
        bytes += blocks[plan[at]].bytes;
        blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(plan[at]));
      }
      written += bytes;
      blocks.push_back(OutlineOf(WindowOf(0, kDayMs), bytes));
    }
    most = std::max(most, blocks.size());
  }
  EXPECT_LE(most, 12u);
  EXPECT_LE(written, came * 12);
}

TEST(MergePlanTest, ABlockOfWhichMuchIsDeletedIsWrittenAnew) {
  std::vector<BlockOutline> blocks{Cut(0, 100), Cut(24, 100)};
  blocks[1].erased = 5;
  EXPECT_THAT(Plan(blocks, 0), IsEmpty());
  blocks[1].erased = 6;
  EXPECT_THAT(Plan(blocks, 0), ElementsAre(1));
}

}  // namespace
}  // namespace hinomi::metrics
