#include "metrics/tsdb/block_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <thread>

#include "metrics/testing.h"
#include "metrics/tsdb_testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Matcher> kAnySeries;
const Matcher kM1{"__name__", MatchType::kEqual, "m1"};

class BlockSetTest : public testing::Test {
 protected:
  BlockSetTest() { Open(); }

  Status TryOpen() {
    set_.reset();
    HN_TRY(set_, BlockSet::Open(files_, log_, directory_));
    return {};
  }
  void Open() { ASSERT_TRUE(TryOpen()); }

  Status Write(const TimeWindow& window, const SampleModel& model) {
    return set_->Write(window, [&](BlockWriter& writer) { return AddModel(writer, model); });
  }
  /// One sample of `up` an hour from `from_ms` on, and publishes them.
  SampleModel WriteHours(int64_t from_ms, int64_t to_ms, double value = 1) {
    SampleModel model;
    for (int64_t at = from_ms; at < to_ms; at += kHourMs)
      model[MakeLabels("up")][at] = std::bit_cast<uint64_t>(value);
    EXPECT_TRUE(Write({from_ms, to_ms - 1}, model));
    return model;
  }
  SampleModel Everything() {
    const auto selected = set_->Select(kAnySeries, INT64_MIN, INT64_MAX, {});
    EXPECT_TRUE(selected);
    return ModelOf(*selected);
  }
  /// Until nothing is due; how often something was.
  int Maintain(const BlockSet::Upkeep& upkeep) {
    int done = 0;
    for (;; ++done) {
      const auto more = set_->MaintainOne(upkeep);
      EXPECT_TRUE(more) << (more ? "" : more.error().message);
      if (!more || !*more) return done;
    }
  }
  int Maintain(int64_t now_ms) {
    BlockSet::Upkeep upkeep;
    upkeep.now_ms = now_ms;
    return Maintain(upkeep);
  }
  std::vector<std::string> Names() { return *files_.List("/blocks"); }
  void Flip(const std::string& path, size_t at) {
    std::string bytes = *files_.ReadAll(path);
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
    ASSERT_TRUE(files_.WriteAtomically(path, bytes));
  }

  FaultFiles files_;
  NullLog log_;
  Random random_{1};
  std::string directory_ = "/blocks";
  std::unique_ptr<BlockSet> set_;
};

