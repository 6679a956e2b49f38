#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "base/random.h"
#include "base/strings.h"
#include "metrics/histogram_testing.h"
#include "metrics/testing.h"
#include "metrics/tsdb/head_testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a store must hold: of each series the floats and the histograms by time, as
/// texts. Where both have a time the histogram is seen.
class HistogramModel {
 public:
  struct Series {
    std::map<int64_t, std::string> floats;
    std::map<int64_t, std::string> histograms;
    bool empty() const { return floats.empty() && histograms.empty(); }
  };

  void Add(const WriteSeries& written) {
    Series& series = series_[written.labels];
    for (const Sample& sample : written.samples)
      series.floats[sample.at_ms] =
          IsStaleMarker(sample.value) ? "stale" : FormatDouble(sample.value);
    for (const auto& [at_ms, histogram] : written.histograms)
      series.histograms[at_ms] = RenderHistogram(*histogram);
  }

  void Erase(const std::string& i, int64_t from_ms, int64_t to_ms) {
    for (auto& [labels, series] : series_) {
      if (labels.Get("i") != i) continue;
      for (auto* samples : {&series.floats, &series.histograms})
        samples->erase(samples->lower_bound(from_ms), samples->upper_bound(to_ms));
    }
    std::erase_if(series_, [](const auto& entry) { return entry.second.empty(); });
  }

  std::vector<std::string> Lines(int64_t from_ms, int64_t to_ms) const {
    std::vector<std::string> lines;
    for (const auto& [labels, series] : series_) {
      std::map<int64_t, std::string> seen = series.histograms;
      seen.insert(series.floats.begin(), series.floats.end());
      std::string line;
      for (const auto& [at_ms, text] : seen)
        if (from_ms <= at_ms && at_ms <= to_ms) line += ' ' + text + '@' + std::to_string(at_ms);
      if (!line.empty()) lines.push_back(labels.ToString() + line);
    }
    return lines;
  }

  std::vector<Labels> AllLabels() const {
    std::vector<Labels> all;
    for (const auto& [labels, series] : series_) all.push_back(labels);
    return all;
  }

 private:
  std::map<Labels, Series> series_;
};

class TsdbHistogramsTest : public testing::Test {
 protected:
  std::unique_ptr<Tsdb> Open(Files& files, TsdbOptions options = {}) {
    options.directory = "/metrics";
    auto opened = Tsdb::Open(files, clock_, log_, telemetry_, std::move(options));
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static std::vector<std::string> LinesOf(const Queryable& store, int64_t from_ms = INT64_MIN,
                                          int64_t to_ms = INT64_MAX,
                                          const std::vector<Matcher>& matchers = {}) {
    const auto selected = store.Select(matchers, from_ms, to_ms, {});
    EXPECT_TRUE(selected.has_value()) << selected.error().message;
    return selected ? Render(*selected) : std::vector<std::string>();
  }
  static WriteSeries One(const Labels& labels, int64_t at_ms, const NativeHistogram& histogram) {
    return {labels, {}, {{at_ms, Share(histogram)}}};
  }
  static NativeHistogram WithBucket(int32_t index, double count = 1) {
    NativeHistogram histogram;
    histogram.count = count;
    histogram.positive = {{index, count}};
    return histogram;
  }

  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
};

/// Some series, at few times so that later writes meet earlier ones, in any order.
std::vector<WriteSeries> AnyWrites(Random& random) {
  std::vector<WriteSeries> batch;
  for (uint64_t i = 1 + random.Below(4); i-- > 0;) {
    WriteSeries& series = batch.emplace_back();
    series.labels = MakeLabels("m", {{"Zone", "a"}, {"i", std::to_string(random.Below(5))}});
    if (random.Percent(20)) series.labels.Set("more", "x");
    for (uint64_t j = 1 + random.Below(5); j-- > 0;) {
      const int64_t at_ms = static_cast<int64_t>(random.Below(40)) * kCutMs / 2;
      if (random.Percent(25))
        series.samples.push_back({at_ms, random.Percent(20) ? StaleMarker() : random.Unit()});
      else
        series.histograms.push_back({at_ms, Share(AnyHistogram(random))});
    }
  }
  return batch;
}

TEST_F(TsdbHistogramsTest, AgreesWithAModelUnderWritesUpkeepDeletesAndRestarts) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    FaultFiles files;
    TsdbOptions options;
    if (seed % 3 == 0) options.renew_from_series = 50;  // New heads know no columns.
    auto store = Open(files, options);
    HistogramModel model;
    for (int step = 0; step < 100; ++step) {
      const uint64_t what = random.Below(24);
      if (what == 0) {
        ASSERT_TRUE(store->Maintain());
      } else if (what == 1) {
        ASSERT_TRUE(store->CutAll());
      } else if (what == 2) {
        store.reset();
        files.PowerCut(random);
        store = Open(files, options);
      } else if (what == 3) {
        const std::string i = std::to_string(random.Below(5));
        const int64_t from_ms = static_cast<int64_t>(random.Below(40)) * kCutMs / 2;
        const int64_t to_ms = from_ms + static_cast<int64_t>(random.Below(10)) * kCutMs / 2;
        ASSERT_TRUE(store->Delete({{"i", MatchType::kEqual, i}}, from_ms, to_ms));
        model.Erase(i, from_ms, to_ms);
      } else {
        const std::vector<WriteSeries> batch = AnyWrites(random);
        for (const WriteSeries& series : batch) model.Add(series);
        ASSERT_TRUE(store->Append(batch));
      }
      if (what > 5) continue;
      const int64_t from_ms = static_cast<int64_t>(random.Below(40)) * kCutMs / 2;
      ASSERT_EQ(LinesOf(*store), model.Lines(INT64_MIN, INT64_MAX)) << seed << ' ' << step;
      ASSERT_EQ(LinesOf(*store, from_ms, from_ms + 3 * kCutMs),
                model.Lines(from_ms, from_ms + 3 * kCutMs))
          << seed << ' ' << step;
    }
    EXPECT_EQ(LinesOf(*store), model.Lines(INT64_MIN, INT64_MAX)) << seed;
    EXPECT_EQ(*store->SelectLabels({}, INT64_MIN, INT64_MAX), model.AllLabels()) << seed;
  }
}

