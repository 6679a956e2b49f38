// The parameter `stats` of queries, and the tree of an expression.
#include <gmock/gmock.h>

#include "api/prometheus/parse_query_api.h"
#include "api/prometheus/query_api.h"
#include "base/json.h"
#include "promql/testing.h"

namespace hinomi::api {
namespace {

class QueryStatsTest : public ::testing::Test {
 protected:
  QueryStatsTest() {
    for (const char* job : {"a", "b"})
      for (int i = 0; i <= 10; ++i)
        store_.Add(metrics::Labels({{"__name__", "up"}, {"job", job}}), i * 10'000, i);
  }
  Json Ask(const std::string& query, const std::string& stats, bool range) {
    QueryParameters parameters;
    parameters.Add("query", query);
    parameters.Add("stats", stats);
    parameters.Add("time", "60");
    parameters.Add("start", "40.5");
    parameters.Add("end", "60.5");
    parameters.Add("step", "10");
    const http::Response response = range ? AnswerQueryRange(store_, {}, parameters, clock_)
                                          : AnswerQuery(store_, {}, parameters, clock_);
    EXPECT_EQ(response.status, 200) << response.body;
    return (*Json::Parse(response.body))["data"];
  }
  Json Samples(const std::string& query, bool range) {
    return Ask(query, "all", range)["stats"]["samples"];
  }

  promql::WindowedQueryable store_;
  ManualClock clock_;
};

TEST_F(QueryStatsTest, AreThereWhereTheyAreAskedFor) {
  EXPECT_FALSE(Ask("up", "", false).contains("stats"));
  const Json data = Ask("up", "1", false);
  EXPECT_EQ(data["resultType"].as_string(), "vector");
  EXPECT_EQ(data["result"].as_array().size(), 2u);
  EXPECT_EQ(data["stats"]["samples"]["totalQueryableSamples"].as_int(), 2);
  EXPECT_FALSE(data["stats"]["samples"].contains("totalQueryableSamplesPerStep"));
  for (const char* name : {"evalTotalTime", "resultSortTime", "queryPreparationTime",
                           "innerEvalTime", "execQueueTime", "execTotalTime"})
    EXPECT_TRUE(data["stats"]["timings"][name].is_number()) << name;
}

TEST_F(QueryStatsTest, WindowsThatWereReadAreNamed) {
  EXPECT_FALSE(Samples("rate(up[30s])", true).contains("downsampled"));
  store_.resolutions = {{10'000, true}};
  EXPECT_EQ(Samples("rate(up[30s]) + sum(up)", true)["downsampled"].Dump(),
            R"([{"selector":"up[30s]","window":"10s"},{"selector":"up","window":"10s"}])");
}

// What Prometheus counts: a sample once for each step that sees it.
TEST_F(QueryStatsTest, SamplesAreCountedStepByStep) {
  const struct {
    const char* query;
    bool range;
    int total;
    const char* per_step;
  } cases[] = {
      {"up", false, 2, "[[60,2]]"},
      {"up", true, 6, "[[40.5,2],[50.5,2],[60.5,2]]"},
      {"sum(rate(up{job=\"a\"}[30s]))", true, 9, "[[40.5,3],[50.5,3],[60.5,3]]"},
      {"up{job=\"a\"}[20s]", false, 2, "[[60,2]]"},
      {"up{job=\"a\"} @ 0", true, 3, "[[40.5,1],[50.5,1],[60.5,1]]"},
      {"up + up", false, 4, "[[60,4]]"},
      {"nothing", true, 0, "[[40.5,0],[50.5,0],[60.5,0]]"},
      {"1", false, 0, "[[60,0]]"},
      // Steps 40, 50, 60 read one each, and then the window sees the three.
      {"max_over_time(up{job=\"a\"}[30s:10s])", false, 6, "[[60,6]]"},
  };
  for (const auto& c : cases) {
    const Json samples = Samples(c.query, c.range);
    EXPECT_EQ(samples["totalQueryableSamples"].as_int(), c.total) << c.query;
    EXPECT_EQ(samples["totalQueryableSamplesPerStep"].Dump(), Json::Parse(c.per_step)->Dump())
        << c.query;
    EXPECT_GE(samples["peakSamples"].as_int(), c.total > 0 ? 1 : 0) << c.query;
  }
}

TEST_F(QueryStatsTest, ThePeakIsOfWhatIsHeldAtATime) {
  const int64_t one = Samples("up{job=\"a\"}[100s]", false)["peakSamples"].as_int();
  EXPECT_EQ(one, 7);  // Those from 0 to 60.
  EXPECT_GE(Samples("up[100s]", false)["peakSamples"].as_int(), 2 * one);
}

TEST_F(QueryStatsTest, TheTreeOfAnExpressionIsGiven) {
  QueryParameters parameters;
  parameters.Add("query", "-up");
  const Json data = (*Json::Parse(AnswerParseQuery({}, parameters).body))["data"];
  EXPECT_EQ(data["type"].as_string(), "unaryExpr");
  EXPECT_EQ(data["expr"]["name"].as_string(), "up");
  QueryParameters wrong;
  wrong.Add("query", "up{");
  const http::Response refusal = AnswerParseQuery({}, wrong);
  EXPECT_EQ(refusal.status, 400);
  EXPECT_THAT(refusal.body, ::testing::HasSubstr(R"("errorType":"bad_data")"));
  EXPECT_THAT(refusal.body, ::testing::HasSubstr("1:4: parse error"));
}

}  // namespace
}  // namespace hinomi::api
