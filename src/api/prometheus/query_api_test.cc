#include "api/prometheus/query_api.h"

#include <gtest/gtest.h>

#include "metrics/matcher.h"
#include "promql/testing.h"

namespace hinomi::api {
namespace {

class QueryApiTest : public testing::Test {
 protected:
  QueryApiTest() {
    for (int i = 0; i <= 4; ++i) {
      store_.Add(metrics::Labels({{"__name__", "up"}, {"job", "a\"b"}}), i * 10'500, i);
      store_.Add(metrics::Labels({{"__name__", "up"}, {"job", "c"}}), i * 10'500, 1);
    }
    store_.SetMetadata("up", {metrics::MetricType::kGauge, "Is it \"up\"?", ""});
    clock_.JumpWall(Instant::FromMillis(42'000));
  }

  static QueryParameters Parameters(std::vector<std::pair<std::string, std::string>> pairs) {
    http::Request request;
    request.method = "GET";
    request.query = std::move(pairs);
    return QueryParameters::From(request);
  }
  http::Response Query(std::vector<std::pair<std::string, std::string>> pairs) {
    return AnswerQuery(store_, config_, Parameters(std::move(pairs)), clock_);
  }
  http::Response Range(std::vector<std::pair<std::string, std::string>> pairs) {
    return AnswerQueryRange(store_, config_, Parameters(std::move(pairs)), clock_);
  }

  promql::MemoryQueryable store_;
  ManualClock clock_;
  QueryApiConfig config_;
};

/// A store that knows one series' exemplars.
class ExemplarStore : public promql::MemoryQueryable {
 public:
  Result<std::vector<metrics::SeriesExemplars>> SelectExemplars(
      const std::vector<metrics::Matcher>& matchers, int64_t from_ms,
      int64_t to_ms) const override {
    const metrics::Labels up({{"__name__", "up"}, {"job", "a"}});
    if (!metrics::MatchesAll(metrics::CompileAll(matchers).value(), up))
      return std::vector<metrics::SeriesExemplars>();
    asked.emplace_back(from_ms, to_ms);
    return std::vector<metrics::SeriesExemplars>{
        {up,
         {{metrics::Labels(std::vector<metrics::Labels::Pair>{{"trace_id", "\""}}), {-1500, 0.25}},
          {{}, {INT64_MIN, 1}}}}};
  }
  mutable std::vector<std::pair<int64_t, int64_t>> asked;
};

TEST_F(QueryApiTest, AnswersTheExemplarsOfAllSelectorsOnce) {
  const ExemplarStore store;
  const auto ask = [&](std::vector<std::pair<std::string, std::string>> pairs) {
    return AnswerExemplars(store, config_, Parameters(std::move(pairs)));
  };
  EXPECT_EQ(ask({{"query", "sum(rate(up[5m])) / (up or -max_over_time(other[1h:1m]))"}}).body,
            R"({"status":"success","data":[{"seriesLabels":{"__name__":"up","job":"a"},)"
            R"("exemplars":[{"labels":{"trace_id":"\""},"value":"0.25","timestamp":-1.500},)"
            R"({"labels":{},"value":"1","timestamp":-9223372036854775.808}]}]})");
  EXPECT_EQ(store.asked.size(), 2u);
  EXPECT_EQ(ask({{"query", "down"}}).body, R"({"status":"success","data":[]})");
  ASSERT_EQ(ask({{"query", "up"}, {"start", "1.5"}, {"end", "2"}}).status, 200);
  EXPECT_EQ(store.asked.back(), (std::pair<int64_t, int64_t>{1500, 2000}));
  EXPECT_EQ(ask({{"query", "up"}, {"start", "3"}, {"end", "2"}}).status, 400);
  EXPECT_EQ(ask({{"query", "up"}, {"end", "soon"}}).status, 400);
  EXPECT_EQ(ask({{"query", "up{"}}).status, 400);
}

TEST_F(QueryApiTest, AnswersAnInstantVectorNow) {
  const http::Response response = Query({{"query", "up"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":"success","data":{"resultType":"vector","result":[)"
                           R"({"metric":{"__name__":"up","job":"a\"b"},"value":[42,"4"]},)"
                           R"({"metric":{"__name__":"up","job":"c"},"value":[42,"1"]}]}})");
}

TEST_F(QueryApiTest, AnswersScalarsStringsAndMatrices) {
  EXPECT_EQ(Query({{"query", "1/0"}, {"time", "1.5"}}).body,
            R"({"status":"success","data":{"resultType":"scalar","result":[1.500,"+Inf"]}})");
  EXPECT_EQ(Query({{"query", "\"x\""}, {"time", "1970-01-01T00:00:02Z"}}).body,
            R"({"status":"success","data":{"resultType":"string","result":[2,"x"]}})");
  EXPECT_EQ(Query({{"query", "up{job=\"c\"}[15s]"}}).body,
            R"({"status":"success","data":{"resultType":"matrix","result":[)"
            R"({"metric":{"__name__":"up","job":"c"},"values":[[31.500,"1"],[42,"1"]]}]}})");
}

TEST_F(QueryApiTest, AnswersHistogramsWithTheirBuckets) {
  auto h = std::make_shared<metrics::NativeHistogram>();
  h->count = 9;
  h->sum = 2.5;
  h->zero_threshold = 0.5;
  h->zero_count = 1;
  h->positive = {{1, 2}, {2, 0}, {3, 3}};
  h->negative = {{1, 3}};
  metrics::Labels labels;
  labels.Set("__name__", "h");
  store_.Add(labels, 10'000, h);
  store_.Add(labels, 20'000, 7);
  const std::string value =
      R"([10,{"count":"9","sum":"2.5","buckets":[[1,"-2","-1","3"],[3,"-0.5","0.5","1"],)"
      R"([0,"1","2","2"],[0,"4","8","3"]]}])";
  EXPECT_EQ(Query({{"query", "h"}, {"time", "10"}}).body,
            R"({"status":"success","data":{"resultType":"vector","result":[)"
            R"({"metric":{"__name__":"h"},"histogram":)" +
                value + "}]}}");
  EXPECT_EQ(Query({{"query", "h[1m]"}, {"time", "20"}}).body,
            R"({"status":"success","data":{"resultType":"matrix","result":[)"
            R"({"metric":{"__name__":"h"},"values":[[20,"7"]],"histograms":[)" +
                value + "]}]}}");
  EXPECT_EQ(Query({{"query", "h[5s]"}, {"time", "10"}}).body,
            R"({"status":"success","data":{"resultType":"matrix","result":[)"
            R"({"metric":{"__name__":"h"},"histograms":[)" +
                value + "]}]}}");
}

TEST_F(QueryApiTest, AnswersARangeWithStepsAsSecondsOrDurations) {
  for (const char* step : {"10", "10s", "10.0"}) {
    EXPECT_EQ(Range({{"query", "sum(up)"}, {"start", "0"}, {"end", "25"}, {"step", step}}).body,
              R"({"status":"success","data":{"resultType":"matrix","result":[)"
              R"({"metric":{},"values":[[0,"1"],[10,"1"],[20,"2"]]}]}})");
  }
}

TEST_F(QueryApiTest, SaysWhichParameterIsWrong) {
  const struct {
    http::Response response;
    const char* error;
  } cases[] = {
      {Query({{"query", "up{"}}),
       "invalid parameter \\\"query\\\": 1:4: parse error: unexpected end of input inside braces"},
      {Query({{"query", "up"}, {"time", "noon"}}),
       "invalid parameter \\\"time\\\": cannot parse \\\"noon\\\" to a valid timestamp"},
      {Query({{"query", "up"}, {"timeout", "x"}}),
       "invalid parameter \\\"timeout\\\": cannot parse \\\"x\\\" to a valid duration"},
      {Query({{"query", "up"}, {"limit", "-1"}}),
       "invalid parameter \\\"limit\\\": limit must be a non-negative number"},
      {Range({{"query", "up"}, {"start", "2"}, {"end", "1"}, {"step", "1"}}),
       "invalid parameter \\\"end\\\": end timestamp must not be before start time"},
      {Range({{"query", "up"}, {"start", "0"}, {"end", "1"}, {"step", "0"}}),
       "invalid parameter \\\"step\\\": zero or negative query resolution step widths are not "
       "accepted. Try a positive integer"},
      {Range({{"query", "up"}, {"start", "0"}, {"end", "11001"}, {"step", "1"}}),
       "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
       "resolution (?step=XX)"},
      {Range({{"query", "up[1m]"}, {"start", "0"}, {"end", "1"}, {"step", "1"}}),
       "invalid parameter \\\"query\\\": invalid expression type \\\"range vector\\\" for range "
       "query, must be Scalar or instant Vector"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.response.status, 400);
    EXPECT_EQ(
        c.response.body,
        std::string(R"({"status":"error","errorType":"bad_data","error":")") + c.error + "\"}");
  }
}

TEST_F(QueryApiTest, TellsExecutionErrorsFromTimeouts) {
  const http::Response execution =
      Query({{"query", "label_replace(up, \"job\", \"x\", \"\", \"\")"}});
  EXPECT_EQ(execution.status, 422);
  EXPECT_EQ(
      execution.body,
      R"({"status":"error","errorType":"execution","error":"vector cannot contain metrics with the same labelset"})");
  const http::Response timeout = Query({{"query", "up"}, {"timeout", "0"}});
  EXPECT_EQ(timeout.status, 503);
  EXPECT_EQ(
      timeout.body,
      R"({"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"})");
}

TEST_F(QueryApiTest, PassesWarningsAndInfosOn) {
  const std::string body = Query({{"query", "quantile(2, rate(up[1m]))"}}).body;
  EXPECT_NE(
      body.find(
          R"x("warnings":["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"])x"),
      std::string::npos)
      << body;
  EXPECT_NE(body.find(R"x("infos":["PromQL info: metric might not be a counter)x"),
            std::string::npos)
      << body;
}

TEST_F(QueryApiTest, TruncatesAtTheLimitAndSaysSo) {
  EXPECT_EQ(
      Query({{"query", "up"}, {"limit", "1"}}).body,
      R"({"status":"success","data":{"resultType":"vector","result":[)"
      R"({"metric":{"__name__":"up","job":"a\"b"},"value":[42,"4"]}]},"warnings":["results truncated due to limit"]})");
}