TEST_F(BlockSetTest, SaysTheSameAsAModelWhateverIsWrittenDeletedAndMerged) {
  const std::vector<std::vector<Matcher>> selectors{
      {},
      {kM1},
      {{"zone", MatchType::kEqual, ""}},
      {{"i", MatchType::kRegex, "[0-5]"}, kM1},
      {{"__name__", MatchType::kNotEqual, "m1"}, {"zone", MatchType::kNotRegex, "b"}}};
  const auto any_selector = [&] { return selectors[random_.Below(selectors.size())]; };
  const auto any_range = [&] {
    const auto from = static_cast<int64_t>(random_.Below(3 * kDayMs)) - kHourMs;
    return TimeWindow{from, from + static_cast<int64_t>(
                                       random_.Below(random_.Percent(50) ? 2 * kDayMs : 600'000))};
  };
  int merges = 0;
  for (int round = 0; round < 8; ++round) {
    directory_ = "/blocks" + std::to_string(round);
    Open();
    SampleModel model;
    for (int step = 0; step < 60; ++step) {
      if (random_.Percent(60)) {
        const TimeWindow window = WindowOf(static_cast<int64_t>(random_.Below(3 * kDayMs)),
                                           random_.Percent(80) ? kCutMs : kDayMs);
        const size_t samples = random_.Percent(5) ? 9000 : 40;
        const SampleModel added = AnySamples(random_, window, 1 + random_.Below(12), samples);
        ASSERT_TRUE(Write(window, added));
        Overlay(model, added);
      } else if (random_.Percent(40)) {
        const auto selector = any_selector();
        const TimeWindow range = any_range();
        ASSERT_TRUE(set_->Delete(selector, range.from_ms, range.to_ms));
        Erase(model, selector, range);
      } else if (random_.Percent(60)) {
        BlockSet::Upkeep upkeep;
        upkeep.now_ms = static_cast<int64_t>(random_.Below(4 * kDayMs));
        upkeep.rewrite_share = random_.Percent(20) ? 0 : 0.05;
        merges += Maintain(upkeep);
      } else {
        Open();
      }
      const auto selector = any_selector();
      const TimeWindow range = any_range();
      const auto selected = set_->Select(selector, range.from_ms, range.to_ms, {});
      ASSERT_TRUE(selected);
      const SampleModel part = Part(model, selector, range);
      ASSERT_EQ(ModelOf(*selected), part) << "round " << round << " step " << step;
      EXPECT_TRUE(std::is_sorted(selected->begin(), selected->end(),
                                 [](const auto& a, const auto& b) { return a.labels < b.labels; }));

      std::vector<Labels> labels;
      for (const auto& [series, samples] : part) labels.push_back(series);
      ASSERT_EQ(*set_->SelectLabels(selector, range.from_ms, range.to_ms), labels);
      std::set<std::string> names;
      std::set<std::string> zones;
      for (const auto& [series, samples] : Part(model, {}, range)) {
        for (const auto& [name, value] : series.pairs()) names.insert(name);
        if (!series.Get("zone").empty()) zones.emplace(series.Get("zone"));
      }
      ASSERT_THAT(set_->LabelNames(range.from_ms, range.to_ms), testing::ElementsAreArray(names));
      ASSERT_THAT(set_->LabelValues("zone", range.from_ms, range.to_ms),
                  testing::ElementsAreArray(zones));
    }
    EXPECT_EQ(Everything(), model);
    BlockSet::Upkeep upkeep;
    upkeep.now_ms = 10 * kDayMs;
    upkeep.rewrite_share = 0;
    Maintain(upkeep);
    EXPECT_EQ(Everything(), model);
    EXPECT_EQ(set_->stats().deletes, 0u);
    EXPECT_THAT(set_->damages(), IsEmpty());
  }
  EXPECT_GT(merges, 20);
}

TEST_F(BlockSetTest, TwoHourBlocksBecomePartsOfADayAndThenADay) {
  SampleModel model;
  for (int64_t at = 0; at < 2 * kDayMs; at += kCutMs) Overlay(model, WriteHours(at, at + kCutMs));
  EXPECT_EQ(Maintain(kDayMs + kHourMs), 7);  // To the day late samples may still come.
  EXPECT_EQ(set_->stats().blocks, 7u + 3);
  EXPECT_EQ(Maintain(kDayMs + kDaySettlesMs + 1), 1);
  EXPECT_EQ(set_->stats().blocks, 1u + 3 + 3);
  EXPECT_EQ(Maintain(30 * kDayMs), 1);
  EXPECT_EQ(set_->stats().blocks, 2u);
  EXPECT_EQ(Everything(), model);
  EXPECT_EQ(Names().size(), 2u);
  Open();
  EXPECT_EQ(Everything(), model);
  EXPECT_EQ(set_->stats().samples, 48u);
  EXPECT_EQ(set_->stats().max_ms, 2 * kDayMs - kHourMs);
}

TEST_F(BlockSetTest, TheLaterWriteWinsWhateverIsMergedBetween) {
  WriteHours(0, kCutMs, 1);
  WriteHours(0, kCutMs, 2);
  WriteHours(0, kDayMs, 3);
  WriteHours(0, kCutMs, 4);
  EXPECT_EQ(set_->Select({}, 0, 0, {})->at(0).values, std::vector<double>{4});
  Maintain(kHourMs);  // The day is not over.
  EXPECT_EQ(set_->Select({}, 0, 0, {})->at(0).values, std::vector<double>{4});
  EXPECT_EQ(set_->Select({}, kDayMs - kHourMs, kDayMs, {})->at(0).values, std::vector<double>{3});
  Maintain(30 * kDayMs);
  EXPECT_EQ(set_->stats().blocks, 1u);
  EXPECT_EQ(set_->Select({}, 0, 0, {})->at(0).values, std::vector<double>{4});
}

TEST_F(BlockSetTest, NothingIsPublishedOfAnEmptyOrAFailedWrite) {
  EXPECT_TRUE(set_->Write({0, 1}, [](BlockWriter&) { return Status(); }));
  EXPECT_FALSE(set_->Write({0, 1}, [](BlockWriter& writer) -> Status {
    HN_TRY_VOID(writer.Add("", std::vector<int64_t>{0}, std::vector<double>{0}));
    return Internal("the head thought better of it");
  }));
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_EQ(set_->stats().blocks, 0u);
}

TEST_F(BlockSetTest, LimitsAreNamed) {
  ASSERT_TRUE(Write({0, kCutMs - 1}, AnySamples(random_, {0, kCutMs - 1}, 10, 50)));
  SelectLimits limits;
  limits.max_series = 3;
  EXPECT_THAT(set_->Select({}, 0, kCutMs, limits).error().message, HasSubstr("than 3 series"));
  limits = {};
  limits.max_samples = 10;
  const auto refused = set_->Select({}, 0, kCutMs, limits);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("than 10 samples"));
  limits.max_samples = set_->stats().samples;
  EXPECT_TRUE(set_->Select({}, 0, kCutMs, limits));
}

TEST_F(BlockSetTest, DeletesHoldAtOnceAndAreMadeRealByMerges) {
  SampleModel model = WriteHours(0, kDayMs);
  ASSERT_TRUE(set_->Delete({{"__name__", MatchType::kEqual, "up"}}, 0, 0));
  Erase(model, {}, {0, 0});
  EXPECT_EQ(Everything(), model);
  EXPECT_EQ(Maintain(0), 0);  // 4 %.
  Open();
  EXPECT_EQ(Everything(), model);
  EXPECT_EQ(set_->stats().deletes, 1u);
  // What is written later is not meant.
  Overlay(model, WriteHours(0, kHourMs, 7));
  EXPECT_EQ(Everything(), model);
  ASSERT_TRUE(set_->Delete({{"job", MatchType::kEqual, ""}}, kHourMs, 3 * kHourMs));
  Erase(model, {}, {kHourMs, 3 * kHourMs});
  EXPECT_EQ(Maintain(0), 1);
  EXPECT_EQ(Everything(), model);
  EXPECT_EQ(set_->stats().deletes, 0u);
  EXPECT_EQ(set_->stats().samples, model.begin()->second.size());
  EXPECT_EQ(DecodeTombstones(*files_.ReadAll("/blocks/tombstones"))->tombstones.size(), 0u);
  Open();
  EXPECT_EQ(Everything(), model);
}

TEST_F(BlockSetTest, ABlockOfWhichAllIsDeletedGoes) {
  WriteHours(0, kDayMs);
  ASSERT_TRUE(set_->Delete({}, INT64_MIN, INT64_MAX));
  EXPECT_THAT(Everything(), IsEmpty());
  EXPECT_THAT(set_->LabelNames(0, kDayMs), IsEmpty());
  EXPECT_EQ(Maintain(0), 1);
  EXPECT_THAT(Names(), ElementsAre("tombstones"));
  EXPECT_FALSE(set_->Delete({{"a", MatchType::kRegex, "("}}, 0, 1));
}

TEST_F(BlockSetTest, ADeleteMeansTheBlockThatIsBeingWritten) {
  SampleModel model;
  model[MakeLabels("up")][5] = 0;
  ASSERT_TRUE(set_->Write({0, 9}, [&](BlockWriter& writer) {
    EXPECT_TRUE(set_->Delete({}, 0, 9));
    EXPECT_EQ(Maintain(0), 0);  // Does not forget the delete.
    return AddModel(writer, model);
  }));
  EXPECT_THAT(Everything(), IsEmpty());
  Open();
  EXPECT_THAT(Everything(), IsEmpty());
}

TEST_F(BlockSetTest, ACancelledMergeChangesNothing) {
  SampleModel model;
  for (int64_t at = 0; at < kDayMs; at += kCutMs) {
    const TimeWindow window = WindowOf(at, kCutMs);
    const SampleModel added = AnySamples(random_, window, 40, 400);
    ASSERT_TRUE(Write(window, added));
    Overlay(model, added);
  }
  const auto names = Names();
  BlockSet::Upkeep upkeep;
  upkeep.now_ms = 9 * kDayMs;
  int asked = 0;
  upkeep.keep_going = [&] { return ++asked < 2; };
  EXPECT_EQ(set_->MaintainOne(upkeep).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(Names(), names);
  EXPECT_EQ(Everything(), model);
}

TEST_F(BlockSetTest, WhatACrashLeftBetweenPublishingAMergeAndRemovingItsSourcesIsTidied) {
  std::map<std::string, std::string> sources;
  SampleModel model;
  for (int64_t at = 0; at < kDayMs; at += kCutMs) Overlay(model, WriteHours(at, at + kCutMs));
  for (const std::string& name : Names()) sources[name] = *files_.ReadAll("/blocks/" + name);
  ASSERT_EQ(Maintain(9 * kDayMs), 1);
  const auto merged = Names();
  const auto bring_back = [&] {
    for (const auto& [name, bytes] : sources)
      ASSERT_TRUE(files_.WriteAtomically("/blocks/" + name, bytes));
    ASSERT_TRUE(files_.WriteAtomically("/blocks/block-00000099.tmp", "half of one"));
  };
  bring_back();
  Open();
  EXPECT_EQ(set_->stats().blocks, 1u);
  EXPECT_EQ(Everything(), model);
  EXPECT_EQ(Names(), merged);

  // If the merged one is damaged, its sources stay.
  bring_back();
  Flip("/blocks/" + merged[0], 20);
  Open();
  EXPECT_EQ(set_->stats().blocks, 12u);
  EXPECT_EQ(Everything(), model);
  EXPECT_THAT(Names(), testing::Contains(merged[0] + ".damaged"));
  EXPECT_EQ(set_->damages().size(), 1u);
}

TEST_F(BlockSetTest, ADamagedBlockHidesNoOther) {
  const SampleModel first = WriteHours(0, kCutMs);
  const SampleModel second = WriteHours(kCutMs, 2 * kCutMs);
  const std::string path = "/blocks/block-00000001";
  const std::string good = *files_.ReadAll(path);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << random_.Below(8)));
    ASSERT_TRUE(files_.WriteAtomically(path, bad));
    Open();
    const SampleModel found = Everything();
    if (found == Part(found, {}, {0, kDayMs}) && found.begin()->second.size() == 4) continue;
    ASSERT_EQ(found, second) << at;
    ASSERT_THAT(set_->damages(), testing::SizeIs(1)) << at;
    EXPECT_EQ(set_->damages()[0].file, path);
    EXPECT_TRUE(files_.Exists(path));
  }
  ASSERT_TRUE(files_.WriteAtomically(path, good.substr(0, good.size() - 1)));
  ASSERT_TRUE(files_.WriteAtomically("/blocks/block-00000077", "no block"));
  Open();
  EXPECT_EQ(Everything(), second);
  EXPECT_EQ(set_->damages().size(), 2u);
  // Its number is not used again.
  WriteHours(2 * kCutMs, 3 * kCutMs);
  EXPECT_TRUE(files_.Exists("/blocks/block-00000078"));
}

