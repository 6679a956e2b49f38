#include "metrics/tsdb/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <set>

#include "metrics/testing.h"
#include "metrics/tsdb/block_footer.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb_testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

constexpr TimeWindow kMorning{0, kCutMs - 1};

class BlockTest : public testing::Test {
 protected:
  BlockTest() { EXPECT_TRUE(files_.MakeDirectories("/b")); }

  static BlockOrigin Origin(TimeWindow window = kMorning) { return {window, 7, 5, 3, {1, 2, 5}}; }

  std::shared_ptr<const Block> Make(const SampleModel& model, TimeWindow window = kMorning) {
    auto writer = *BlockWriter::Create(files_, "/b/block", Origin(window));
    EXPECT_TRUE(AddModel(*writer, model));
    EXPECT_TRUE(writer->Finish());
    return Reopen();
  }
  std::shared_ptr<const Block> Reopen() {
    auto opened = Block::Open(files_, "/b/block");
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
    return opened ? *opened : nullptr;
  }
  void Put(const std::string& bytes) { ASSERT_TRUE(files_.WriteAtomically("/b/block", bytes)); }

  FaultFiles files_;
  Random random_{1};
};

TEST_F(BlockTest, GivesBackWhatWasAddedBitForBit) {
  for (int round = 0; round < 20; ++round) {
    const SampleModel model = AnySamples(random_, kMorning, 1 + random_.Below(60), 200);
    const auto block = Make(model);
    ASSERT_TRUE(block->Prepare());
    EXPECT_TRUE(block->Verify());
    EXPECT_EQ(ModelOf(*block), model);
    size_t samples = 0;
    for (const auto& [labels, columns] : model) samples += columns.size();
    EXPECT_EQ(block->info().samples, samples);
    EXPECT_EQ(block->info().series, model.size());
  }
}

TEST_F(BlockTest, SaysWhatItIsMadeOf) {
  const Labels up = MakeLabels("up");
  const auto block = Make({{up, {{1000, 0}, {5000, 0}}}});
  const BlockInfo& info = block->info();
  EXPECT_EQ(info.window, kMorning);
  EXPECT_EQ(info.sequence, 7u);
  EXPECT_EQ(info.newest, 5u);
  EXPECT_EQ(info.deletes_through, 3u);
  EXPECT_THAT(info.replaces, testing::ElementsAre(1u, 2u, 5u));
  EXPECT_EQ(info.min_ms, 1000);
  EXPECT_EQ(info.max_ms, 5000);
  EXPECT_EQ(info.chunks, 1u);
}

TEST_F(BlockTest, HoldsTheFirstAndTheLastMillisecondThereIs) {
  for (const int64_t at : {INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{0}}) {
    const TimeWindow window = WindowOf(at, kCutMs);
    const SampleModel model{{MakeLabels("up"), {{at, 1}}}};
    EXPECT_EQ(ModelOf(*Make(model, window)), model) << at;
  }
}

TEST_F(BlockTest, LongSeriesAreSplitEvenly) {
  SampleModel model;
  for (int64_t at = 0; at < 10'000; ++at) model[MakeLabels("m")][at] = 1;
  const auto block = Make(model);
  ASSERT_TRUE(block->Prepare());
  auto cursor = block->Chunks();
  const auto chunks = cursor.At(0);
  ASSERT_TRUE(chunks);
  ASSERT_EQ(chunks->size(), 3u);
  for (const ChunkRef& chunk : *chunks) {
    EXPECT_NEAR(chunk.samples, 3333, 1);
    const auto summary = ReadChunkSummary(*block->ChunkBytes(chunk));
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->samples, chunk.samples);
    EXPECT_EQ(summary->first_ms, chunk.first_ms);
    EXPECT_EQ(summary->last_ms, chunk.last_ms);
  }
  EXPECT_EQ(ModelOf(*block), model);
}

