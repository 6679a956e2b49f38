#include "metrics/datapoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const auto kNone = std::optional<double>();

class DatapointsTest : public testing::Test {
 protected:
  DatapointsTest() {
    TsdbOptions options;
    options.directory = "/metrics";
    store_ = *Tsdb::Open(files_, clock_, log_, telemetry_, options);
    query_.metric = "Latency";
    query_.dimensions = {{"ServiceName", "app"}};
    query_.end = Instant::FromSeconds(300);
    query_.count = 3;
  }
  void Store(std::vector<Labels::Pair> labels, std::vector<Sample> samples) {
    ASSERT_TRUE(store_->Append({{MakeLabels("Latency", std::move(labels)), std::move(samples)}}));
  }
  std::vector<std::optional<double>> Read(const std::string& statistic = "Average") {
    query_.statistic = *Statistic::Parse(statistic);
    auto datapoints = ReadDatapoints(*store_, query_);
    EXPECT_TRUE(datapoints);
    return *datapoints;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<Tsdb> store_;
  DatapointQuery query_;
};

TEST_F(DatapointsTest, PeriodsAreCountedBackFromTheEndStartInclusiveEndExclusive) {
  Store({{"ServiceName", "app"}},
        {{119'999, 1}, {120'000, 2}, {179'999, 4}, {240'000, 8}, {299'999, 16}, {300'000, 32}});
  EXPECT_THAT(Read("Sum"), ElementsAre(6, kNone, 24));
  query_.end = Instant::FromMillis(300'001);  // The grid moves with the end.
  EXPECT_THAT(Read("Sum"), ElementsAre(4, 8, 48));
}

TEST_F(DatapointsTest, EachStatisticOfTheSamplesInAPeriod) {
  Store({{"ServiceName", "app"}}, {{240'000, 4}, {250'000, 1}, {260'000, 3}, {270'000, 2}});
  query_.count = 1;
  const struct {
    const char* statistic;
    double value;
  } cases[] = {{"Average", 2.5}, {"Sum", 10}, {"Minimum", 1}, {"Maximum", 4},  {"SampleCount", 4},
               {"p50", 2.5},     {"p0", 1},   {"p100", 4},    {"p99.9", 3.997}};
  for (const auto& c : cases) {
    const auto datapoints = Read(c.statistic);
    ASSERT_EQ(datapoints.size(), 1u);
    EXPECT_NEAR(datapoints[0].value_or(-1), c.value, 1e-9) << c.statistic;
  }
}

TEST_F(DatapointsTest, DimensionsMatchExactlyButInstancesAreOneMetric) {
  query_.count = 1;
  Store({{"ServiceName", "app"}, {"instance", "a"}, {"job", "probe"}}, {{250'000, 1}});
  Store({{"ServiceName", "app"}, {"instance", "b"}}, {{250'000, 2}});
  Store({{"ServiceName", "app"}, {"ClusterName", "production"}}, {{250'000, 100}});
  Store({{"ServiceName", "other"}}, {{250'000, 1000}});
  Store({}, {{250'000, 10'000}});
  EXPECT_THAT(Read("Sum"), ElementsAre(3));
  query_.dimensions["ClusterName"] = "production";
  EXPECT_THAT(Read("Sum"), ElementsAre(100));
  query_.dimensions = {{"ServiceName", "app"}, {"instance", "b"}};
  EXPECT_THAT(Read("Sum"), ElementsAre(2));
  query_.dimensions = {};
  EXPECT_THAT(Read("Sum"), ElementsAre(10'000));
}

TEST_F(DatapointsTest, StaleMarkersAndNanAreNoDatapoints) {
  query_.count = 1;
  Store({{"ServiceName", "app"}}, {{250'000, StaleMarker()}, {251'000, std::nan("")}});
  EXPECT_THAT(Read("SampleCount"), ElementsAre(kNone));
}

TEST_F(DatapointsTest, AnUnknownStatisticIsRefusedWithTheKnownOnes) {
  for (const char* name : {"average", "p101", "p-1", "px", "p", "Median"}) {
    const auto statistic = Statistic::Parse(name);
    ASSERT_FALSE(statistic) << name;
    EXPECT_THAT(statistic.error().message, HasSubstr("Average, Sum"));
  }
}

}  // namespace
}  // namespace hinomi::metrics