TEST_F(BlockSetTest, AMergeKeepsADamagedSourceBeside) {
  const SampleModel first = WriteHours(0, kCutMs);
  const SampleModel second = WriteHours(kCutMs, 2 * kCutMs);
  Flip("/blocks/block-00000001", 14);  // In its only chunk.
  Open();
  EXPECT_EQ(Everything(), second);
  ASSERT_THAT(set_->damages(), testing::SizeIs(1));
  EXPECT_THAT(set_->damages()[0].what, HasSubstr("offset 8"));
  EXPECT_EQ(Maintain(9 * kDayMs), 1);
  EXPECT_EQ(Everything(), second);
  EXPECT_THAT(Names(), ElementsAre("block-00000001.damaged", "block-00000003"));
}

TEST_F(BlockSetTest, ANewerFormatIsRefusedByItsVersion) {
  WriteHours(0, kCutMs);
  std::string bytes = *files_.ReadAll("/blocks/block-00000001");
  bytes[7] = bytes.back() = '3';
  ASSERT_TRUE(files_.WriteAtomically("/blocks/block-00000001", bytes));
  const auto opened = TryOpen();
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_THAT(opened.error().message, HasSubstr("/blocks/block-00000001"));
  EXPECT_THAT(opened.error().message, HasSubstr("version 3"));
}

