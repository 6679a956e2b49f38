#include "metrics/tsdb/block_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "metrics/testing.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb_testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

constexpr TimeWindow kWholeDay{0, kDayMs - 1};

class BlockMergeTest : public testing::Test {
 protected:
  VisibleBlock Make(const SampleModel& model) {
    const std::string path = "/source" + std::to_string(++made_);
    auto writer = *BlockWriter::Create(files_, path, {kWholeDay, 1, 1, 0, {}});
    EXPECT_TRUE(AddModel(*writer, model));
    EXPECT_TRUE(writer->Finish());
    const auto block = *Block::Open(files_, path);
    EXPECT_TRUE(block->Prepare());
    return {block, std::make_shared<Erasures>()};
  }
  std::shared_ptr<const Block> Merge(const std::vector<VisibleBlock>& sources) {
    const auto unread = [](const Block&, const Error& error) { ADD_FAILURE() << error.message; };
    auto writer = *BlockWriter::Create(files_, "/merged", {kWholeDay, 2, 1, 0, {}});
    EXPECT_TRUE(MergeBlocks(sources, *writer, [] { return true; }, unread));
    EXPECT_TRUE(writer->Finish());
    const auto block = *Block::Open(files_, "/merged");
    EXPECT_TRUE(block->Verify());
    return block;
  }
  static std::vector<ChunkRef> ChunksOf(const Block& block) {
    auto cursor = block.Chunks();
    const auto chunks = *cursor.At(0);
    return {chunks.begin(), chunks.end()};
  }
  static SampleModel Series(int64_t from, int64_t to, int64_t step, double value = 1) {
    SampleModel model;
    for (int64_t at = from; at < to; at += step)
      model[MakeLabels("up")][at] = std::bit_cast<uint64_t>(value);
    return model;
  }
  static std::vector<uint32_t> SizesOf(const Block& block) {
    std::vector<uint32_t> sizes;
    for (const ChunkRef& chunk : ChunksOf(block)) sizes.push_back(chunk.samples);
    return sizes;
  }

  FaultFiles files_;
  Random random_{1};
  int made_ = 0;
};

TEST_F(BlockMergeTest, SmallChunksBecomeLargeOnesOfEqualSize) {
  std::vector<VisibleBlock> sources;
  for (int64_t hour = 0; hour < 24; hour += 2)
    sources.push_back(Make(Series(hour * kHourMs, (hour + 2) * kHourMs, 15'000)));
  const auto merged = Merge(sources);
  EXPECT_THAT(SizesOf(*merged), testing::ElementsAre(2880, 2880));
  EXPECT_EQ(ModelOf(*merged), Series(0, kDayMs, 15'000));
}

TEST_F(BlockMergeTest, LargeChunksThatOverlapNoneAreCopied) {
  const VisibleBlock large = Make(Series(0, 3000, 1));
  const VisibleBlock small = Make(Series(5000, 5100, 1));
  const VisibleBlock late = Make(Series(9000, 12'000, 1));
  const VisibleBlock later = Make(Series(9005, 9006, 1, 2));
  const auto merged = Merge({large, small, late, later});
  EXPECT_THAT(SizesOf(*merged), testing::ElementsAre(3000, 3100));
  EXPECT_EQ(*merged->ChunkBytes(ChunksOf(*merged)[0]),
            *large.block->ChunkBytes(ChunksOf(*large.block)[0]));
  SampleModel model = Series(0, 3000, 1);
  for (const SampleModel& each :
       {Series(5000, 5100, 1), Series(9000, 12'000, 1), Series(9005, 9006, 1, 2)})
    Overlay(model, each);
  EXPECT_EQ(ModelOf(*merged), model);
}

TEST_F(BlockMergeTest, LaterSamplesWinHoweverChunksOverlap) {
  for (int round = 0; round < 30; ++round) {
    std::vector<VisibleBlock> sources;
    SampleModel model;
    for (size_t i = 2 + random_.Below(4); i-- > 0;) {
      const auto from = static_cast<int64_t>(random_.Below(20'000));
      const auto to = from + 1 + static_cast<int64_t>(random_.Below(30'000));
      const SampleModel source =
          Series(from, to, 1 + static_cast<int64_t>(random_.Below(3)), static_cast<double>(i));
      VisibleBlock visible = Make(source);
      SampleModel seen = source;
      if (random_.Percent(50)) {
        auto erasures = std::make_shared<Erasures>();
        const auto begin = static_cast<int64_t>(random_.Below(20'000));
        const TimeWindow erased{begin, begin + static_cast<int64_t>(random_.Below(9000))};
        erasures->Add({0}, 1, erased);
        visible.erasures = erasures;
        Erase(seen, {}, erased);
        const auto estimated = EstimateErased(*visible.block, *erasures);
        const size_t gone =
            source.begin()->second.size() - (seen.empty() ? 0 : seen.begin()->second.size());
        EXPECT_NEAR(static_cast<double>(*estimated), static_cast<double>(gone), 4);
      }
      Overlay(model, seen);
      sources.push_back(std::move(visible));
    }
    if (model.empty()) continue;
    const auto merged = Merge(sources);
    ASSERT_EQ(ModelOf(*merged), model) << round;
    for (const uint32_t size : SizesOf(*merged)) EXPECT_LE(size, kMaxChunkSamples);
  }
}

TEST_F(BlockMergeTest, ChunksThatShareTheirTimesAreCopiedWithThem) {
  // Three targets whose series are long enough to be copied, in two blocks.
  SampleModel model;
  std::vector<VisibleBlock> sources;
  for (int64_t half = 0; half < 2; ++half) {
    SampleModel source;
    for (int target = 0; target < 3; ++target)
      for (int series = 0; series < 5; ++series) {
        auto& columns =
            source[MakeLabels("m" + std::to_string(series), {{"t", std::to_string(target)}})];
        for (int64_t i = 0; i < 3000; ++i)
          columns[half * kDayMs / 2 + i * 1000 + (i * i + target) % 5] =
              std::bit_cast<uint64_t>(static_cast<double>(i * series));
      }
    Overlay(model, source);
    sources.push_back(Make(source));
  }
  const auto merged = Merge(sources);
  EXPECT_EQ(ModelOf(*merged), model);
  auto cursor = merged->Chunks();
  size_t apart = 0;
  for (uint32_t id = 0; id < merged->info().series; ++id) {
    const auto chunks = cursor.At(id).value();
    for (const ChunkRef& chunk : chunks) apart += chunk.times_apart() ? 1 : 0;
  }
  EXPECT_EQ(apart, 2u * 3 * 4);  // The first of five has its own: nobody knew of others yet.
}

TEST_F(BlockMergeTest, SeriesOfAllSourcesComeInTheOrderOfTheirLabels) {
  std::vector<VisibleBlock> sources;
  SampleModel model;
  for (int i = 0; i < 5; ++i) {
    const SampleModel source = AnySamples(random_, kWholeDay, 50, 30);
    Overlay(model, source);
    sources.push_back(Make(source));
  }
  const auto merged = Merge(sources);
  EXPECT_EQ(ModelOf(*merged), model);
  uint32_t id = 0;
  for (const auto& [labels, samples] : model) EXPECT_EQ(merged->index().LabelsOf(id++), labels);
}

}  // namespace
}  // namespace hinomi::metrics
