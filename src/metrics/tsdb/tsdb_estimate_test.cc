// What a selection would read, told before it is read.
#include <gtest/gtest.h>

#include "base/random.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

constexpr int64_t kEstimateStartMs = 20'000 * kDayMs;

struct WasRead {
  size_t series = 0;
  size_t samples = 0;
};

class TsdbEstimateTest : public testing::Test {
 protected:
  TsdbEstimateTest() { Open("/metrics"); }
  void Open(const std::string& directory) {
    store_.reset();
    TsdbOptions options;
    options.directory = directory;
    options.head.flush_bytes = 4'000;  // Flush files come by themselves.
    options.head.flush_bytes_per_series = 1;
    store_ = std::move(Tsdb::Open(files_, clock_, log_, telemetry_, options)).value();
  }
  static Labels SeriesOf(size_t number) {
    return MakeLabels("m" + std::to_string(number % 2), {{"i", std::to_string(number)}});
  }
  /// A sample of each series every 15 s.
  void Scrape(size_t series, int64_t from_ms, int64_t to_ms) {
    std::vector<WriteSeries> batch(series);
    for (size_t i = 0; i < series; ++i) {
      batch[i].labels = SeriesOf(i);
      for (int64_t at = from_ms; at < to_ms; at += 15'000)
        batch[i].samples.push_back({at, static_cast<double>(at % 977)});
    }
    ASSERT_TRUE(store_->Append(batch));
  }
  WasRead Read(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) const {
    WasRead read;
    const auto selected = store_->Select(matchers, from_ms, to_ms, {});
    EXPECT_TRUE(selected);
    for (const SeriesColumns& series : *selected) {
      ++read.series;
      read.samples += series.at_ms.size();
    }
    return read;
  }
  SelectEstimate Told(const std::vector<Matcher>& matchers, int64_t from_ms, int64_t to_ms) const {
    const auto estimate = store_->Estimate(matchers, from_ms, to_ms, 0);
    EXPECT_TRUE(estimate && *estimate);
    return **estimate;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<Tsdb> store_;
};

TEST_F(TsdbEstimateTest, IsExactWhereSeriesAreScrapedTogether) {
  const int64_t half_ms = kEstimateStartMs + 5 * kHourMs;
  Scrape(20, kEstimateStartMs, half_ms);
  ASSERT_TRUE(store_->CutAll());
  Scrape(20, half_ms, half_ms + kHourMs);
  Random random(1);
  const std::vector<Matcher> all = {{"__name__", MatchType::kRegex, "m.*"}};
  const std::vector<Matcher> one = {{"__name__", MatchType::kEqual, "m1"},
                                    {"i", MatchType::kEqual, "7"}};
  for (int i = 0; i < 60; ++i) {
    const int64_t from = kEstimateStartMs + static_cast<int64_t>(random.Below(6 * kHourMs));
    const int64_t to = from + static_cast<int64_t>(random.Below(4 * kHourMs));
    for (const auto& matchers : {all, one}) {
      const WasRead read = Read(matchers, from, to);
      const SelectEstimate told = Told(matchers, from, to);
      EXPECT_EQ(told.samples, read.samples) << from << " " << to;
      // A series stands in the head and in a block.
      EXPECT_GE(told.series, read.series);
      EXPECT_LE(told.series, 2 * read.series);
      EXPECT_LE(told.least_samples, read.samples);
      EXPECT_GE(2 * told.least_samples, read.samples);
      EXPECT_LE(told.least_series, read.series);
      // The guess takes all series for alike, as they are here.
      EXPECT_LE(store_->GuessSamples(matchers, from, to), 2 * read.samples + 100);
      EXPECT_GE(2 * store_->GuessSamples(one, from, to) + 100, Read(one, from, to).samples);
    }
  }
}

TEST_F(TsdbEstimateTest, IsNeverBelowWhatIsReadNorItsLeastAboveIt) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    const std::string directory = "/metrics" + std::to_string(seed);
    Open(directory);
    for (int step = 0; step < 40; ++step) {
      const auto moment = [&] {
        return kEstimateStartMs + static_cast<int64_t>(random.Below(3 * 1440)) * 60'000;
      };
      const std::vector<Matcher> matchers =
          random.Percent(50)
              ? std::vector<Matcher>{{"i", MatchType::kEqual, std::to_string(random.Below(8))}}
              : std::vector<Matcher>{{"__name__", MatchType::kNotEqual, "m1"}};
      switch (random.Below(10)) {
        case 0:
          ASSERT_TRUE(store_->CutAll());
          break;
        case 1:
          ASSERT_TRUE(store_->Maintain());
          break;
        case 2: {
          const int64_t from = moment();
          ASSERT_TRUE(store_->Delete(matchers, from, from + kHourMs));
          break;
        }
        case 3:
          Open(directory);
          break;
        default: {
          std::vector<WriteSeries> batch(1 + random.Below(3));
          for (WriteSeries& series : batch) {
            series.labels = SeriesOf(random.Below(8));
            int64_t at = moment();
            for (uint64_t n = random.Below(100); n > 0; --n)
              series.samples.push_back({at += 1 + static_cast<int64_t>(random.Below(90'000)), 1});
          }
          ASSERT_TRUE(store_->Append(batch));
        }
      }
      const int64_t from = moment();
      const int64_t to = from + static_cast<int64_t>(random.Below(kDayMs));
      const WasRead read = Read(matchers, from, to);
      const SelectEstimate told = Told(matchers, from, to);
      ASSERT_GE(told.samples, read.samples) << seed << " " << step;
      ASSERT_GE(told.series, read.series) << seed << " " << step;
      ASSERT_LE(told.least_samples, read.samples) << seed << " " << step;
      ASSERT_LE(told.least_series, read.series) << seed << " " << step;
    }
  }
}

TEST_F(TsdbEstimateTest, OfNativeHistogramsTheLeastIsNotKnown) {
  auto histogram = std::make_shared<NativeHistogram>();
  histogram->count = 2;
  histogram->positive = {{1, 2}};
  WriteSeries series;
  series.labels = MakeLabels("h");
  series.histograms = {{kEstimateStartMs, histogram}};
  ASSERT_TRUE(store_->Append({series}));
  const std::vector<Matcher> matchers = {{"__name__", MatchType::kEqual, "h"}};
  const SelectEstimate told = Told(matchers, kEstimateStartMs, kEstimateStartMs);
  EXPECT_GE(told.series, 1u);
  EXPECT_EQ(told.least_series, 0u);
  EXPECT_EQ(told.least_samples, 0u);
}

}  // namespace
}  // namespace hinomi::metrics