TEST_F(BlockSetTest, TheOldestBlocksGoForSpaceAndTheNewestNever) {
  for (int64_t at = 0; at < kDayMs; at += kCutMs) WriteHours(at, at + kCutMs);
  const uint64_t one = set_->stats().bytes / 12;
  BlockSet::Upkeep upkeep;
  upkeep.retention.max_bytes = one * 3 + 100;
  EXPECT_EQ(Maintain(upkeep), 1);
  EXPECT_EQ(set_->stats().blocks, 3u);
  EXPECT_EQ(set_->stats().min_ms, kDayMs - 3 * kCutMs);
  upkeep.retention.max_bytes = 1;
  Maintain(upkeep);
  EXPECT_EQ(set_->stats().blocks, 1u);
  Open();
  EXPECT_EQ(set_->stats().min_ms, kDayMs - kCutMs);
}

TEST_F(BlockSetTest, SamplesGrowOldByTheirSelector) {
  const Labels debug = MakeLabels("debug");
  const Labels kept = MakeLabels("kept");
  for (int64_t day = 0; day < 10; ++day) {
    SampleModel model;
    for (const Labels& labels : {debug, kept, MakeLabels("up")}) model[labels][day * kDayMs] = 1;
    ASSERT_TRUE(Write(WindowOf(day * kDayMs, kDayMs), model));
  }
  BlockSet::Upkeep upkeep;
  upkeep.now_ms = 10 * kDayMs - 1;
  upkeep.retention.max_age_ms = 5 * kDayMs;
  upkeep.retention.rules = {{{{"__name__", MatchType::kEqual, "debug"}}, 2 * kDayMs},
                            {{{"__name__", MatchType::kRegex, "k.*"}}, 0}};
  Maintain(upkeep);
  const auto first_of = [&](const char* name) {
    return set_->Select({{"__name__", MatchType::kEqual, name}}, 0, INT64_MAX, {})->at(0).at_ms[0];
  };
  EXPECT_EQ(first_of("debug"), 8 * kDayMs);
  EXPECT_EQ(first_of("up"), 5 * kDayMs);
  EXPECT_EQ(first_of("kept"), 0);
  const uint64_t merges = set_->stats().merges;
  Maintain(upkeep);
  EXPECT_EQ(set_->stats().merges, merges);

  upkeep.retention.rules.pop_back();
  Maintain(upkeep);
  EXPECT_EQ(set_->stats().blocks, 5u);  // Whole blocks.
  EXPECT_EQ(set_->stats().dropped_blocks, 5u);
}

