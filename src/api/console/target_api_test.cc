// What is watched, over a store of real samples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "api/console/console_api.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "promql/testing.h"
#include "store/open.h"

namespace hinomi::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:04Z");

class TargetApiTest : public ::testing::Test {
 protected:
  TargetApiTest() {
    clock_.JumpWall(kNow);
    context_->targets = [this] { return targets_; };
    context_->metrics = &metrics_;
    AddTargetRoutes(*server_, context_);
  }

  http::Response Ask(const std::string& pattern, const std::string& id = "",
                     std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.method = "GET";
    request.path_parameters = {{"id", id}};
    request.query = std::move(query);
    for (const http::Route& route : server_->routes())
      if (route.pattern == "/api/hinomi/v1/" + pattern) return route.handler(request);
    ADD_FAILURE() << "no route " << pattern;
    return {};
  }
  Json Body(const http::Response& answer) { return Json::Parse(answer.body).value_or(Json()); }

  /// Of the target scrape:node/a:1, so many seconds ago.
  void Sample(const std::string& name, int64_t seconds_ago, double value,
              const std::string& instance = "a:1") {
    metrics_.Add(metrics::Labels({{"__name__", name}, {"job", "node"}, {"instance", instance}}),
                 (kNow - Duration::Seconds(seconds_ago)).millis(), value);
  }
  static TargetState Node() {
    return {.kind = "scrape",
            .name = "node/a:1",
            .job = "node",
            .target = "http://a:1/metrics",
            .state = "up",
            .since = kNow - Duration::Minutes(5),
            .last_at = kNow - Duration::Seconds(3),
            .duration = Duration::Millis(12),
            .samples = 2,
            .interval = Duration::Seconds(15),
            .next_at = kNow + Duration::Seconds(12),
            .labels = metrics::Labels({{"job", "node"}, {"instance", "a:1"}})};
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<store::Store> store_ =
      store::OpenMemoryStore(store::MakeMemoryDatabase(), clock_);
  CommandDesk desk_{*store_, clock_, [] {}};
  EventFeed feed_{*store_};
  promql::MemoryQueryable metrics_;
  std::vector<TargetState> targets_;
  std::shared_ptr<ConsoleContext> context_ =
      std::make_shared<ConsoleContext>(ConsoleContext{*store_, clock_, desk_, feed_});
  std::unique_ptr<http::Server> server_ = http::MakeServer(
      {},
      [](const http::Request&, const std::string&) -> Result<std::string> {
        return std::string("ann");
      },
      clock_, telemetry_, log_);
};

TEST_F(TargetApiTest, TellsOfEachHowItsLastTryWent) {
  TargetState probe{.kind = "probe",
                    .name = "shop",
                    .job = "probe",
                    .target = "https://shop.example/",
                    .state = "down",
                    .since = kNow - Duration::Minutes(1),
                    .error = "certificate: it ends in 3 days",
                    .reason = "certificate",
                    .last_at = kNow - Duration::Seconds(1),
                    .duration = Duration::Millis(250),
                    .interval = Duration::Seconds(15),
                    .type = "http",
                    .failed_layer = "certificate",
                    .phases = {{"resolve", Duration::Millis(2)}, {"connect", Duration::Millis(5)}},
                    .http_status = 200,
                    .certificate_expires_at = kNow + Duration::Hours(72)};
  TargetState heard{.kind = "log", .name = "app", .target = "127.0.0.1:5140", .state = "unknown"};
  targets_ = {Node(), probe, heard};
  const Json targets = Body(Ask("targets"))["targets"];
  ASSERT_EQ(targets.as_array().size(), 3u);
  const Json& node = targets.as_array()[0];
  EXPECT_EQ(node["id"].as_string(), "scrape:node/a:1");
  EXPECT_EQ(node["since"].as_string(), "2026-11-24T03:07:04Z");
  EXPECT_EQ(node["duration_seconds"].as_double(), 0.012);
  EXPECT_EQ(node["interval_seconds"].as_double(), 15);
  EXPECT_EQ(node["next_at"].as_string(), "2026-11-24T03:12:16Z");
  EXPECT_EQ(node["labels"]["instance"].as_string(), "a:1");
  EXPECT_TRUE(node["probe"].is_null());
  // What the command line and others have read since the first version.
  for (const char* key : {"job", "target", "state", "error", "last_at", "samples"})
    EXPECT_TRUE(node.contains(key)) << key;

  const Json one = Body(Ask("targets/{id}", "probe:shop"));
  EXPECT_EQ(one, targets.as_array()[1]);
  EXPECT_EQ(one["reason"].as_string(), "certificate");
  EXPECT_EQ(one["probe"]["certificate_expires_at"].as_string(), "2026-11-27T03:12:04Z");
  EXPECT_EQ(one["probe"]["http_status"].as_int(), 200);
  EXPECT_EQ(one["probe"]["phases"].Dump(),
            R"([{"name":"resolve","seconds":0.002},{"name":"connect","seconds":0.005}])");

  // One that is only heard has no times of asking.
  for (const char* key : {"duration_seconds", "interval_seconds", "next_at", "last_at", "since"})
    EXPECT_TRUE(targets.as_array()[2][key].is_null()) << key;
}

TEST_F(TargetApiTest, AnUnknownTargetNamesTheNearestOne) {
  targets_ = {Node()};
  for (const char* pattern : {"targets/{id}", "targets/{id}/samples"}) {
    const http::Response answer = Ask(pattern, "scrape:node/a:2");
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body, HasSubstr("did you mean scrape:node/a:1?"));
  }
  EXPECT_THAT(Ask("targets/{id}", "nothing like it").body, HasSubstr("such as probe:app"));
}

