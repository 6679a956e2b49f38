#include "metric_math/metric_math.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/strings.h"

namespace hinomi::metric_math {
namespace {

const Instant kStart = *ParseRfc3339("2026-11-30T23:58:00Z");  // A Monday.

/// "30 20 - 0": old to new, "-" where there is no point.
Points PointsOf(std::string_view text) {
  Points points;
  for (const std::string_view word : Split(text, ' '))
    points.push_back(word == "-" ? std::nullopt : ParseDouble(word));
  return points;
}

std::string TextOf(const Points& points) {
  std::vector<std::string> words;
  for (const auto& point : points) words.push_back(point ? FormatDouble(*point) : "-");
  return Join(words, " ");
}

using Metrics = std::map<std::string, std::string>;

/// The metrics, and `e1`, which the alarm watches.
EntrySet SetOf(const Metrics& metrics, const std::string& expression) {
  EntrySet set;
  for (const auto& [id, points] : metrics) set.entries.push_back({id, "", Duration::Minutes(1)});
  set.entries.push_back({"e1", expression, {}, true});
  return set;
}

Input InputOf(const Metrics& metrics) {
  Input input;
  for (const auto& [id, points] : metrics) input.metrics[id] = PointsOf(points);
  input.grid = {kStart, Duration::Minutes(1),
                metrics.empty() ? 0 : input.metrics.begin()->second.size()};
  input.band = [](std::string_view entry, const Grid& grid, double k) -> Result<BandPoints> {
    if (entry == "broken") return Unavailable("the model is not there");
    return BandPoints{Points(grid.count, 10 * k), Points(grid.count, -10 * k)};
  };
  return input;
}

Result<TimeSeries> Evaluated(const EntrySet& set, const Metrics& metrics) {
  HN_TRY(const MetricMath compiled, MetricMath::Compile(set));
  return compiled.Evaluate(InputOf(metrics));
}

std::string Eval(const std::string& expression, const Metrics& metrics) {
  const Result<TimeSeries> result = Evaluated(SetOf(metrics, expression), metrics);
  return result ? TextOf(result->points) : result.error().message;
}

struct Case {
  std::string expression;
  std::string expected;
};

void ExpectAll(const Metrics& metrics, const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Eval(c.expression, metrics), c.expected) << c.expression;
}

TEST(MetricMathTest, ArithmeticTakesScalarsSeriesAndArrays) {
  const Metrics metrics = {{"m1", "8 6 4"}, {"m2", "2 3 4"}};
  ExpectAll(metrics, {
                         {"m1 + m2", "10 9 8"},
                         {"m1 - m2", "6 3 0"},
                         {"m1 * m2", "16 18 16"},
                         {"m1 / m2", "4 2 1"},
                         {"m1 ^ 2", "64 36 16"},
                         {"5 * m1", "40 30 20"},
                         {"m1 - 1", "7 5 3"},
                         {"TIME_SERIES(2 + 3 * 4)", "14 14 14"},
                         {"PERIOD(m1) / 60 + m1", "9 7 5"},
                         {"SUM(24 / [m1, m2])", "15 12 12"},
                         {"AVG([m1, m2] / m2)", "2.5 1.5 1"},
                         {"SUM(m2 * [m1, m2])", "20 27 32"},
                         {"MAX(METRICS() * 100)", "800 600 400"},
                         {"-5 * m1", "-40 -30 -20"},
                         {"-m1", "-8 -6 -4"},
                         {"SUM(-[m1, m2])", "-10 -9 -8"},
                         {"TIME_SERIES(-(2))", "-2 -2 -2"},
                     });
}

TEST(MetricMathTest, OperatorsBindAsInMathematics) {
  const Metrics metrics = {{"m1", "2"}};
  ExpectAll(metrics, {
                         {"m1 + 3 * 4", "14"},
                         {"(m1 + 3) * 4", "20"},
                         {"10 - m1 - 3", "5"},
                         {"m1 ^ 3 ^ 2", "512"},
                         {"-m1 ^ 2", "-4"},
                         {"m1 ^ -1", "0.5"},
                         {"m1 + 1 > 2 AND m1 < 3", "1"},
                         {"m1 == 1 OR m1 == 2 AND m1 == 3", "0"},
                         {"(m1 == 2 OR m1 == 1) && m1 != 3", "1"},
                         {"m1 > 5 || m1 >= 2", "1"},
                         {"1.5e1 + .5 + m1", "17.5"},
                     });
}

TEST(MetricMathTest, AMissingValueCountsAsZeroOnlyWhereTheOtherSeriesHasOne) {
  const Metrics metrics = {{"m1", "8 - 5 -"}, {"m2", "2 3 - -"}};
  ExpectAll(metrics, {
                         {"m1 + m2", "10 3 5 -"},
                         {"m1 - m2", "6 -3 5 -"},
                         {"m2 * m1", "16 0 0 -"},
                         {"m1 + 1", "9 - 6 -"},
                         {"SUM([m1, m2] + m1)", "26 3 15 -"},
                     });
}

TEST(MetricMathTest, WhatIsDividedByZeroIsDropped) {
  const Metrics metrics = {{"m1", "8 6 4 -"}, {"m2", "2 0 - 5"}, {"m3", "- - - -"}};
  ExpectAll(metrics, {
                         {"m1 / m2", "4 - - 0"},
                         {"m1 / 0", "- - - -"},
                         {"0 ^ -1 * m1", "- - - -"},
                         {"m1 / AVG(m3)", "- - - -"},  // A scalar without a value.
                         {"10 ^ 300 * 10 ^ 300 * m1", "- - - -"},
                         {"(0 - m1) ^ 0.5", "- - - -"},
                     });
}

TEST(MetricMathTest, ComparisonsAreThoseOfTheGuide) {
  const Metrics metrics = {{"metric1", "30 20 0 0"}, {"metric2", "20 - 20 -"}};
  ExpectAll(metrics, {
                         {"metric1 < metric2", "0 0 1 0"},
                         {"metric1 >= 30", "1 0 0 0"},
                         {"metric1 > 15 AND metric2 > 15", "1 0 0 0"},
                         {"metric1 > 15 OR metric2 > 15", "1 1 1 0"},
                         {"metric1 == metric2", "0 0 0 1"},
                         {"metric1 != metric2", "1 1 1 0"},
                         {"metric2 <= 20", "1 - 1 -"},
                         {"TIME_SERIES(3 > 2)", "1 1 1 1"},
                         {"TIME_SERIES(3 > 2 AND 0)", "0 0 0 0"},
                     });
}

TEST(MetricMathTest, ASeriesIsReducedToAScalarAndAnArrayToASeries) {
  const Metrics metrics = {{"m1", "2 - 4 -"}, {"m2", "6 8 - -"}};
  ExpectAll(metrics, {
                         // Missing values count as 0 in AVG, and in no other.
                         {"TIME_SERIES(AVG(m1))", "1.5 1.5 1.5 1.5"},
                         {"AVG(METRICS())", "4 4 2 -"},
                         {"TIME_SERIES(SUM(m1))", "6 6 6 6"},
                         {"SUM(METRICS())", "8 8 4 -"},
                         {"TIME_SERIES(MIN(m1))", "2 2 2 2"},
                         {"MIN(METRICS())", "2 8 4 -"},
                         {"TIME_SERIES(MAX(m1))", "4 4 4 4"},
                         {"MAX(METRICS())", "6 8 4 -"},
                         {"TIME_SERIES(STDDEV(m1))", "1 1 1 1"},
                         {"STDDEV(METRICS())", "2 0 0 -"},
                         {"TIME_SERIES(DATAPOINT_COUNT(m1))", "2 2 2 2"},
                         {"DATAPOINT_COUNT(METRICS())", "2 1 1 0"},
                         {"TIME_SERIES(SUM(m1) / DATAPOINT_COUNT(m1))", "3 3 3 3"},
                         {"m1 - MIN(m1)", "0 - 2 -"},
                         {"m1 / METRIC_COUNT(METRICS())", "1 - 2 -"},
                     });
}

TEST(MetricMathTest, ThePointsOfSeriesAndArraysAreTransformed) {
  const Metrics metrics = {{"m1", "-1.5 - 2.5 10"}, {"m2", "1 2 3 -"}};
  ExpectAll(metrics, {
                         {"ABS(m1)", "1.5 - 2.5 10"},
                         {"MIN(ABS([m1, m2]))", "1 2 2.5 10"},
                         {"CEIL(m1)", "-1 - 3 10"},
                         {"SUM(CEIL(METRICS()))", "0 2 6 10"},
                         {"FLOOR(m1)", "-2 - 2 10"},
                         {"SUM(FLOOR(METRICS()))", "-1 2 5 10"},
                         {"LOG10(m1)", "- - " + FormatDouble(std::log10(2.5)) + " 1"},
                         {"MAX(LOG10(METRICS() * 0 + 100))", "2 2 2 2"},
                         {"LOG(m2)", "0 " + FormatDouble(std::log(2)) + " " +
                                         FormatDouble(std::log(3)) + " -"},
                         {"MIN(LOG(METRICS() * 0 + 1))", "0 0 0 0"},
                         {"DIFF(m1)", "- - 4 7.5"},
                         {"SUM(DIFF(METRICS()))", "- 1 5 7.5"},
                         {"DIFF_TIME(m1)", "- - 120 60"},
                         {"MAX(DIFF_TIME(METRICS()))", "- 60 120 60"},
                         {"RATE(m1 * 60)", "- - 2 7.5"},
                         {"SUM(RATE(METRICS() * 60))", "- 1 3 7.5"},
                         {"RUNNING_SUM(m1)", "-1.5 - 1 11"},
                         {"SUM(RUNNING_SUM([m1, m2]))", "-0.5 3 7 11"},
                     });
}

TEST(MetricMathTest, GapsAreFilled) {
  const Metrics metrics = {{"m1", "- 2 - - 8 -"}, {"m2", "5 5 5 - 5 5"}};
  ExpectAll(metrics, {
                         {"FILL(m1, 10)", "10 2 10 10 8 10"},
                         {"FILL(m1, MIN(m1))", "2 2 2 2 8 2"},
                         {"FILL(m1, m2)", "5 2 5 - 8 5"},
                         {"FILL(m1, REPEAT)", "- 2 2 2 8 8"},
                         {"FILL(m1, LINEAR)", "- 2 4 6 8 -"},
                         {"SUM(FILL(METRICS(), 0))", "5 7 5 0 13 5"},
                         {"SUM(FILL(METRICS(), m2))", "10 7 10 - 13 10"},
                         {"SUM(FILL(METRICS(), REPEAT))", "5 7 7 7 13 13"},
                         {"SUM(FILL(METRICS(), LINEAR))", "5 7 9 11 13 5"},
                     });
}

TEST(MetricMathTest, IfIsThatOfTheGuide) {
  const Metrics metrics = {
      {"metric1", "1 1 0 0 -"}, {"metric2", "30 - 0 0 30"}, {"metric3", "0 0 20 - 20"}};
  ExpectAll(metrics, {
                         {"IF(metric1, metric2, metric3)", "30 0 20 - -"},
                         {"IF(metric1, metric2)", "30 0 - - -"},
                         {"IF(metric1, 5, metric3)", "5 5 20 - -"},
                         {"IF(metric1, 5)", "5 5 - - -"},
                         {"IF(metric1, metric2, 5)", "30 0 5 5 -"},
                         {"IF(metric1, 7, 5)", "7 7 5 5 -"},
                         {"IF(metric2 < 10, metric3, 9)", "9 - 20 0 9"},
                         {"IF(1, metric2, metric3)", "30 - 0 0 30"},
                         {"IF(0, metric2, metric3)", "0 0 20 - 20"},
                         {"IF(-3, metric2, metric3)", "30 - 0 0 30"},
                         {"IF(0, metric2)", "- - - - -"},
                         {"IF(1, metric2, 4)", "30 - 0 0 30"},
                         {"TIME_SERIES(IF(2 > 3, 1, 4))", "4 4 4 4 4"},
                     });
}

TEST(MetricMathTest, ArraysAreSortedAndTaken) {
  const Metrics metrics = {{"a", "5 5"}, {"b", "1 12"}, {"c", "4 -"}, {"d", "- -"}};
  ExpectAll(metrics, {
                         {"FIRST(METRICS())", "5 5"},
                         {"LAST(SLICE(METRICS(), 0, 3))", "4 -"},
                         {"FIRST(SORT(METRICS(), AVG, DESC))", "1 12"},
                         {"FIRST(SORT(METRICS(), MIN, ASC))", "1 12"},
                         {"FIRST(SORT(METRICS(), MAX, ASC))", "4 -"},
                         {"FIRST(SORT(METRICS(), SUM, DESC))", "1 12"},
                         {"LAST(SORT(METRICS(), SUM, DESC))", "- -"},  // Without points: last.
                         {"LAST(SORT(METRICS(), SUM, ASC))", "- -"},
                         {"LAST(SORT(METRICS(), SUM, DESC, 2))", "5 5"},
                         {"TIME_SERIES(METRIC_COUNT(SORT(METRICS(), SUM, DESC, 9)))", "4 4"},
                         {"SUM(SLICE(METRICS(), 1))", "5 12"},
                         {"SUM(SLICE(METRICS(), 1, 3))", "5 12"},
                         {"SLICE(METRICS(), 1, 2)", "1 12"},  // One series, of type TS.
                         {"SLICE(METRICS(), 7, 8)", "- -"},
                         {"SUM(SLICE(METRICS(), -3, 1))", "5 5"},
                         {"SUM(SLICE(METRICS(), 3, 1))", "- -"},
                         {"TIME_SERIES(METRIC_COUNT(REMOVE_EMPTY(METRICS())))", "3 3"},
                         {"FIRST(REMOVE_EMPTY([d, c, a]))", "4 -"},
                         {"FIRST(REMOVE_EMPTY([d, d]))", "- -"},
                         {"IF(FIRST(SORT(METRICS(), AVG, DESC)) > 4, 1, 0)", "0 1"},
                     });
}

TEST(MetricMathTest, MetricsAreChosenByTheirIdsAndExpressionsAreNotAmongThem) {
  const Metrics metrics = {{"errors4xx", "1"}, {"errors5xx", "2"}, {"requests", "10"}};
  ExpectAll(metrics, {
                         {"SUM(METRICS(\"errors\")) / requests * 100", "30"},
                         {"SUM([METRICS('4xx'), METRICS(\"5xx\")])", "3"},
                         {"TIME_SERIES(METRIC_COUNT(METRICS()))", "3"},
                         {"SUM([METRICS(), requests])", "23"},
                     });
}

TEST(MetricMathTest, TimesAreThoseOfThePeriodsInUtc) {
  const Metrics metrics = {{"m1", "1 - 1 -"}};
  ExpectAll(metrics, {
                         {"MINUTE(m1)", "58 59 0 1"},
                         {"HOUR(m1)", "23 23 0 0"},
                         {"DAY(m1)", "1 1 2 2"},
                         {"DATE(m1)", "30 30 1 1"},
                         {"MONTH(m1)", "11 11 12 12"},
                         {"YEAR(m1)", "2026 2026 2026 2026"},
                         {"EPOCH(m1) - 1796083080", "0 60 120 180"},
                         {"TIME_SERIES(PERIOD(m1))", "60 60 60 60"},
                         {"IF(MONTH(m1) == 12, m1)", "- - 1 0"},
                     });
}

TEST(MetricMathTest, TheBandIsUpperThenLower) {
  const Metrics metrics = {{"m1", "1 2"}};
  ExpectAll(metrics, {
                         {"FIRST(ANOMALY_DETECTION_BAND(m1))", "20 20"},
                         {"LAST(ANOMALY_DETECTION_BAND(m1))", "-20 -20"},
                         {"LAST(ANOMALY_DETECTION_BAND(m1, 1 + 2))", "-30 -30"},
                         {"FIRST(ANOMALY_DETECTION_BAND(m1, 1 / 0))", "- -"},
                     });
}

EntrySet BandSet() {
  EntrySet set = SetOf({{"m1", ""}}, "m1 * 2");
  set.entries.push_back({"band", "ANOMALY_DETECTION_BAND(e1, 3)", {}, true});
  set.threshold_id = "band";
  return set;
}

TEST(MetricMathTest, AnAlarmIsHeldAgainstTheBandOfWhatItWatches) {
  const auto compiled = MetricMath::Compile(BandSet());
  ASSERT_TRUE(compiled.has_value()) << compiled.error().message;
  EXPECT_EQ(compiled->watched(), "e1");
  const Input input = InputOf({{"m1", "1 2"}});
  EXPECT_EQ(TextOf(compiled->Evaluate(input)->points), "2 4");
  const auto band = compiled->EvaluateBand(input);
  ASSERT_TRUE(band.has_value()) << band.error().message;
  EXPECT_EQ(TextOf(band->upper), "30 30");
  EXPECT_EQ(TextOf(band->lower), "-30 -30");
}

TEST(MetricMathTest, AnyEntryThatIsOneSeriesCanBeEvaluatedByItself) {
  const auto compiled = MetricMath::Compile(BandSet());
  const Input input = InputOf({{"m1", "1 2"}});
  EXPECT_EQ(TextOf(compiled->EvaluateEntry("e1", input)->points), "2 4");
  EXPECT_EQ(TextOf(compiled->EvaluateEntry("m1", input)->points), "1 2");
  EXPECT_EQ(compiled->EvaluateEntry("band", input).error().message,
            "band is no single time series");
  EXPECT_EQ(compiled->EvaluateEntry("m2", input).error().message, "there is no entry m2");
}

TEST(MetricMathTest, AnExpressionTellsWhatItNames) {
  const auto expr = *Parse("IF(m1 > e2, m1, FIRST(ANOMALY_DETECTION_BAND(m3, 3)))");
  EXPECT_EQ(IdsOf(*expr), (std::vector<std::string>{"m1", "e2", "m1", "m3"}));
  EXPECT_TRUE(NamesBand(*expr));
  EXPECT_FALSE(BandOf(*expr)) << "it is no band as a whole";
  EXPECT_FALSE(NamesBand(**Parse("m1 + m2")));
  const auto plain = BandOf(**Parse("ANOMALY_DETECTION_BAND(m3)"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->of, "m3");
  EXPECT_EQ(plain->spreads, 2);
  EXPECT_EQ(BandOf(**Parse("ANOMALY_DETECTION_BAND(m3, 2.5)"))->spreads, 2.5);
  const auto worked_out = BandOf(**Parse("ANOMALY_DETECTION_BAND(m3, 1 + 1)"));
  EXPECT_FALSE(worked_out->spreads);
  EXPECT_EQ(worked_out->spreads_offset, 29u);
}

TEST(MetricMathTest, ExpressionsBuildOnOneAnotherInAnyOrder) {
  EntrySet set;
  set.entries = {{"rate", "errors / total * 100", {}, true},
                 {"total", "SUM([ok, errors])"},
                 {"ok", "", Duration::Minutes(1)},
                 {"errors", "", Duration::Minutes(1)}};
  const Metrics metrics = {{"ok", "9 4 -"}, {"errors", "1 - -"}};
  const auto result = Evaluated(set, metrics);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(TextOf(result->points), "10 0 -");
  EXPECT_EQ(result->label, "rate");
}

TEST(MetricMathTest, WhatWasTakenOfAnArrayKeepsItsName) {
  const Metrics metrics = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(Evaluated(SetOf(metrics, "FIRST(SORT(METRICS(), MAX, DESC)) * 100"), metrics)->label,
            "b");
}

TEST(MetricMathTest, WhatIsNoFiniteNumberIsNoPoint) {
  EXPECT_EQ(Eval("m1 + 1", {{"m1", "NaN Inf 1"}}), "- - 2");
  EXPECT_EQ(Eval("SUM(METRICS())", {{"m1", "NaN -Inf 1"}}), "- - 1");
}

TEST(MetricMathTest, InputThatDoesNotFitIsAnError) {
  const auto compiled = MetricMath::Compile(SetOf({{"m1", ""}, {"m2", ""}}, "m1 + m2"));
  Input input = InputOf({{"m1", "1 2"}});
  EXPECT_EQ(compiled->Evaluate(input).error().message, "the points of m2 were not given");
  input.metrics["m2"] = PointsOf("1");
  EXPECT_EQ(compiled->Evaluate(input).error().message, "expected 2 points of m2, got 1");

  EntrySet broken = SetOf({{"broken", ""}}, "FIRST(ANOMALY_DETECTION_BAND(broken))");
  EXPECT_EQ(Evaluated(broken, {{"broken", "1"}}).error().message, "the model is not there");
  input = InputOf({{"broken", "1"}});
  input.band = nullptr;
  EXPECT_EQ(MetricMath::Compile(broken)->Evaluate(input).error().message,
            "no bands were given for broken");
}

}  // namespace
}  // namespace hinomi::metric_math
