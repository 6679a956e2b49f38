#include "metrics/tsdb/tsdb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <set>

#include "base/random.h"
#include "metrics/testing.h"
#include "metrics/tsdb/head_testing.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/wal.h"
#include "os/memory_testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Series by their labels' text → time → bits of the value.
using StoreContent = std::map<std::string, std::map<int64_t, uint64_t>>;

class TsdbTest : public testing::Test {
 protected:
  std::unique_ptr<Tsdb> Open(Files& files, TsdbOptions options = {}) {
    options.directory = "/metrics";
    auto opened = Tsdb::Open(files, clock_, log_, telemetry_, std::move(options));
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static StoreContent ContentOf(const Queryable& store, const std::vector<Matcher>& matchers = {}) {
    StoreContent content;
    const auto selected = store.Select(matchers, INT64_MIN, INT64_MAX, {});
    for (const SeriesColumns& series : selected.value())
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        content[series.labels.ToString()][series.at_ms[i]] =
            std::bit_cast<uint64_t>(series.values[i]);
    return content;
  }

  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
};

TEST_F(TsdbTest, WhatIsPromisedSoonSharesOneSyncASecond) {
  FaultFiles files;
  auto store = Open(files);
  const auto append = [&](int64_t at_ms, Promise promise) {
    BatchBuilder builder;
    builder.Add(MakeLabels("m"), {{at_ms, 1}});
    RawBatch batch = builder.batch();
    batch.promise = promise;
    ASSERT_TRUE(store->AppendRaw(batch));
  };
  const auto times_after_power_cut = [&] {
    store.reset();
    files.PowerCut();
    store = Open(files);
    StoreContent content = ContentOf(*store);
    std::vector<int64_t> times;
    for (const auto& [at_ms, bits] : content["m"]) times.push_back(at_ms);
    return times;
  };
  append(1, Promise::kSoon);
  EXPECT_EQ(store->head()->syncs(), 1u);
  append(2, Promise::kSoon);
  append(3, Promise::kSoon);
  EXPECT_EQ(store->head()->syncs(), 1u);
  EXPECT_EQ(ContentOf(*store)["m"].size(), 3u);
  clock_.Advance(Duration::Seconds(1));
  append(4, Promise::kSoon);
  EXPECT_EQ(store->head()->syncs(), 2u);
  append(5, Promise::kSoon);
  append(6, Promise::kDurable);
  EXPECT_EQ(store->head()->syncs(), 3u);
  append(7, Promise::kSoon);
  EXPECT_THAT(times_after_power_cut(), ElementsAre(1, 2, 3, 4, 5, 6));
  append(8, Promise::kSoon);
  append(9, Promise::kSoon);
  ASSERT_TRUE(store->Maintain());
  EXPECT_THAT(times_after_power_cut(), ElementsAre(1, 2, 3, 4, 5, 6, 8, 9));
}

TEST_F(TsdbTest, AgreesWithAModelUnderWritesUpkeepDeletesAndRestarts) {
  for (uint64_t seed = 1; seed <= 15; ++seed) {
    Random random(seed);
    FaultFiles files;
    auto store = Open(files);
    StoreContent model;
    for (int step = 0; step < 120; ++step) {
      const uint64_t what = random.Below(24);
      switch (what) {
        case 0:
          ASSERT_TRUE(store->Maintain());
          break;
        case 1:
          ASSERT_TRUE(store->CutAll());
          break;
        case 2:
          store.reset();
          files.PowerCut(random);
          store = Open(files);
          break;
        case 3: {
          const std::string number = std::to_string(random.Below(8));
          const int64_t from = static_cast<int64_t>(random.Below(60)) * kCutMs / 2;
          const int64_t to = from + static_cast<int64_t>(random.Below(10)) * kCutMs / 2;
          ASSERT_TRUE(store->Delete({{"i", MatchType::kEqual, number}}, from, to));
          const auto deleted = model.find("m{i=\"" + number + "\"}");
          if (deleted == model.end()) break;
          deleted->second.erase(deleted->second.lower_bound(from), deleted->second.upper_bound(to));
          if (deleted->second.empty()) model.erase(deleted);
          break;
        }
        default: {
          std::vector<WriteSeries> batch;
          for (uint64_t i = 1 + random.Below(4); i-- > 0;) {
            WriteSeries& series = batch.emplace_back();
            series.labels = MakeLabels("m", {{"i", std::to_string(random.Below(8))}});
            for (uint64_t j = 1 + random.Below(5); j-- > 0;) {
              series.samples.push_back(
                  {static_cast<int64_t>(random.Below(60)) * kCutMs / 2,
                   random.Percent(5) ? StaleMarker() : 0.1 * static_cast<double>(step)});
              model[series.labels.ToString()][series.samples.back().at_ms] =
                  std::bit_cast<uint64_t>(series.samples.back().value);
            }
          }
          ASSERT_TRUE(store->Append(batch));
        }
      }
      if (what < 4) {
        ASSERT_EQ(ContentOf(*store), model) << "seed " << seed << " step " << step;
        for (int i = 0; i < 8; ++i) {
          const std::string number = std::to_string(i);
          StoreContent alone;
          if (const auto one = model.find("m{i=\"" + number + "\"}"); one != model.end())
            alone.insert(*one);
          ASSERT_EQ(ContentOf(*store, {{"i", MatchType::kEqual, number}}), alone)
              << "seed " << seed << " step " << step;
        }
      }
    }
    EXPECT_EQ(ContentOf(*store), model) << seed;
    EXPECT_EQ(store->SelectLabels({}, INT64_MIN, INT64_MAX)->size(), model.size());
  }
}

TEST_F(TsdbTest, NamesAndValuesAreThoseOfTheTimeAskedFor) {
  FaultFiles files;
  auto store = Open(files);
  ASSERT_TRUE(store->Append({{MakeLabels("old", {{"a", "1"}}), {{0, 1}}}}));
  ASSERT_TRUE(store->CutAll());
  ASSERT_TRUE(store->Append({{MakeLabels("new", {{"b", "2"}}), {{10 * kCutMs, 1}}}}));
  EXPECT_THAT(*store->LabelNames(0, 20 * kCutMs), ElementsAre("__name__", "a", "b"));
  EXPECT_THAT(*store->LabelNames(5 * kCutMs, 20 * kCutMs), ElementsAre("__name__", "b"));
  EXPECT_THAT(*store->LabelValues("__name__", 0, 20 * kCutMs), ElementsAre("new", "old"));
  EXPECT_THAT(*store->LabelValues("__name__", 0, 5), ElementsAre("old"));
  EXPECT_THAT(*store->LabelValues("b", 0, 5), IsEmpty());
  ASSERT_TRUE(store->CutAll());
  EXPECT_THAT(*store->LabelValues("__name__", 0, 20 * kCutMs), ElementsAre("new", "old"));
}

TEST_F(TsdbTest, LimitsHoldOverHeadAndBlocksTogether) {
  FaultFiles files;
  auto store = Open(files);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(store->Append(
        {{MakeLabels("m", {{"i", std::to_string(i)}}), {{i * 1000, 1}, {i * 1000 + 1, 2}}}}));
    if (i == 1) {
      ASSERT_TRUE(store->CutAll());
    }
  }
  EXPECT_TRUE(store->Select({}, 0, 10'000, {4, 8}));
  const auto series = store->Select({}, 0, 10'000, {3, 100});
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(series.error().message, HasSubstr("more than 3 series"));
  EXPECT_THAT(store->Select({}, 0, 10'000, {100, 7}).error().message,
              HasSubstr("more than 7 samples"));
}

TEST_F(TsdbTest, BelowMinFreeWritesAreRefusedAndReadsGoOn) {
  FaultFiles files;
  bool low = false;
  TsdbOptions options;
  options.disk_is_low = [&] { return low; };
  auto store = Open(files, options);
  ASSERT_TRUE(store->Append({{MakeLabels("m"), {{1, 1}}}}));
  low = true;
  const Status refused = store->Append({{MakeLabels("m"), {{2, 2}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("min_free"));
  EXPECT_EQ(ContentOf(*store).at("m").size(), 1u);
}

class OneMetricListener : public ArrivalListener {
 public:
  uint64_t Interest() const override { return version; }
  bool Wants(std::string_view metric) const override {
    ++asked;
    return metric == wanted;
  }
  void Arrived(const std::vector<WriteSeries>& series) override {
    for (const WriteSeries& one : series)
      for (const Sample& sample : one.samples)
        arrived.push_back(one.labels.ToString() + " " + std::to_string(sample.at_ms));
  }
  uint64_t version = 0;
  std::string wanted = "a";
  mutable int asked = 0;
  std::vector<std::string> arrived;
};

TEST_F(TsdbTest, AListenerHearsOfTheSeriesThatItWantsAndIsAskedOnce) {
  FaultFiles files;
  OneMetricListener listener;
  TsdbOptions options;
  options.listener = &listener;
  auto store = Open(files, options);
  for (int64_t at = 1; at <= 3; ++at)
    ASSERT_TRUE(store->Append({{MakeLabels("a"), {{at, 1}}}, {MakeLabels("b"), {{at, 1}}}}));
  EXPECT_THAT(listener.arrived, ElementsAre("a 1", "a 2", "a 3"));
  EXPECT_EQ(listener.asked, 2);
  listener.wanted = "b";
  ++listener.version;
  ASSERT_TRUE(store->Append({{MakeLabels("a"), {{4, 1}}}, {MakeLabels("b"), {{4, 1}}}}));
  EXPECT_EQ(listener.arrived.back(), "b 4");
  files.FailFrom(1, DiskFault::kIoError, 1000);
  EXPECT_FALSE(store->Append({{MakeLabels("b"), {{5, 1}}}}));
  EXPECT_EQ(listener.arrived.size(), 4u);
}

TEST_F(TsdbTest, AListenerHearsOfLabelsThatCameInAnotherForm) {
  FaultFiles files;
  OneMetricListener listener;
  TsdbOptions options;
  options.listener = &listener;
  auto store = Open(files, options);
  RawBatch batch;
  batch.series = {{"of a", 0, 1}, {"of b", 1, 1}};
  batch.samples = {{1, 1}, {1, 1}};
  batch.canonical = [](std::string_view form) -> Result<std::string> {
    return LabelBytesOf(MakeLabels(std::string(form.substr(3))));
  };
  for (int round = 0; round < 2; ++round) ASSERT_TRUE(store->AppendRaw(batch));
  EXPECT_THAT(listener.arrived, ElementsAre("a 1", "a 1"));
  EXPECT_EQ(listener.asked, 2);
}

TEST_F(TsdbTest, UpkeepThatMovedSamplesGivesBackWhatMallocHasFree) {
  if (!MallocIsTheSystems()) GTEST_SKIP() << "a sanitizer's malloc keeps what is freed";
  constexpr size_t kMuch = 16u << 20;
  FaultFiles files;
  auto store = Open(files);
  const size_t before = ResidentBytes();
  const KeptByMalloc kept(kMuch);
  ASSERT_TRUE(store->Maintain());
  // Whoever moved nothing leaves it to those who may use it again.
  EXPECT_GT(ResidentBytes(), before + kMuch / 2);
  ASSERT_TRUE(store->Append({{MakeLabels("m"), {{1, 1}}}}));
  ASSERT_TRUE(store->CutAll());
  ASSERT_TRUE(store->Maintain());
  EXPECT_LT(ResidentBytes(), before + kMuch / 4);
}

TEST_F(TsdbTest, ChurnDoesNotGrowTheHeadWithoutBound) {
  FaultFiles files;
  TsdbOptions options;
  options.renew_from_series = 100;
  options.head.flush_bytes = 10'000;
  options.head.flush_bytes_per_series = 0;
  auto store = Open(files, options);
  store->SetMetadata("m", {MetricType::kGauge, "Kept.", ""});
  size_t most = 0;
  StoreContent model;
  for (int64_t hour = 0; hour < 60; ++hour) {
    for (int64_t series = 0; series < 20; ++series)
      for (int64_t minute = 0; minute < 3; ++minute) {
        const Labels labels = MakeLabels("m", {{"pod", std::to_string(hour * 20 + series)}});
        const int64_t at = hour * kHourMs + minute * 60'000;
        ASSERT_TRUE(store->Append({{labels, {{at, 1.0}}}}));
        model[labels.ToString()][at] = std::bit_cast<uint64_t>(1.0);
      }
    ASSERT_TRUE(store->Maintain());
    most = std::max(most, store->head()->series_count());
    if (hour % 25 == 24) {
      store.reset();
      files.PowerCut();
      store = Open(files, options);
    }
  }
  EXPECT_LT(most, 800u);  // Of 1,200 in all.
  EXPECT_TRUE(ContentOf(*store) == model);
  EXPECT_EQ(store->MetricMetadata().at("m").help, "Kept.");
}

/// All within two hours, so that no window ends: each series has the two cells of memory that
/// a flush would wait for more of.
TEST_F(TsdbTest, SeriesThatEndSoonFitIntoTheMemoryHoweverFastTheyCome) {
  FaultFiles files;
  TsdbOptions options;
  options.renew_from_series = 1000;
  options.head.flush_bytes = 100'000;
  options.settings.head_memory_bytes = 8u << 20;
  auto store = Open(files, options);
  size_t most = 0;
  constexpr int64_t kBatch = 500;
  for (int64_t first = 0; first < 200 * kBatch; first += kBatch) {
    std::vector<WriteSeries> batch;
    for (int64_t i = first; i < first + kBatch; ++i) {
      batch.push_back({MakeLabels("m", {{"pod", std::to_string(i)}}), {}});
      for (int64_t at = 0; at < 6; ++at) batch.back().samples.push_back({i * 50 + at, 1.0});
    }
    const Status appended = store->Append(batch);
    ASSERT_TRUE(appended) << appended.error().message;
    most = std::max(most, store->head()->memory_bytes());
    if (store->head()->FlushDue()) {
      ASSERT_TRUE(store->Maintain());
    }
  }
  EXPECT_LT(most, options.settings.head_memory_bytes);
  EXPECT_EQ(ContentOf(*store).size(), static_cast<size_t>(200 * kBatch));
}

/// A host with a few series, scraped every 15 s, and a store that is looked after
/// every ten.
class SmallServerTest : public TsdbTest {
 protected:
  void Run(Duration time) {
    for (const Instant end = clock_.Now() + time; clock_.Now() < end;) {
      clock_.Advance(Duration::Seconds(5));
      ++fives_;
      if (fives_ % 3 == 0) Scrape();
      if (fives_ % 2 == 0) {
        ASSERT_TRUE(store_->Maintain());
      }
      most_log_bytes_ = std::max(most_log_bytes_, store_->head()->log_bytes());
    }
  }
  void Wait(Duration time) {
    for (const Instant end = clock_.Now() + time; clock_.Now() < end;) {
      clock_.Advance(Duration::Seconds(10));
      ASSERT_TRUE(store_->Maintain());
    }
  }
  void Scrape() {
    std::vector<WriteSeries> batch;
    for (int i = 0; i < 3; ++i) {
      const Labels labels = MakeLabels("m", {{"i", std::to_string(i)}});
      const auto value = static_cast<double>(fives_ % 97 * i);
      batch.push_back({labels, {{at_ms_, value}}});
      model_[labels.ToString()][at_ms_] = std::bit_cast<uint64_t>(value);
    }
    at_ms_ += 15'000;
    ASSERT_TRUE(store_->Append(batch));
  }
  void Reopen() {
    store_.reset();
    files_.PowerCut();
    store_ = Open(files_);
  }
  uint64_t SamplesInModel() const {
    uint64_t samples = 0;
    for (const auto& [labels, columns] : model_) samples += columns.size();
    return samples;
  }

  FaultFiles files_;
  std::unique_ptr<Tsdb> store_ = Open(files_);
  StoreContent model_;
  int64_t at_ms_ = clock_.Now().millis();
  uint64_t fives_ = 0;
  uint64_t most_log_bytes_ = 0;
};

TEST_F(SmallServerTest, ItsLogStaysShortAndItsSamplesReachBlocksOfTheirFinalSize) {
  Run(Duration::Hours(9));
  // The window is cut some minutes after its end.
  EXPECT_GE(store_->blocks().stats().samples, 3u * 4 * 60 * 6);
  Reopen();
  Run(Duration::Hours(45));
  EXPECT_GE(store_->blocks().stats().samples, 3u * 4 * 60 * 51);
  // Two hours and some minutes of three samples with a frame, each alone in a record.
  EXPECT_LT(most_log_bytes_, 30'000u);
  EXPECT_TRUE(ContentOf(*store_) == model_);
  uint32_t longest = 0;
  for (const std::string& name : *files_.List("/metrics/blocks")) {
    const auto block = *Block::Open(files_, "/metrics/blocks/" + name);
    ASSERT_TRUE(block->Prepare());
    auto cursor = block->Chunks();
    const auto chunks = cursor.At(0).value();
    for (const ChunkRef& chunk : chunks) longest = std::max(longest, chunk.samples);
  }
  EXPECT_GE(longest, 2880u);  // Half of the day that is over.
}

TEST_F(SmallServerTest, WhenItsSendersAreGoneAllIsInBlocksWithinMinutes) {
  Run(Duration::Minutes(50));
  EXPECT_EQ(store_->blocks().stats().blocks, 0u);
  Wait(Duration::Minutes(2));
  EXPECT_TRUE(store_->head()->empty());
  EXPECT_EQ(store_->head()->log_bytes(), 0u);
  EXPECT_EQ(store_->blocks().stats().samples, SamplesInModel());
  // Also what a restart finds in the log and in flush files.
  Run(Duration::Minutes(150));
  Reopen();
  EXPECT_FALSE(store_->head()->empty());
  Wait(Duration::Minutes(2));
  EXPECT_TRUE(store_->head()->empty());
  EXPECT_EQ(store_->blocks().stats().samples, SamplesInModel());
  EXPECT_TRUE(ContentOf(*store_) == model_);
}

TEST_F(SmallServerTest, AWallClockThatJumpsCutsNothingAndLosesNothing) {
  Run(Duration::Hours(3));
  const uint64_t blocks = store_->blocks().stats().blocks;
  const Instant now = clock_.Now();
  for (const int64_t days : {-20'000, 4000, -1, 1}) {
    clock_.JumpWall(now + Duration::Days(days));
    Run(Duration::Minutes(3));
    EXPECT_EQ(store_->blocks().stats().blocks, blocks) << days;
  }
  clock_.JumpWall(now);
  Run(Duration::Hours(3));
  EXPECT_EQ(store_->blocks().stats().blocks, blocks + 2);
  EXPECT_TRUE(ContentOf(*store_) == model_);
}

TEST_F(TsdbTest, AHeadThatACrashLeftBehindGoesToABlock) {
  FaultFiles files;
  {
    auto store = Open(files);
    ASSERT_TRUE(store->Append({{MakeLabels("m"), {{1, 1}}}}));
    ASSERT_TRUE(files.MakeDirectories("/metrics/head-00000002"));
  }
  for (int start = 0; start < 2; ++start) {
    const auto store = Open(files);
    EXPECT_EQ(ContentOf(*store).at("m").size(), 1u);
    ASSERT_TRUE(store->Maintain());
    EXPECT_EQ(ContentOf(*store).at("m").size(), 1u);
    EXPECT_EQ(store->blocks().stats().samples, 1u);
    EXPECT_EQ(store->heads().size(), 1u);
    EXPECT_THAT(*files.List("/metrics/head-00000001"), IsEmpty());
  }
}

TEST_F(TsdbTest, WhatTheFirstStoreLeftIsTakenOver) {
  FaultFiles files;
  ASSERT_TRUE(files.MakeDirectories("/metrics"));
  const Labels labels = MakeLabels("old", {{"i", "1"}});
  const auto write = [&](const std::string& name, uint64_t sequence, double value) {
    auto segment = *WalSegment::Create(files, "/metrics/" + name, sequence);
    WalRecordBuilder record;
    const std::vector<Sample> samples{{5, value}, {static_cast<int64_t>(sequence) * 100, value}};
    record.AddSeries(0, &labels, samples);
    record.AddMetadata("old", {MetricType::kCounter, "Old.", ""});
    ASSERT_TRUE(segment->Write(record.Take()));
    ASSERT_TRUE(segment->Sync());
  };
  write("checkpoint-00000003", 3, 3);
  write("wal-00000004", 4, 4);
  for (int start = 0; start < 2; ++start) {
    const auto store = Open(files);
    const auto bits = [](double value) { return std::bit_cast<uint64_t>(value); };
    EXPECT_EQ(ContentOf(*store).at(labels.ToString()),
              (std::map<int64_t, uint64_t>{{5, bits(4)}, {300, bits(3)}, {400, bits(4)}}));
    EXPECT_EQ(store->MetricMetadata().at("old").help, "Old.");
    EXPECT_FALSE(files.Exists("/metrics/wal-00000004"));
  }
}

TEST_F(TsdbTest, ExemplarsOutliveRestartsAndStandInSnapshots) {
  FaultFiles files;
  std::string trace;
  AppendLabel("trace_id", "t", trace);
  std::string twice = trace + trace;
  const std::string series = LabelBytesOf(MakeLabels("m", {{"i", "1"}}));
  {
    const auto store = Open(files);
    RawBatch batch;
    batch.samples = {{1000, 1}};
    batch.series = {{series, 0, 1}};
    batch.exemplars = {{series, trace, {900, 0.5}}, {series, twice, {901, 0.5}}};
    ASSERT_TRUE(store->AppendRaw(batch));
  }
  EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_tsdb_exemplars_refused_total 1\n"));
  files.PowerCut();
  const auto store = Open(files);
  ASSERT_TRUE(store->Snapshot("/copy"));
  TsdbOptions copy;
  copy.directory = "/copy";
  const auto copied = Tsdb::Open(files, clock_, log_, telemetry_, copy).value();
  for (const Tsdb* opened : {store.get(), copied.get()}) {
    const auto found = opened->SelectExemplars({{"i", MatchType::kEqual, "1"}}, 0, 1000).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].series, MakeLabels("m", {{"i", "1"}}));
    ASSERT_EQ(found[0].exemplars.size(), 1u);
    EXPECT_EQ(found[0].exemplars[0].labels, Labels(std::vector<Labels::Pair>{{"trace_id", "t"}}));
    EXPECT_EQ(found[0].exemplars[0].sample.at_ms, 900);
    EXPECT_EQ(found[0].exemplars[0].sample.value, 0.5);
  }
}

/// What a broken disk, an editor or a restore may leave where a file was.
std::vector<std::string> GarbageFor(const std::string& whole, Random& random) {
  std::string noise(1 + random.Below(3000), '\0');
  for (char& c : noise) c = static_cast<char>(random.Below(256));
  std::string patched = whole;
  for (size_t i = 0; i < noise.size() / 8 && !whole.empty(); ++i)
    patched[random.Below(patched.size())] = noise[i];
  const size_t half = whole.size() / 2;
  return {"",
          noise,
          whole.substr(0, half),
          whole.substr(half),
          whole + whole,
          whole + noise,
          noise + whole,
          std::string(whole.size(), '\0'),
          patched};
}

TEST_F(TsdbTest, GarbageInAnyFileHidesNoOtherBlockAndMakesNothingUp) {
  constexpr int64_t kDay = 86'400'000;
  Random random(5);
  FaultFiles files;
  const auto fill = [&](Tsdb& store, int64_t day) {
    std::vector<WriteSeries> batch;
    for (int i = 0; i < 5; ++i) {
      WriteSeries& series = batch.emplace_back();
      series.labels = MakeLabels("m", {{"i", std::to_string(i)}, {"day", std::to_string(day)}});
      for (int64_t at = 0; at < 20; ++at)
        series.samples.push_back({day * kDay + at * 15'000, static_cast<double>(random.Below(9))});
    }
    ASSERT_TRUE(store.Append(batch));
  };
  StoreContent model;
  {
    const auto store = Open(files);
    for (int64_t day = 1; day <= 3; ++day) {
      fill(*store, day);
      ASSERT_TRUE(store->CutAll());
    }
    store->SetMetadata("m", {MetricType::kGauge, "help", ""});
    fill(*store, 5);
    model = ContentOf(*store);
  }
  std::map<std::string, std::string> disk;
  for (const char* directory :
       {"/metrics/blocks", "/metrics/head-00000001", "/metrics/exemplars"}) {
    const auto names = files.List(directory).value();
    for (const std::string& name : names) {
      const std::string path = std::string(directory) + "/" + name;
      disk[path] = files.ReadAll(path).value();
    }
  }
  disk["/metrics/FORMAT"] = files.ReadAll("/metrics/FORMAT").value();
  ASSERT_GE(disk.size(), 6u);  // Three blocks, two logs.
  for (const auto& [path, whole] : disk) {
    for (const std::string& garbage : GarbageFor(whole, random)) {
      FaultFiles broken;
      for (const auto& [other, content] : disk) {
        ASSERT_TRUE(broken.MakeDirectories(other.substr(0, other.rfind('/'))));
        ASSERT_TRUE(broken.WriteAtomically(other, other == path ? garbage : content));
      }
      const auto store = Open(broken);
      ASSERT_NE(store, nullptr) << path;
      const StoreContent found = ContentOf(*store);
      std::set<std::string> lost;  // By day: each stands in a file of its own.
      for (const auto& [series, samples] : model)
        if (!found.contains(series) || found.at(series) != samples)
          lost.insert(series.substr(series.find("day"), 7));
      EXPECT_LE(lost.size(), 1u) << path << testing::PrintToString(lost);
      for (const auto& [series, samples] : found)
        for (const auto& sample : samples)
          ASSERT_TRUE(model.contains(series) && model.at(series).contains(sample.first) &&
                      model.at(series).at(sample.first) == sample.second)
              << path << ": " << series << " was made up";
      ASSERT_TRUE(store->Append({{MakeLabels("new"), {{9 * kDay, 1}}}}));
      EXPECT_TRUE(ContentOf(*store).contains("new")) << path;
    }
  }
}

}  // namespace
}  // namespace hinomi::metrics
