#include <gtest/gtest.h>

#include "base/strings.h"
#include "metric_math/metric_math.h"

namespace hinomi::metric_math {
namespace {

std::string Canonical(const std::string& text) {
  const auto expr = Parse(text);
  return expr ? Format(**expr) : expr.error().message;
}

TEST(MetricMathParserTest, ExpressionsPrintInOneForm) {
  const std::pair<std::string, std::string> cases[] = {
      {"m1+m2", "m1 + m2"},
      {" ( m1 ) ", "m1"},
      {"a&&b||c", "a AND b OR c"},
      {"a AND (b OR c)", "a AND (b OR c)"},
      {"(a+b)*c", "(a + b) * c"},
      {"a-(b-c)", "a - (b - c)"},
      {"(a-b)-c", "a - b - c"},
      {"(a^b)^c", "(a ^ b) ^ c"},
      {"a^(b^c)", "a ^ b ^ c"},
      {"-a^b", "-a ^ b"},
      {"(-a)^b", "(-a) ^ b"},
      {"a^-b*c", "a ^ -b * c"},
      {"--a", "--a"},
      {"-(a*b)", "-(a * b)"},
      {"a*-b", "a * -b"},
      {"1e3*1.50", "1000 * 1.5"},
      {"SUM([m1,m2])", "SUM([m1, m2])"},
      {"FILL(m1,REPEAT)", "FILL(m1, REPEAT)"},
      {"METRICS('a\"b')", "METRICS('a\"b')"},
      {"METRICS('ab')", "METRICS(\"ab\")"},
      {"a<b==c", "a < b == c"},
      {"a<(b==c)", "a < (b == c)"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(Canonical(text), expected) << text;
    EXPECT_EQ(Canonical(expected), expected) << text;
  }
}

TEST(MetricMathParserTest, MistakesAreNamedWithTheirPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "character 1: expected a number, an id or a function, got the end"},
      {"m1 +", "character 5: expected a number, an id or a function, got the end"},
      {"m1 m2", "character 4: expected an operator or the end, got \"m2\""},
      {"m1 and m2", "character 4: expected an operator or the end, got \"and\"; it is written AND"},
      {"(m1", "character 4: expected an operator or \")\", got the end"},
      {"SUM(m1", "character 7: expected \",\" or \")\", got the end"},
      {"[m1 m2]", "character 5: expected \",\" or \"]\", got \"m2\""},
      {"[]", "character 1: expected time series between [ and ]"},
      {"m1 = 3", "character 4: \"=\" has no meaning here; equality is =="},
      {"m1 & m2", "character 4: \"&\" has no meaning here; it is written && or AND"},
      {"5m", "character 1: expected a number such as 5, 0.25 or 1e6, got \"5m\""},
      {"1e999", "character 1: expected a number such as 5, 0.25 or 1e6, got \"1e999\""},
      {"METRICS(\"a", "character 9: this text has no closing quote"},
      {"METRICS(“a”)", "character 9: \"“\" has no meaning here; texts stand in \" or '"},
      {"METRICS('é') + §", "character 16: \"§\" has no meaning here"},
      {"avg(m1)", "character 1: expected a function, got \"avg\"; did you mean AVG?"},
      {"1 + RUNING_SUM(m1)",
       "character 5: expected a function, got \"RUNING_SUM\"; did you mean RUNNING_SUM?"},
      {"XYZZY(m1)", "character 1: expected a function, got \"XYZZY\""},
      {"SUM(SEARCH('{A,B}', 'Sum', 60))",
       "character 5: SEARCH cannot be used in an alarm: it may find any number of time series and "
       "an alarm watches one; name the metrics"},
      {"SERVICE_QUOTA(m1)",
       "character 1: SERVICE_QUOTA cannot be used in an alarm: it asks a "
       "service of AWS; publish its value as a metric"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Canonical(text), expected) << text;
  size_t offset = 0;
  EXPECT_FALSE(Parse("METRICS('é') + §", &offset).has_value());
  EXPECT_EQ(offset, 16U);  // Bytes.
}

TEST(MetricMathParserTest, LengthAndDepthAreBounded) {
  const std::string signs(kMaxExpressionDepth + 1, '-');
  EXPECT_EQ(Canonical(signs + "1"),
            "character 101: expected fewer parentheses and signs within "
            "one another");
  const std::string open(kMaxExpressionDepth - 1, '(');
  const std::string close(kMaxExpressionDepth - 1, ')');
  EXPECT_EQ(Canonical(open + "1" + close), "1");
  EXPECT_NE(Canonical("(" + open + "1" + close + ")"), "1");
  std::string chain = "1";
  for (int i = 1; i < kMaxExpressionDepth; ++i) chain += "+1";
  EXPECT_TRUE(Parse(chain).has_value());
  EXPECT_FALSE(Parse(chain + "+1").has_value());
  std::string powers = "1";
  for (int i = 0; i < 1000; ++i) powers += "^1";
  EXPECT_FALSE(Parse(powers).has_value());
  EXPECT_EQ(Canonical(std::string(10'000, ' ')),
            "character 2049: expected at most 2048 bytes, got 10000");
}

Entry Metric(const std::string& id, Duration period = Duration::Minutes(1)) {
  return {id, "", period};
}

std::string Text(const EntrySet& set) {
  std::string text;
  for (const Finding& finding : CheckSet(set)) {
    if (!text.empty()) text += "\n";
    if (finding.level == Finding::Level::kWarning) text += "warning: ";
    if (finding.entry) text += set.entries[*finding.entry].id + ": ";
    if (finding.offset) text += std::to_string(*finding.offset) + ": ";
    text += finding.message;
  }
  return text;
}

/// What is wrong with an expression over m1 and m2 that the alarm watches.
std::string Wrong(const std::string& expression) {
  return Text({{Metric("m1"), Metric("m2"), {"e1", expression, {}, true}}, ""});
}

TEST(MetricMathCheckTest, TypesThatDoNotFitAreNamedWithTheirPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {"m1 + m3",
       "e1: 5: expected the id of a metric or of an expression, got \"m3\"; did you "
       "mean m1?"},
      {"METRICS() > 5",
       "e1: 10: expected scalars or time series on both sides of >, got an array "
       "of time series"},
      {"SUM([m1, m2] / METRICS())",
       "e1: 13: expected an array of time series on one side of / "
       "only; combine the other, e.g. with SUM"},
      {"SUM([m1, 5])", "e1: 9: expected time series between [ and ], got a scalar"},
      {"ABS(5)",
       "e1: 4: ABS: expected a time series or an array of time series as the first "
       "argument, got a scalar (5)"},
      {"METRIC_COUNT(m1) * m1",
       "e1: 13: METRIC_COUNT: expected an array of time series as the "
       "first argument, got a time series (m1)"},
      {"FIRST(m1)",
       "e1: 6: FIRST: expected an array of time series as the first argument, got a "
       "time series (m1)"},
      {"HOUR(METRICS())",
       "e1: 5: HOUR: expected a time series as the first argument, got an array "
       "of time series (METRICS())"},
      {"FILL(m1, REPAET)",
       "e1: 9: FILL: expected a scalar or a time series, or LINEAR or REPEAT "
       "as the second argument, got REPAET"},
      {"FILL(m1, [m1, m2])",
       "e1: 9: FILL: expected a scalar or a time series, or LINEAR or REPEAT "
       "as the second argument, got an array of time series ([m1, m2])"},
      {"FIRST(SORT(METRICS(), STDDEV, ASC))",
       "e1: 22: SORT: expected AVG or MAX or MIN or SUM as "
       "the second argument, got STDDEV"},
      {"FIRST(SORT(METRICS(), AVG, 3))",
       "e1: 27: SORT: expected ASC or DESC as the third "
       "argument, got 3"},
      {"FIRST(METRICS(5))",
       "e1: 14: METRICS: expected a text in quotes as the first argument, "
       "got 5"},
      {"FIRST(METRICS(\"x\"))", "e1: 6: expected a metric whose id contains \"x\""},
      {"PERIOD(m1 + m2) * m1",
       "e1: 10: PERIOD: expected the id of a metric as the first argument, "
       "got m1 + m2"},
      {"FIRST(ANOMALY_DETECTION_BAND(m1 + m2))",
       "e1: 32: ANOMALY_DETECTION_BAND: expected the id of a metric or of an expression as the "
       "first argument, got m1 + m2"},
      {"FIRST(ANOMALY_DETECTION_BAND(m1, m2))",
       "e1: 33: ANOMALY_DETECTION_BAND: expected a scalar as the second argument, got a time "
       "series (m2)"},
      {"FIRST(ANOMALY_DETECTION_BAND(m1, -2))",
       "e1: 33: ANOMALY_DETECTION_BAND: expected a number of spreads above 0, got -2"},
      {"FIRST(ANOMALY_DETECTION_BAND(m1, 0))",
       "e1: 33: ANOMALY_DETECTION_BAND: expected a number of spreads above 0, got 0"},
      {"TIME_SERIES(m1)",
       "e1: 12: TIME_SERIES: expected a scalar as the first argument, got a "
       "time series (m1)"},
      {"IF(m1)", "e1: 0: IF: expected 2 to 3 arguments, got 1"},
      {"IF(METRICS(), 1, 0)",
       "e1: 3: IF: expected a scalar or a time series as the first "
       "argument, got an array of time series (METRICS())"},
      {"ABS()", "e1: 0: ABS: expected 1 argument, got 0"},
      {"m1 + REPEAT",
       "e1: 5: expected a value, got \"REPEAT\"; ids begin with a small letter, "
       "functions are followed by their arguments in parentheses"},
      {"m1 + \"a\"", "e1: 5: expected a value, got a text in quotes; only METRICS takes one"},
      {"m1 +", "e1: 4: expected a number, an id or a function, got the end"},
      {"e1 + 1", "e1: 0: expressions cannot need themselves: e1 needs e1"},
      {"m1 + m9 + ABS(5)",
       "e1: 5: expected the id of a metric or of an expression, got \"m9\"; did you mean m1?\n"
       "e1: 14: ABS: expected a time series or an array of time series as the first argument, got "
       "a scalar (5)"},
  };
  for (const auto& [expression, expected] : cases) EXPECT_EQ(Wrong(expression), expected);
}

TEST(MetricMathCheckTest, TheAlarmWatchesOneSeries) {
  EXPECT_EQ(Wrong("m1 + m2"), "");
  EXPECT_EQ(Wrong("5"),
            "e1: the alarm watches it: expected a time series, got a scalar; "
            "TIME_SERIES makes one");
  EXPECT_EQ(Wrong("METRICS()"),
            "e1: the alarm watches it: expected a single time series, got an array of time series; "
            "combine them, e.g. with SUM, or take one, e.g. with FIRST");
  EXPECT_EQ(Text({{Metric("m1"), {"e1", "m1 + 1"}}, ""}),
            "expected ReturnData true for one entry, the one that the alarm watches; no entry has "
            "it");
  EXPECT_EQ(Text({{Metric("m1"), {"e1", "m1 + 1", {}, true}, {"e2", "m1 + 2", {}, true}}, ""}),
            "expected ReturnData true for one entry, the one that the alarm watches; e1 and e2 "
            "have it");
  EXPECT_EQ(Text({{{"m1", "", Duration::Minutes(1), true}}, ""}), "");
}

TEST(MetricMathCheckTest, CyclesAreShown) {
  EXPECT_EQ(Text({{Metric("m1"), {"a", "b + 1", {}, true}, {"b", "m1 + c"}, {"c", "-a"}}, ""}),
            "c: 1: expressions cannot need themselves: a needs b needs c needs a");
}

TEST(MetricMathCheckTest, IdsPeriodsAndCountsAreChecked) {
  EXPECT_EQ(Text({{}, ""}), "expected a metric and what the alarm watches, got nothing");
  EXPECT_EQ(Text({{Metric("M1"), Metric("m1"), {"m1", "m1 + 1"}, {"e-1", "m1", {}, true}}, ""}),
            "M1: expected an id that begins with a small letter and goes on with letters, digits "
            "or underscores, got \"M1\"\n"
            "m1: the id m1 is taken by an entry before\n"
            "e-1: expected an id that begins with a small letter and goes on with letters, digits "
            "or underscores, got \"e-1\"");
  EXPECT_EQ(Text({{Metric("m1"), Metric("m2", Duration::Minutes(5)), {"e1", "m1", {}, true}}, ""}),
            "m2: expected the period of m1 (1m), got 5m: the metrics of an alarm have one period");
  EXPECT_EQ(Text({{Metric("m1", Duration::Millis(500)), {"e1", "m1", {}, true}}, ""}),
            "m1: expected a period of whole seconds, got 500ms");
  EXPECT_EQ(Text({{{"e1", "TIME_SERIES(1)", {}, true}}, ""}), "expected at least one metric");

  EntrySet many;
  for (size_t i = 0; i < kMaxMetrics; ++i) many.entries.push_back(Metric("m" + std::to_string(i)));
  for (size_t i = 0; i < kMaxExpressions; ++i)
    many.entries.push_back({"e" + std::to_string(i), "m0", {}, i == 0});
  EXPECT_EQ(Text(many), "");
  many.entries.push_back(Metric("more"));
  many.entries.push_back({"most", "m0"});
  EXPECT_EQ(Text(many),
            "expected at most 10 metrics, got 11\nexpected at most 10 expressions, got 11");
}

TEST(MetricMathCheckTest, FunctionsThatSeeTheWholeRangeAreWarnedOf) {
  const std::string warning =
      " looks at all points that are read, and an alarm reads more than it evaluates: what it "
      "gives changes with them";
  EXPECT_EQ(Wrong("m1 - AVG(m1)"), "warning: e1: 5: AVG" + warning);
  EXPECT_EQ(Wrong("AVG(METRICS())"), "");  // At each time its own.
  EXPECT_EQ(Wrong("RUNNING_SUM(m1)"), "warning: e1: 0: RUNNING_SUM" + warning);
  EXPECT_EQ(Wrong("SUM(REMOVE_EMPTY(METRICS()))"), "warning: e1: 4: REMOVE_EMPTY" + warning);
  EXPECT_EQ(Wrong("FIRST(SORT(METRICS(), MAX, DESC))"), "warning: e1: 6: SORT" + warning);
}

TEST(MetricMathCheckTest, TheThresholdIsABandOfWhatIsWatched) {
  EntrySet set{{{"m1", "", Duration::Minutes(1), true}, {"band", "ANOMALY_DETECTION_BAND(m1)"}},
               "band"};
  EXPECT_EQ(Text(set), "");
  set.entries[1].return_data = true;  // As the API's default has it.
  EXPECT_EQ(Text(set), "");
  set.threshold_id = "bnad";
  set.entries[1].return_data = false;
  EXPECT_EQ(Text(set),
            "expected ThresholdMetricId to name an expression "
            "ANOMALY_DETECTION_BAND(id, spreads), got \"bnad\"");
  set.threshold_id = "band";
  set.entries[1].expression = "LAST(ANOMALY_DETECTION_BAND(m1))";
  EXPECT_EQ(Text(set),
            "band: expected ThresholdMetricId to name an expression "
            "ANOMALY_DETECTION_BAND(id, spreads), got \"band\"");
  set.entries[1].expression = "ANOMALY_DETECTION_BAND(m2, 3)";
  set.entries.push_back(Metric("m2"));
  EXPECT_EQ(Text(set),
            "warning: band: 23: the alarm watches m1 and holds it against the band of "
            "m2");
}

TEST(MetricMathCheckTest, CompilingTellsTheFirstMistake) {
  EntrySet set{{Metric("m1"), {"e1", "m1 + AVG(m7)", {}, true}}, ""};
  EXPECT_EQ(MetricMath::Compile(set).error().message,
            "e1: character 10: expected the id of a metric or of an expression, got \"m7\"; did "
            "you mean m1?");
  set.entries[1].expression = "m1 - AVG(m1)";  // A warning is no mistake.
  EXPECT_TRUE(MetricMath::Compile(set).has_value());
}

}  // namespace
}  // namespace hinomi::metric_math
