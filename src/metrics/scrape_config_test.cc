#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/scraper_testing.h"

/// What a Prometheus configuration asks of jobs: relabelling, limits, target files,
/// credentials, redirects.
namespace hinomi::metrics {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

RelabelRules Rules(std::vector<RelabelRule> rules) {
  auto compiled = RelabelRules::Compile(std::move(rules));
  EXPECT_TRUE(compiled.has_value());
  return *compiled;
}

class ScrapeConfigTest : public ScraperTest {
 protected:
  ScrapeConfigTest() : ScraperTest(Duration()) {}

  /// The same, with its own requests only.
  std::vector<std::string> Round() {
    requests_.clear();
    return ScraperTest::Round();
  }
  std::vector<std::string> FirstRound() {
    scraper_.SetJobs({job_});
    scraper_.RunDue();
    return Round();
  }
  TargetStatus Target() { return scraper_.Targets().at(0); }
  std::string Authorization() {
    for (const auto& [name, value] : requests_.at(0).headers)
      if (name == "Authorization") return value;
    return "";
  }
};

TEST_F(ScrapeConfigTest, RelabellingSaysWhatIsAskedAndWhatTheTargetIsCalled) {
  job_.targets.clear();
  job_.groups = {{{"a:1", "b:1"}, {{"env", "prod"}, {"__meta_path", "/p"}}}};
  job_.params = {{"module", {"x y", "z"}}};
  job_.relabel = Rules({
      {.action = RelabelAction::kDrop, .source_labels = {"__address__"}, .regex = "b:.*"},
      {.source_labels = {"__meta_path"}, .target_label = "__metrics_path__"},
      {.source_labels = {"__address__"}, .target_label = "__param_target"},
      {.source_labels = {"__param_target"}, .target_label = "instance"},
      {.target_label = "__address__", .replacement = "proxy:9"},
      {.target_label = "__scheme__", .replacement = "https"},
      {.target_label = "__scrape_interval__", .replacement = "5s"},
      {.target_label = "__scrape_timeout__", .replacement = "3s"},
      {.target_label = "__tmp_x", .replacement = "gone"},
  });
  FirstRound();
  ASSERT_EQ(scraper_.Targets().size(), 1u);
  EXPECT_EQ(Target().labels.ToString(), R"({env="prod",instance="a:1",job="app"})");
  EXPECT_EQ(Target().interval, Duration::Seconds(5));
  ASSERT_FALSE(requests_.empty());
  EXPECT_EQ(requests_[0].url, "https://proxy:9/p?module=x+y&module=z&target=a%3A1");
  EXPECT_EQ(requests_[0].timeout, Duration::Seconds(3));
}

TEST_F(ScrapeConfigTest, AnAddressThatIsNoneCostsOnlyItself) {
  job_.targets = {"a:1", "b:1/path"};
  EXPECT_THAT(FirstRound(), Contains(HasSubstr("up{instance=\"a:1\"")));
  EXPECT_EQ(scraper_.Targets().size(), 1u);
}

TEST_F(ScrapeConfigTest, ADroppedLineStaysDroppedAndIsCountedAsScraped) {
  job_.metric_relabel =
      Rules({{.action = RelabelAction::kDrop, .source_labels = {"__name__"}, .regex = "go_.*"},
             {.source_labels = {"path"}, .regex = "/(.*)", .target_label = "page"},
             {.action = RelabelAction::kLabelDrop, .regex = "path"}});
  Answer("go_gc 1\nhits{path=\"/x\"} 2\ngo_mem 3\n");
  const auto hits = [](int value) {
    return "hits{instance=\"a:1\",job=\"app\",page=\"x\"} " + std::to_string(value);
  };
  const std::string up = "up{instance=\"a:1\",job=\"app\"} 1";
  EXPECT_THAT(FirstRound(), ElementsAre(hits(2), up));
  EXPECT_EQ(Target().last_samples, 3u);
  // The same lines, then others in another order.
  Answer("go_gc 2\nhits{path=\"/x\"} 3\ngo_mem 4\n");
  EXPECT_THAT(Round(), ElementsAre(hits(3), up));
  Answer("go_mem 5\ngo_new 1\nhits{path=\"/x\"} 4\ngo_gc 3\n");
  EXPECT_THAT(Round(), ElementsAre(hits(4), up));
  Answer("go_mem 6\ngo_new 1\nhits{path=\"/x\"} 5\ngo_gc 3\n");
  EXPECT_THAT(Round(), ElementsAre(hits(5), up));
  EXPECT_EQ(Target().last_samples, 4u);
}

TEST_F(ScrapeConfigTest, SampleLimitCountsWhatRelabellingLeaves) {
  job_.metric_relabel =
      Rules({{.action = RelabelAction::kDrop, .source_labels = {"__name__"}, .regex = "go_.*"}});
  job_.sample_limit = 1;
  for (const ExpositionRules rules : {ExpositionRules::kLenient, ExpositionRules::kStrict}) {
    job_.rules = rules;
    Answer("go_a 1\nm 1\ngo_b 1\n");
    FirstRound();
    EXPECT_EQ(Target().last_error, "");
    Answer("go_a 1\nm 1\nn 1\n");
    Round();
    EXPECT_EQ(Target().last_reason, "sample_limit");
  }
}

TEST_F(ScrapeConfigTest, ASeriesOverALabelLimitFailsThePageEachTime) {
  const struct {
    LabelLimits limits;
    const char* error;
  } cases[] = {{{.count = 3}, "a number of labels of 4, and the limit is 3"},
               {{.name_bytes = 8}, "a label's name with a length of 9"},
               {{.value_bytes = 5}, "a value of the label long_name with a length of 6"}};
  Answer("m 1\nn{long_name=\"values\"} 1\n");
  for (const auto& c : cases) {
    job_.label_limits = c.limits;
    FirstRound();
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(Target().last_reason, "label_limit") << c.error;
      EXPECT_THAT(Target().last_error, HasSubstr(c.error));
      Round();
    }
  }
}

