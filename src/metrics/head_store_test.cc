#include "metrics/head_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <latch>
#include <thread>

#include "base/random.h"
#include "metrics/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SelectLimits kNoLimits;

class HeadStoreTest : public testing::Test {
 protected:
  HeadStoreTest() {
    options_.directory = "/metrics";
    options_.retention = Duration();
  }

  void Open() {
    store_.reset();
    auto opened = HeadStore::Open(files_, clock_, log_, telemetry_, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }
  Status Write(const Labels& labels, std::vector<Sample> samples) {
    return store_->Append({{labels, std::move(samples)}});
  }
  std::vector<std::string> All() { return Select({}); }
  std::vector<std::string> Select(const std::vector<Matcher>& matchers, int64_t from = INT64_MIN,
                                  int64_t to = INT64_MAX) {
    auto selected = store_->Select(matchers, from, to, kNoLimits);
    EXPECT_TRUE(selected);
    return selected ? Render(*selected) : std::vector<std::string>{"error"};
  }
  /// The one segment's content.
  std::string& Segment(const std::string& name) { return files_.Content("/metrics/" + name); }

  FragileFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  HeadOptions options_;
  std::unique_ptr<HeadStore> store_;
};

TEST_F(HeadStoreTest, TakesAnyTimestampInAnyOrderAndTheLaterWriteWins) {
  Open();
  ASSERT_TRUE(Write(MakeLabels("m"), {{2000, 2}, {0, 0}, {1000, 1}}));
  ASSERT_TRUE(Write(MakeLabels("m"), {{1000, 10}, {1500, 15}, {-5, -5}, {1500, 16}}));
  ASSERT_TRUE(Write(MakeLabels("m"), {{3000, 3}}));
  EXPECT_THAT(All(), ElementsAre("m -5@-5 0@0 10@1000 16@1500 2@2000 3@3000"));
  Open();
  EXPECT_THAT(All(), ElementsAre("m -5@-5 0@0 10@1000 16@1500 2@2000 3@3000"));
}

TEST_F(HeadStoreTest, SelectsByMatchersAndInclusiveTimes) {
  Open();
  ASSERT_TRUE(store_->Append({{MakeLabels("http", {{"code", "200"}}), {{1, 1}, {5, 5}}},
                              {MakeLabels("http", {{"code", "500"}}), {{1, 2}}},
                              {MakeLabels("up"), {{3, 1}}}}));
  const Matcher http{"__name__", MatchType::kEqual, "http"};
  EXPECT_THAT(Select({http}), ElementsAre("http{code=\"200\"} 1@1 5@5", "http{code=\"500\"} 2@1"));
  EXPECT_THAT(Select({http, {"code", MatchType::kRegex, "5.."}}),
              ElementsAre("http{code=\"500\"} 2@1"));
  EXPECT_THAT(Select({http, {"code", MatchType::kNotRegex, "5.."}}),
              ElementsAre("http{code=\"200\"} 1@1 5@5"));
  EXPECT_THAT(Select({{"code", MatchType::kEqual, ""}}), ElementsAre("up 1@3"));
  EXPECT_THAT(Select({{"code", MatchType::kNotEqual, "200"}}),
              ElementsAre("http{code=\"500\"} 2@1", "up 1@3"));
  EXPECT_THAT(Select({http}, 2, 5), ElementsAre("http{code=\"200\"} 5@5"));
  EXPECT_THAT(Select({http}, 2, 4), IsEmpty());
  EXPECT_THAT(*store_->LabelNames(0, 10), ElementsAre("__name__", "code"));
  EXPECT_THAT(*store_->LabelNames(2, 4), ElementsAre("__name__"));
  EXPECT_THAT(*store_->LabelValues("code", 0, 10), ElementsAre("200", "500"));
  EXPECT_THAT(*store_->LabelValues("code", 5, 5), ElementsAre("200"));
  EXPECT_EQ(store_->SelectLabels({http}, 5, 9)->size(), 1u);
}

TEST_F(HeadStoreTest, AQueryOverItsLimitsIsRefusedAndNamesTheLimit) {
  Open();
  ASSERT_TRUE(
      store_->Append({{MakeLabels("a"), {{1, 1}, {2, 2}}}, {MakeLabels("b"), {{1, 1}, {2, 2}}}}));
  SelectLimits limits;
  limits.max_series = 1;
  auto refused = store_->Select({}, 0, 10, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("more than 1 series"));
  limits = {2, 3};
  refused = store_->Select({}, 0, 10, limits);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("more than 3 samples"));
  limits.max_samples = 4;
  EXPECT_TRUE(store_->Select({}, 0, 10, limits));
}

