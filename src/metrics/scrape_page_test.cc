#include "metrics/scrape_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "base/random.h"
#include "base/strings.h"
#include "metrics/impl/plain_decimal.h"
#include "metrics/scrape_page_testing.h"
#include "metrics/scrape_report.h"
#include "metrics/testing.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

PageOptions ForApp() {
  PageOptions options;
  options.target = Labels({{"job", "app"}, {"instance", "a:1"}, {"zone", "z"}});
  return options;
}

std::vector<std::string> LinesOf(const RawBatch& batch) {
  RecordingAppender recorder;
  EXPECT_TRUE(recorder.AppendRaw(batch));
  return recorder.TakeLines();
}

/// One target's pages, a second apart.
class ScrapePageTest : public testing::Test {
 protected:
  void Use(const PageOptions& options) { reader_ = PageReader(options); }

  /// What a page that is stored gives.
  std::vector<std::string> Store(std::string_view page,
                                 ExpositionFormat format = ExpositionFormat::kText) {
    const std::vector<std::string> lines = Read(page, format);
    reader_.Stored();
    return lines;
  }
  std::vector<std::string> Read(std::string_view page,
                                ExpositionFormat format = ExpositionFormat::kText) {
    at_ = at_ + Duration::Seconds(1);
    auto result = reader_.Read(page, format, at_);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    if (result) last_ = *std::move(result);
    return LinesOf(last_.batch);
  }
  std::string ErrorOf(std::string_view page) {
    const auto result = reader_.Read(page, ExpositionFormat::kText, at_);
    return result ? "" : result.error().message;
  }

  PageReader reader_{PageOptions{}};
  PageSamples last_;
  Instant at_;
};

TEST_F(ScrapePageTest, TheTargetsLabelsWinAndThePagesAreRenamed) {
  Use(ForApp());
  EXPECT_THAT(Store("m{job=\"x\",exported_instance=\"old\",instance=\"y\",code=\"200\"} 1\n"),
              ElementsAre("m{code=\"200\",exported_exported_instance=\"y\",exported_instance="
                          "\"old\",exported_job=\"x\",instance=\"a:1\",job=\"app\",zone=\"z\"} "
                          "1@1000"));
}

TEST_F(ScrapePageTest, ATargetsOwnExportedLabelTakesNothingFromThePage) {
  PageOptions options;
  options.target = Labels({{"a", "1"}, {"exported_a", "2"}});
  Use(options);
  EXPECT_THAT(Store("m{a=\"page\"} 1\n"),
              ElementsAre("m{a=\"1\",exported_a=\"2\",exported_exported_a=\"page\"} 1@1000"));
}

TEST_F(ScrapePageTest, WithHonorLabelsThePagesLabelsWin) {
  PageOptions options = ForApp();
  options.honor_labels = true;
  Use(options);
  EXPECT_THAT(Store("m{job=\"x\"} 1\n"),
              ElementsAre("m{instance=\"a:1\",job=\"x\",zone=\"z\"} 1@1000"));
}

TEST_F(ScrapePageTest, SeriesThatVanishGetAStaleMarkerOnce) {
  Store("a 1\nb 2\n");
  EXPECT_EQ(last_.added, 2u);
  EXPECT_THAT(Store("b 3\nc 4\n"), ElementsAre("b 3@2000", "c 4@2000", "a stale@2000"));
  EXPECT_EQ(last_.added, 1u);
  EXPECT_EQ(last_.scraped, 2u);
  EXPECT_THAT(Store("b 3\nc 4\n"), ElementsAre("b 3@3000", "c 4@3000"));
}

TEST_F(ScrapePageTest, WhatWasNotStoredIsMarkedWhenItVanishes) {
  Store("a 1\n");
  Read("b 1\n");
  reader_.NotStored();
  EXPECT_THAT(Store("c 1\n"), UnorderedElementsAre("c 1@3000", "a stale@3000", "b stale@3000"));
  EXPECT_THAT(Store("c 1\n"), ElementsAre("c 1@4000"));
}