TEST_F(ScrapeConfigTest, ANameThatRelabellingTakesAwayFailsThePage) {
  job_.metric_relabel = Rules({{.action = RelabelAction::kLabelDrop, .regex = "__name__"}});
  FirstRound();
  EXPECT_EQ(Target().last_reason, "parse");
  EXPECT_THAT(Target().last_error, HasSubstr("leave no name (__name__) of the series m"));
}

TEST_F(ScrapeConfigTest, WithMoreTargetsThanTheLimitNoneIsAsked) {
  job_.targets = {"a:1", "b:1"};
  job_.target_limit = 1;
  EXPECT_THAT(FirstRound(), Contains("up{instance=\"a:1\",job=\"app\"} 0"));
  EXPECT_THAT(requests_, IsEmpty());
  EXPECT_EQ(Target().last_reason, "target_limit");
  EXPECT_THAT(Target().last_error, HasSubstr("2 targets, and its target_limit is 1"));
}

TEST_F(ScrapeConfigTest, FilesThatMayBeMissingComeAndGo) {
  job_.targets.clear();
  job_.files = {{"/sd/one.json", true}, {"/sd/more*.json", true}};
  EXPECT_THAT(FirstRound(), IsEmpty());
  EXPECT_THAT(scraper_.FileErrors(), IsEmpty());
  ASSERT_TRUE(files_.WriteAtomically("/sd/one.json", R"([{"targets": ["x:1"]}])", 0644));
  ASSERT_TRUE(files_.WriteAtomically("/sd/more1.json", R"([{"targets": ["y:1"]}])", 0644));
  Round();
  EXPECT_EQ(scraper_.Targets().size(), 2u);
  // A broken file keeps its own targets only.
  ASSERT_TRUE(files_.WriteAtomically("/sd/one.json", "broken", 0644));
  ASSERT_TRUE(files_.WriteAtomically("/sd/more1.json", R"([{"targets": ["z:1"]}])", 0644));
  Round();
  std::vector<std::string> instances;
  for (const TargetStatus& target : scraper_.Targets()) instances.push_back(target.instance);
  EXPECT_THAT(instances, UnorderedElementsAre("x:1", "z:1"));
  ASSERT_EQ(scraper_.FileErrors().size(), 1u);
  EXPECT_EQ(scraper_.FileErrors()[0].file, "/sd/one.json");
  ASSERT_TRUE(files_.Remove("/sd/one.json").has_value());
  Round();
  ASSERT_EQ(scraper_.Targets().size(), 1u);
  EXPECT_THAT(scraper_.FileErrors(), IsEmpty());
}

