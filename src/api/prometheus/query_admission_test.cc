// Queries that are refused or put off before they run.
#include <gmock/gmock.h>

#include <memory>

#include "api/prometheus/heavy_store_testing.h"
#include "api/prometheus/query_api.h"
#include "base/json.h"
#include "http/testing.h"
#include "os/system_clock.h"

namespace hinomi::api {
namespace {

using ::testing::HasSubstr;

class QueryAdmissionTest : public ::testing::Test {
 protected:
  QueryAdmissionTest() { config_.gate = std::make_shared<promql::QueryGate>(1, nullptr); }

  http::Response Ask(const std::string& query, const std::string& stats = "") {
    QueryParameters parameters;
    parameters.Add("query", query);
    parameters.Add("time", "1");
    parameters.Add("stats", stats);
    return AnswerQuery(store_, config_, parameters, clock_);
  }
  /// As if a heavy query ran elsewhere.
  auto Occupy() { return config_.gate->Enter(HeavyEstimate()); }

  HeavyStore store_;
  QueryApiConfig config_;
  ManualClock clock_;
};

TEST_F(QueryAdmissionTest, WhatCannotFitIsRefusedBeforeItRuns) {
  store_.least_samples = config_.limits.max_samples + 1;
  const http::Response refused = Ask("heavy");  // Would wait for ever if it ran.
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("the query is not started: heavy would hold at least"));
  EXPECT_EQ(Ask("light").status, 200);
}

TEST_F(QueryAdmissionTest, AHeavyQueryIsPutOffWhileAnotherRuns) {
  store_.Free();
  auto other = Occupy();
  http::Response heavy = Ask("heavy", "1");
  ASSERT_TRUE(heavy.later);
  heavy = heavy.later();
  ASSERT_TRUE(heavy.later);
  EXPECT_EQ(Ask("light").status, 200);
  clock_.Advance(Duration::Seconds(3));
  other.reset();
  heavy = heavy.later();
  EXPECT_FALSE(heavy.later);
  EXPECT_EQ(heavy.status, 200);
  const Json stats = (*Json::Parse(heavy.body))["data"]["stats"];
  EXPECT_EQ(stats["timings"]["execQueueTime"].as_double(), 3);
  EXPECT_EQ(stats["samples"]["estimate"].Dump(),
            R"({"series":1,"samples":20000000,"held":20000001})");
}

TEST_F(QueryAdmissionTest, WhoHasWaitedLongIsToldToTryAgain) {
  const auto other = Occupy();
  http::Response heavy = Ask("heavy");
  ASSERT_TRUE(heavy.later);
  clock_.Advance(config_.longest_wait);
  heavy = heavy.later();
  EXPECT_FALSE(heavy.later);
  EXPECT_EQ(heavy.status, 503);
  EXPECT_THAT(heavy.body, HasSubstr(R"("errorType":"unavailable")"));
  EXPECT_THAT(heavy.body, HasSubstr("20000000 samples"));
}

TEST_F(QueryAdmissionTest, SmallQueriesAreAnsweredBesideTenHeavyOnes) {
  const SystemClock clock;
  http::Route route = http::Fixed("GET", "/query", "public");
  route.lane = http::Lane::kBackground;
  route.handler = [&](const http::Request& request) {
    return AnswerQuery(store_, config_, QueryParameters::From(request), clock);
  };
  const http::ServerUnderTest server({route});
  std::vector<std::unique_ptr<http::RawConnection>> heavy;
  for (int i = 0; i < 10; ++i) {
    heavy.push_back(std::make_unique<http::RawConnection>(server.port()));
    heavy.back()->Send(
        "GET /query?query=heavy&time=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  store_.AwaitReader();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(http::StatusOf(server.Ask("GET", "/query?query=light&time=1")), 200);
  store_.Free();
  for (const auto& connection : heavy) EXPECT_EQ(http::StatusOf(connection->ReadToEnd()), 200);
  EXPECT_EQ(store_.most_reading(), 1);
}

}  // namespace
}  // namespace hinomi::api
