#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/random.h"
#include "metrics/exposition.h"
#include "metrics/matcher.h"
#include "metrics/openmetrics_export.h"
#include "metrics/openmetrics_import.h"
#include "metrics/testing.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Both sides of a store over maps, to the letter of metrics/storage.h.
class MapStore : public Queryable, public Appender {
 public:
  std::map<Labels, std::map<int64_t, double>> series;
  std::map<std::string, Metadata> metadata;
  size_t max_samples = SIZE_MAX;  ///< Below what a query asks for.
  int appends_left = -1;
  std::map<Labels, std::vector<SeriesExemplars::Exemplar>> exemplars;
  size_t max_exemplars = SIZE_MAX;

  Status Append(const std::vector<WriteSeries>& batch) override {
    if (appends_left == 0) return Exhausted("the disk is full");
    --appends_left;
    for (const WriteSeries& one : batch)
      for (const Sample& sample : one.samples) series[one.labels][sample.at_ms] = sample.value;
    return {};
  }
  Status AppendRaw(const RawBatch& batch) override {
    for (const RawBatch::Exemplar& one : batch.exemplars)
      exemplars[ParseLabelBytes(one.series).value()].push_back(
          {ParseLabelBytes(one.labels).value(), one.sample});
    HN_TRY(const auto expanded, Expand(batch));
    return Append(expanded);
  }
  Result<std::vector<SeriesExemplars>> SelectExemplars(const std::vector<Matcher>& matchers,
                                                       int64_t from_ms,
                                                       int64_t to_ms) const override {
    HN_TRY(const auto compiled, CompileAll(matchers));
    std::vector<SeriesExemplars> selected;
    size_t count = 0;
    for (const auto& [labels, all] : exemplars) {
      if (!MatchesAll(compiled, labels)) continue;
      SeriesExemplars one{labels, {}};
      for (const auto& exemplar : all)
        if (exemplar.sample.at_ms >= from_ms && exemplar.sample.at_ms <= to_ms)
          one.exemplars.push_back(exemplar);
      count += one.exemplars.size();
      if (!one.exemplars.empty()) selected.push_back(std::move(one));
    }
    if (count > max_exemplars) return Exhausted("more exemplars than the limit");
    return selected;
  }
  void SetMetadata(const std::string& metric, const Metadata& entry) override {
    metadata[metric] = entry;
  }
  Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms,
                                            const SelectLimits& limits) const override {
    HN_TRY(const auto compiled, CompileAll(matchers));
    std::vector<SeriesColumns> selected;
    size_t samples = 0;
    for (const auto& [labels, points] : series) {
      if (!MatchesAll(compiled, labels)) continue;
      SeriesColumns columns{labels, {}, {}};
      for (auto at = points.lower_bound(from_ms); at != points.end() && at->first <= to_ms; ++at) {
        columns.at_ms.push_back(at->first);
        columns.values.push_back(at->second);
      }
      samples += columns.at_ms.size();
      if (samples > std::min(limits.max_samples, max_samples))
        return Exhausted("more samples than the limit");
      if (!columns.at_ms.empty()) selected.push_back(std::move(columns));
    }
    return selected;
  }
  Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers, int64_t from_ms,
                                           int64_t to_ms) const override {
    HN_TRY(const auto compiled, CompileAll(matchers));
    std::vector<Labels> selected;
    for (const auto& [labels, points] : series)
      if (const auto at = points.lower_bound(from_ms);
          MatchesAll(compiled, labels) && at != points.end() && at->first <= to_ms)
        selected.push_back(labels);
    return selected;
  }
  Result<std::vector<std::string>> LabelNames(int64_t, int64_t) const override {
    return std::vector<std::string>();
  }
  Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t,
                                               int64_t) const override {
    std::vector<std::string> values;
    for (const auto& [labels, points] : series)
      if (!labels.Get(label).empty()) values.emplace_back(labels.Get(label));
    return values;
  }
  std::map<std::string, Metadata> MetricMetadata() const override { return metadata; }
};

constexpr int64_t kEver = INT64_MAX;