TEST_F(HeadStoreTest, KeepsStaleMarkersAndNanBitsThroughARestart) {
  Open();
  const auto odd_nan = std::bit_cast<double>(uint64_t{0x7FF8000000000123});
  ASSERT_TRUE(Write(MakeLabels("m"), {{1, StaleMarker()}, {2, odd_nan}, {3, -0.0}}));
  Open();
  const auto selected = *store_->Select({}, 0, 10, kNoLimits);
  ASSERT_EQ(selected.size(), 1u);
  EXPECT_EQ(std::bit_cast<uint64_t>(selected[0].values[0]), kStaleNanBits);
  EXPECT_EQ(std::bit_cast<uint64_t>(selected[0].values[1]), 0x7FF8000000000123u);
  EXPECT_TRUE(std::signbit(selected[0].values[2]));
}

TEST_F(HeadStoreTest, MetadataSurvivesARestart) {
  Open();
  store_->SetMetadata("m", {MetricType::kCounter, "Requests.", "requests"});
  ASSERT_TRUE(Write(MakeLabels("m"), {{1, 1}}));
  Open();
  const auto metadata = store_->MetricMetadata();
  ASSERT_TRUE(metadata.contains("m"));
  EXPECT_EQ(metadata.at("m").type, MetricType::kCounter);
  EXPECT_EQ(metadata.at("m").help, "Requests.");
  EXPECT_EQ(metadata.at("m").unit, "requests");
}

TEST_F(HeadStoreTest, AnAnsweredBatchSurvivesAPowerCutWhateverStandsBehindIt) {
  for (const size_t kept : {0, 1, 5, 11, 12, 13, 30}) {
    files_ = FragileFiles();
    Open();
    ASSERT_TRUE(Write(MakeLabels("m", {{"i", "1"}}), {{1, 1}}));
    ASSERT_TRUE(Write(MakeLabels("m", {{"i", "2"}}), {{2, 2}}));
    // The third batch is written, but its sync fails, as does the repair.
    files_.FailAfter(1);
    EXPECT_FALSE(Write(MakeLabels("m", {{"i", "3"}}), {{3, 3}}));
    files_.PowerCut(kept);
    Open();
    EXPECT_THAT(All(), ElementsAre("m{i=\"1\"} 1@1", "m{i=\"2\"} 2@2")) << kept;
    EXPECT_THAT(store_->damages(), IsEmpty());
    ASSERT_TRUE(Write(MakeLabels("m", {{"i", "2"}}), {{4, 4}}));
    files_.PowerCut();
    Open();
    EXPECT_THAT(All(), ElementsAre("m{i=\"1\"} 1@1", "m{i=\"2\"} 2@2 4@4")) << kept;
    EXPECT_THAT(store_->damages(), IsEmpty());
  }
}

TEST_F(HeadStoreTest, AFailedWriteIsAnErrorAndTheNextOneGoesOn) {
  for (int operations = 0; operations < 6; ++operations) {
    files_ = FragileFiles();
    Open();
    ASSERT_TRUE(Write(MakeLabels("a"), {{1, 1}}));
    files_.FailAfter(operations);
    int failures = 0;
    for (int i = 0; i < 6 && failures == 0; ++i)
      if (!Write(MakeLabels("b"), {{10 + i, 1}})) ++failures;
    ASSERT_EQ(failures, 1);
    files_.Heal();
    ASSERT_TRUE(Write(MakeLabels("c"), {{99, 9}}));
    const auto before = All();
    files_.PowerCut();
    Open();
    for (const std::string& line : before) EXPECT_THAT(All(), testing::Contains(line));
    EXPECT_THAT(store_->damages(), IsEmpty());
  }
}