TEST_F(ScrapePageTest, ATargetThatEndsLeavesMarkersAndComesBackAsNew) {
  Store("a 1\nb 1 7\n");
  EXPECT_THAT(LinesOf(reader_.End(at_).batch), ElementsAre("a stale@1000"));
  reader_.NotStored();
  EXPECT_THAT(LinesOf(reader_.End(at_).batch), ElementsAre("a stale@1000"));
  reader_.Stored();
  EXPECT_THAT(LinesOf(reader_.End(at_).batch), IsEmpty());
  Store("a 1\n");
  EXPECT_EQ(last_.added, 1u);
}

TEST_F(ScrapePageTest, APagesOwnTimesAreTakenAndNeedNoMarkers) {
  EXPECT_THAT(Store("a 1 500\nb 2\n"), ElementsAre("a 1@500", "b 2@1000"));
  EXPECT_THAT(Store(""), ElementsAre("b stale@2000"));
  PageOptions options;
  options.honor_timestamps = false;
  Use(options);
  EXPECT_THAT(Store("a 1 500\n"), ElementsAre("a 1@3000"));
}

TEST_F(ScrapePageTest, OfARepeatedSampleTheFirstCounts) {
  for (const int64_t at : {1000, 2000}) {
    const std::string now = "@" + std::to_string(at);
    EXPECT_THAT(
        Store("a 1\na 2\na 3 5\na 4 6\na 5 6\nb{x=\"1\",y=\"2\"} 1\nb{y=\"2\",x=\"1\"} 2\n"),
        ElementsAre("a 1" + now, "a 3@5", "a 4@6", "b{x=\"1\",y=\"2\"} 1" + now));
    EXPECT_EQ(last_.scraped, 7u);
  }
}

TEST_F(ScrapePageTest, MetadataIsGivenWhereItIsNotInTheStoreYet) {
  const std::string page = "# HELP a One.\n# TYPE a counter\na 1\n";
  Read(page);
  EXPECT_EQ(last_.metadata.at("a").help, "One.");
  reader_.NotStored();
  Store(page);
  EXPECT_EQ(last_.metadata.at("a").type, MetricType::kCounter);
  Store(page + "b 1\n");
  EXPECT_THAT(last_.metadata, IsEmpty());
  Store("# HELP a Two.\n# TYPE a counter\na 1\n");
  EXPECT_EQ(last_.metadata.at("a").help, "Two.");
  // Of two the last one counts, whatever their order was.
  Store("# HELP a Two.\n# HELP a One.\n# TYPE a counter\na 1\n");
  EXPECT_EQ(last_.metadata.at("a").help, "One.");
  Store("# HELP a One.\n# HELP a Two.\n# TYPE a counter\na 1\n");
  EXPECT_EQ(last_.metadata.at("a").help, "Two.");
}

TEST_F(ScrapePageTest, ExemplarsAreGivenWithTheirSeries) {
  Use(ForApp());
  const char* const page =
      "a_total 1 # {trace=\"t\"} 0.5 2.5\nb_total 3 1.5 # {trace=\"u\"} 4\nc 1\n# EOF\n";
  for (int i = 0; i < 2; ++i) {
    Store(page, ExpositionFormat::kOpenMetrics);
    ASSERT_EQ(last_.batch.exemplars.size(), 2u);
  }
  Read(page, ExpositionFormat::kOpenMetrics);
  const RawBatch::Exemplar& own_time = last_.batch.exemplars[0];
  EXPECT_EQ(ParseLabelBytes(own_time.series)->ToString(),
            "a_total{instance=\"a:1\",job=\"app\",zone=\"z\"}");
  EXPECT_EQ(ParseLabelBytes(own_time.labels)->ToString(), "{trace=\"t\"}");
  EXPECT_EQ(own_time.sample.value, 0.5);
  EXPECT_EQ(own_time.sample.at_ms, 2500);
  EXPECT_TRUE(own_time.own_time);
  EXPECT_EQ(last_.batch.exemplars[1].sample.at_ms, 1500);
  EXPECT_FALSE(last_.batch.exemplars[1].own_time);
}

