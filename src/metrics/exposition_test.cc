#include "metrics/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "base/strings.h"
#include "metrics/testing.h"
#include "os/files.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kText = ExpositionFormat::kText;
constexpr auto kOpenMetrics = ExpositionFormat::kOpenMetrics;
constexpr auto kLenient = ExpositionRules::kLenient;
constexpr auto kStrict = ExpositionRules::kStrict;

std::vector<std::string> Lines(const Exposition& page) {
  std::vector<std::string> lines;
  for (const ExposedSample& sample : page.samples)
    lines.push_back(sample.labels.ToString() + " " + FormatDouble(sample.value) +
                    (sample.at_ms ? " @" + std::to_string(*sample.at_ms) : ""));
  return lines;
}

std::vector<std::string> ParseLines(std::string_view page, ExpositionFormat format,
                                    ExpositionRules rules) {
  const auto parsed = ParseExposition(page, format, rules);
  return parsed ? Lines(*parsed) : std::vector<std::string>{"error: " + parsed.error().message};
}

TEST(ExpositionTest, TakesValidAndRefusesInvalidDocumentsOfTheSharedCases) {
  PosixFiles files;
  const std::string folder = std::string(HN_SOURCE_DIR) + "/src/metrics/testdata/exposition/";
  const auto cases = Json::Parse(*files.ReadAll(folder + "cases.json"));
  ASSERT_TRUE(cases);
  size_t count = 0;
  for (const Json& c : (*cases)["cases"].as_array()) {
    ++count;
    const std::string& name = c["name"].as_string();
    const std::string page =
        c.contains("file") ? *files.ReadAll(folder + c["file"].as_string()) : c["text"].as_string();
    const auto format = c["format"].as_string() == "text" ? kText : kOpenMetrics;
    const auto parsed = ParseExposition(page, format, kStrict);
    EXPECT_EQ(parsed.has_value(), c["valid"].as_bool())
        << name << (parsed ? "" : ": " + parsed.error().message);
    if (!parsed) {
      EXPECT_THAT(parsed.error().message, HasSubstr("line ")) << name;
      continue;
    }
    for (const Json& expected : c["samples"].as_array()) {
      std::vector<Labels::Pair> pairs;
      for (const auto& [label, value] : expected.as_array()[1].as_object())
        pairs.emplace_back(label, value.as_string());
      const Labels labels = MakeLabels(expected.as_array()[0].as_string(), pairs);
      const auto found =
          std::find_if(parsed->samples.begin(), parsed->samples.end(),
                       [&](const ExposedSample& sample) { return sample.labels == labels; });
      ASSERT_NE(found, parsed->samples.end()) << name << ": " << labels.ToString();
      EXPECT_EQ(FormatDouble(found->value), expected.as_array()[2].as_string()) << name;
    }
  }
  EXPECT_EQ(count, 123u);
}

TEST(ExpositionTest, TheLenientReaderTakesEveryValidOpenMetricsDocument) {
  PosixFiles files;
  const std::string folder = std::string(HN_SOURCE_DIR) + "/src/metrics/testdata/exposition/";
  const auto cases = Json::Parse(*files.ReadAll(folder + "cases.json"));
  for (const Json& c : (*cases)["cases"].as_array()) {
    if (!c.contains("file") || !c["valid"].as_bool()) continue;
    const auto page = *files.ReadAll(folder + c["file"].as_string());
    const auto parsed = ParseExposition(page, kOpenMetrics, kLenient);
    EXPECT_TRUE(parsed) << c["name"].as_string() << ": " << (parsed ? "" : parsed.error().message);
  }
}

TEST(ExpositionTest, ReadsTextWithMetadataTimesAndSpecialValues) {
  const auto page = ParseExposition(
      "# A comment.\n"
      "# HELP http_requests_total Requests\\nby code.\n"
      "# TYPE http_requests_total counter\n"
      "http_requests_total{code=\"200\",} 1027 1395066363000\n"
      "http_requests_total { code = \"500\" , method=\"get\" }  3\t-5\r\n"
      "\n"
      "  nan NaN\n"
      "inf +Inf\n"
      "tiny 4.9e-324",
      kText, kLenient);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(Lines(*page), ElementsAre("http_requests_total{code=\"200\"} 1027 @1395066363000",
                                        "http_requests_total{code=\"500\",method=\"get\"} 3 @-5",
                                        "nan NaN", "inf +Inf", "tiny 5e-324"));
  EXPECT_EQ(page->metadata.at("http_requests_total").type, MetricType::kCounter);
  EXPECT_EQ(page->metadata.at("http_requests_total").help, "Requests\nby code.");
}