TEST_F(TsdbHistogramsTest, ASampleReplacesTheOneOfItsTimeWhole) {
  FaultFiles files;
  auto store = Open(files);
  const Labels h = MakeLabels("h");
  ASSERT_TRUE(store->Append({One(h, 1000, WithBucket(1)), One(h, 2000, WithBucket(1))}));
  ASSERT_TRUE(store->Append({One(h, 1000, WithBucket(2))}));
  const auto expected =
      ElementsAre("h {schema=0 count=1 sum=0 p2:1}@1000 {schema=0 count=1 sum=0 p1:1}@2000");
  EXPECT_THAT(LinesOf(*store), expected);
  ASSERT_TRUE(store->CutAll());
  EXPECT_THAT(LinesOf(*store), expected);
}

TEST_F(TsdbHistogramsTest, ARestartedStoreKnowsWhatBlocksHold) {
  FaultFiles files;
  auto store = Open(files);
  const Labels h = MakeLabels("h");
  // Somebody with a clock that is ahead must not make everybody look for long.
  ASSERT_TRUE(store->Append({One(h, 1000, WithBucket(1)),
                             One(h, 3000, WithBucket(1)),
                             {MakeLabels("ahead"), {{1'000'000, 1}}, {}}}));
  ASSERT_TRUE(store->CutAll());
  store.reset();
  files.PowerCut();
  store = Open(files);
  ASSERT_TRUE(store->Append({One(h, 1000, WithBucket(2))}));
  ASSERT_TRUE(store->Append({One(h, 3000, WithBucket(3))}));
  EXPECT_THAT(LinesOf(*store, 0, 10'000), ElementsAre("h {schema=0 count=1 sum=0 p2:1}@1000 "
                                                      "{schema=0 count=1 sum=0 p3:1}@3000"));
}

