#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "metrics/exposition.h"
#include "metrics/histogram_testing.h"
#include "metrics/openmetrics_export.h"
#include "metrics/openmetrics_import.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using ::testing::ElementsAre;

class OpenMetricsHistogramTest : public testing::Test {
 protected:
  std::unique_ptr<Tsdb> Open() {
    TsdbOptions options;
    options.directory = "/metrics-" + std::to_string(++stores_);
    auto opened = Tsdb::Open(files_, clock_, log_, telemetry_, options);
    EXPECT_TRUE(opened.has_value());
    return opened ? *std::move(opened) : nullptr;
  }
  std::string Export(const Queryable& store) {
    std::string text;
    const auto done =
        ExportOpenMetrics(store, {}, INT64_MIN, INT64_MAX, [&](std::string_view part) {
          text += part;
          return Status();
        });
    EXPECT_TRUE(done.has_value());
    if (done) done_ = *done;
    return text;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  int stores_ = 0;
  OpenMetricsExport done_;
};

std::vector<std::string> SortedLines(std::string_view text) {
  std::vector<std::string> lines;
  for (; !text.empty(); text.remove_prefix(text.find('\n') + 1))
    lines.emplace_back(text.substr(0, text.find('\n')));
  std::sort(lines.begin(), lines.end());
  return lines;
}

NativeHistogram AroundZero() {
  NativeHistogram histogram;
  histogram.schema = 0;
  histogram.count = 10;
  histogram.sum = 4.5;
  histogram.zero_threshold = 0.25;
  histogram.zero_count = 3;
  histogram.negative = {{0, 2}, {1, 1}};  // [-1, -0.5), [-2, -1)
  histogram.positive = {{0, 1}, {2, 3}};  // (0.5, 1], (2, 4]
  return histogram;
}

TEST_F(OpenMetricsHistogramTest, TheyBecomeClassicOnesThatComeBack) {
  auto store = Open();
  NativeHistogram later = AroundZero();
  later.count = 12;
  later.positive = {{1, 6}};  // (1, 2]
  ASSERT_TRUE(store->Append(
      {{MakeLabels("h", {{"job", "a"}}),
        {},
        {{1000, Share(AroundZero())}, {2000, Share(later)}, {3000, Share(StaleHistogram())}}},
       {MakeLabels("z"), {{1000, 1}}, {}}}));
  const std::string text = Export(*store);
  EXPECT_EQ(text,
            "h_bucket{job=\"a\",le=\"-1\"} 1 1\n"
            "h_bucket{job=\"a\",le=\"-1\"} 1 2\n"
            "h_bucket{job=\"a\",le=\"-0.5\"} 3 1\n"
            "h_bucket{job=\"a\",le=\"-0.5\"} 3 2\n"
            "h_bucket{job=\"a\",le=\"0.25\"} 6 1\n"
            "h_bucket{job=\"a\",le=\"0.25\"} 6 2\n"
            "h_bucket{job=\"a\",le=\"1\"} 7 1\n"
            "h_bucket{job=\"a\",le=\"1\"} 6 2\n"
            "h_bucket{job=\"a\",le=\"2\"} 7 1\n"
            "h_bucket{job=\"a\",le=\"2\"} 12 2\n"
            "h_bucket{job=\"a\",le=\"4\"} 10 1\n"
            "h_bucket{job=\"a\",le=\"4\"} 12 2\n"
            "h_bucket{job=\"a\",le=\"+Inf\"} 10 1\n"
            "h_bucket{job=\"a\",le=\"+Inf\"} 12 2\n"
            "h_count{job=\"a\"} 10 1\n"
            "h_count{job=\"a\"} 12 2\n"
            "h_sum{job=\"a\"} 4.5 1\n"
            "h_sum{job=\"a\"} 4.5 2\n"
            "z 1 1\n"
            "# EOF\n");
  EXPECT_EQ(done_.histograms, 2u);
  EXPECT_EQ(done_.histograms_left_out, 0u);
  EXPECT_EQ(done_.stale_marks, 1u);
  EXPECT_TRUE(ParseExposition(text, ExpositionFormat::kOpenMetrics, ExpositionRules::kStrict));

  auto again = Open();
  bool given = false;
  ASSERT_TRUE(ImportOpenMetrics(
      [&]() -> Result<std::string> { return std::exchange(given, true) ? std::string() : text; },
      *again));
  // Classic series come in the order of their labels' texts.
  EXPECT_EQ(SortedLines(Export(*again)), SortedLines(text));
}

TEST_F(OpenMetricsHistogramTest, WhereNamesAreTakenTheLossIsCounted) {
  auto store = Open();
  ASSERT_TRUE(store->Append({{MakeLabels("h"), {}, {{1000, Share(AroundZero())}}},
                             {MakeLabels("h_count"), {{1000, 1}}, {}},
                             {MakeLabels("g", {{"le", "1"}}), {}, {{1000, Share(AroundZero())}}}}));
  EXPECT_EQ(Export(*store), "h_count 1 1\n# EOF\n");
  EXPECT_EQ(done_.histograms, 0u);
  EXPECT_EQ(done_.histograms_left_out, 2u);
}

TEST_F(OpenMetricsHistogramTest, CustomBucketsHaveTheirBounds) {
  NativeHistogram histogram;
  histogram.schema = kCustomBucketsSchema;
  histogram.custom_values = {0.1, 1, 10};
  histogram.positive = {{0, 1}, {3, 4}};
  histogram.count = 5;
  const auto buckets = ToClassicBuckets(histogram);
  ASSERT_EQ(buckets.size(), 4u);
  EXPECT_EQ(buckets[0].upper_bound, 0.1);
  EXPECT_EQ(buckets[0].cumulative_count, 1);
  EXPECT_EQ(buckets[2].upper_bound, 10);
  EXPECT_EQ(buckets[2].cumulative_count, 1);
  EXPECT_EQ(buckets[3].cumulative_count, 5);
}

TEST_F(OpenMetricsHistogramTest, BoundsOfSchemasAreGrowingPowers) {
  NativeHistogram histogram;
  histogram.schema = 2;
  histogram.positive = {{-2147483647 - 1, 1}, {-3, 1}, {4, 1}, {2147483647, 1}};
  auto buckets = ToClassicBuckets(histogram);
  ASSERT_EQ(buckets.size(), 4u);
  EXPECT_EQ(buckets[0].upper_bound, 0);
  EXPECT_NEAR(buckets[1].upper_bound, 0.5946, 1e-4);
  EXPECT_EQ(buckets[2].upper_bound, 2);
  EXPECT_EQ(buckets[3].cumulative_count, 0);
  histogram.schema = -2;
  histogram.positive = {{-1, 1}, {1, 1}};
  buckets = ToClassicBuckets(histogram);
  EXPECT_EQ(buckets[0].upper_bound, 0.0625);
  EXPECT_EQ(buckets[1].upper_bound, 16);
}

}  // namespace
}  // namespace hinomi::metrics