std::string Exported(const Queryable& store, OpenMetricsExport* counts = nullptr,
                     const std::vector<Matcher>& matchers = {}, int64_t from_ms = INT64_MIN,
                     int64_t to_ms = kEver) {
  std::string text;
  const auto done = ExportOpenMetrics(store, matchers, from_ms, to_ms, [&](std::string_view part) {
    text += part;
    return Status();
  });
  EXPECT_TRUE(done) << done.error().message;
  if (counts != nullptr && done) *counts = *done;
  return text;
}

/// The text in pieces of `size` bytes.
TextSource Pieces(std::string text, size_t size) {
  return [text = std::move(text), size, at = size_t{0}]() mutable -> Result<std::string> {
    std::string piece = text.substr(std::min(at, text.size()), size);
    at += size;
    return piece;
  };
}

std::string ImportError(const std::string& text, Appender& appender,
                        const OpenMetricsImportLimits& limits = {}) {
  const auto done = ImportOpenMetrics(Pieces(text, 7), appender, limits);
  return done ? "" : done.error().message;
}

TEST(OpenMetricsTest, WritesFamiliesWithTheirMetadataAndTimesInSeconds) {
  MapStore store;
  store.metadata["requests"] = {MetricType::kCounter, "How \"many\"\nof them", ""};
  store.metadata["room_celsius"] = {MetricType::kGauge, "", "celsius"};
  store.metadata["latency"] = {MetricType::kHistogram, "Not said.", ""};
  store.series[MakeLabels("requests_total", {{"path", "a\"b\\c\nd"}})] = {{1500, 1}, {2000, 2.5}};
  store.series[MakeLabels("room_celsius")] = {{-1, -3}, {-1010, INFINITY}, {0, 1e300}};
  store.series[MakeLabels("latency_bucket", {{"le", "+Inf"}})] = {{1, 4}};
  OpenMetricsExport counts;
  const std::string text = Exported(store, &counts);
  EXPECT_EQ(text,
            "latency_bucket{le=\"+Inf\"} 4 0.001\n"
            "# TYPE requests counter\n"
            "# HELP requests How \\\"many\\\"\\nof them\n"
            "requests_total{path=\"a\\\"b\\\\c\\nd\"} 1 1.5\n"
            "requests_total{path=\"a\\\"b\\\\c\\nd\"} 2.5 2\n"
            "# TYPE room_celsius gauge\n"
            "# UNIT room_celsius celsius\n"
            "room_celsius +Inf -1.01\n"
            "room_celsius -3 -0.001\n"
            "room_celsius 1e+300 0\n"
            "# EOF\n");
  EXPECT_EQ(counts.series, 3u);
  EXPECT_EQ(counts.samples, 6u);
  const auto strict =
      ParseExposition(text, ExpositionFormat::kOpenMetrics, ExpositionRules::kStrict);
  EXPECT_TRUE(strict) << strict.error().message;
}

TEST(OpenMetricsTest, ACounterWhoseFamilyWouldClashStaysWithoutType) {
  MapStore store;
  store.metadata["a"] = {MetricType::kCounter, "", ""};
  store.series[MakeLabels("a")] = {{1000, 1}};
  store.series[MakeLabels("a_total")] = {{1000, 1}};
  EXPECT_EQ(Exported(store), "a 1 1\na_total 1 1\n# EOF\n");
}

TEST(OpenMetricsTest, SaysWhatTextCannotSay) {
  MapStore store;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double payload = std::bit_cast<double>(std::bit_cast<uint64_t>(nan) | 5);
  store.series[MakeLabels("up")] = {{1, 1}, {2, StaleMarker()}, {3, nan}, {4, payload}};
  store.series[MakeLabels("with.dot")] = {{1, 1}};
  store.series[MakeLabels("up", {{"a.b", "1"}})] = {{1, 1}};
  store.series[Labels({{"job", "x"}, {"zone", "y"}})] = {{1, 1}};
  OpenMetricsExport counts;
  EXPECT_EQ(Exported(store, &counts), "up 1 0.001\nup NaN 0.003\nup NaN 0.004\n# EOF\n");
  EXPECT_EQ(counts.stale_marks, 1u);
  EXPECT_EQ(counts.nan_payloads, 1u);
  EXPECT_EQ(counts.unwritable_series, 3u);
}