TEST_F(TsdbHistogramsTest, OfTwoWritersOneWinsWhole) {
  FaultFiles files;
  auto store = Open(files);
  constexpr int64_t kTimes = 60;
  const auto write = [&](int32_t first) {
    for (int64_t at = 0; at < kTimes; ++at) {
      NativeHistogram histogram;
      histogram.sum = first;
      for (int32_t i = 0; i < 4; ++i) histogram.positive.push_back({first + i, 1});
      ASSERT_TRUE(store->Append({One(MakeLabels("h"), at, histogram)}));
    }
  };
  std::thread other([&] { write(2); });
  write(0);
  other.join();
  const auto selected = store->Select({}, 0, kTimes, {});
  ASSERT_TRUE(selected);
  ASSERT_EQ((*selected)[0].at_ms.size(), static_cast<size_t>(kTimes));
  for (const NativeHistogramPtr& histogram : (*selected)[0].histograms) {
    ASSERT_EQ(histogram->positive.size(), 4u);
    EXPECT_EQ(histogram->positive[0].index, static_cast<int32_t>(histogram->sum));
  }
}

TEST_F(TsdbHistogramsTest, UsersSeeOneSeriesAndNoLabelOfTheStore) {
  FaultFiles files;
  auto store = Open(files);
  ASSERT_TRUE(store->Append({One(MakeLabels("h", {{"job", "a"}}), 1000, WithBucket(1)),
                             {MakeLabels("f"), {{1000, 1}}, {}}}));
  const std::string label(kHistogramLabel);
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(*store->LabelNames(0, 2000), ElementsAre("__name__", "job"));
    EXPECT_THAT(*store->LabelNames(500, 1500), ElementsAre("__name__", "job"));
    EXPECT_THAT(*store->LabelValues(label, 0, 2000), IsEmpty());
    EXPECT_THAT(*store->LabelValues("__name__", 0, 2000), ElementsAre("f", "h"));
    EXPECT_THAT(*store->SelectLabels({}, 0, 2000),
                ElementsAre(MakeLabels("f"), MakeLabels("h", {{"job", "a"}})));
    EXPECT_EQ(LinesOf(*store, 0, 2000, {{label, MatchType::kEqual, ""}}).size(), 2u);
    EXPECT_THAT(LinesOf(*store, 0, 2000, {{label, MatchType::kEqual, "count"}}), IsEmpty());
    EXPECT_THAT(*store->SelectLabels({{label, MatchType::kNotEqual, ""}}, 0, 2000), IsEmpty());
    ASSERT_TRUE(store->CutAll());
  }
  const Cardinality count = store->head()->CountCardinality(10);
  EXPECT_EQ(count.series, 2u);
  EXPECT_EQ(count.labels, 3u);
  EXPECT_THAT(count.series_by_metric, ElementsAre(testing::Pair("f", 1u), testing::Pair("h", 1u)));
  for (const auto* counts : {&count.values_by_label, &count.bytes_by_label})
    for (const auto& [name, number] : *counts) EXPECT_NE(name, label);
  EXPECT_THAT(store->SelectLabels({}, 0, 2000)->size(), 2u);
  EXPECT_EQ(store->head()->series_count() - store->head()->histogram_columns(), 2u);
}

TEST_F(TsdbHistogramsTest, TheLimitCountsSeriesNotTheirColumns) {
  FaultFiles files;
  auto store = Open(files);
  ASSERT_TRUE(store->Append(
      {One(MakeLabels("a"), 1000, WithBucket(1)), One(MakeLabels("b"), 1000, WithBucket(1))}));
  EXPECT_TRUE(store->Select({}, 0, 2000, {.max_series = 2}));
  const auto refused = store->Select({}, 0, 2000, {.max_series = 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("more than 1 series"));
}

TEST_F(TsdbHistogramsTest, NobodyWritesIntoAColumn) {
  FaultFiles files;
  auto store = Open(files);
  const WriteSeries into{MakeLabels("h", {{std::string(kHistogramLabel), "count"}}), {{1, 7}}, {}};
  for (int round = 0; round < 2; ++round) {
    const Status refused = store->Append({{MakeLabels("f"), {{1, 1}}, {}}, into});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr("h{__histogram__=\"count\"} has the label"));
    EXPECT_THAT(LinesOf(*store, 0, 999), IsEmpty());
    ASSERT_TRUE(store->Append({One(MakeLabels("h"), 1000, WithBucket(1))}));
  }
}

