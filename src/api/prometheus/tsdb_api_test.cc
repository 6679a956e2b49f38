#include "api/prometheus/tsdb_api.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "os/testing.h"

namespace hinomi::api {
namespace {

using ::testing::HasSubstr;

class TsdbApiTest : public ::testing::Test {
 protected:
  TsdbApiTest() {
    metrics::TsdbOptions options;
    options.directory = "/data/metrics";
    tsdb_ = *metrics::Tsdb::Open(files_, clock_, log_, telemetry_, std::move(options));
    for (const char* host : {"a", "b"})
      EXPECT_TRUE(tsdb_->Append(
          {{metrics::Labels({{"__name__", "up"}, {"host", host}}), {{1'000, 1}, {2'000, 1}}}}));
  }
  static QueryParameters Parameters(std::vector<std::pair<std::string, std::string>> pairs) {
    http::Request request;
    request.query = std::move(pairs);
    return QueryParameters::From(request);
  }
  http::Response Delete(std::vector<std::pair<std::string, std::string>> pairs) {
    return AnswerDeleteSeries(context(), Parameters(std::move(pairs)), "ken");
  }
  TsdbApiContext context() { return {*tsdb_, clock_, log_, "/data/snapshots"}; }
  size_t Samples() const {
    size_t samples = 0;
    const auto all = tsdb_->Select({}, INT64_MIN, INT64_MAX, {});
    for (const metrics::SeriesColumns& series : *all) samples += series.at_ms.size();
    return samples;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<metrics::Tsdb> tsdb_;
};

TEST_F(TsdbApiTest, TellsWhatMakesSeriesManyInPrometheusShape) {
  const http::Response response = AnswerTsdbStatus(context(), Parameters({{"limit", "1"}}));
  EXPECT_EQ(response.status, 200);
  const Json data = (*Json::Parse(response.body))["data"];
  EXPECT_EQ(data["headStats"].Dump(),
            R"({"numSeries":2,"numLabelPairs":3,"minTime":1000,"maxTime":2000})");
  EXPECT_EQ(data["seriesCountByMetricName"].Dump(), R"([{"name":"up","value":2}])");
  EXPECT_EQ(data["labelValueCountByLabelName"].Dump(), R"([{"name":"host","value":2}])");
  EXPECT_EQ(data["seriesCountByLabelValuePair"].Dump(), R"([{"name":"__name__=up","value":2}])");
  EXPECT_EQ(data["memoryInBytesByLabelName"].as_array().size(), 1u);
  EXPECT_EQ(data["hinomi"]["blocks"].Dump(), "0");
  EXPECT_EQ(AnswerTsdbStatus(context(), Parameters({{"limit", "many"}})).status, 400);
}

TEST_F(TsdbApiTest, ASnapshotIsADirectoryOfItsOwn) {
  const http::Response response = AnswerTsdbSnapshot(context(), Parameters({}));
  ASSERT_EQ(response.status, 200) << response.body;
  const Json data = (*Json::Parse(response.body))["data"];
  const std::string& name = data["name"].as_string();
  EXPECT_THAT(name, HasSubstr("20231114T221320Z-"));
  EXPECT_EQ(data["directory"].as_string(), "/data/snapshots/" + name);
  metrics::TsdbOptions options;
  options.directory = "/data/snapshots/" + name + "/metrics";
  const auto copy = *metrics::Tsdb::Open(files_, clock_, log_, telemetry_, std::move(options));
  EXPECT_EQ(copy->SelectLabels({}, INT64_MIN, INT64_MAX)->size(), 2u);
  EXPECT_EQ(AnswerTsdbSnapshot(context(), Parameters({{"skip_head", "true"}})).status, 400);
}

TEST_F(TsdbApiTest, ASnapshotThatFailsLeavesNoBlocks) {
  ASSERT_TRUE(tsdb_->CutAll());
  int failed = 0;
  for (uint64_t call = 1; call <= 12; ++call) {
    clock_.Advance(Duration::Seconds(1));
    files_.FailFrom(call, DiskFault::kFull, 1);
    const http::Response response = AnswerTsdbSnapshot(context(), Parameters({}));
    if (response.status == 200) continue;
    ++failed;
    const auto names = files_.List("/data/snapshots");
    for (const std::string& name : names ? *names : std::vector<std::string>()) {
      const auto blocks = files_.List("/data/snapshots/" + name + "/metrics/blocks");
      EXPECT_TRUE(!blocks || blocks->empty()) << call << " " << blocks->front();
    }
  }
  EXPECT_GE(failed, 4);
}

TEST_F(TsdbApiTest, SeriesAreDeletedAndCleaned) {
  EXPECT_EQ(Delete({{"match[]", "up{host=\"a\"}"}, {"end", "1"}}).status, 204);
  EXPECT_EQ(Samples(), 3u);
  EXPECT_EQ(tsdb_->blocks().stats().samples, 4u);
  EXPECT_EQ(Delete({{"match[]", "up{host=\"a\"}"}, {"match[]", "none"}}).status, 204);
  EXPECT_EQ(Samples(), 2u);
  EXPECT_EQ(AnswerCleanTombstones(context()).status, 204);
  EXPECT_EQ(tsdb_->blocks().stats().samples, 2u);
  EXPECT_EQ(tsdb_->blocks().stats().deletes, 0u);
  EXPECT_EQ(Samples(), 2u);
}

TEST_F(TsdbApiTest, WhatCannotBeMeantIsRefusedWhole) {
  for (const auto& parameters : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {},
           {{"match[]", "up{"}},
           {{"match[]", "up"}, {"match[]", "{}"}},
           {{"match[]", "up"}, {"start", "yesterday"}},
           {{"match[]", "up"}, {"start", "2"}, {"end", "1"}}}) {
    const http::Response refused = Delete(parameters);
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("bad_data"));
  }
  EXPECT_EQ(Samples(), 4u);
}

}  // namespace
}  // namespace hinomi::api