TEST_F(HeadStoreTest, EveryCutOfTheLogLeavesAPrefixOfTheBatches) {
  Open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Write(MakeLabels("m"), {{i, 1.0 * i}}));
  store_.reset();
  const std::string whole = Segment("wal-00000001");
  size_t last_count = 0;
  for (size_t size = 0; size <= whole.size(); ++size) {
    files_ = FragileFiles();
    ASSERT_TRUE(files_.WriteAtomically("/metrics/wal-00000001", whole.substr(0, size), 0644));
    Open();
    EXPECT_THAT(store_->damages(), IsEmpty());
    const auto selected = *store_->Select({}, 0, 10, kNoLimits);
    const size_t count = selected.empty() ? 0 : selected[0].at_ms.size();
    EXPECT_GE(count, last_count);
    last_count = count;
  }
  EXPECT_EQ(last_count, 5u);
}

TEST_F(HeadStoreTest, AnyFlippedByteCostsOneRecordAtMostAndIsReported) {
  Open();
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(Write(MakeLabels("m", {{"i", std::to_string(i)}}), {{i, 1.0 * i}}));
  store_.reset();
  const std::string whole = Segment("wal-00000001");
  for (size_t place = 0; place < whole.size(); ++place) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x40);
    files_ = FragileFiles();
    ASSERT_TRUE(files_.WriteAtomically("/metrics/wal-00000001", flipped, 0644));
    Open();
    const size_t found = store_->series_count();
    EXPECT_GE(found, 3u) << place;
    if (place < kWalMagic.size()) {
      EXPECT_EQ(found, 4u);
      EXPECT_EQ(store_->damages().size(), 1u);
    } else if (store_->damages().empty()) {
      // The last record: damage at the very end looks like a cut write.
      EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_tsdb_wal_torn_bytes"));
      EXPECT_THAT(All(), testing::Contains("m{i=\"2\"} 2@2"));
    } else {
      const WalDamage& damage = store_->damages()[0];
      EXPECT_EQ(damage.file, "wal-00000001");
      EXPECT_LE(damage.offset, place);
      EXPECT_GT(damage.offset + damage.bytes, place);
      EXPECT_EQ(found, 3u);
      EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_tsdb_wal_damaged_regions 1"));
    }
  }
}

TEST_F(HeadStoreTest, BytesInsideALabelAreNotTakenForARecord) {
  Open();
  // A record as it would stand at the start of the segment, sent as a value.
  WalRecordBuilder forged;
  const Labels forged_labels = MakeLabels("forged");
  const std::vector<Sample> forged_samples = {{1, 1}};
  forged.AddSeries(7, &forged_labels, forged_samples);
  const std::string inner = FrameWalRecord(1, kWalMagic.size(), forged.Take());
  ASSERT_TRUE(Write(MakeLabels("m", {{"x", inner}}), {{1, 1}}));
  ASSERT_TRUE(Write(MakeLabels("after"), {{1, 1}}));
  store_.reset();
  Segment("wal-00000001")[kWalMagic.size() + 5] ^= 1;
  Open();
  EXPECT_THAT(All(), ElementsAre("after 1@1"));
}

TEST_F(HeadStoreTest, ACheckpointBoundsTheRestartAndKeepsEverything) {
  options_.segment_bytes = 200;
  options_.least_checkpoint_bytes = 1000;
  Open();
  store_->SetMetadata("m", {MetricType::kGauge, "Help.", ""});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Write(MakeLabels("m", {{"i", std::to_string(i % 3)}}), {{i, 1.0 * i}}));
    ASSERT_TRUE(store_->Maintain());
  }
  const auto before = All();
  const auto names = *files_.List("/metrics");
  EXPECT_LT(names.size(), 20u);
  EXPECT_EQ(std::count_if(names.begin(), names.end(),
                          [](const auto& name) { return name.starts_with("checkpoint-"); }),
            1);
  files_.PowerCut();
  Open();
  EXPECT_EQ(All(), before);
  EXPECT_EQ(store_->MetricMetadata().at("m").help, "Help.");
}

TEST_F(HeadStoreTest, APowerCutInsideACheckpointLosesNothing) {
  for (int operations = 0; operations < 12; ++operations) {
    files_ = FragileFiles();
    Open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(Write(MakeLabels("m"), {{i, 1.0 * i}}));
    ASSERT_TRUE(store_->Checkpoint());
    ASSERT_TRUE(Write(MakeLabels("m"), {{5, 55}, {20, 20}}));
    const auto before = All();
    files_.FailAfter(operations);
    (void)store_->Checkpoint();
    files_.PowerCut(static_cast<size_t>(operations));
    Open();
    EXPECT_EQ(All(), before) << operations;
    EXPECT_THAT(store_->damages(), IsEmpty());
  }
}

