#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "metrics/testing.h"
#include "metrics/tsdb/head_internal.h"
#include "metrics/tsdb/head_testing.h"
#include "metrics/tsdb/new_series_wait.h"
#include "metrics/tsdb/tsdb.h"
#include "os/system_clock.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

/// Calls back whenever a block is begun: while a head is being cut.
class FilesSeenCutting : public FaultFiles {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    const bool begins = path.find("/blocks/") != std::string::npos && path.ends_with(".tmp");
    if (begins && on_block) on_block();
    return FaultFiles::Open(path, mode);
  }
  Status MakeDirectories(const std::string& path) override {
    if (path.find("/head-") != std::string::npos)
      for (const std::string& name : *List("/metrics/blocks"))
        heads_begun_in_cuts += name.ends_with(".tmp") ? 1 : 0;
    return FaultFiles::MakeDirectories(path);
  }

  std::function<void()> on_block;
  int heads_begun_in_cuts = 0;
};

class TsdbHeadsTest : public testing::Test {
 protected:
  /// Series by their labels' text → time → bits of the value.
  using Content = std::map<std::string, std::map<int64_t, uint64_t>>;

  TsdbHeadsTest() {
    options_.directory = "/metrics";
    options_.renew_from_series = 100;
    options_.head.flush_bytes = 10'000;
    options_.head.flush_bytes_per_series = 0;
  }
  void Open() {
    store_.reset();
    store_ = Tsdb::Open(files_, clock_, log_, telemetry_, options_).value();
  }
  Status Write(int64_t pod, int64_t at_ms, double value) {
    const Labels labels = MakeLabels("m", {{"pod", std::to_string(pod)}});
    HN_TRY_VOID(store_->Append({{labels, {{at_ms, value}}}}));
    model_[labels.ToString()][at_ms] = std::bit_cast<uint64_t>(value);
    return {};
  }
  void OpenSmall() {
    options_.renew_from_series = 1000;
    options_.head.flush_bytes = 100'000;
    options_.settings.head_memory_bytes = 2u << 20;
    Open();
  }
  void WriteUntil(int64_t from_ms, const std::function<bool(const Head&)>& is_enough) {
    for (; !is_enough(*store_->head()); ++next_pod_)
      ASSERT_TRUE(Write(next_pod_, from_ms + next_pod_, 1)) << next_pod_;
  }
  /// Pods that live for an hour; true once their head is being cut beside a new one, in which
  /// `then` was called.
  bool ChurnUntilTwoHeads(const std::function<void()>& then) {
    bool two = false;
    files_.on_block = [&] {
      if (two || store_->heads().size() < 2) return;
      two = true;
      then();
    };
    for (int64_t hour = 0; hour < 60 && !two; ++hour) {
      for (int64_t pod = hour * 20; pod < hour * 20 + 20; ++pod)
        for (int64_t minute = 0; minute < 3; ++minute)
          EXPECT_TRUE(Write(pod, hour * kHourMs + minute * 60'000, 1));
      (void)store_->Maintain();
    }
    files_.on_block = nullptr;
    return two;
  }
  Content ContentNow() const {
    Content content;
    const auto selected = store_->Select({}, INT64_MIN, INT64_MAX, {});
    for (const SeriesColumns& series : selected.value())
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        content[series.labels.ToString()][series.at_ms[i]] =
            std::bit_cast<uint64_t>(series.values[i]);
    return content;
  }
  /// The newest of all heads so far.
  std::optional<uint64_t> NewestHead() {
    std::optional<uint64_t> newest;
    for (const std::string& name : *files_.List("/metrics"))
      if (const auto generation = HeadFileSequence(name, "head-"))
        newest = std::max(newest.value_or(0), *generation);
    return newest;
  }
  size_t SamplesInModel() const {
    size_t samples = 0;
    for (const auto& [labels, of_series] : model_) samples += of_series.size();
    return samples;
  }

  static constexpr int64_t kHourMs = 3'600'000;
  FilesSeenCutting files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  TsdbOptions options_;
  std::unique_ptr<Tsdb> store_;
  Content model_;
  int64_t next_pod_ = 0;
};

TEST_F(TsdbHeadsTest, WritersAndReadersGoOnWhileAHeadIsCut) {
  Open();
  store_->SetMetadata("m", {MetricType::kGauge, "Kept.", ""});
  ASSERT_TRUE(ChurnUntilTwoHeads([&] {
    ASSERT_TRUE(Write(2, 60'000, 7)) << "in a block";
    const int64_t newest = static_cast<int64_t>(model_.size()) - 1;
    const int64_t hour = newest / 20 * kHourMs;
    ASSERT_TRUE(Write(newest, hour + 60'000, 8)) << "in the head that is cut";
    ASSERT_TRUE(Write(newest, hour + 600'000, 9));
    ASSERT_TRUE(Write(100'000, hour, 10)) << "a new series";
    EXPECT_EQ(store_->heads().back()->series_count(), 3u);
    EXPECT_TRUE(ContentNow() == model_);
    EXPECT_EQ(store_->SelectLabels({}, INT64_MIN, INT64_MAX)->size(), model_.size());
    EXPECT_EQ(store_->LabelValues("pod", INT64_MIN, INT64_MAX)->size(), model_.size());
    EXPECT_GE(store_->GuessSamples({}, INT64_MIN, INT64_MAX), SamplesInModel());
    EXPECT_GE((*store_->Estimate({}, INT64_MIN, INT64_MAX, 0))->samples, SamplesInModel());
    EXPECT_EQ(store_->MetricMetadata().at("m").help, "Kept.");
  }));
  EXPECT_EQ(store_->heads().size(), 1u);
  EXPECT_TRUE(ContentNow() == model_);
  store_.reset();
  files_.PowerCut();
  Open();
  EXPECT_TRUE(ContentNow() == model_);
  EXPECT_EQ(store_->MetricMetadata().at("m").help, "Kept.");
}

TEST_F(TsdbHeadsTest, WritersReadersAndUpkeepGoOnAtOnce) {
  Open();
  std::atomic<bool> over = false;
  std::thread upkeep([&] {
    while (!over) EXPECT_TRUE(store_->Maintain());
  });
  std::thread reader([&] {
    for (size_t seen = 0; !over;) {
      const size_t now = ContentNow().size();
      EXPECT_GE(now, seen) << "series were gone for a moment";
      seen = now;
    }
  });
  std::atomic<size_t> written = 0;
  const auto write = [&](int64_t writer) {
    constexpr int64_t kMostPods = 20'000;
    for (int64_t pod = writer; pod < kMostPods && NewestHead() < 3u; pod += 2, ++written) {
      const Labels labels = MakeLabels("m", {{"pod", std::to_string(pod)}});
      const int64_t at_ms = pod / 20 * kHourMs;
      for (const int64_t at : {at_ms, at_ms + 1, at_ms + 2})
        EXPECT_TRUE(store_->Append({{labels, {{at, 1.0}}}}));
    }
  };
  std::thread writer([&] { write(0); });
  write(1);
  writer.join();
  over = true;
  upkeep.join();
  reader.join();
  EXPECT_GE(NewestHead(), 3u);
  const Content content = ContentNow();
  EXPECT_EQ(content.size(), written);
  for (const auto& [labels, samples] : content) EXPECT_EQ(samples.size(), 3u) << labels;
}

TEST_F(TsdbHeadsTest, AfterAPowerCutBothHeadsAnswerUntilTheOldOneIsCut) {
  Open();
  ASSERT_TRUE(ChurnUntilTwoHeads([&] {
    ASSERT_TRUE(Write(100'000, 0, 10));
    files_.PowerCut();
    files_.FailFrom(1, DiskFault::kIoError, 1'000'000);
  }));
  files_.FailFrom(1'000'000, DiskFault::kIoError);
  Open();
  EXPECT_EQ(store_->heads().size(), 2u);
  size_t known = 0;
  for (const auto& head : store_->heads()) known += head->series_count();
  EXPECT_EQ(telemetry_.Gauge("hinomi_tsdb_series").value(), static_cast<double>(known));
  EXPECT_TRUE(ContentNow() == model_);
  ASSERT_TRUE(store_->Maintain());
  EXPECT_EQ(store_->heads().size(), 1u);
  EXPECT_TRUE(ContentNow() == model_);
}

TEST_F(TsdbHeadsTest, AHeadThatCannotBeCutIsTriedAgainAndNothingIsLost) {
  Open();
  ASSERT_TRUE(ChurnUntilTwoHeads([&] { files_.FailFrom(1, DiskFault::kFull); }));
  EXPECT_EQ(store_->heads().size(), 2u);
  ASSERT_TRUE(Write(2, 60'000, 7));
  EXPECT_TRUE(ContentNow() == model_);
  ASSERT_TRUE(store_->Maintain());
  EXPECT_EQ(store_->heads().size(), 1u);
  EXPECT_TRUE(ContentNow() == model_);
}

TEST_F(TsdbHeadsTest, MemoryThatFillsWhileAWindowIsCutBeginsAHeadAtOnce) {
  OpenSmall();
  while (next_pod_ < 100) ASSERT_TRUE(Write(next_pod_++, 0, 1));
  // Half a day later: the first window is over.
  const size_t half = options_.settings.head_memory_bytes / 2;
  WriteUntil(12 * kHourMs, [&](const Head& head) { return head.memory_bytes() > half; });
  files_.on_block = [&] {
    WriteUntil(12 * kHourMs, [](const Head& head) { return head.FlushDue(); });
  };
  ASSERT_TRUE(store_->Maintain());
  files_.on_block = nullptr;
  EXPECT_EQ(files_.heads_begun_in_cuts, 1);
  EXPECT_TRUE(ContentNow() == model_);
}

/// Everything of a store that has become quiet is to be cut when series come again.
TEST_F(TsdbHeadsTest, OfTheSameTimeTheNewerHeadWinsAlsoWhenItBeganInACut) {
  OpenSmall();
  // Two windows to be cut one after the other, neither of which looks over.
  for (; next_pod_ < 2600; ++next_pod_)
    ASSERT_TRUE(Write(next_pod_, (next_pod_ % 2 == 0 ? 12 : 36) * kHourMs + next_pod_, 1));
  int blocks = 0;
  files_.on_block = [&] {
    if (++blocks == 1) {
      ASSERT_TRUE(Write(0, 0, 1));
      WriteUntil(12 * kHourMs, [](const Head& head) { return head.series_count() >= 4500; });
    } else if (blocks == 2) {
      ASSERT_EQ(store_->heads().size(), 2u);
      ASSERT_TRUE(Write(0, 0, 2));
      WriteUntil(12 * kHourMs, [](const Head& head) { return head.FlushDue(); });
    }
  };
  for (int i = 0; i < 100 && blocks == 0; ++i) {
    clock_.Advance(Duration::Seconds(10));
    ASSERT_TRUE(store_->Maintain());
  }
  files_.on_block = nullptr;
  EXPECT_GT(blocks, 2);
  ASSERT_TRUE(store_->CutAll());
  EXPECT_TRUE(ContentNow() == model_);
}

TEST_F(TsdbHeadsTest, WhoBringsSeriesWhileMemoryFillsUpWaits) {
  Open();
  const SystemClock real;
  ASSERT_TRUE(ChurnUntilTwoHeads([&] {
    TsdbSettings less = options_.settings;
    size_t bytes = 0;
    for (const auto& head : store_->heads()) bytes += head->memory_bytes();
    less.head_memory_bytes = bytes + 1000 * 60;  // For the samples; the series pass it.
    store_->Use(less);
    std::vector<WriteSeries> batch;
    for (int i = 0; i < 1000; ++i)
      batch.push_back({MakeLabels("new", {{"i", std::to_string(i)}}), {{0, 1}}});
    const Duration before = real.Monotonic();
    ASSERT_TRUE(store_->Append(batch));
    EXPECT_GE(real.Monotonic() - before, NewSeriesWait(1000, 1.0));
    store_->Use(options_.settings);
  }));
}

TEST_F(TsdbHeadsTest, TheMemoryOfTheOldHeadCountsForTheNewOne) {
  Open();
  ASSERT_TRUE(ChurnUntilTwoHeads([&] {
    TsdbSettings less = options_.settings;
    less.head_memory_bytes = store_->heads().front()->memory_bytes();
    store_->Use(less);
    const Status refused = Write(100'000, 0, 1);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("the memory limit of"));
    const Telemetry::Labels reason{{"reason", "memory"}};
    EXPECT_EQ(telemetry_.Counter("hinomi_tsdb_append_refused_total", reason).value(), 1);
    store_->Use(options_.settings);
  }));
  EXPECT_TRUE(Write(100'000, 0, 1));
}

TEST(NewSeriesWaitTest, GrowsAsMemoryFillsAndWithWhatABatchBrings) {
  EXPECT_EQ(NewSeriesWait(1000, 0.75), Duration());
  EXPECT_EQ(NewSeriesWait(0, 1.0), Duration());
  EXPECT_GT(NewSeriesWait(1000, 0.8), Duration());
  EXPECT_LT(NewSeriesWait(1000, 0.8), NewSeriesWait(1000, 0.9));
  EXPECT_LT(NewSeriesWait(100, 0.9), NewSeriesWait(1000, 0.9));
  EXPECT_EQ(NewSeriesWait(1'000'000, 2.0), Duration::Millis(500));
}

}  // namespace
}  // namespace hinomi::metrics