TEST_F(TsdbHistogramsTest, ARefusedHistogramTakesItsBatchWithIt) {
  FaultFiles files;
  auto store = Open(files);
  NativeHistogram bad;
  bad.schema = 77;
  EXPECT_FALSE(store->Append({{MakeLabels("f"), {{1, 1}}, {}},
                              One(MakeLabels("h"), 1, WithBucket(1)),
                              One(MakeLabels("bad"), 1, bad)}));
  EXPECT_THAT(LinesOf(*store), IsEmpty());
}

TEST_F(TsdbHistogramsTest, AColumnThatNobodyCanReadCostsItsHistogramsOnly) {
  FaultFiles files;
  auto store = Open(files);
  for (int64_t at = 0; at < 50; ++at) {
    NativeHistogram histogram = WithBucket(3, static_cast<double>(at + 1) * 1.37);
    ASSERT_TRUE(store->Append(
        {One(MakeLabels("h"), at * 1000, histogram), {MakeLabels("f"), {{at * 1000, 1}}, {}}}));
  }
  ASSERT_TRUE(store->CutAll());
  store.reset();
  const auto names = files.List("/metrics/blocks");
  ASSERT_EQ(names->size(), 1u);
  const std::string path = "/metrics/blocks/" + (*names)[0];
  const std::string sound = *files.ReadAll(path);
  size_t hurt = 0;
  // Chunks come first: one byte of each part of them, one at a time.
  for (size_t at = 40; at < sound.size() / 2; at += 97) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_TRUE(files.WriteAtomically(path, damaged));
    auto opened = Open(files);
    for (const std::string& line : LinesOf(*opened)) {
      if (!line.starts_with("h ")) continue;
      // Whatever is given is whole.
      EXPECT_EQ(std::count(line.begin(), line.end(), '@'), static_cast<ptrdiff_t>(50)) << at;
    }
    hurt += LinesOf(*opened).size() < 2 ? 1 : 0;
  }
  EXPECT_GT(hurt, 0u);
}

TEST_F(TsdbHistogramsTest, OnePowerCutLeavesWholeHistogramsOrNone) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    FaultFiles files;
    auto store = Open(files);
    std::set<std::string> written;
    for (int64_t at = 1; at < 20; ++at) {
      NativeHistogram histogram = AnyHistogram(random);
      written.insert(RenderHistogram(histogram) + '@' + std::to_string(at));
      const std::string labels = LabelBytesOf(MakeLabels("h"));
      RawBatch batch;
      batch.promise = Promise::kSoon;
      batch.histograms = {{labels, at, Share(std::move(histogram))}};
      ASSERT_TRUE(store->AppendRaw(batch));
    }
    store.reset();
    files.PowerCut(random);
    store = Open(files);
    const auto selected = store->Select({}, INT64_MIN, INT64_MAX, {});
    ASSERT_TRUE(selected);
    for (const SeriesColumns& series : *selected)
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        EXPECT_TRUE(written.contains(RenderHistogram(*series.histograms[i]) + '@' +
                                     std::to_string(series.at_ms[i])));
  }
}

TEST_F(TsdbHistogramsTest, AFaultOfTheDiskAtAnyCallLeavesTheOldSampleOrTheNewOne) {
  const std::string old_line = "h {schema=0 count=1 sum=0 p1:1}@1000";
  const std::string new_line = "h {schema=0 count=1 sum=0 p2:1}@1000";
  bool failed_once = false;
  for (uint64_t call = 1; call <= 12; ++call) {
    FaultFiles files;
    auto store = Open(files);
    ASSERT_TRUE(store->Append({One(MakeLabels("h"), 1000, WithBucket(1))}));
    files.FailFrom(call, DiskFault::kIoError);
    const bool stored = store->Append({One(MakeLabels("h"), 1000, WithBucket(2))}).has_value();
    failed_once |= !stored;
    EXPECT_THAT(LinesOf(*store), ElementsAre(stored ? new_line : old_line)) << call;
    files.FailFrom(1'000'000, DiskFault::kIoError);
    // Written again it is durable, whatever became of the first try.
    ASSERT_TRUE(store->Append({One(MakeLabels("h"), 1000, WithBucket(2))})) << call;
    store.reset();
    files.PowerCut();
    store = Open(files);
    EXPECT_THAT(LinesOf(*store), ElementsAre(new_line)) << call;
  }
  EXPECT_TRUE(failed_once);
}