TEST_F(ScrapePageTest, AMistakeOnAKnownPageIsToldWithItsPlaceAndChangesNothing) {
  Store("a 1\nb{x=\"y\"} 2\n");
  EXPECT_THAT(ErrorOf("a 1\nb{x=\"y\"} two\n"), HasSubstr("line 2: column 10: expected a value"));
  EXPECT_THAT(ErrorOf("c 1\nb{x=\"y\"} 2 3 4\n"), HasSubstr("line 2: column 14: expected the end"));
  EXPECT_THAT(Store("a 1\n"), ElementsAre("a 1@2000", "b{x=\"y\"} stale@2000"));
}

// What follows the text of a known line may change what the line says.
TEST_F(ScrapePageTest, ATextThatGoesOnIsAnotherLine) {
  Store("a 1\nb{x=\"1\"}2\n");
  EXPECT_THAT(Store("a {x=\"1\"} 3\nb{x=\"1\"} 4\na  5\n"),
              ElementsAre("a{x=\"1\"} 3@2000", "b{x=\"1\"} 4@2000", "a 5@2000"));
  EXPECT_EQ(ErrorOf("a 0x1\n"), "line 1: column 3: expected a value, found \"0x1\"");
  // A line of the other format is another line.
  Store("a 1 2\n");
  EXPECT_EQ(last_.batch.samples.at(0).at_ms, 2);
  EXPECT_THAT(Store("a 1 2\n# EOF\n", ExpositionFormat::kOpenMetrics), ElementsAre("a 1@2000"));
}