TEST_F(HeadStoreTest, ADamagedSegmentIsKeptAsideWhenACheckpointCoversIt) {
  Open();
  ASSERT_TRUE(Write(MakeLabels("a"), {{1, 1}}));
  ASSERT_TRUE(Write(MakeLabels("b"), {{1, 1}}));
  store_.reset();
  Segment("wal-00000001")[30] ^= 1;
  Open();
  ASSERT_EQ(store_->damages().size(), 1u);
  ASSERT_TRUE(store_->Checkpoint());
  EXPECT_TRUE(files_.Exists("/metrics/wal-00000001.damaged"));
  EXPECT_FALSE(files_.Exists("/metrics/wal-00000001"));
}

TEST_F(HeadStoreTest, AtTheMemoryLimitABatchIsRefusedWholeAndOthersAreNot) {
  options_.memory_limit_bytes = 20'000;
  Open();
  ASSERT_TRUE(Write(MakeLabels("small"), {{1, 1}}));
  std::vector<WriteSeries> large;
  for (int i = 0; i < 200; ++i)
    large.push_back({MakeLabels("m", {{"i", std::to_string(i)}}), {{1, 1}}});
  const Status refused = store_->Append(large);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("memory limit"));
  EXPECT_EQ(store_->series_count(), 1u);
  EXPECT_TRUE(Write(MakeLabels("small"), {{2, 2}}));
  EXPECT_THAT(telemetry_.Expose(),
              HasSubstr("hinomi_tsdb_append_refused_total{reason=\"memory\"} 1"));
}

