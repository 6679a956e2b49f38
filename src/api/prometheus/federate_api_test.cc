#include "api/prometheus/federate_api.h"

#include <gtest/gtest.h>

#include "api/prometheus/heavy_store_testing.h"
#include "promql/testing.h"

namespace hinomi::api {
namespace {

class FederateApiTest : public ::testing::Test {
 protected:
  FederateApiTest() { clock_.JumpWall(Instant::FromSeconds(1'000)); }
  http::Response Federate(const std::vector<std::string>& selectors,
                          std::string_view accept = "text/plain") {
    QueryParameters parameters;
    for (const std::string& selector : selectors) parameters.Add("match[]", selector);
    return AnswerFederate(store_, config_, parameters, accept, clock_);
  }
  void Put(std::vector<metrics::Labels::Pair> labels, int64_t at_s, double value) {
    store_.Add(metrics::Labels(std::move(labels)), at_s * 1000, value);
  }

  promql::MemoryQueryable store_;
  QueryApiConfig config_;
  ManualClock clock_;
};

TEST_F(FederateApiTest, GivesTheNewestSampleOfEachSeriesWithItsTime) {
  Put({{"__name__", "up"}, {"instance", "a:1"}}, 980, 0);
  Put({{"__name__", "up"}, {"instance", "a:1"}}, 995, 1);
  Put({{"__name__", "up"}, {"job", "x"}}, 990, 0.5);
  Put({{"__name__", "Zeta"}, {"A", "q\"\\\n"}}, 990, -2);
  const http::Response response = Federate({"up", "{__name__=~\"up|Zeta\"}"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body,
            "# TYPE Zeta untyped\n"
            "Zeta{A=\"q\\\"\\\\\\n\",instance=\"\"} -2 990000\n"
            "# TYPE up untyped\n"
            "up{instance=\"a:1\"} 1 995000\n"
            "up{job=\"x\",instance=\"\"} 0.5 990000\n");
}

TEST_F(FederateApiTest, SeriesGetTheExternalLabelsThatTheyDoNotHave) {
  Put({{"__name__", "up"}, {"instance", "a"}, {"region", "own"}}, 990, 1);
  QueryParameters parameters;
  parameters.Add("match[]", "up");
  const std::map<std::string, std::string> external = {{"region", "eu"}, {"zone", "z"}};
  EXPECT_EQ(AnswerFederate(store_, config_, parameters, "text/plain", clock_, external).body,
            "# TYPE up untyped\nup{instance=\"a\",region=\"own\",zone=\"z\"} 1 990000\n");
}

TEST_F(FederateApiTest, LeavesOutWhatEndedAndWhatIsOld) {
  Put({{"__name__", "ended"}}, 980, 1);
  Put({{"__name__", "ended"}}, 990, metrics::StaleMarker());
  Put({{"__name__", "old"}}, 699, 1);
  Put({{"__name__", "future"}}, 1'001, 1);
  Put({{"__name__", "lasting"}}, 701, 1);
  EXPECT_EQ(Federate({"{__name__=~\".+\"}"}).body,
            "# TYPE lasting untyped\nlasting{instance=\"\"} 1 701000\n");
}

TEST_F(FederateApiTest, WithoutSelectorsThereIsNothing) {
  Put({{"__name__", "up"}}, 990, 1);
  const http::Response response = Federate({});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
}

TEST_F(FederateApiTest, NamesAreWrittenAsTheReaderTakesThem) {
  Put({{"__name__", "http.wait"}, {"火", "1"}}, 990, 1);
  EXPECT_EQ(Federate({"{__name__=\"http.wait\"}"}).body,
            "# TYPE http_wait untyped\nhttp_wait{_=\"1\",instance=\"\"} 1 990000\n");
  const http::Response quoted = Federate({"{__name__=\"http.wait\"}"},
                                         "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*");
  EXPECT_EQ(quoted.body,
            "# TYPE \"http.wait\" untyped\n{\"http.wait\",\"火\"=\"1\",instance=\"\"} 1 990000\n");
  EXPECT_EQ(quoted.content_type, "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
}

TEST_F(FederateApiTest, RefusesWithALineOfText) {
  const http::Response wrong = Federate({"up{"});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.body.find("parse error"), std::string::npos) << wrong.body;
  Put({{"__name__", "up"}}, 980, 1);
  Put({{"__name__", "up"}}, 990, 1);
  config_.limits.max_samples = 1;
  EXPECT_EQ(Federate({"up"}).status, 422);
}

TEST_F(FederateApiTest, HeavySelectorsWaitForHeavyQueries) {
  HeavyStore store;
  store.Free();
  config_.gate = std::make_shared<promql::QueryGate>(1, nullptr);
  config_.limits.lookback = Duration::Hours(1);
  const auto ask = [&](const char* metric) {
    QueryParameters parameters;
    parameters.Add("match[]", metric);
    return AnswerFederate(store, config_, parameters, "text/plain", clock_);
  };
  auto other = config_.gate->Enter(HeavyEstimate());
  EXPECT_EQ(ask("light").body, "# TYPE light untyped\nlight{instance=\"\"} 2 0\n");
  http::Response heavy = ask("heavy");
  http::Response late = ask("heavy");
  ASSERT_TRUE(heavy.later);
  other.reset();
  EXPECT_EQ(heavy.later().body, "# TYPE heavy untyped\nheavy{instance=\"\"} 1 0\n");
  const auto another = config_.gate->Enter(HeavyEstimate());
  clock_.Advance(config_.longest_wait);
  late = late.later();
  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(late.headers.at(0).first, "Retry-After");
}

}  // namespace
}  // namespace hinomi::api