TEST_F(BlockTest, OtherOrdersAreRefused) {
  const auto create = [&] { return *BlockWriter::Create(files_, "/b/block", Origin()); };
  const std::string a = LabelBytesOf(MakeLabels("a"));
  const std::string b = LabelBytesOf(MakeLabels("b"));
  const std::vector<int64_t> at{1, 2};
  const std::vector<double> values{1, 2};
  auto writer = create();
  ASSERT_TRUE(writer->Add(b, at, values));
  EXPECT_EQ(writer->Add(a, at, values).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(create()->Add(a, std::vector<int64_t>{2, 2}, values).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_THAT(create()->Add(a, std::vector<int64_t>{1, kCutMs}, values).error().message,
              HasSubstr("outside of its block's window"));
  std::string names_not_in_order;
  AppendLabel("b", "1", names_not_in_order);
  AppendLabel("a", "1", names_not_in_order);
  EXPECT_THAT(create()->Add(names_not_in_order, at, values).error().message,
              HasSubstr("the order of their names"));
  writer = create();
  ASSERT_TRUE(writer->Add(a, at, values));
  EXPECT_FALSE(writer->AddSamples(at, values));  // A piece that is not behind the one before.
  writer = create();
  EXPECT_TRUE(writer->Add(a, {}, {}));
  EXPECT_FALSE(writer->Finish());  // Nothing in it.
  EXPECT_FALSE(BlockWriter::Create(files_, "/b/block", Origin({0, kDayMs})));
}

TEST_F(BlockTest, AnUnfinishedOneLeavesNothing) {
  {
    auto writer = *BlockWriter::Create(files_, "/b/block", Origin());
    ASSERT_TRUE(AddModel(*writer, AnySamples(random_, kMorning, 100, 4000)));
    ASSERT_THAT(*files_.List("/b"), testing::ElementsAre("block.tmp"));
    // It does not wait in memory for the end.
    EXPECT_GT((*files_.Open("/b/block.tmp", OpenMode::kRead))->Size().value(), 1'000'000u);
  }
  EXPECT_THAT(*files_.List("/b"), testing::IsEmpty());
}

TEST_F(BlockTest, ADirectoryTakesAtMostTwelveBytesASeries) {
  std::vector<ChunkRef> chunks;
  ChunkDirectoryBuilder builder({0, kDayMs - 1});
  uint64_t offset = 8;
  for (int i = 0; i < 5000; ++i) {
    // Each target is read at its own offset within 15 s, with a jitter, some not all day long.
    const auto first = static_cast<int64_t>(random_.Below(15'000));
    const auto samples = static_cast<uint32_t>(random_.Percent(5) ? random_.Below(3000) + 1 : 2880);
    const auto last = first + int64_t{samples} * 15'000 - static_cast<int64_t>(random_.Below(20));
    chunks.push_back(
        {offset, static_cast<uint32_t>(2500 + random_.Below(1000)), samples, first, last});
    offset = chunks.back().end();
    builder.Add(std::span(&chunks.back(), 1));
  }
  const std::string bytes = builder.Finish();
  EXPECT_LE(bytes.size(), 12u * chunks.size());
  const auto directory = ChunkDirectory::Open(bytes, chunks.size(), {{0, kDayMs - 1}, 8, offset});
  ASSERT_TRUE(directory);
  ChunkDirectory::Cursor cursor(*directory);
  for (uint32_t id = 0; id < chunks.size(); ++id) ASSERT_EQ((*cursor.At(id))[0], chunks[id]);
  for (int i = 0; i < 1000; ++i) {
    const auto id = static_cast<uint32_t>(random_.Below(chunks.size()));
    ASSERT_EQ((*cursor.At(id))[0], chunks[id]);
  }
  EXPECT_FALSE(cursor.At(5000));
}

TEST_F(BlockTest, AByteThatFlippedCostsItsChunkOrIsToldOfTheWholeBlock) {
  const SampleModel model = AnySamples(random_, kMorning, 40, 12);
  const std::string good = (Make(model), *files_.ReadAll("/b/block"));
  size_t served_in_part = 0;
  size_t refused = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << random_.Below(8)));
    Put(bad);
    const auto opened = Block::Open(files_, "/b/block");
    if (!opened || !(*opened)->Prepare()) {
      EXPECT_THAT((opened ? (*opened)->Prepare().error() : opened.error()).message,
                  HasSubstr("/b/block"));
      ++refused;
      continue;
    }
    const SampleModel read = ModelOf(**opened);
    if (read == model) continue;  // A byte between sections.
    ++served_in_part;
    ASSERT_FALSE((*opened)->Verify()) << at;
    EXPECT_THAT((*opened)->Verify().error().message, HasSubstr("/b/block: a chunk"));
    EXPECT_THAT((*opened)->Verify().error().message, HasSubstr("offset "));
    size_t missing = 0;
    for (const auto& [labels, samples] : model) {
      const auto found = read.find(labels);
      if (found == read.end()) {
        ++missing;
      } else {
        EXPECT_EQ(found->second, samples);
      }
    }
    EXPECT_EQ(missing, 1u) << at;
  }
  EXPECT_GT(served_in_part, 1000u);
  EXPECT_GT(refused, 100u);
}

/// Some targets with a few series each: those of one have the same times, save
/// for a few that miss some.
SampleModel Targets(Random& random, size_t targets, size_t series, size_t samples) {
  SampleModel model;
  for (size_t t = 0; t < targets; ++t) {
    std::vector<int64_t> at_ms;
    for (size_t i = 0; i < samples; ++i)
      at_ms.push_back(static_cast<int64_t>(i * 1000 + random.Below(4) + t * 17));
    for (size_t s = 0; s < series; ++s) {
      const bool misses = random.Percent(10);
      auto& columns = model[MakeLabels("m" + std::to_string(s), {{"t", std::to_string(t)}})];
      for (const int64_t at : at_ms)
        if (!misses || random.Percent(95)) columns[at] = std::bit_cast<uint64_t>(AnyValue(random));
    }
  }
  return model;
}

uint64_t ChunksWithoutTimes(const Block& block) {
  uint64_t count = 0;
  auto cursor = block.Chunks();
  for (uint32_t id = 0; id < block.info().series; ++id) {
    const auto chunks = cursor.At(id).value();
    count += static_cast<uint64_t>(
        std::count_if(chunks.begin(), chunks.end(), std::mem_fn(&ChunkRef::times_apart)));
  }
  return count;
}

TEST_F(BlockTest, SeriesOfOneTargetHaveTheirTimesOnce) {
  const SampleModel model = Targets(random_, 100, 20, 60);
  const auto block = Make(model);
  ASSERT_TRUE(block->Verify());
  EXPECT_EQ(ModelOf(*block), model);
  EXPECT_GT(ChunksWithoutTimes(*block), 1600u);
  // The same with times of its own for each series.
  SampleModel apart;
  int64_t step = 0;
  for (const auto& [labels, columns] : model) {
    ++step;
    for (const auto& [at, bits] : columns) apart[labels][at + step * 3000] = bits;
  }
  const uint64_t shared_bytes = block->file_bytes();
  const auto alone = Make(apart);
  ASSERT_TRUE(alone->Verify());
  EXPECT_EQ(ChunksWithoutTimes(*alone), 0u);
  EXPECT_LT(shared_bytes + 2000 * 20, alone->file_bytes());
}

TEST_F(BlockTest, OfAChunkThatIsReadWhichSamplesAreInTheRange) {
  // Some with their own times, others with those that all have.
  SampleModel model = Targets(random_, 2, 8, 400);
  Overlay(model, {{MakeLabels("alone"), model.begin()->second}});
  model.at(MakeLabels("alone")).erase(model.begin()->second.begin()->first);
  const auto block = Make(model);
  ASSERT_TRUE(block->Prepare());
  TimesCache times;
  auto cursor = block->Chunks();
  size_t checked = 0;
  for (uint32_t id = 0; id < block->info().series; ++id) {
    const auto& samples = model.at(block->index().LabelsOf(id));
    for (const ChunkRef& chunk : *cursor.At(id)) {
      for (int round = 0; round < 20; ++round) {
        const auto any = [&] { return static_cast<int64_t>(random_.Below(450'000)); };
        const TimeWindow range{any(), any()};
        std::vector<int64_t> at_ms{-1};
        std::vector<double> values{-1};
        ASSERT_TRUE(block->ReadChunk(chunk, range, times, at_ms, values));
        ASSERT_EQ(at_ms.size(), values.size());
        std::map<int64_t, uint64_t> expected, read;
        for (const auto& [at, bits] : samples)
          if (range.Contains(at) && chunk.window().Contains(at)) expected[at] = bits;
        for (size_t i = 1; i < at_ms.size(); ++i)
          read[at_ms[i]] = std::bit_cast<uint64_t>(values[i]);
        ASSERT_EQ(read, expected);
        checked += expected.size();
      }
    }
  }
  EXPECT_GT(checked, 10'000u);
}

TEST_F(BlockTest, BlocksThatCountTheirTimesAlikeKeepThemBesideEachOther) {
  std::vector<std::shared_ptr<const Block>> blocks;
  for (uint64_t sequence = 7; sequence < 15; ++sequence) {
    BlockOrigin origin = Origin();
    origin.sequence = sequence;
    auto writer = *BlockWriter::Create(files_, "/b/block", origin);
    ASSERT_TRUE(AddModel(*writer, Targets(random_, 1, 8, 50)));
    ASSERT_TRUE(writer->Finish());
    blocks.push_back(Reopen());
    ASSERT_TRUE(blocks.back()->Prepare());
  }
  TimesCache times;
  std::set<const int64_t*> places;
  for (const auto& block : blocks) {
    auto cursor = block->Chunks();
    for (uint32_t id = 0; id < block->info().series; ++id) {
      const ChunkRef chunk = cursor.At(id)->front();
      if (chunk.times_apart()) places.insert(times.Of(*block, chunk)->data());
    }
  }
  EXPECT_EQ(places.size(), blocks.size());
}

TEST_F(BlockTest, DamagedTimesCostTheChunksThatShareThemAndAreToldWithTheirPlace) {
  const SampleModel model = Targets(random_, 3, 12, 40);
  const std::string good = (Make(model), *files_.ReadAll("/b/block"));
  const BlockFooter footer = *DecodeBlockFooter(good);
  size_t costs = 0;
  for (const BlockSection& section : footer.sections) {
    if (section.kind != kTimesSection) continue;
    ASSERT_GT(section.length, 0u);
    for (size_t at = section.offset; at < section.offset + section.length; ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << random_.Below(8)));
      Put(bad);
      const auto block = Reopen();
      ASSERT_THAT(block->Verify().error().message,
                  HasSubstr("/b/block: the times that a part of its chunks share are damaged, "
                            "offset "));
      const SampleModel read = ModelOf(*block);
      costs += model.size() - read.size();
      EXPECT_GE(read.size(), model.size() - 12) << at;
      for (const auto& [labels, columns] : read) ASSERT_EQ(columns, model.at(labels));
    }
    EXPECT_GT(costs, 5 * section.length);
  }
}

TEST_F(BlockTest, ACutOneIsRefused) {
  const std::string good =
      (Make(AnySamples(random_, kMorning, 10, 5)), *files_.ReadAll("/b/block"));
  for (size_t size = 0; size < good.size(); ++size) {
    Put(good.substr(0, size));
    const auto opened = Block::Open(files_, "/b/block");
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(BlockTest, AnotherFormatIsRefusedByItsVersion) {
  std::string bytes = (Make({{MakeLabels("up"), {{1, 1}}}}), *files_.ReadAll("/b/block"));
  for (const char version : {'1', '3'}) {
    bytes[7] = version;
    Put(bytes);
    EXPECT_EQ(Block::Open(files_, "/b/block").error().code, ErrorCode::kCorrupt);  // One end alone.
    bytes.back() = version;
    Put(bytes);
    const auto opened = Block::Open(files_, "/b/block");
    EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
    EXPECT_THAT(opened.error().message,
                HasSubstr(std::string("version ") + version + ", this program reads version 2"));
    bytes.back() = '2';
  }
}

TEST_F(BlockTest, SectionsThatAreNotKnownAreSkippedUnlessNeeded) {
  const SampleModel model = AnySamples(random_, kMorning, 10, 5);
  const std::string bytes = (Make(model), *files_.ReadAll("/b/block"));
  BlockFooter footer = *DecodeBlockFooter(bytes);
  const std::string without_footer =
      bytes.substr(0, bytes.size() - EncodeBlockFooter(footer).size());
  footer.sections.push_back({77, false, 8, 1, 0});
  Put(without_footer + EncodeBlockFooter(footer));
  EXPECT_EQ(ModelOf(*Reopen()), model);
  footer.sections.back().needed = true;
  Put(without_footer + EncodeBlockFooter(footer));
  EXPECT_THAT(Block::Open(files_, "/b/block").error().message, HasSubstr("kind 77"));
}

}  // namespace
}  // namespace hinomi::metrics
