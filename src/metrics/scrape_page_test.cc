#include "metrics/scrape_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;

const Instant kAt = Instant::FromMillis(1000);

PageOptions ForApp() {
  PageOptions options;
  options.target = Labels({{"job", "app"}, {"instance", "a:1"}, {"zone", "z"}});
  return options;
}

std::vector<std::string> LinesOf(const std::vector<WriteSeries>& series) {
  RecordingAppender recorder;
  EXPECT_TRUE(recorder.Append(series));
  return recorder.TakeLines();
}

PageSamples Take(std::string_view page, const PageOptions& options = ForApp(),
                 const std::set<Labels>& previous = {}, Instant at = kAt) {
  auto result = SamplesOfPage(page, ExpositionFormat::kText, options, previous, at);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *std::move(result) : PageSamples{};
}

TEST(ScrapePageTest, TheTargetsLabelsWinAndThePagesAreRenamed) {
  const auto page = Take("m{job=\"x\",exported_instance=\"old\",instance=\"y\",code=\"200\"} 1\n");
  EXPECT_THAT(
      LinesOf(page.series),
      ElementsAre("m{code=\"200\",exported_exported_instance=\"y\",exported_instance=\"old\""
                  ",exported_job=\"x\",instance=\"a:1\",job=\"app\",zone=\"z\"} 1@1000"));
}

TEST(ScrapePageTest, WithHonorLabelsThePagesLabelsWin) {
  PageOptions options = ForApp();
  options.honor_labels = true;
  EXPECT_THAT(LinesOf(Take("m{job=\"x\"} 1\n", options).series),
              ElementsAre("m{instance=\"a:1\",job=\"x\",zone=\"z\"} 1@1000"));
}

TEST(ScrapePageTest, SeriesThatVanishGetAStaleMarkerOnce) {
  PageOptions options;
  const auto first = Take("a 1\nb 2\n", options);
  EXPECT_EQ(first.added, 2u);
  const auto second = Take("b 3\nc 4\n", options, first.live, Instant::FromMillis(2000));
  EXPECT_EQ(second.added, 1u);
  EXPECT_EQ(second.scraped, 2u);
  EXPECT_THAT(LinesOf(second.series), ElementsAre("b 3@2000", "c 4@2000", "a stale@2000"));
  const auto third = Take("b 3\nc 4\n", options, second.live, Instant::FromMillis(3000));
  EXPECT_THAT(LinesOf(third.series), ElementsAre("b 3@3000", "c 4@3000"));
}

TEST(ScrapePageTest, APagesOwnTimesAreTakenAndNeedNoMarkers) {
  PageOptions options;
  const auto page = Take("a 1 500\nb 2\n", options);
  EXPECT_THAT(LinesOf(page.series), ElementsAre("a 1@500", "b 2@1000"));
  EXPECT_THAT(page.live, ElementsAre(MakeLabels("b")));
  options.honor_timestamps = false;
  EXPECT_THAT(LinesOf(Take("a 1 500\n", options).series), ElementsAre("a 1@1000"));
}

TEST(ScrapePageTest, OfARepeatedSampleTheFirstCounts) {
  const auto page = Take("a 1\na 2\na 3 5\na 4 6\n", {});
  EXPECT_THAT(LinesOf(page.series), ElementsAre("a 1@1000", "a 3@5", "a 4@6"));
  EXPECT_EQ(page.scraped, 4u);
  EXPECT_EQ(page.added, 1u);
}

TEST(ScrapePageTest, TheReportTellsOfTheScrape) {
  const ScrapeReport report{true, Duration::Millis(250), 7, 6, 2};
  EXPECT_THAT(LinesOf(ReportSamples(report, MakeLabels("", {{"job", "app"}, {"x", "y"}}), kAt)),
              ElementsAre("up{job=\"app\",x=\"y\"} 1@1000",
                          "scrape_duration_seconds{job=\"app\",x=\"y\"} 0.25@1000",
                          "scrape_samples_scraped{job=\"app\",x=\"y\"} 7@1000",
                          "scrape_samples_post_metric_relabeling{job=\"app\",x=\"y\"} 6@1000",
                          "scrape_series_added{job=\"app\",x=\"y\"} 2@1000"));
}

}  // namespace
}  // namespace hinomi::metrics