TEST_F(TsdbHistogramsTest, ASnapshotHoldsThem) {
  FaultFiles files;
  auto store = Open(files);
  ASSERT_TRUE(store->Append({One(MakeLabels("h"), 1000, WithBucket(1))}));
  ASSERT_TRUE(store->Snapshot("/copy"));
  TsdbOptions options;
  options.directory = "/copy";
  auto copy = Tsdb::Open(files, clock_, log_, telemetry_, options);
  ASSERT_TRUE(copy);
  EXPECT_EQ(LinesOf(**copy), LinesOf(*store));
}

/// What VisitFloats shows of all series in the range, or nothing where it shows none.
std::optional<std::vector<std::string>> Visited(
    const std::function<Result<bool>(const SelectLimits&, const SeriesVisitor&)>& visit) {
  QueryMemory memory(1u << 20);
  QueryMemory::Share share(&memory);
  std::vector<SeriesColumns> seen;
  const auto keep = [&](SeriesColumns& series) -> Status {
    seen.push_back(std::move(series));
    return {};
  };
  const auto visited = visit({100, 1000, &share}, keep);
  EXPECT_TRUE(visited.has_value()) << visited.error().message;
  EXPECT_EQ(share.taken(), 0u) << "what the store held meanwhile is given back";
  if (!visited || !*visited) {
    EXPECT_THAT(seen, IsEmpty());
    return std::nullopt;
  }
  return Render(seen);
}

TEST_F(TsdbHistogramsTest, FloatsAreVisitedWhereNoHistogramMatches) {
  FaultFiles files;
  const auto store = Open(files);
  ASSERT_TRUE(store->Append({{MakeLabels("a"), {{1000, 1}}, {}},
                             {MakeLabels("b"), {{1000, 2}}, {}},
                             {MakeLabels("d"), {{1000, 4}}, {}}}));
  ASSERT_TRUE(store->CutAll());
  ASSERT_TRUE(store->Append({{MakeLabels("b"), {{500, 5}, {2000, 3}}, {}},
                             {MakeLabels("c"), {{2000, 3}}, {}},
                             One(MakeLabels("h"), 2000, WithBucket(1))}));
  const auto ask = [&](const std::vector<Matcher>& matchers) {
    // The store's own way, and that of stores which have none.
    const auto own = Visited([&](const SelectLimits& limits, const SeriesVisitor& visit) {
      return store->VisitFloats(matchers, 0, 3000, limits, visit, nullptr);
    });
    const auto any = Visited([&](const SelectLimits& limits, const SeriesVisitor& visit) {
      return store->Queryable::VisitFloats(matchers, 0, 3000, limits, visit, nullptr);
    });
    EXPECT_EQ(own, any);
    return own;
  };
  const Matcher floats{"__name__", MatchType::kRegex, "[a-d]"};
  const auto seen = ask({floats});
  ASSERT_TRUE(seen);
  EXPECT_EQ(*seen, LinesOf(*store, 0, 3000, {floats}));
  EXPECT_THAT(*seen, testing::SizeIs(4));
  EXPECT_FALSE(ask({}));
  EXPECT_FALSE(ask({{"__name__", MatchType::kEqual, "h"}}));
  ASSERT_TRUE(store->CutAll());
  EXPECT_FALSE(ask({})) << "nor where the histogram is in a block";
  EXPECT_TRUE(ask({floats}));
}

TEST_F(TsdbHistogramsTest, AFirstHistogramThatIsWrittenMeanwhileShowsNoColumns) {
  FaultFiles files;
  const auto store = Open(files);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) {
      const std::string number = std::to_string(i);
      EXPECT_TRUE(store->Append({One(MakeLabels("h", {{"i", number}}), 1000, WithBucket(1))}));
    }
    done = true;
  });
  while (!done) {
    // A number that is written soon, so that looking and reading may fall on either side.
    for (int i = 0; i < 300 && !done; ++i) {
      const std::vector<Matcher> one{{"i", MatchType::kEqual, std::to_string(i)}};
      const auto seen = Visited([&](const SelectLimits& limits, const SeriesVisitor& visit) {
        return store->VisitFloats(one, 0, 3000, limits, visit, nullptr);
      });
      ASSERT_TRUE(!seen || seen->empty());
    }
  }
  writer.join();
}

}  // namespace
}  // namespace hinomi::metrics
