#include "metrics/tsdb/histogram_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "metrics/histogram_testing.h"
#include "metrics/testing.h"
#include "metrics/tsdb/histogram_batch.h"
#include "metrics/tsdb/histogram_join.h"
#include "metrics/tsdb/histogram_times.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> NamesOf(const NativeHistogram& histogram) {
  std::vector<std::string> names;
  SplitHistogram(histogram,
                 [&](const HistogramColumn& column, double) { names.push_back(column.Name()); });
  return names;
}

TEST(HistogramColumnsTest, NamesSayWhatAColumnHolds) {
  NativeHistogram histogram;
  EXPECT_THAT(NamesOf(histogram), ElementsAre("count", "sum", "meta"));
  histogram.schema = -2;
  histogram.zero_count = 1;
  histogram.zero_threshold = 0.5;
  histogram.positive = {{-7, 1}, {12, 2}, {13, 0}};
  histogram.negative = {{3, 1}};
  EXPECT_THAT(NamesOf(histogram),
              ElementsAre("count", "sum", "zero", "threshold", "-2n3", "-2p-7", "-2p12", "meta"));
  NativeHistogram custom;
  custom.schema = kCustomBucketsSchema;
  custom.custom_values = {-0.25, 1e300};
  EXPECT_THAT(NamesOf(custom), ElementsAre("count", "sum", "le-0.25", "le1e+300", "meta"));
  custom.positive = {{2, 4}};
  EXPECT_THAT(NamesOf(custom),
              ElementsAre("count", "sum", "le-0.25", "le1e+300", "le+Inf", "meta"));
}

TEST(HistogramColumnsTest, NoOtherNameIsAColumn) {
  for (const char* name : {"", "metas", "3q5", "p5", "3p", "3p5x", "le", "leNaN", "3p99999999999"})
    EXPECT_FALSE(HistogramColumn::Parse(name)) << name;
}

TEST(HistogramColumnsTest, EveryHistogramIsTheSameAgainOutOfItsColumns) {
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const NativeHistogram histogram = AnyHistogram(random);
    std::vector<std::pair<HistogramColumn, double>> columns;
    SplitHistogram(histogram, [&](const HistogramColumn& column, double value) {
      const auto parsed = HistogramColumn::Parse(column.Name());
      ASSERT_TRUE(parsed) << column.Name();
      columns.emplace_back(*parsed, value);
    });
    std::sort(columns.begin(), columns.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    NativeHistogram joined;
    for (const auto& [column, value] : columns) JoinColumn(column, value, joined);
    ASSERT_EQ(RenderHistogram(joined), RenderHistogram(histogram));
  }
}

TEST(HistogramColumnsTest, AMetaValueTellsTheNumberOfColumnsTheSchemaAndTheHint) {
  for (const int32_t schema : {kCustomBucketsSchema, -4, 8})
    for (const uint32_t columns : {2u, static_cast<uint32_t>(kMostHistogramBuckets + 5)}) {
      const HistogramMeta meta{columns, schema, NativeHistogram::ResetHint::kGauge};
      const auto read = HistogramMeta::FromValue(meta.ToValue());
      ASSERT_TRUE(read);
      EXPECT_EQ(read->columns, columns);
      EXPECT_EQ(read->schema, schema);
      EXPECT_EQ(read->reset_hint, NativeHistogram::ResetHint::kGauge);
    }
  for (const double value : {-1.0, 0.5, 1e300, StaleMarker()})
    EXPECT_FALSE(HistogramMeta::FromValue(value)) << value;
}

