#include "promql/series_notation.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/strings.h"
#include "metrics/native_histogram.h"

namespace hinomi::promql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// "1 _ stale {{…}}"; "?" and the error where there is one.
std::string Expanded(std::string_view text, size_t most = kMostSequenceValues) {
  const auto values = ParseSequence(text, most);
  if (!values) return "? " + values.error().message;
  std::string out;
  for (const SequenceValue& value : *values) {
    if (!out.empty()) out += " ";
    if (value.kind == SequenceValue::Kind::kOmitted) out += "_";
    if (value.kind == SequenceValue::Kind::kHistogram) out += HistogramNotation(*value.histogram);
    if (value.kind == SequenceValue::Kind::kFloat)
      out += metrics::IsStaleMarker(value.value) ? "stale" : FormatDouble(value.value);
  }
  return out;
}

std::string MetricError(std::string_view text) {
  const auto labels = ParseMetric(text);
  return labels ? "none" : labels.error().message;
}

TEST(SeriesNotationTest, ValuesExpandAsPrometheusDocumentsThem) {
  EXPECT_EQ(Expanded(""), "");
  EXPECT_EQ(Expanded(" 1\t2  3\n"), "1 2 3");
  EXPECT_EQ(Expanded("-2+4x3"), "-2 2 6 10");
  EXPECT_EQ(Expanded("1-2x4"), "1 -1 -3 -5 -7");
  EXPECT_EQ(Expanded("1x4"), "1 1 1 1 1");
  EXPECT_EQ(Expanded("1 _x3 stale"), "1 _ _ _ stale");
  EXPECT_EQ(Expanded("_ _x0 5x0"), "_ 5");
  EXPECT_EQ(Expanded("0x2"), "0 0 0") << "no hexadecimal number";
  EXPECT_EQ(Expanded("1e3 .5 1_000 010 -1E-2x1"), "1000 0.5 1000 8 -0.01 -0.01");
  EXPECT_EQ(Expanded("Inf -inf +Inf NaN"), "+Inf -Inf +Inf NaN");
  EXPECT_EQ(Expanded("0+.5x2"), "0 0.5 1");
}

TEST(SeriesNotationTest, StepsAreAddedOneByOne) {
  const auto values = ParseSequence("0+0.1x3");
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ((*values)[3].value, 0.1 + 0.1 + 0.1) << "0.30000000000000004, as Prometheus has it";
}

TEST(SeriesNotationTest, HistogramsHaveAllTheirFields) {
  const std::string whole =
      "{{schema:1 count:32.1 sum:-0.3 z_bucket:7.1 z_bucket_w:0.05 counter_reset_hint:gauge "
      "offset:-3 buckets:[5.1 10 7] n_offset:-5 n_buckets:[4.1 5]}}";
  EXPECT_EQ(Expanded(whole), whole);
  EXPECT_EQ(Expanded("{{}}"), "{{}}");
  EXPECT_EQ(Expanded("{{ count:2 Sum:3  buckets:[ 2 ] }}x1"),
            "{{count:2 sum:3 buckets:[2]}} {{count:2 sum:3 buckets:[2]}}");
  EXPECT_EQ(Expanded("{{sum:3 count:2 buckets:[2]}}+{{sum:1.3 count:1 buckets:[1]}}x1"),
            "{{count:2 sum:3 buckets:[2]}} {{count:3 sum:4.3 buckets:[3]}}");
  EXPECT_EQ(Expanded("{{count:3 buckets:[3]}}-{{count:1 buckets:[1]}}x1 1"),
            "{{count:3 buckets:[3]}} {{count:2 buckets:[2]}} 1");
  EXPECT_EQ(Expanded("{{schema:-53 count:1 custom_values:[5 10] buckets:[1 0]}}"),
            "{{schema:-53 count:1 custom_values:[5 10] buckets:[1]}}");
}

TEST(SeriesNotationTest, EmptyBucketsDoNotTellHistogramsApart) {
  EXPECT_EQ(Expanded("{{count:3 buckets:[0 1 0 2 0] offset:-1}}"), "{{count:3 buckets:[1 0 2]}}");
}