TEST(ExpositionTest, OpenMetricsTimesAreSecondsAndExemplarsAreKept) {
  const auto page = ParseExposition(
      "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n"
      "a_seconds_total{x=\"y # z\"} 1 1.0015 # {trace=\"t\"} 0.5 2.5\n# EOF\n",
      kOpenMetrics, kStrict);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(Lines(*page), ElementsAre("a_seconds_total{x=\"y # z\"} 1 @1002"));
  EXPECT_EQ(page->metadata.at("a_seconds").unit, "seconds");
  ASSERT_EQ(page->exemplars.size(), 1u);
  EXPECT_EQ(page->exemplars[0].labels.ToString(), "{trace=\"t\"}");
  EXPECT_EQ(page->exemplars[0].value, 0.5);
  EXPECT_EQ(page->exemplars[0].at_ms, 2500);
}

TEST(ExpositionTest, MistakesAreToldWithLineColumnAndExpectation) {
  const struct {
    const char* page;
    ExpositionFormat format;
    ExpositionRules rules;
    const char* message;
  } cases[] = {
      {"ok 1\na{b=c} 1\n", kText, kLenient,
       "line 2: column 5: expected a quoted label value, found \"c} 1\""},
      {"a\n", kText, kLenient, "line 1: column 2: expected a space or labels"},
      {"a{b=\"c\n", kText, kLenient, "expected a closing quote"},
      {"a{b=\"c\\\"} 1\n", kText, kLenient, "expected a closing quote"},
      {"a{b=\"1\",b=\"2\"} 1\n", kText, kLenient, "line 1: column 9: label b stands twice"},
      {"a 1 2 3\n", kText, kLenient, "line 1: column 7: expected the end of the line, found \"3\""},
      {"a 0x1F\n", kText, kLenient, "line 1: column 3: expected a value"},
      {"a 1 1.5\n", kText, kLenient, "expected a timestamp in milliseconds"},
      {"a{b=\"\xff\"} 1\n", kText, kLenient, "the value of label b is not UTF-8"},
      {"a{__name__=\"b\"} 1\n", kText, kLenient, "the name stands in front"},
      {"# TYPE a meter\n", kText, kLenient, "line 1: \"meter\" is no metric type"},
      {"\x1f\x8b\x08", kText, kLenient, "expected a metric's name"},
      {"a 1\n", kOpenMetrics, kLenient, "line 2: the page ends without # EOF"},
      {"# EOF\na 1\n", kOpenMetrics, kLenient, "line 2: text after # EOF"},
      {"a  1\n# EOF\n", kOpenMetrics, kStrict, "column 3: expected a value"},
      {"a 1 1e300\n# EOF\n", kOpenMetrics, kLenient, "expected a timestamp in seconds"},
      {"# TYPE a counter\na 1\n# EOF\n", kOpenMetrics, kStrict,
       "the name a is used by another family"},
      {"# TYPE a histogram\na_bucket{le=\"1\"} 1\n# EOF\n", kOpenMetrics, kStrict,
       "line 3: metric family a: a histogram needs the bucket le=\"+Inf\""},
      {"# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 1\na{x=\"1\"} 1\n# EOF\n", kOpenMetrics, kStrict,
       "line 4: metric family a: the samples of one label set must stand together"},
  };
  for (const auto& c : cases) {
    const auto parsed = ParseExposition(c.page, c.format, c.rules);
    ASSERT_FALSE(parsed) << c.page;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message, HasSubstr(c.message));
  }
}