TEST_F(TargetApiTest, NewestSamplesAreTheTargetsOwn) {
  targets_ = {Node()};
  Sample("node_load1", 18, 0.5);
  Sample("node_load1", 3, 0.75);
  Sample("node_load1", 3, 9, "b:1");
  Sample("node_old", 301, 1);
  Sample("node_odd", 3, std::numeric_limits<double>::infinity());
  Sample("node_gone", 18, 7);
  Sample("node_gone", 3, metrics::StaleMarker());
  const Json answer = Body(Ask("targets/{id}/samples", "scrape:node/a:1"));
  std::vector<std::string> lines;
  for (const Json& sample : answer["samples"].as_array())
    lines.push_back(sample["series"].as_string() + " " + sample["value"].as_string() + " " +
                    sample["at"].as_string() + (sample["ended"].as_bool() ? " ended" : ""));
  EXPECT_THAT(lines,
              ElementsAre("node_gone{instance=\"a:1\",job=\"node\"} 7 2026-11-24T03:11:46Z ended",
                          "node_load1{instance=\"a:1\",job=\"node\"} 0.75 2026-11-24T03:12:01Z",
                          "node_odd{instance=\"a:1\",job=\"node\"} +Inf 2026-11-24T03:12:01Z"));
  EXPECT_EQ(answer["total"].as_int(), 3);
  EXPECT_EQ(answer["from"].as_string(), "2026-11-24T03:07:04Z");

  const Json few =
      Body(Ask("targets/{id}/samples", "scrape:node/a:1", {{"match", "NODE_"}, {"limit", "1"}}));
  EXPECT_EQ(few["samples"].as_array().size(), 1u);
  EXPECT_EQ(few["total"].as_int(), 3);
  EXPECT_EQ(
      Body(Ask("targets/{id}/samples", "scrape:node/a:1", {{"match", "load"}}))["total"].as_int(),
      1);
  EXPECT_EQ(Ask("targets/{id}/samples", "scrape:node/a:1", {{"limit", "all"}}).status, 400);
}

TEST_F(TargetApiTest, AHistogramIsShownAsOne) {
  targets_ = {Node()};
  metrics::NativeHistogram histogram;
  histogram.count = 3;
  histogram.sum = 5.5;
  histogram.positive = {{1, 3}};
  metrics_.Add(metrics::Labels({{"__name__", "h"}, {"job", "node"}, {"instance", "a:1"}}),
               (kNow - Duration::Seconds(3)).millis(),
               std::make_shared<const metrics::NativeHistogram>(histogram));
  const Json answer = Body(Ask("targets/{id}/samples", "scrape:node/a:1"));
  ASSERT_EQ(answer["samples"].as_array().size(), 1u);
  EXPECT_EQ(answer["samples"].as_array()[0]["value"].as_string(), "{count:3, sum:5.5, (1,2]:3}");
}

TEST_F(TargetApiTest, ATargetWithoutSeriesHasNoSamplesAndNotThoseOfAll) {
  targets_ = {{.kind = "file", .name = "node", .target = "/sd/node.json", .state = "down"}};
  Sample("node_load1", 3, 0.75);
  EXPECT_EQ(Body(Ask("targets/{id}/samples", "file:node"))["total"].as_int(), 0);
}

TEST_F(TargetApiTest, ASlowTargetIsLookedForTwoIntervalsBack) {
  targets_ = {Node()};
  targets_[0].interval = Duration::Minutes(10);
  Sample("node_load1", 600, 0.75);
  EXPECT_EQ(Body(Ask("targets/{id}/samples", "scrape:node/a:1"))["total"].as_int(), 1);
}

TEST_F(TargetApiTest, WhoMayReadTheConsoleMayReadTargets) {
  ASSERT_EQ(server_->routes().size(), 3u);
  for (const http::Route& route : server_->routes()) EXPECT_EQ(route.right, "console:read");
}

}  // namespace
}  // namespace hinomi::api