TEST(SeriesNotationTest, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(Expanded("1 2 three"),
            "? 1:5: expected a number, _, stale or a histogram, got \"three\"");
  EXPECT_EQ(Expanded("1+2"),
            "? 1:4: expected \"x\" and how many times the step is added, got the end");
  EXPECT_EQ(Expanded("1x"),
            "? 1:3: expected how many times, a whole number behind \"x\", got the end");
  EXPECT_EQ(Expanded("1,2"), "? 1:2: expected a blank after a value, got \",\"");
  EXPECT_EQ(Expanded("1 \xE3\x81\x82"),
            "? 1:3: expected a number, _, stale or a histogram, got \"\xE3\x81\x82\"");
  EXPECT_EQ(Expanded("1\n1.2.3"), "? 2:1: \"1.2.3\" is no number");
  EXPECT_THAT(Expanded("Stale"), HasSubstr("got \"Stale\""));
  EXPECT_THAT(Expanded("-stale"), HasSubstr("1:1: expected a number"));
  EXPECT_THAT(Expanded("{{count:1"), HasSubstr("a blank or \"}}\", got the end"));
  EXPECT_THAT(Expanded("{{"), HasSubstr("got the end"));
  EXPECT_THAT(Expanded("{{counts:1}}"), HasSubstr("1:3: expected schema, sum, count"));
  EXPECT_THAT(Expanded("{{count:1 count:2}}"), HasSubstr("1:11: count stands there twice"));
  EXPECT_THAT(Expanded("{{schema:1.5}}"), HasSubstr("expected a blank or \"}}\""));
  EXPECT_THAT(Expanded("{{buckets:1}}"), HasSubstr("expected \"[\""));
  EXPECT_THAT(Expanded("{{counter_reset_hint:maybe}}"), HasSubstr("unknown, reset, not_reset"));
  EXPECT_THAT(Expanded("{{schema:3}}+{{schema:1}}x1"), HasSubstr("other buckets"));
  EXPECT_THAT(Expanded("{{schema:99}}+{{schema:99}}x1"), HasSubstr("1:1: "));
  EXPECT_THAT(Expanded("{{}}+1x2"), HasSubstr("expected a histogram"));
}

TEST(SeriesNotationTest, NoTextExpandsToMoreThanIsAllowed) {
  EXPECT_EQ(Expanded("1x2", 3), "1 1 1");
  for (const char* text : {"1x3", "1+1x3", "_x4", "{{}}x3", "{{}}+{{}}x3", "1 1 1 1",
                           "1x18446744073709551615", "1x99999999999999999999"})
    EXPECT_THAT(Expanded(text, 3), HasSubstr("more than 3 values")) << text;
}

TEST(SeriesNotationTest, MetricsHaveNamesAndLabels) {
  EXPECT_EQ(ParseMetric("up")->ToString(), "up");
  EXPECT_EQ(ParseMetric("  ")->ToString(), "{}");
  EXPECT_EQ(ParseMetric("{}")->ToString(), "{}");
  EXPECT_EQ(ParseMetric(R"(job:x:sum { b = 'it\'s', a="1",})")->ToString(),
            R"(job:x:sum{a="1",b="it's"})");
  EXPECT_EQ(ParseMetric(R"({"a metric", "a.label"=`\`})")->pairs(),
            (std::vector<metrics::Labels::Pair>{{"__name__", "a metric"}, {"a.label", "\\"}}));
  EXPECT_EQ(ParseMetric("sum{by=\"x\"}")->ToString(), "sum{by=\"x\"}") << "keywords are names";
}

TEST(SeriesNotationTest, WrongMetricsAreToldWithTheirPlace) {
  EXPECT_EQ(MetricError("up{a=\"1\""), "1:9: expected \",\" or \"}\" in the labels, got the end");
  EXPECT_EQ(MetricError("up{a=\"1}"), "1:6: the quotes are not closed");
  EXPECT_EQ(MetricError("up{a}"), "1:5: expected \"=\" behind the label's name, got \"}\"");
  EXPECT_EQ(MetricError("up{a=1}"), "1:6: expected the label's value in quotes, got \"1\"");
  EXPECT_EQ(MetricError("up{a!=\"1\"}"), "1:5: expected \"=\" behind the label's name, got \"!\"");
  EXPECT_EQ(MetricError("up 1"), "1:4: expected nothing behind the labels, got \"1\"");
  EXPECT_THAT(MetricError(R"(up{a="\q"})"), HasSubstr("1:6: "));
}

TEST(SeriesNotationTest, ADescriptionIsAMetricWithItsValues) {
  const auto series = ParseSeriesDescription("up{a=\"1\"} 1 2");
  ASSERT_TRUE(series.has_value());
  EXPECT_EQ(series->labels.ToString(), "up{a=\"1\"}");
  EXPECT_EQ(series->values.size(), 2u);
  EXPECT_EQ(ParseSeriesDescription("{{count:1}}x1")->values.size(), 2u) << "no labels";
}

TEST(SeriesNotationTest, HintsAreThoseOfAStore) {
  auto values = *ParseSequence(
      "{{count:1 buckets:[1]}} {{count:2 buckets:[2]}} {{count:1 buckets:[1]}} 5 "
      "{{count:9 buckets:[9] counter_reset_hint:gauge}}");
  SetHintsAsStored(values);
  std::vector<std::string> hints;
  for (const SequenceValue& value : values)
    if (value.histogram) hints.push_back(HistogramNotation(*value.histogram));
  EXPECT_THAT(
      hints,
      ElementsAre("{{count:1 buckets:[1]}}", "{{count:2 counter_reset_hint:not_reset buckets:[2]}}",
                  "{{count:1 buckets:[1]}}", "{{count:9 counter_reset_hint:gauge buckets:[9]}}"));
}

}  // namespace
}  // namespace hinomi::promql