TEST_F(HeadStoreTest, BelowMinFreeWritesAreRefusedAndReadsGoOn) {
  bool low = false;
  options_.disk_is_low = [&] { return low; };
  Open();
  ASSERT_TRUE(Write(MakeLabels("m"), {{1, 1}}));
  low = true;
  const Status refused = Write(MakeLabels("m"), {{2, 2}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("min_free"));
  EXPECT_THAT(All(), ElementsAre("m 1@1"));
  low = false;
  EXPECT_TRUE(Write(MakeLabels("m"), {{2, 2}}));
}

TEST_F(HeadStoreTest, RetentionDropsOldSamplesButSparesASeriesBeingBackfilled) {
  options_.retention = Duration::Days(1);
  options_.backfill_grace = Duration::Hours(2);
  Open();
  const int64_t start = clock_.Now().millis();
  ASSERT_TRUE(Write(MakeLabels("live"), {{start, 1}}));
  ASSERT_TRUE(Write(MakeLabels("backfill"), {{0, 1}, {1000, 2}}));
  ASSERT_TRUE(store_->Maintain());
  EXPECT_EQ(All().size(), 2u);
  clock_.Advance(Duration::Hours(3));
  ASSERT_TRUE(store_->Maintain());
  EXPECT_THAT(All(), ElementsAre("live 1@" + std::to_string(start)));
  clock_.Advance(Duration::Hours(22));
  ASSERT_TRUE(store_->Maintain());
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_EQ(store_->series_count(), 0u);
  ASSERT_TRUE(Write(MakeLabels("live"), {{start, 2}}));
  EXPECT_EQ(store_->series_count(), 1u);
}

TEST_F(HeadStoreTest, NearTheMemoryLimitTheOldestSamplesGo) {
  options_.memory_limit_bytes = 200'000;
  Open();
  int64_t at = 0;
  while (store_->memory_bytes() <= 180'000) ASSERT_TRUE(Write(MakeLabels("m"), {{at++, 1}}));
  ASSERT_TRUE(store_->Maintain());
  EXPECT_LT(store_->memory_bytes(), 180'000u);
  const auto left = *store_->Select({}, INT64_MIN, INT64_MAX, kNoLimits);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_GT(left[0].at_ms.front(), 0);
  EXPECT_EQ(left[0].at_ms.back(), at - 1);
  EXPECT_GT(left[0].at_ms.size(), static_cast<size_t>(at) / 2);
}

TEST_F(HeadStoreTest, TellsTheListenerOfDurableBatchesOnly) {
  std::vector<std::string> seen;
  options_.on_append = [&](const std::vector<WriteSeries>& batch) {
    for (const auto& series : batch) seen.push_back(series.labels.ToString());
  };
  Open();
  ASSERT_TRUE(Write(MakeLabels("a"), {{1, 1}}));
  files_.FailAfter(0);
  EXPECT_FALSE(Write(MakeLabels("b"), {{1, 1}}));
  EXPECT_THAT(seen, ElementsAre("a"));
}

/// Holds the first sync until all threads are queued behind it.
class SlowFile : public File {
 public:
  SlowFile(std::unique_ptr<File> file, std::latch& gate) : file_(std::move(file)), gate_(gate) {}
  Result<std::string> ReadAt(uint64_t o, size_t s) override { return file_->ReadAt(o, s); }
  Status WriteAt(uint64_t o, std::string_view b) override { return file_->WriteAt(o, b); }
  Status Append(std::string_view b) override { return file_->Append(b); }
  Status Sync() override {
    gate_.wait();
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    return file_->Sync();
  }
  Status Truncate(uint64_t s) override { return file_->Truncate(s); }
  Result<uint64_t> Size() override { return file_->Size(); }

 private:
  std::unique_ptr<File> file_;
  std::latch& gate_;
};

class SlowFiles : public FragileFiles {
 public:
  explicit SlowFiles(std::latch& gate) : gate_(gate) {}
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    HN_TRY(auto file, FragileFiles::Open(path, mode));
    return std::unique_ptr<File>(std::make_unique<SlowFile>(std::move(file), gate_));
  }

 private:
  std::latch& gate_;
};

TEST_F(HeadStoreTest, ConcurrentAppendersShareSyncsAndAllBatchesAreThere) {
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::latch gate(kThreads);
  SlowFiles files(gate);
  auto store = *HeadStore::Open(files, clock_, log_, telemetry_, options_);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      gate.count_down();
      for (int i = 0; i < kEach; ++i) {
        const Labels shared = MakeLabels("shared", {{"i", std::to_string(i)}});
        const Labels own = MakeLabels("own", {{"t", std::to_string(t)}});
        EXPECT_TRUE(store->Append({{shared, {{t, 1.0}}}, {own, {{i, 1.0}}}}));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LT(files.syncs(), kThreads * kEach);
  store.reset();
  files.PowerCut();
  store = *HeadStore::Open(files, clock_, log_, telemetry_, options_);
  const auto selected = *store->Select({}, 0, 1000, kNoLimits);
  ASSERT_EQ(selected.size(), size_t{kThreads + kEach});
  for (const auto& series : selected)
    EXPECT_EQ(series.at_ms.size(),
              static_cast<size_t>(series.labels.name() == "own" ? kEach : kThreads));
}

TEST_F(HeadStoreTest, AgreesWithASimpleModelUnderRandomWritesRestartsAndCheckpoints) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    files_ = FragileFiles();
    options_.segment_bytes = 300;
    Open();
    std::map<std::string, std::map<int64_t, double>> model;
    for (int step = 0; step < 150; ++step) {
      const uint64_t what = random.Below(20);
      if (what == 0) {
        files_.PowerCut(random.Below(40));
        Open();
      } else if (what == 1) {
        ASSERT_TRUE(store_->Checkpoint());
      } else {
        const bool broken = what == 2;
        std::vector<WriteSeries> batch;
        for (uint64_t s = 0; s <= random.Below(3); ++s) {
          WriteSeries series{MakeLabels("m", {{"s", std::to_string(random.Below(4))}}), {}};
          for (uint64_t n = 0; n <= random.Below(5); ++n)
            series.samples.push_back({static_cast<int64_t>(random.Below(50)), random.Unit()});
          batch.push_back(std::move(series));
        }
        if (broken) files_.FailAfter(0);
        ASSERT_EQ(store_->Append(batch).has_value(), !broken);
        files_.Heal();
        if (broken) continue;
        for (const auto& series : batch)
          for (const auto& sample : series.samples)
            model[series.labels.ToString()][sample.at_ms] = sample.value;
      }
      const auto selected = *store_->Select({}, INT64_MIN, INT64_MAX, kNoLimits);
      ASSERT_EQ(selected.size(), model.size()) << "seed " << seed << " step " << step;
      for (const auto& series : selected) {
        std::map<int64_t, double> columns;
        for (size_t i = 0; i < series.at_ms.size(); ++i)
          columns[series.at_ms[i]] = series.values[i];
        ASSERT_EQ(columns, model[series.labels.ToString()]) << "seed " << seed << " step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace hinomi::metrics
