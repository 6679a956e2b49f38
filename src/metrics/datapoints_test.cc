#include "metrics/datapoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;

const auto kNone = std::optional<double>();

std::vector<Instant> MinutesBefore(Instant end, int count) {
  std::vector<Instant> edges;
  for (int i = count; i >= 0; --i) edges.push_back(end - Duration::Minutes(i));
  return edges;
}

class DatapointsTest : public testing::Test {
 protected:
  DatapointsTest() {
    TsdbOptions options;
    options.directory = "/metrics";
    store_ = *Tsdb::Open(files_, clock_, log_, telemetry_, options);
    query_.metric = "Latency";
    query_.dimensions = {{"ServiceName", "app"}};
  }
  void Store(std::vector<Labels::Pair> labels, std::vector<Sample> samples) {
    ASSERT_TRUE(store_->Append({{MakeLabels("Latency", std::move(labels)), std::move(samples)}}));
  }
  std::vector<std::optional<double>> Read(const std::string& statistic = "Average") {
    query_.statistic = *Statistic::Parse(statistic);
    query_.edges = MinutesBefore(end_, count_);
    std::vector<std::optional<double>> values;
    const auto datapoints = ReadDatapoints(*store_, query_);
    EXPECT_TRUE(datapoints);
    for (const auto& point : *datapoints)
      values.push_back(point ? std::optional(point->value) : std::nullopt);
    return values;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<Tsdb> store_;
  DatapointQuery query_;
  Instant end_ = Instant::FromSeconds(300);
  int count_ = 3;
};

TEST_F(DatapointsTest, PeriodsAreCountedBackFromTheEndStartInclusiveEndExclusive) {
  Store({{"ServiceName", "app"}},
        {{119'999, 1}, {120'000, 2}, {179'999, 4}, {240'000, 8}, {299'999, 16}, {300'000, 32}});
  EXPECT_THAT(Read("Sum"), ElementsAre(6, kNone, 24));
  end_ = Instant::FromMillis(300'001);  // The grid moves with the end.
  EXPECT_THAT(Read("Sum"), ElementsAre(4, 8, 48));
}

TEST_F(DatapointsTest, APointSaysOfHowManySamplesItIs) {
  Store({{"ServiceName", "app"}}, {{240'000, 4}, {250'000, 1}, {260'000, 3}});
  query_.statistic = *Statistic::Parse("p50");
  query_.edges = MinutesBefore(end_, 1);
  EXPECT_THAT(*ReadDatapoints(*store_, query_), ElementsAre(PeriodValue{3, 3}));
}

TEST_F(DatapointsTest, PeriodsMayDifferInLength) {
  Store({{"ServiceName", "app"}}, {{9'000, 1}, {10'000, 2}, {99'999, 3}, {100'000, 4}});
  query_.statistic = *Statistic::Parse("Sum");
  query_.edges = {Instant::FromSeconds(10), Instant::FromSeconds(100), Instant::FromSeconds(101)};
  EXPECT_THAT(*ReadDatapoints(*store_, query_), ElementsAre(PeriodValue{5, 2}, PeriodValue{4, 1}));
}

TEST_F(DatapointsTest, APeriodOfWhichTheBoundsLeaveNothingHasNoPoint) {
  count_ = 1;
  Store({{"ServiceName", "app"}}, {{250'000, 1}});
  EXPECT_THAT(Read("TM(100:200)"), ElementsAre(kNone));
}

TEST_F(DatapointsTest, EachUnitIsAStreamOfItsOwn) {
  count_ = 1;
  Store({{"ServiceName", "app"}, {"Unit", "Seconds"}}, {{250'000, 1}});
  Store({{"ServiceName", "app"}, {"Unit", "Milliseconds"}}, {{250'000, 20}});
  Store({{"ServiceName", "app"}, {"instance", "a"}}, {{250'000, 300}});
  EXPECT_THAT(Read("Sum"), ElementsAre(321));
  query_.unit = "Seconds";
  EXPECT_THAT(Read("Sum"), ElementsAre(301));
  query_.unit = "Percent";
  EXPECT_THAT(Read("Sum"), ElementsAre(300));
}

TEST_F(DatapointsTest, TheTimesOfSamplesAreThoseOfAllItsSeries) {
  constexpr int64_t kDay = 86'400'000;
  Store({{"ServiceName", "app"}, {"instance", "a"}}, {{1'000, 1}, {2'000, 1}, {kDay + 5, 1}});
  Store({{"ServiceName", "app"}, {"instance", "b"}}, {{2'000, 1}, {3'000, StaleMarker()}});
  Store({{"ServiceName", "other"}}, {{4'000, 1}});
  EXPECT_THAT(
      *ReadSampleTimes(*store_, query_, Instant::FromMillis(1'000), Instant::FromMillis(kDay + 5)),
      ElementsAre(Instant::FromMillis(1'000), Instant::FromMillis(2'000),
                  Instant::FromMillis(kDay + 5)));
  EXPECT_THAT(
      *ReadSampleTimes(*store_, query_, Instant::FromMillis(1'001), Instant::FromMillis(1'999)),
      ElementsAre());
}

TEST_F(DatapointsTest, WithoutAWholePeriodThereIsNothingToRead) {
  for (const std::vector<int64_t>& seconds : {std::vector<int64_t>{}, {60}, {60, 60}, {60, 0}}) {
    query_.edges.clear();
    for (const int64_t s : seconds) query_.edges.push_back(Instant::FromSeconds(s));
    EXPECT_FALSE(ReadDatapoints(*store_, query_)) << seconds.size();
  }
}

TEST_F(DatapointsTest, DimensionsMatchExactlyButInstancesAreOneMetric) {
  count_ = 1;
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
  count_ = 1;
  Store({{"ServiceName", "app"}}, {{250'000, StaleMarker()}, {251'000, std::nan("")}});
  EXPECT_THAT(Read("SampleCount"), ElementsAre(kNone));
}

}  // namespace
}  // namespace hinomi::metrics
