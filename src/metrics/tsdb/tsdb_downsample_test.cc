#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/seed_testing.h"
#include "metrics/sample_windows_testing.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kMinuteMs = 60'000;
/// A midnight.
constexpr int64_t kBegin = 20'000 * kDayMs;

/// Series → time → value.
using RawModel = std::map<Labels, std::map<int64_t, double>>;
/// Series → what windows show.
using ShownWindows = std::map<std::string, std::string>;

ShownWindows Expected(const RawModel& model, int64_t from_ms, int64_t to_ms, int64_t window_ms) {
  ShownWindows shown;
  for (const auto& [labels, samples] : model) {
    std::vector<int64_t> at_ms;
    std::vector<double> values;
    for (const auto& [at, value] : samples) {
      if (at <= from_ms - window_ms || at > to_ms) continue;
      at_ms.push_back(at);
      values.push_back(value);
    }
    std::vector<SampleWindow> windows;
    AppendWindows(at_ms, values, window_ms, windows);
    if (!windows.empty()) shown[labels.ToString()] = ShowWindows(windows);
  }
  return shown;
}

class DownsampleTest : public testing::Test {
 protected:
  DownsampleTest() {
    options_.directory = "/metrics";
    options_.settings.downsampling = {{300'000, 0}, {kHourMs, 0}};
    clock_.JumpWall(Instant::FromMillis(kBegin));
    Open();
  }

  bool TryOpen() {
    store_.reset();
    auto opened = Tsdb::Open(*files_, clock_, log_, telemetry_, options_);
    if (opened) store_ = *std::move(opened);
    return store_ != nullptr;
  }
  void Open() { ASSERT_TRUE(TryOpen()); }
  void GoTo(int64_t at_ms) { clock_.JumpWall(Instant::FromMillis(at_ms)); }

  Status Append(const Labels& labels, const std::map<int64_t, double>& samples) {
    WriteSeries series{labels, {}, {}};
    for (const auto& [at_ms, value] : samples) series.samples.push_back({at_ms, value});
    return store_->Append({series});
  }
  void Write(const Labels& labels, const std::map<int64_t, double>& samples) {
    ASSERT_TRUE(Append(labels, samples));
    for (const auto& [at_ms, value] : samples) model_[labels][at_ms] = value;
  }
  /// A sample a minute that counts on, in (from, to].
  void WriteMinutes(const Labels& labels, int64_t from_ms, int64_t to_ms) {
    std::map<int64_t, double> samples;
    for (int64_t at = from_ms + kMinuteMs; at <= to_ms; at += kMinuteMs)
      samples[at] = static_cast<double>((at - kBegin) / kMinuteMs % 1000);
    Write(labels, samples);
  }
  /// Until nothing is due.
  void Settle(int times = 20) {
    ASSERT_TRUE(store_->CutAll());
    for (int i = 0; i < times; ++i) ASSERT_TRUE(store_->Maintain());
  }
  void Delete(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) {
    ASSERT_TRUE(store_->Delete(matchers, from_ms, to_ms));
    for (auto& [labels, samples] : model_) {
      if (!matchers.empty() && labels.Get(matchers[0].label) != matchers[0].value) continue;
      std::erase_if(samples, [&](const auto& sample) {
        return sample.first >= from_ms && sample.first <= to_ms;
      });
    }
  }

  ShownWindows Windows(int64_t from_ms, int64_t to_ms, int64_t window_ms) {
    ShownWindows shown;
    const auto visit = [&](SeriesWindows& series) -> Status {
      EXPECT_TRUE(shown.emplace(series.labels.ToString(), ShowWindows(series.windows)).second);
      return {};
    };
    const auto visited = store_->VisitWindows({}, from_ms, to_ms, window_ms, {}, visit);
    EXPECT_TRUE(visited && *visited);
    return shown;
  }
  void ExpectAll(int64_t days) {
    for (const int64_t window_ms : kResolutionsMs) {
      const int64_t to_ms = kBegin + days * kDayMs;
      EXPECT_EQ(Windows(kBegin + window_ms, to_ms, window_ms),
                Expected(model_, kBegin + window_ms, to_ms, window_ms));
    }
  }
  size_t DaysMade(size_t level) { return store_->downsampled()[level]->Days().size(); }
  /// Samples are gone, windows are not.
  void DropSamples(int64_t max_age_ms) {
    TsdbSettings settings = options_.settings;
    settings.retention.max_age_ms = max_age_ms;
    store_->Use(settings);
    Settle();
  }

  std::unique_ptr<FaultFiles> files_ = std::make_unique<FaultFiles>();
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  TsdbOptions options_;
  RawModel model_;
  std::unique_ptr<Tsdb> store_;
};

TEST_F(DownsampleTest, ADayIsMadeOnceItIsOverAndLateSamplesHaveCome) {
  WriteMinutes(MakeLabels("up"), kBegin, kBegin + 2 * kDayMs);
  GoTo(kBegin + 2 * kDayMs);
  Settle();
  EXPECT_EQ(DaysMade(0), 1u);
  EXPECT_EQ(DaysMade(1), 1u);
  EXPECT_EQ(telemetry_.Counter("hinomi_tsdb_downsampled_days_total").value(), 2);
  ExpectAll(2);
  GoTo(kBegin + 2 * kDayMs + kDaySettlesMs);
  Settle();
  EXPECT_EQ(DaysMade(0), 2u);
  EXPECT_EQ(telemetry_.Counter("hinomi_tsdb_downsampled_days_total").value(), 4);
  ExpectAll(2);
  Open();
  Settle();
  EXPECT_EQ(telemetry_.Counter("hinomi_tsdb_downsampled_days_total").value(), 4);
  ExpectAll(2);
}

TEST_F(DownsampleTest, WithoutTheSettingNothingIsMade) {
  options_.settings.downsampling = {};
  Open();
  WriteMinutes(MakeLabels("up"), kBegin, kBegin + kDayMs);
  GoTo(kBegin + 9 * kDayMs);
  Settle();
  EXPECT_EQ(DaysMade(0), 0u);
  EXPECT_THAT(store_->Resolutions({}, kBegin, kBegin + kDayMs), IsEmpty());
}

TEST_F(DownsampleTest, WindowsStayWhenTheirSamplesAreGone) {
  const int64_t days = 8;
  WriteMinutes(MakeLabels("a"), kBegin, kBegin + days * kDayMs);
  WriteMinutes(MakeLabels("b"), kBegin + 3 * kHourMs, kBegin + 4 * kDayMs);
  Write(MakeLabels("b"), {{kBegin + 4 * kDayMs + 1, StaleMarker()}});
  GoTo(kBegin + days * kDayMs + kHourMs);
  DropSamples(2 * kDayMs);
  const auto left = store_->Select({}, INT64_MIN, INT64_MAX, {});
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_GT(left->front().at_ms.front(), kBegin + 5 * kDayMs);
  ExpectAll(days);
  Open();
  ExpectAll(days);
  // What is gone does not come with a sample that comes late for it.
  ASSERT_TRUE(Append(MakeLabels("a"), {{kBegin + kDayMs + 5, 1e9}}));
  DropSamples(2 * kDayMs);
  ExpectAll(days);
  const auto names = store_->LabelValues("__name__", kBegin, kBegin + kDayMs);
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre("a", "b"));
}

TEST_F(DownsampleTest, TimesAtTheEndsOfNumbersHaveNoWindows) {
  WriteMinutes(MakeLabels("up"), kBegin, kBegin + kDayMs);
  ASSERT_TRUE(Append(MakeLabels("odd"), {{INT64_MIN, 1}, {INT64_MAX, 2}}));
  GoTo(kBegin + 2 * kDayMs);
  ExpectAll(1);
  Settle();
  EXPECT_EQ(DaysMade(0), 1u);
  ExpectAll(1);
  EXPECT_FALSE(store_->Resolutions({}, INT64_MIN, INT64_MAX)[0].alone);
  ASSERT_TRUE(store_->Delete({}, INT64_MIN, INT64_MAX));
  Settle();
  EXPECT_THAT(Windows(kBegin, kBegin + kDayMs, kHourMs), IsEmpty());
}

TEST_F(DownsampleTest, TheMemoryOfFreshWindowsIsTakenAndGivenBack) {
  WriteMinutes(MakeLabels("up"), kBegin, kBegin + kDayMs);
  const auto visit = [&](QueryMemory& memory, size_t visitor_takes) -> Result<size_t> {
    QueryMemory::Share share(&memory);
    SelectLimits limits;
    limits.memory = &share;
    HN_TRY(const bool visited,
           store_->VisitWindows({}, kBegin + 300'000, kBegin + kDayMs, 300'000, limits,
                                [&](SeriesWindows&) { return share.Take(visitor_takes); }));
    EXPECT_TRUE(visited);
    return share.taken();
  };
  QueryMemory enough(1 << 20), little(20'000);
  EXPECT_EQ(visit(enough, 0).value(), 0u);
  EXPECT_EQ(visit(enough, 1000).value(), 1000u);
  EXPECT_GT(enough.TakePeak(), 288 * sizeof(SampleWindow));
  EXPECT_EQ(visit(little, 0).error().code, ErrorCode::kExhausted);
}

TEST_F(DownsampleTest, WhatARuleKeepsIsReadFromSamplesAndTheRestFromWindows) {
  const Matcher kept{"__name__", MatchType::kEqual, "kept"};
  const Matcher rest{"__name__", MatchType::kNotEqual, "kept"};
  options_.settings.retention.rules = {{{kept}, 0}};
  Open();
  WriteMinutes(MakeLabels("kept"), kBegin, kBegin + 8 * kDayMs);
  WriteMinutes(MakeLabels("rest"), kBegin, kBegin + 8 * kDayMs);
  GoTo(kBegin + 8 * kDayMs + kHourMs);
  DropSamples(2 * kDayMs);
  ExpectAll(8);
  const auto alone = [&](const Matcher& matcher, int64_t from_ms) {
    return store_->Resolutions({matcher}, from_ms, kBegin + 8 * kDayMs)[0].alone;
  };
  EXPECT_FALSE(alone(kept, kBegin));
  EXPECT_TRUE(alone(rest, kBegin));
  EXPECT_FALSE(alone(rest, kBegin + 7 * kDayMs - kHourMs));
  const auto names = store_->LabelValues("__name__", kBegin, kBegin + kDayMs);
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre("kept", "rest"));
}

TEST_F(DownsampleTest, WindowsGoByAgeAWholeDayAtATime) {
  options_.settings.downsampling = {{300'000, 3 * kDayMs}, {kHourMs, 0}};
  Open();
  WriteMinutes(MakeLabels("a"), kBegin, kBegin + 8 * kDayMs);
  GoTo(kBegin + 8 * kDayMs + kHourMs);
  DropSamples(2 * kDayMs);
  EXPECT_EQ(DaysMade(1), 7u);
  EXPECT_EQ(DaysMade(0), 2u);  // The days 5 and 6; 7 has just ended.
  const auto resolutions = store_->Resolutions({}, kBegin, kBegin + 8 * kDayMs);
  ASSERT_EQ(resolutions.size(), 2u);
  EXPECT_TRUE(resolutions[0].alone);
  EXPECT_TRUE(resolutions[1].alone);
  EXPECT_FALSE(
      store_->Resolutions({}, kBegin + 6 * kDayMs + kHourMs, kBegin + 8 * kDayMs)[0].alone);
  // Nor are days cut in part by a merge that comes upon them later on a day.
  GoTo(kBegin + 8 * kDayMs + 13 * kHourMs);
  ASSERT_TRUE(Append(MakeLabels("a"), {{kBegin + 5 * kDayMs + 5, 1e9}}));
  DropSamples(2 * kDayMs);
  const int64_t from_ms = kBegin + 5 * kDayMs + 300'000, to_ms = kBegin + 8 * kDayMs;
  EXPECT_EQ(Windows(from_ms, to_ms, 300'000), Expected(model_, from_ms, to_ms, 300'000));
}

TEST_F(DownsampleTest, AllTogetherStayWithinTheBytes) {
  options_.settings.retention.max_bytes = 100'000;
  Open();
  Random random(1);
  for (int day = 0; day < 30; ++day) {
    std::map<int64_t, double> samples;
    for (int64_t at = 0; at < kDayMs; at += 30'000)
      samples[kBegin + day * kDayMs + at] = random.Unit();
    Write(MakeLabels("noise"), samples);
    GoTo(kBegin + (day + 1) * kDayMs + kDaySettlesMs);
    Settle();
  }
  uint64_t windows = 0;
  for (const DownsampledBlocks* level : store_->downsampled())
    windows += level->blocks().stats().bytes;
  EXPECT_GT(windows, 20'000u);
  EXPECT_LE(windows, 50'000u);
  EXPECT_LE(windows + store_->blocks().stats().bytes, 100'000u);
  EXPECT_GT(DaysMade(1), DaysMade(0));
  EXPECT_GT(DaysMade(0), store_->blocks().stats().blocks);
}

TEST_F(DownsampleTest, ADeleteTakesWindowsWithItAndWhatIsLeftIsMadeAnew) {
  WriteMinutes(MakeLabels("a"), kBegin, kBegin + 4 * kDayMs);
  WriteMinutes(MakeLabels("b"), kBegin, kBegin + 4 * kDayMs);
  GoTo(kBegin + 4 * kDayMs + kHourMs);
  Settle();
  const int64_t from_ms = kBegin + 7 * kHourMs + 5 * kMinuteMs, to_ms = from_ms + 2 * kDayMs;
  Delete({{"__name__", MatchType::kEqual, "a"}}, from_ms, to_ms);
  ExpectAll(4);
  Settle();
  ExpectAll(4);
  Open();
  ExpectAll(4);
  // Where nothing is left to make windows of, those that a delete touches go.
  DropSamples(kDayMs);
  ExpectAll(4);
  Delete({{"__name__", MatchType::kEqual, "b"}}, kBegin + 90 * kMinuteMs, kBegin + 95 * kMinuteMs);
  std::erase_if(model_[MakeLabels("b")], [&](const auto& sample) {
    return sample.first > kBegin + kHourMs && sample.first <= kBegin + 2 * kHourMs;
  });
  EXPECT_EQ(Windows(kBegin + kHourMs, kBegin + kDayMs, kHourMs),
            Expected(model_, kBegin + kHourMs, kBegin + kDayMs, kHourMs));
}

TEST_F(DownsampleTest, AgreesWithSamplesWhateverComesLateIsDeletedOrRestarted) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    const auto below = [&](int64_t n) {
      return static_cast<int64_t>(random.Below(static_cast<uint64_t>(n)));
    };
    options_.directory = "/metrics" + std::to_string(seed);
    model_.clear();
    GoTo(kBegin);
    Open();
    for (int step = 0; step < 60; ++step) {
      const uint64_t what = random.Below(12);
      if (what == 0) {
        ASSERT_TRUE(store_->CutAll());
      } else if (what <= 3) {
        ASSERT_TRUE(store_->Maintain());
      } else if (what == 4) {
        store_.reset();
        files_->PowerCut(random);
        Open();
      } else if (what == 5) {
        const int64_t from_ms = kBegin + below(5 * kDayMs);
        std::vector<Matcher> matchers;
        if (random.Percent(70)) matchers.push_back({"__name__", MatchType::kEqual, "m1"});
        Delete(matchers, from_ms, from_ms + below(random.Percent(50) ? kHourMs : 2 * kDayMs));
      } else if (what == 6) {
        GoTo(kBegin + below(8 * kDayMs));
      } else {
        const WrittenSamples written = AnyWritten(random, 300'000);
        const int64_t shift_ms = kBegin + kDayMs + below(4 * kDayMs);
        std::map<int64_t, double> samples;
        for (size_t i = 0; i < written.at_ms.size(); ++i)
          samples[written.at_ms[i] + shift_ms] = written.values[i];
        Write(MakeLabels("m" + std::to_string(random.Below(3))), samples);
      }
      const int64_t window_ms = kResolutionsMs[random.Below(2)];
      const int64_t from_ms = kBegin + below(5 * kDayMs / window_ms) * window_ms;
      const int64_t to_ms = from_ms + below(2 * kDayMs / window_ms) * window_ms;
      ASSERT_EQ(Windows(from_ms, to_ms, window_ms), Expected(model_, from_ms, to_ms, window_ms))
          << "seed " << seed << " step " << step;
    }
  }
  EXPECT_GT(telemetry_.Counter("hinomi_tsdb_downsampled_days_total").value(), 50);
}

TEST_F(DownsampleTest, WhateverCallOfTheDiskFailsWindowsAreThoseOfTheSamples) {
  const Labels labels = MakeLabels("m");
  const std::vector<Matcher> all{{"__name__", MatchType::kEqual, "m"}};
  const auto erase = [&] {
    return store_->Delete(all, kBegin + 100 * kMinuteMs, kBegin + kDayMs + 7 * kMinuteMs);
  };
  const auto write = [&](int64_t shift_ms) {
    for (int64_t day = 0; day < 2; ++day) {
      std::map<int64_t, double> samples;
      for (int64_t at = shift_ms; at < kDayMs; at += 20 * kMinuteMs)
        samples[kBegin + day * kDayMs + at] = static_cast<double>(at % 7);
      (void)Append(labels, samples);
    }
  };
  const auto work = [&] {
    for (const int64_t shift_ms : {0, 30'000}) {
      write(shift_ms);
      if (!store_->CutAll()) continue;
      for (int i = 0; i < 4; ++i) (void)store_->Maintain().has_value();
    }
    (void)erase().has_value();
    for (int i = 0; i < 4; ++i) (void)store_->Maintain().has_value();
  };
  const auto expect_alike = [&] {
    const auto samples = store_->Select({}, INT64_MIN, INT64_MAX, {});
    ASSERT_TRUE(samples);
    model_.clear();
    for (const SeriesColumns& series : *samples)
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        model_[series.labels][series.at_ms[i]] = series.values[i];
    for (const int64_t window_ms : kResolutionsMs)
      ASSERT_EQ(Windows(kBegin, kBegin + 2 * kDayMs, window_ms),
                Expected(model_, kBegin, kBegin + 2 * kDayMs, window_ms));
  };
  GoTo(kBegin + 3 * kDayMs);
  uint64_t calls = 0;
  const uint64_t stride = Soak() ? 1 : 12;
  for (uint64_t call = 0; call <= calls; ++call) {
    if (call > 0 && call % stride != FirstSeed() % stride) continue;
    SCOPED_TRACE(call);
    store_.reset();
    files_ = std::make_unique<FaultFiles>();
    Open();
    const uint64_t before = files_->calls();
    if (call > 0)
      files_->FailFrom(call, call % 2 == 0 ? DiskFault::kIoError : DiskFault::kShortWrite,
                       1 + call % 3);
    work();
    if (call == 0) calls = files_->calls() - before;
    files_->FailFrom(1'000'000, DiskFault::kFull);
    Random cut(call);
    files_->PowerCut(cut);
    Open();
    ASSERT_TRUE(erase());
    expect_alike();
    Settle(5);
    expect_alike();
    std::set<int64_t> days;
    for (const auto& [at_ms, value] : model_[labels]) days.insert(WindowNumber(at_ms, kDayMs));
    EXPECT_EQ(DaysMade(0), days.size());
    Open();
    expect_alike();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(calls, 100u);
}

}  // namespace
}  // namespace hinomi::metrics