TEST_F(ScrapePageTest, WhatIsKeptIsBoundedByTheLastPage) {
  std::string page;
  for (int i = 0; i < 1000; ++i)
    page += "metric_of_some_length{series=\"" + std::to_string(i) + "\"} 1\n";
  Use(ForApp());
  Store(page);
  // Texts of 36 bytes, labels of 106; 16 bytes for each.
  EXPECT_LT(reader_.memory_bytes(), 180'000u);
  const size_t once = reader_.memory_bytes();
  for (int i = 0; i < 20; ++i) Store(page + "churn{n=\"" + std::to_string(100 + i) + "\"} 1\n");
  EXPECT_LT(reader_.memory_bytes(), once + 300);
  Store("a 1\n");
  EXPECT_LT(reader_.memory_bytes(), 1'000u);
}

TEST_F(ScrapePageTest, TheReportTellsOfTheScrape) {
  const ReportSeries report(MakeLabels("", {{"job", "app"}, {"x", "y"}}));
  RawBatch batch;
  report.Add({true, Duration::Millis(250), 7, 6, 2}, Instant::FromMillis(1000), batch);
  EXPECT_THAT(LinesOf(batch),
              ElementsAre("up{job=\"app\",x=\"y\"} 1@1000",
                          "scrape_duration_seconds{job=\"app\",x=\"y\"} 0.25@1000",
                          "scrape_samples_scraped{job=\"app\",x=\"y\"} 7@1000",
                          "scrape_samples_post_metric_relabeling{job=\"app\",x=\"y\"} 6@1000",
                          "scrape_series_added{job=\"app\",x=\"y\"} 2@1000"));
}

/// Pages that change as pages do, and as they should not.
class PageMaker {
 public:
  PageMaker(uint64_t seed, bool openmetrics) : random_(seed), openmetrics_(openmetrics) {
    const auto family = [&](const std::string& name, const std::string& type) {
      const std::string base =
          openmetrics && type == "counter" ? name.substr(0, name.size() - 6) : name;
      Add("# HELP " + base + " Something of it.", "");
      Add("# TYPE " + base + " " + type, "");
    };
    family("requests_total", "counter");
    for (int i = 0; i < 6; ++i)
      Add("requests_total{code=\"" + std::to_string(200 + i) + "\",job=\"x\"} ", "5");
    family("load", "gauge");
    Add("load ", "0.25");
    family("taken_seconds", "histogram");
    for (const char* bound : {"0.1", "1", "+Inf"})
      Add("taken_seconds_bucket{le=\"" + std::string(bound) + "\"} ", "7");
    Add("taken_seconds_count ", "7");
    Add("taken_seconds_sum ", "3.75");
    first_ = lines_;
  }

  std::string Next() {
    if (random_.Percent(15)) lines_ = first_;
    if (random_.Percent(50)) {
      for (uint64_t n = 1 + random_.Below(4); n > 0; --n) Mutate();
    }
    std::string page;
    for (auto& [text, value] : lines_) {
      // A histogram's values hang together.
      if (!value.empty() && random_.Percent(text.starts_with("taken") ? 1 : 50)) value = NewValue();
      page += text + value + (random_.Percent(1) ? "\r\n" : "\n");
    }
    if (openmetrics_ && !random_.Percent(5)) page += "# EOF\n";
    if (random_.Percent(2)) page.resize(random_.Below(page.size() + 1));
    if (random_.Percent(2) && !page.empty())
      page[random_.Below(page.size())] = static_cast<char>(random_.Below(256));
    return page;
  }

 private:
  using PageLine = std::pair<std::string, std::string>;  ///< In front of the value, and it.

  void Add(std::string text, std::string value) {
    lines_.emplace_back(std::move(text), std::move(value));
  }

  std::string NewValue() {
    if (random_.Percent(99)) return std::to_string(random_.Below(100'000));
    static constexpr const char* kValues[] = {"1",
                                              "0",
                                              "-0",
                                              "1e3",
                                              "1.5E-7",
                                              "NaN",
                                              "+Inf",
                                              "-inf",
                                              "1 ",
                                              "1 5",
                                              "1 7.5",
                                              "+3",
                                              "0x1",
                                              "",
                                              " 1",
                                              "1 1395066363000",
                                              "12345678901234567890",
                                              "1 # {trace=\"t\"} 2",
                                              "1 5 # {trace=\"u\"} 2 5",
                                              "1 # {",
                                              "1 # {} 1 1e300"};
    return kValues[random_.Below(std::size(kValues))];
  }

  void Mutate() {
    static constexpr const char* kTexts[] = {"a ",
                                             "a",
                                             "a{",
                                             "a{x=\"1\"}",
                                             "a {x=\"1\"} ",
                                             "a{x=\"1\",} ",
                                             "a{y=\"\",x=\"1\"} ",
                                             "load{} ",
                                             " load ",
                                             "load  ",
                                             "load\t",
                                             "a{x=\"\\\"}\"} ",
                                             "a{instance=\"i\"} ",
                                             "a{instance=\"i\",exported_instance=\"j\"} ",
                                             "a{x=\"1\",x=\"2\"} ",
                                             "# HELP load Else.",
                                             "# HELP load Something of it.",
                                             "# TYPE load counter",
                                             "# TYPE a meter",
                                             "#",
                                             "# a comment",
                                             "",
                                             "# UNIT taken_seconds seconds",
                                             "# HELP a \xff",
                                             "a{x=\"\xff\"} ",
                                             "\xe3\x81\x82 "};
    const size_t at = lines_.empty() ? 0 : random_.Below(lines_.size());
    const auto place = lines_.begin() + static_cast<ptrdiff_t>(at);
    switch (random_.Below(6)) {
      case 0:
        if (!lines_.empty()) lines_.erase(place);
        break;
      case 1:
        if (!lines_.empty()) lines_.insert(place, PageLine(lines_[random_.Below(lines_.size())]));
        break;
      case 2:
        if (!lines_.empty()) std::swap(lines_[at], lines_[random_.Below(lines_.size())]);
        break;
      case 3:
        if (!lines_.empty() && !lines_[at].second.empty())
          lines_[at].first = "a{n=\"" + std::to_string(random_.Below(30)) + "\"} ";
        break;
      default: {
        const std::string text = kTexts[random_.Below(std::size(kTexts))];
        lines_.insert(place, {text, text.starts_with('#') || text.empty() ? "" : "1"});
      }
    }
  }

  Random random_;
  bool openmetrics_;
  std::vector<PageLine> lines_;
  std::vector<PageLine> first_;
};

TEST(PageReaderTest, GivesWhatTheReaderWithoutMemoryGives) {
  size_t readable = 0;
  size_t unreadable = 0;
  size_t followed = 0;
  for (uint64_t seed = 0; seed < 48; ++seed) {
    Random random(seed);
    const bool openmetrics = random.Percent(50);
    PageOptions options;
    options.target = Labels({{"job", "app"}, {"instance", "a:1"}});
    if (random.Percent(30)) options.target.Set("exported_instance", "t");
    options.honor_labels = random.Percent(30);
    options.honor_timestamps = random.Percent(70);
    options.sample_limit = random.Percent(20) ? 14 : 0;
    options.rules = random.Percent(30) ? ExpositionRules::kStrict : ExpositionRules::kLenient;
    // Of four series one goes, whatever they are called.
    if (seed % 3 == 0)
      options.relabel = *RelabelRules::Compile(
          {{.action = RelabelAction::kHashMod,
            .source_labels = {"__name__", "a", "le"},
            .modulus = 4,
            .target_label = "__tmp"},
           {.action = RelabelAction::kDrop, .source_labels = {"__tmp"}, .regex = "0"},
           {.action = RelabelAction::kLabelDrop, .regex = "__tmp"}});
    ComparedPageReaders readers(options);
    PageMaker pages(seed, openmetrics);
    for (int64_t i = 0; i < 60; ++i) {
      const bool other_format = random.Percent(2);
      const auto format =
          openmetrics != other_format ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
      const auto fate = random.Percent(10) ? ComparedPageReaders::Fate::kNotStored
                                           : ComparedPageReaders::Fate::kStored;
      SCOPED_TRACE(seed);
      if (readers.Scrape(pages.Next(), format, Instant::FromMillis(i), fate))
        ++readable;
      else
        ++unreadable;
    }
    followed += readers.followed_handles();
  }
  EXPECT_GT(followed, 1000u);
  EXPECT_GT(readable, 1000u);
  EXPECT_GT(unreadable, 300u);
}

std::string RandomNumberText(Random& random) {
  const auto digits = [&](uint64_t most) {
    std::string text;
    for (uint64_t n = random.Below(most + 1); n > 0; --n)
      text += static_cast<char>('0' + random.Below(10));
    return text;
  };
  if (random.Percent(20)) return FormatDouble(std::bit_cast<double>(random.Next()));
  std::string text = random.Percent(20) ? "-" : "";
  text += digits(random.Percent(20) ? 22 : 16);
  if (random.Percent(50)) text += "." + digits(random.Percent(10) ? 22 : 6);
  if (random.Percent(30)) {
    text += random.Percent(50) ? "e" : "E";
    text += random.Percent(30) ? "-" : random.Percent(30) ? "+" : "";
    text += digits(3);
  }
  if (random.Percent(3)) text.insert(random.Below(text.size() + 1), 1, "+-.e xn"[random.Below(7)]);
  return text;
}

TEST(PlainDecimalTest, WhatItReadsIsBitForBitWhatTheFullReaderReads) {
  Random random(1);
  size_t read = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string text = RandomNumberText(random);
    const auto plain = ParsePlainDecimal(text);
    if (!plain) continue;
    ++read;
    const auto full = ParseDouble(text);
    ASSERT_TRUE(full) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(*plain), std::bit_cast<uint64_t>(*full)) << text;
  }
  EXPECT_GT(read, 80'000u);
}

TEST(PlainDecimalTest, ReadsTheFormsOfMostValues) {
  for (const char* text : {"0", "-0", "17", "0.25", "1.5e+09", "3.4359738368e+10",
                           "9007199254740992", "1E-7", "123456789012345", "0.000001"})
    EXPECT_TRUE(ParsePlainDecimal(text)) << text;
  for (const char* text : {"", "-", ".", "+1", "NaN", "Inf", "1e", "1e+", "0x1", "1 ", "1e23",
                           "9007199254740993", "1.0e-23", "12345678901234567890", "--1", "1e12345"})
    EXPECT_FALSE(ParsePlainDecimal(text)) << text;
}

}  // namespace
}  // namespace hinomi::metrics