TEST_F(ScrapeConfigTest, ATargetMayBeChosenByTheFileThatNamesIt) {
  job_.targets.clear();
  job_.files = {{"/sd/*.json", true}};
  job_.relabel = Rules(
      {{.source_labels = {"__meta_filepath"}, .regex = "/sd/(.*)\\.json", .target_label = "from"}});
  ASSERT_TRUE(files_.WriteAtomically("/sd/web.json", R"([{"targets": ["x:1"]}])", 0644));
  FirstRound();
  EXPECT_EQ(Target().labels.Get("from"), "web");
}

TEST_F(ScrapeConfigTest, SecretsOfFilesAreReadForEachScrape) {
  job_.credentials = {
      .kind = ScrapeCredentials::Kind::kBasic, .user = "u", .secret_file = "/secret"};
  FirstRound();
  EXPECT_THAT(requests_, IsEmpty());
  EXPECT_EQ(Target().last_reason, "configuration");
  EXPECT_THAT(Target().last_error, HasSubstr("the credentials cannot be read"));
  ASSERT_TRUE(files_.WriteAtomically("/secret", "p1\n", 0600));
  Round();
  EXPECT_EQ(Authorization(), "Basic dTpwMQ==");
  ASSERT_TRUE(files_.WriteAtomically("/secret", "p2", 0600));
  Round();
  EXPECT_EQ(Authorization(), "Basic dTpwMg==");
  job_.credentials = {
      .kind = ScrapeCredentials::Kind::kHeader, .type = "Bearer", .secret = "token"};
  FirstRound();
  EXPECT_EQ(Authorization(), "Bearer token");
}

TEST_F(ScrapeConfigTest, RedirectsAreFollowedWithoutTheCredentialsOfAnother) {
  job_.redirects = 2;
  job_.credentials = {.kind = ScrapeCredentials::Kind::kHeader, .type = "Bearer", .secret = "t"};
  std::string to = "/other";
  answer_ = [&](const http::ClientRequest& request) {
    http::ClientResponse response;
    const bool here = request.url == "http://a:1/metrics";
    response.status = here ? 302 : 200;
    if (here) response.headers.emplace_back("location", to);
    response.body = "m 1\n";
    return response;
  };
  const auto authorized = [](const http::ClientRequest& request) {
    return request.headers.front().first == "Authorization";
  };
  EXPECT_THAT(FirstRound(), Contains(HasSubstr("m{")));
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_EQ(requests_[1].url, "http://a:1/other");
  EXPECT_TRUE(authorized(requests_[1]));
  to = "http://b:1/metrics";
  EXPECT_THAT(Round(), Contains(HasSubstr("m{")));
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_EQ(requests_[1].url, "http://b:1/metrics");
  EXPECT_FALSE(authorized(requests_[1]));
  to = "http://a:1/metrics";
  Round();
  EXPECT_EQ(Target().last_reason, "redirect");
  EXPECT_THAT(Target().last_error, HasSubstr("a redirect too many: 2 were followed"));
}

TEST_F(ScrapeConfigTest, AFallbackFormatIsForPagesThatDoNotSayTheirs) {
  Answer("# TYPE c counter\nc_total 1\n");  // As OpenMetrics it lacks its end.
  FirstRound();
  EXPECT_EQ(Target().last_error, "");
  job_.fallback_format = ExpositionFormat::kOpenMetrics;
  FirstRound();
  EXPECT_THAT(Target().last_error, HasSubstr("# EOF"));
}

}  // namespace
}  // namespace hinomi::metrics