TEST_F(QueryApiTest, ListsSeriesLabelsValuesAndMetadata) {
  EXPECT_EQ(
      AnswerSeries(store_, Parameters({{"match[]", "up{job=\"c\"}"}, {"match[]", "nothing"}})).body,
      R"({"status":"success","data":[{"__name__":"up","job":"c"}]})");
  EXPECT_EQ(AnswerSeries(store_, Parameters({})).body,
            R"({"status":"error","errorType":"bad_data","error":"no match[] parameter provided"})");
  EXPECT_EQ(AnswerLabels(store_, Parameters({})).body,
            R"({"status":"success","data":["__name__","job"]})");
  EXPECT_EQ(AnswerLabels(store_, Parameters({{"match[]", "nothing"}})).body,
            R"({"status":"success","data":[]})");
  EXPECT_EQ(AnswerLabelValues(store_, "job", Parameters({})).body,
            R"({"status":"success","data":["a\"b","c"]})");
  EXPECT_EQ(AnswerLabelValues(store_, "job", Parameters({{"match[]", "up{job=\"c\"}"}})).body,
            R"({"status":"success","data":["c"]})");
  EXPECT_EQ(AnswerLabelValues(store_, "job", Parameters({{"start", "100"}})).body,
            R"({"status":"success","data":[]})");
  EXPECT_EQ(
      AnswerMetadata(store_, Parameters({})).body,
      R"({"status":"success","data":{"up":[{"type":"gauge","help":"Is it \"up\"?","unit":""}]}})");
}

TEST_F(QueryApiTest, LimitsOfMetadataAreNumbers) {
  EXPECT_EQ(AnswerMetadata(store_, Parameters({{"limit_per_metric", "1"}, {"limit", "1"}})).body,
            AnswerMetadata(store_, Parameters({})).body);
  EXPECT_EQ(AnswerMetadata(store_, Parameters({{"limit_per_metric", "x"}})).body,
            R"({"status":"error","errorType":"bad_data","error":)"
            R"("limit_per_metric must be a number"})");
}

TEST_F(QueryApiTest, FormatsAQuery) {
  EXPECT_EQ(AnswerFormatQuery(config_, Parameters({{"query", "sum(up)by(job)"}})).body,
            R"x({"status":"success","data":"sum by (job) (up)"})x");
}

TEST_F(QueryApiTest, ReadsAPostedForm) {
  http::Request request;
  request.method = "POST";
  request.body = "query=sum%28up%29+%2B+1&time=42";
  EXPECT_EQ(
      AnswerQuery(store_, config_, QueryParameters::From(request), clock_).body,
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[42,"6"]}]}})");
}

}  // namespace
}  // namespace hinomi::api