TEST_F(BlockSetTest, AClockThatJumpsAheadDropsNothing) {
  constexpr int64_t kYears = 3650 * kDayMs;
  for (int64_t day = 0; day < 10; ++day)
    WriteHours(day * kDayMs + kHourMs, day * kDayMs + 2 * kHourMs);
  BlockSet::Upkeep upkeep;
  upkeep.retention.max_age_ms = 5 * kDayMs;
  upkeep.now_ms = kYears;
  EXPECT_EQ(Maintain(upkeep), 0);
  EXPECT_TRUE(set_->stats().age_retention_waits);
  // Samples of the wrong time do not vouch for it either, before they come on a third day.
  WriteHours(kYears, kYears + kHourMs);
  WriteHours(kYears + kDayMs, kYears + kDayMs + kHourMs);
  upkeep.now_ms = kYears + kDayMs;
  EXPECT_EQ(Maintain(upkeep), 0);
  EXPECT_EQ(set_->stats().blocks, 12u);
  // Back in its time.
  upkeep.now_ms = 10 * kDayMs - 1;
  EXPECT_EQ(Maintain(upkeep), 1);
  EXPECT_FALSE(set_->stats().age_retention_waits);
  EXPECT_EQ(set_->stats().blocks, 7u);
  EXPECT_EQ(set_->stats().min_ms, 5 * kDayMs + kHourMs);
  // The jump was none: years have passed.
  WriteHours(kYears + 2 * kDayMs, kYears + 2 * kDayMs + kHourMs);
  upkeep.now_ms = kYears + 3 * kDayMs;
  EXPECT_EQ(Maintain(upkeep), 1);
  EXPECT_EQ(set_->stats().blocks, 3u);
}

TEST_F(BlockSetTest, ReadersSeeEachPublishedStateWholeAndWaitForNoMerge) {
  constexpr int kWrites = 60;
  std::atomic<int> written{0};
  std::atomic<bool> over{false};
  std::thread maintainer([&] {
    BlockSet::Upkeep upkeep;
    upkeep.now_ms = 9 * kDayMs;
    while (!over) EXPECT_TRUE(set_->MaintainOne(upkeep));
  });
  std::thread reader([&] {
    while (!over) {
      const auto least = static_cast<size_t>(written.load());
      const auto selected = set_->Select({}, 0, kDayMs, {});
      ASSERT_TRUE(selected);
      size_t samples = selected->empty() ? 0 : selected->at(0).at_ms.size();
      ASSERT_GE(samples, least);
      ASSERT_LE(samples, static_cast<size_t>(kWrites));
      for (size_t i = 0; i < samples; ++i)
        ASSERT_EQ(selected->at(0).at_ms[i], static_cast<int64_t>(i));
      (void)set_->stats();
    }
  });
  for (int64_t i = 0; i < kWrites; ++i) {
    ASSERT_TRUE(Write({0, kDayMs - 1}, {{MakeLabels("up"), {{i, 1}}}}));
    ASSERT_TRUE(set_->Delete({{"__name__", MatchType::kEqual, "other"}}, 0, kDayMs));
    written = static_cast<int>(i) + 1;
  }
  over = true;
  maintainer.join();
  reader.join();
}

}  // namespace
}  // namespace hinomi::metrics