TEST(OpenMetricsTest, ExportsWhatMatchesInTheRange) {
  MapStore store;
  store.series[MakeLabels("up", {{"job", "a"}})] = {{1000, 1}, {2000, 2}, {3000, 3}};
  store.series[MakeLabels("up", {{"job", "b"}})] = {{2000, 5}};
  EXPECT_EQ(Exported(store, nullptr, {{"job", MatchType::kEqual, "a"}}, 2000, 2999),
            "up{job=\"a\"} 2 2\n# EOF\n");
}

TEST(OpenMetricsTest, AnErrorOfTheSinkEndsTheExport) {
  MapStore store;
  store.series[MakeLabels("up")] = {{1, 1}};
  const auto done = ExportOpenMetrics(store, {}, 0, kEver, [](std::string_view) -> Status {
    return Exhausted("the disk is full");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the disk is full");
}

MapStore RandomStore(Random& random) {
  MapStore store;
  for (int i = 0; i < 40; ++i) {
    std::vector<Labels::Pair> pairs;
    for (const char* name : {"a", "b", "c"})
      if (random.Percent(60))
        pairs.emplace_back(name, std::string(1, "xyz\"\\\n "[random.Below(7)]));
    auto& points = store.series[MakeLabels(random.Percent(50) ? "m" : "m_total", pairs)];
    for (uint64_t n = 1 + random.Below(60); n-- > 0;) {
      const double value = std::bit_cast<double>(random.Next());
      const int64_t at_ms =
          static_cast<int64_t>(random.Next() >> 13) * (random.Percent(50) ? 1 : -1);
      points[at_ms] = std::isnan(value) ? -0.0 : value;
    }
  }
  return store;
}

TEST(OpenMetricsTest, EveryValueComesBackBitForBit) {
  Random random(11);
  for (int i = 0; i < 20; ++i) {
    MapStore store = RandomStore(random);
    store.metadata["n"] = {MetricType::kGauge, "a \\ \"b\"\n", ""};
    store.series[MakeLabels("n")] = {{0, 1}};
    store.max_samples = random.Percent(50) ? 3 : SIZE_MAX;  // The range is halved until it fits.
    const std::string text = Exported(store);
    MapStore copy;
    const auto done = ImportOpenMetrics(Pieces(text, 1 + random.Below(5000)), copy,
                                        {.batch_samples = 1 + random.Below(100)});
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(copy.series.size(), store.series.size());
    size_t samples = 0;
    for (const auto& [labels, points] : store.series) {
      const auto& other = copy.series[labels];
      ASSERT_EQ(other.size(), points.size()) << labels.ToString();
      samples += points.size();
      for (auto a = points.begin(), b = other.begin(); a != points.end(); ++a, ++b) {
        ASSERT_EQ(a->first, b->first);
        ASSERT_EQ(std::bit_cast<uint64_t>(a->second), std::bit_cast<uint64_t>(b->second));
      }
    }
    EXPECT_EQ(done->samples, samples);
    EXPECT_EQ(copy.metadata["n"].help, store.metadata["n"].help);
    EXPECT_EQ(copy.metadata["n"].type, MetricType::kGauge);
  }
}

TEST(OpenMetricsTest, ExemplarsStandBehindSamplesAndComeBack) {
  MapStore store;
  const Labels counter = MakeLabels("n_total", {{"a", "b"}});
  const Labels bucket = MakeLabels("h_bucket", {{"le", "1"}});
  const auto trace = [](const char* id) {
    return Labels(std::vector<Labels::Pair>{{"trace_id", id}});
  };
  for (int64_t at = 1000; at <= 5000; at += 1000) {
    store.series[counter][at] = 1;
    store.series[bucket][at] = 2;
    store.series[MakeLabels("gauge")][at] = 3;
  }
  // Two between two samples; one beyond the last.
  store.exemplars[counter] = {
      {trace("x"), {2100, 0.5}}, {trace("\"y\""), {2200, 1.5}}, {trace("late"), {5001, 1}}};
  store.exemplars[bucket] = {{{}, {1000, 0.25}},
                             {Labels(std::vector<Labels::Pair>{{"a.b", "c"}}), {1500, 1}}};
  store.exemplars[MakeLabels("gauge")] = {{trace("g"), {1000, 3}}};
  store.max_exemplars = 2;  // The range is halved until it fits.
  std::string text;
  const auto exported = ExportOpenMetrics(store, {}, INT64_MIN, INT64_MAX, [&](auto piece) {
    text += piece;
    return Status();
  });
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->exemplars, 3u);
  EXPECT_EQ(exported->exemplars_left_out, 3u);
  EXPECT_THAT(text, HasSubstr("n_total{a=\"b\"} 1 3 # {trace_id=\"x\"} 0.5 2.1\n"));
  EXPECT_THAT(text, HasSubstr("n_total{a=\"b\"} 1 4 # {trace_id=\"\\\"y\\\"\"} 1.5 2.2\n"));
  EXPECT_THAT(text, HasSubstr("h_bucket{le=\"1\"} 2 1 # {} 0.25 1\n"));
  MapStore copy;
  const auto imported = ImportOpenMetrics(Pieces(text, 7), copy, {.batch_samples = 4});
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->exemplars, 3u);
  ASSERT_EQ(copy.exemplars[counter].size(), 2u);
  EXPECT_EQ(copy.exemplars[counter][1].labels, trace("\"y\""));
  EXPECT_EQ(copy.exemplars[counter][1].sample.at_ms, 2200);
  EXPECT_EQ(copy.exemplars[counter][1].sample.value, 1.5);
  EXPECT_EQ(copy.exemplars[bucket].size(), 1u);
}