TEST(HistogramColumnsTest, TheLabelStandsInOrderAmongTheOthers) {
  const Labels labels = MakeLabels("h", {{"Zone", "a"}, {"__a", "1"}, {"job", "x"}});
  const std::string base = LabelBytesOf(labels);
  const auto read = ParseLabelBytes(ColumnLabels(base).Of("3p5"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->Get(kHistogramLabel), "3p5");
  Labels stripped = *read;
  stripped.Set(kHistogramLabel, "");
  EXPECT_EQ(stripped, labels);
  EXPECT_TRUE(ParseLabelBytes(ColumnLabels("").Of("meta")));
}

/// The columns of histograms as a store would select them.
std::vector<SeriesColumns> Columns(
    const Labels& base, const std::vector<std::pair<int64_t, NativeHistogram>>& samples) {
  std::map<std::string, SeriesColumns> columns;
  for (const auto& [at_ms, histogram] : samples)
    SplitHistogram(histogram, [&](const HistogramColumn& column, double value) {
      SeriesColumns& series = columns[column.Name()];
      series.labels = base;
      series.labels.Set(kHistogramLabel, column.Name());
      series.at_ms.push_back(at_ms);
      series.values.push_back(value);
    });
  std::vector<SeriesColumns> all;
  for (auto& [name, series] : columns) all.push_back(std::move(series));
  return all;
}

NativeHistogram WithBuckets(std::vector<NativeHistogram::Bucket> buckets) {
  NativeHistogram histogram;
  histogram.positive = std::move(buckets);
  return histogram;
}

TEST(HistogramJoinTest, AHistogramAndAFloatOfOneTimeAreTheHistogram) {
  auto series = Columns(MakeLabels("h"), {{2, WithBuckets({{1, 1}})}, {4, StaleHistogram()}});
  series.push_back({MakeLabels("h"), {1, 2, 3, 5}, {10, 20, 30, StaleMarker()}, {}});
  const auto joined = JoinHistograms(std::move(series), {});
  ASSERT_TRUE(joined);
  EXPECT_THAT(Render(*joined), ElementsAre("h 10@1 {schema=0 count=0 sum=0 p1:1}@2 30@3 "
                                           "{schema=0 count=0 sum=stale}@4 stale@5"));
  EXPECT_TRUE(IsStaleMarker((*joined)[0].values[3]));
}

TEST(HistogramJoinTest, ASampleThatHasLostAColumnIsLeftOut) {
  auto series =
      Columns(MakeLabels("h"), {{1, WithBuckets({{1, 1}})}, {2, WithBuckets({{1, 1}, {2, 7}})}});
  std::erase_if(series, [](const SeriesColumns& column) {
    return column.labels.Get(kHistogramLabel) == "0p2";
  });
  EXPECT_THAT(Render(*JoinHistograms(series, {})),
              ElementsAre("h {schema=0 count=0 sum=0 p1:1}@1"));
  std::erase_if(series, [](const SeriesColumns& column) {
    return column.labels.Get(kHistogramLabel) == kMetaColumn;
  });
  EXPECT_THAT(*JoinHistograms(series, {}), IsEmpty());
}

TEST(HistogramJoinTest, ItsMemoryIsTakenAndThatOfTheColumnsGivenBack) {
  QueryMemory memory(100'000);
  QueryMemory::Share share(&memory);
  SelectLimits limits;
  limits.memory = &share;
  auto series = Columns(MakeLabels("h"), {{1, WithBuckets({{1, 1}})}});
  for (const SeriesColumns& column : series) ASSERT_TRUE(TakeMemory(limits, column.at_ms.size()));
  const size_t of_columns = share.taken();
  ASSERT_TRUE(JoinHistograms(series, limits));
  EXPECT_GT(share.taken(), sizeof(NativeHistogram));
  EXPECT_LT(share.taken(), of_columns);
  QueryMemory none(10);
  QueryMemory::Share small(&none);
  limits.memory = &small;
  const auto refused = JoinHistograms(series, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
}

TEST(HistogramJoinTest, MatchersFindTheLabelAbsent) {
  const std::vector<Matcher> name{{"__name__", MatchType::kEqual, "h"}};
  const std::string label(kHistogramLabel);
  const auto ask = [&](MatchType type, const char* value) {
    return WithoutHistogramLabel({name[0], {label, type, value}});
  };
  EXPECT_EQ(**ask(MatchType::kEqual, ""), name);
  EXPECT_EQ(**ask(MatchType::kRegex, ".*"), name);
  EXPECT_EQ(**ask(MatchType::kNotEqual, "meta"), name);
  EXPECT_FALSE((*ask(MatchType::kEqual, "meta")).has_value());
  EXPECT_FALSE((*ask(MatchType::kRegex, ".+")).has_value());
  EXPECT_FALSE(ask(MatchType::kRegex, "(").has_value());
}

TEST(HistogramBatchTest, OfEqualTimesTheLastOneCounts) {
  const std::string labels = LabelBytesOf(MakeLabels("h"));
  RawBatch raw;
  raw.histograms = {{labels, 1, Share(WithBuckets({{1, 1}}))},
                    {labels, 1, Share(WithBuckets({{2, 1}}))}};
  auto batch = HistogramBatch::Of(raw);
  ASSERT_TRUE(batch);
  const RawBatch columns = batch->Columns();
  std::vector<std::string> names;
  for (const RawBatch::Series& series : columns.series)
    names.emplace_back(FindLabel(series.label_bytes, kHistogramLabel));
  EXPECT_THAT(names, ElementsAre("0p2", "count", "meta", "sum"));
}

TEST(HistogramBatchTest, WhatIsRefusedNamesTheSeries) {
  const std::string labels = LabelBytesOf(MakeLabels("h", {{"job", "a"}}));
  NativeHistogram negative;
  negative.count = -1;
  RawBatch raw;
  raw.histograms = {{labels, 1, Share(negative)}};
  EXPECT_THAT(HistogramBatch::Of(raw).error().message,
              HasSubstr("native histogram of h{job=\"a\"}: its count is -1"));
  const std::string reserved = LabelBytesOf(MakeLabels("h", {{std::string(kHistogramLabel), "x"}}));
  raw.histograms = {{reserved, 1, Share({})}};
  EXPECT_THAT(HistogramBatch::Of(raw).error().message, HasSubstr("rename it at the sender"));
}

TEST(HistogramTimesTest, OnlyWhatIsNewerThanItsSeriesNeedsNoLook) {
  using Seen = HistogramTimes::Seen;
  HistogramTimes times;
  EXPECT_EQ(times.Note("a", 10, 20), Seen::kNewer);
  EXPECT_EQ(times.Note("a", 20, 30), Seen::kMayMeet);
  EXPECT_EQ(times.Note("a", 31, 31), Seen::kNewer);
  EXPECT_EQ(times.Note("a", 5, 5), Seen::kMayMeet);
  EXPECT_EQ(times.Note("a", 31, 31), Seen::kMayMeet);
  times.SetFloor(100);
  EXPECT_EQ(times.Note("b", 100, 200), Seen::kUnknown);
  EXPECT_EQ(times.Note("b", 100, 200), Seen::kUnknown);
  times.Learn("b", 150);
  times.Learn("b", 50);
  EXPECT_EQ(times.Note("b", 150, 150), Seen::kMayMeet);
  EXPECT_EQ(times.Note("b", 151, 151), Seen::kNewer);
  times.Forget();
  EXPECT_EQ(times.Note("b", 151, 151), Seen::kUnknown);
  EXPECT_EQ(times.Note("c", 152, 152), Seen::kNewer);
}

}  // namespace
}  // namespace hinomi::metrics