TEST(ExpositionTest, InvalidOpenMetricsDocumentsOfTheSpecificationAreRefused) {
  // Each breaks one rule; `# EOF` is added.
  const char* const pages[] = {
      "# TYPE a untyped\n",
      "# TYPE  a gauge\n",
      " # TYPE a gauge\n",
      "#TYPE a gauge\n",
      "# TYPE a gauge\n# TYPE a gauge\n",
      "# TYPE a_created gauge\n# TYPE a counter\n",
      "# TYPE a-b gauge\n",
      "a_total 1\n# TYPE a counter\na_total 1\n",
      "# TYPE a gauge\na 1\n# TYPE a gauge\n",
      "# HELP a\n",
      "# UNIT a_seconds seconds \n",
      "# TYPE x_u stateset\n# UNIT x_u u\n",
      "a\t1\n",
      "a 1 \n",
      "a +\n",
      "a 1e\n",
      "a -NaN-\n",
      "a 1 NaN\n",
      "a 1 0x1\n",
      "a 1 2 3\n",
      "a{,} 1\n",
      "a{,b=\"1\"} 1\n",
      "a{b=\"1\",,c=\"2\"} 1\n",
      "a{ b=\"1\"} 1\n",
      "a{b=\"1\"}1\n",
      "a {b=\"1\"} 1\n",
      "a{b='1'} 1\n",
      "a{b:c=\"1\"} 1\n",
      "# TYPE a summary\na 0\n",
      "# TYPE a summary\na{quantile=\"NaN\"} 0\n",
      "# TYPE a summary\na_sum -1\n",
      "# TYPE a histogram\na_bucket{le=\"NaN\"} 0\n",
      "# TYPE a histogram\na_bucket{le=\"2\"} 0\na_bucket{le=\"1\"} 0\na_bucket{le=\"+Inf\"} 0\n",
      "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\na_sum 1\n",
      "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -1\n",
      "# TYPE a info\na 1\n",
      "# TYPE a info\na_info 2\n",
      "# TYPE a stateset\na{a=\"x\"} 0.5\n",
      "# TYPE a gauge\na 1 # {a=\"b\"} 1\n",
      "# TYPE a counter\na_created 1 # {a=\"b\"} 1\n",
      "# TYPE a counter\na_total 1 # {a=\"b\"}\n",
      "# TYPE a counter\na_total 1  # {a=\"b\"} 1\n",
      "# TYPE a counter\na_total 1 # {a=\"b\"} 1 1 1\n",
      "# TYPE a gauge\na 0\na 0 0\n",
      "# EOF\n",
      "a +NaN\n",
      "a -nan\n",
      "a 1 1_0\n",
      "a 1\r\n",
      "# TYPE a gauge\r\n",
      "# HELP a says \"so\"\n",
      "# HELP a ends with \\\n",
      "# HELP a x\r\n",
      "\xEF\xBB\xBF# TYPE a gauge\n",
      "# TYPE a summary\na{quantile=\"0.5\"} -1\n",
      "# TYPE a summary\na_count 1.5\n",
      "# TYPE a summary\na_count{quantile=\"0.5\"} 1\n",
      "# TYPE a summary\na_created +Inf\n",
      "# TYPE a counter\na_total 1\na_created NaN\n",
      "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count{le=\"1\"} 1\na_sum{le=\"1\"} 1\n",
      "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum{le=\"2\"} 1\n",
  };
  for (const char* page : pages)
    EXPECT_FALSE(ParseExposition(std::string(page) + "# EOF\n", kOpenMetrics, kStrict)) << page;
}

TEST(ExpositionTest, WhatTheSpecificationAllowsIsTaken) {
  const char* const pages[] = {
      "a +infinity\n",
      "a -INF\n",
      "a nAn\n",
      "a .5\n",
      "a 5. 1.E3\n",
      "a -0012 +1e-3\n",
      "a{} 1\n",
      "a{b=\"\\x \\\\ \\n \\\" \r\"} 1\n",
      "# HELP a \\\" \\\\ \\z\n",
      "# UNIT a \n",
      "# TYPE a summary\na{quantile=\"1\"} NaN\na{quantile=\"0\"} 0\na_count 1\na_sum 1\n",
      "# TYPE a counter\na_total +Inf\na_created 1.5\n",
      "# TYPE a counter\na_total 1 # {} 1\n",
      "# TYPE a gauge\na{le=\"x\",quantile=\"y\"} 1\n",
  };
  for (const char* page : pages) {
    const auto parsed = ParseExposition(std::string(page) + "# EOF\n", kOpenMetrics, kStrict);
    EXPECT_TRUE(parsed) << page << parsed.error().message;
  }
}

TEST(ExpositionTest, OfARepeatedSampleTheFirstStaysInStrictOpenMetrics) {
  EXPECT_THAT(ParseLines("# TYPE a gauge\na 1 0\na 2 0\na 3 1\n# EOF\n", kOpenMetrics, kStrict),
              ElementsAre("a 1 @0", "a 3 @1000"));
}

TEST(ExpositionTest, APageOverTheSampleLimitIsRefusedWhole) {
  EXPECT_TRUE(ParseExposition("a 1\nb 1\n", kText, kLenient, 2));
  const auto refused = ParseExposition("a 1\nb 1\nc 1\n", kText, kLenient, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("limit of 2 samples"));
}

TEST(ExpositionTest, TheFormatComesFromTheContentType) {
  EXPECT_EQ(ExpositionFormatOf("application/openmetrics-text; version=1.0.0"), kOpenMetrics);
  EXPECT_EQ(ExpositionFormatOf("text/plain; version=0.0.4"), kText);
  EXPECT_EQ(ExpositionFormatOf(""), kText);
}

}  // namespace
}  // namespace hinomi::metrics