TEST(OpenMetricsTest, ErrorsNameTheLineAndWhatIsStored) {
  MapStore store;
  EXPECT_EQ(ImportError("up 1 1\nup{ 1 2\n# EOF\n", store),
            "line 2: column 5: expected a label's name, found \"1 2\"; all up to line 1 is stored");
  EXPECT_EQ(store.series[MakeLabels("up")].size(), 1u);
  EXPECT_EQ(ImportError("up 1\n# EOF\n", store),
            "line 1: the sample has no time; expected it in seconds behind the value; nothing of "
            "it is stored");
  EXPECT_EQ(ImportError("up 1 1\n", store),
            "line 2: the text ends without # EOF; it may have been cut; all up to line 1 is "
            "stored");
  EXPECT_THAT(ImportError("# EOF\nup 1 1\n", store), HasSubstr("line 2: text after # EOF"));
  EXPECT_THAT(ImportError("# TYPE up nonsense\n# EOF\n", store),
              HasSubstr("line 1: \"nonsense\" is no metric type"));
  EXPECT_THAT(ImportError("up 1 1\n" + std::string(500, 'x'), store, {.max_line_bytes = 100}),
              HasSubstr("line 2: it has more than 100 bytes"));
}

TEST(OpenMetricsTest, WhatTheStoreRefusesIsNotCalledStored) {
  MapStore store;
  store.appends_left = 1;
  EXPECT_EQ(ImportError("a 1 1\na 1 2\na 1 3\na 1 4\n# EOF\n", store, {.batch_samples = 2}),
            "line 4: the disk is full; all up to line 2 is stored");
  EXPECT_EQ(store.series[MakeLabels("a")].size(), 2u);
  store.appends_left = 0;
  EXPECT_EQ(ImportError("a 1 1\n# EOF\n", store), "the disk is full; nothing of it is stored");
}

TEST(OpenMetricsTest, ReadsWhatOthersWrite) {
  RecordingAppender appender;
  const std::string text =
      "# TYPE foo counter\r\n"
      "# HELP foo Help.\r\n"
      "foo_total{a=\"b\"} 17.0 1520879607.789 # {trace_id=\"x\"} 5.0\r\n"
      "\n"
      "foo_total{a=\"b\"} 18 1520879608\n"
      "# EOF";
  const auto done = ImportOpenMetrics(Pieces(text, 3), appender);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->exemplars, 1u);
  EXPECT_THAT(appender.TakeLines(), ElementsAre("foo_total{a=\"b\"} 17@1520879607789",
                                                "foo_total{a=\"b\"} 18@1520879608000"));
  EXPECT_EQ(appender.metadata()["foo"].type, MetricType::kCounter);
  EXPECT_EQ(appender.metadata()["foo"].help, "Help.");
}

}  // namespace
}  // namespace hinomi::metrics
