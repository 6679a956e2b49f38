// Alarms with a band, from the metrics store to their points.
#include "app/band_models.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "alarms/anomaly_training.h"
#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "app/alarm_points.h"
#include "base/log.h"
#include "base/strings.h"
#include "base/telemetry.h"
#include "control/backtest.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"
#include "policy/testing.h"

namespace hinomi::app {
namespace {

constexpr Duration kMinute = Duration::Minutes(1);
const Instant kBegin = *ParseRfc3339("2026-11-02T00:00:00Z");

double Usual(Instant at) {
  const double days = (at - kBegin).ToSeconds() / 86'400;
  return 100 + 50 * std::sin(days * 2 * std::numbers::pi) +
         static_cast<double>(at.seconds() / 60 % 7 - 3);
}

class BandModelsTest : public testing::Test {
 protected:
  BandModelsTest() {
    Use("      - {id: m1, metric: Load, dimensions: {Queue: app}, returnData: true}\n"
        "      - {id: band, expression: 'ANOMALY_DETECTION_BAND(m1, 3)'}\n");
  }
  std::unique_ptr<metrics::Tsdb> OpenStore() {
    metrics::TsdbOptions options;
    options.directory = "/metrics";
    return *metrics::Tsdb::Open(files_, clock_, log_, telemetry_, options);
  }
  void Use(const std::string& metrics, const std::string& keys = "") {
    policy::TestFolder folder;
    folder.Write("hinomi.yml", "time_zone: UTC\n");
    folder.Write("routes.yml", "routes:\n  alert: {severity: info}\n");
    folder.Write("alarms.yml",
                 "alarms:\n  - name: a\n    thresholdMetricId: band\n    action: alert\n" + keys +
                     "    metrics:\n" + metrics);
    const auto loaded = folder.Load();
    if (!loaded->folder)
      for (const auto& finding : loaded->findings) ADD_FAILURE() << FormatFinding(finding);
    folder_ = *loaded->folder;
  }
  const policy::AlarmDocument& alarm() const { return folder_.alarms.at(0); }
  /// A sample in the middle of each minute between.
  void Fill(Instant from, Instant to, double factor = 1) {
    std::vector<metrics::Sample> samples;
    for (Instant at = from; at < to; at = at + kMinute)
      samples.push_back({(at + Duration::Seconds(30)).millis(), factor * Usual(at)});
    ASSERT_TRUE(store_->Append({{metrics::MakeLabels("Load", {{"Queue", "app"}}), samples}}));
    clock_.JumpWall(to);
  }
  std::vector<ops_model::Datapoint> Points(Instant at, BandModels& models) {
    auto points =
        ReadPoints(*store_, alarm(),
                   alarms::PeriodEdges(alarm(), at, alarms::PeriodsLookedAt(alarm())), models);
    EXPECT_TRUE(points) << points.error().message;
    return *points;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<metrics::Tsdb> store_ = OpenStore();
  BandModels models_{*store_, clock_};
  policy::OpsFolder folder_;
};

TEST_F(BandModelsTest, ThePointsOfAnAlarmHaveWhatIsUsualForThem) {
  const Instant end = kBegin + Duration::Days(15);
  Fill(kBegin, end);
  const auto points = Points(end, models_);
  ASSERT_EQ(points.size(), 3u);
  for (const ops_model::Datapoint& point : points) {
    ASSERT_TRUE(point.band);
    EXPECT_NEAR(point.band->expected, Usual(point.at), 10);
    EXPECT_LT(point.band->lower, *point.value);
    EXPECT_GT(point.band->upper, *point.value);
    EXPECT_LT(point.band->upper - point.band->lower, 50);
  }
  const auto model = models_.At(alarm(), end);
  ASSERT_TRUE(model);
  EXPECT_EQ((*model)->summary().season, alarms::Season::kHourOfWeek);
  EXPECT_EQ((*model)->summary().points, 14u * 1440);
  EXPECT_GT((*model)->summary().inside, 0.9);
  EXPECT_EQ(WhyNoBand(alarm(), end, models_), "");
}

TEST_F(BandModelsTest, TooLittleDataGivesNoBandAndSaysSo) {
  Fill(kBegin, kBegin + Duration::Hours(2));
  const Instant end = kBegin + Duration::Hours(2);
  const auto points = Points(end, models_);
  EXPECT_TRUE(points[0].value);
  EXPECT_FALSE(points[0].band);
  EXPECT_TRUE(WhyNoBand(alarm(), end, models_).starts_with("too little data: "))
      << WhyNoBand(alarm(), end, models_);
  const alarms::Verdict verdict =
      alarms::Evaluate(alarm(), points, WhyNoBand(alarm(), end, models_));
  EXPECT_EQ(verdict.state, ops_model::AlarmState::kInsufficientData);
  EXPECT_NE(verdict.reason.find("24 in 3 are needed"), std::string::npos) << verdict.reason;
  // What is imported counts at once: a model that knows nothing is not kept.
  Fill(kBegin - Duration::Days(14), kBegin);
  EXPECT_TRUE(Points(end, models_)[0].band);
}

TEST_F(BandModelsTest, APointIsNeverPartOfWhatItIsHeldAgainst) {
  const Instant fitted = alarms::FittedAt(alarm(), kBegin + Duration::Days(3));
  Fill(fitted - Duration::Days(3), fitted + kMinute * 2);
  clock_.JumpWall(fitted + kMinute * 2);
  const auto model = models_.At(alarm(), fitted);
  ASSERT_TRUE(model);
  EXPECT_EQ((*model)->summary().until, fitted - kMinute);
  EXPECT_EQ((*models_.At(alarm(), fitted - Duration::Nanos(1)))->summary().until,
            fitted - kMinute - alarms::kRefitEvery);
  EXPECT_EQ(models_.At(alarm(), fitted + kMinute)->get(), model->get()) << "it is kept";
}

TEST_F(BandModelsTest, AModelIsNotKeptBeforeItsLastSamplesCanHaveCome) {
  const Instant fitted = alarms::FittedAt(alarm(), kBegin + Duration::Days(3));
  Fill(fitted - Duration::Days(3), fitted - kMinute);
  clock_.JumpWall(fitted + Duration::Seconds(59));
  const size_t before = (*models_.At(alarm(), fitted))->summary().points;
  Fill(fitted - kMinute, fitted);
  clock_.JumpWall(fitted + kMinute);
  EXPECT_EQ((*models_.At(alarm(), fitted))->summary().points, before + 1);
}

TEST_F(BandModelsTest, TheLeastRecentlyUsedModelGoesFirst) {
  Fill(kBegin, kBegin + Duration::Days(2));
  BandModels few(*store_, clock_, 2);
  const Instant end = kBegin + Duration::Days(2);
  const auto first = *few.At(alarm(), end - Duration::Hours(3));
  const auto second = *few.At(alarm(), end - Duration::Hours(2));
  EXPECT_EQ(few.At(alarm(), end - Duration::Hours(3))->get(), first.get());
  EXPECT_TRUE(few.At(alarm(), end - Duration::Hours(1)));
  EXPECT_EQ(few.At(alarm(), end - Duration::Hours(3))->get(), first.get());
  EXPECT_NE(few.At(alarm(), end - Duration::Hours(2))->get(), second.get());
}

TEST_F(BandModelsTest, ABandMayBeThatOfAnExpressionAndLeavesOutExcludedTimes) {
  Fill(kBegin, kBegin + Duration::Days(4));
  Use("      - {id: m1, metric: Load, dimensions: {Queue: app}}\n"
      "      - {id: half, expression: m1 / 2, returnData: true}\n"
      "      - {id: band, expression: 'ANOMALY_DETECTION_BAND(half, 3)'}\n",
      "    excludedTimeRanges:\n"
      "      - {startTime: '2026-11-03T00:00:00Z', endTime: '2026-11-03T06:00:00Z'}\n");
  const Instant end = kBegin + Duration::Days(4);
  const auto points = Points(end, models_);
  ASSERT_TRUE(points[0].band);
  EXPECT_NEAR(points[0].band->expected, Usual(points[0].at) / 2, 10);
  EXPECT_EQ((*models_.At(alarm(), end))->summary().excluded, 360u);
}

TEST_F(BandModelsTest, AChartOfOtherPeriodsShowsTheBandOfTheAlarm) {
  Fill(kBegin, kBegin + Duration::Days(4));
  const Instant end = kBegin + Duration::Days(4);
  policy::AlarmDocument chart = alarm();
  chart.period = Duration::Minutes(5);
  const auto points = ReadPoints(*store_, alarm(), alarms::PeriodEdges(chart, end, 3), models_);
  ASSERT_TRUE(points);
  const auto model = *models_.At(alarm(), (*points)[0].at);
  EXPECT_EQ((*points)[0].band, model->Band((*points)[0].at, alarm().spreads));
}

// The points that an alarm saw while data came are those that a backtest finds, bands included: so
// it says what happened live, and a restart changes nothing.
TEST_F(BandModelsTest, ABacktestHasTheBandsThatThereWere) {
  Fill(kBegin, kBegin + Duration::Hours(30));
  const Instant from = kBegin + Duration::Hours(30), to = from + Duration::Hours(6);
  std::vector<std::pair<Instant, std::vector<ops_model::Datapoint>>> seen;
  std::string live;
  auto state = ops_model::AlarmState::kInsufficientData;
  for (Instant at = from; at < to; at = at + kMinute) {
    // Half an hour in which nothing is as usual.
    const bool strange = at >= from + Duration::Hours(3) && at < from + Duration::Minutes(210);
    Fill(at, at + kMinute, strange ? 2 : 1);
    const Instant looked = at + kMinute;
    // Another server with an empty memory takes over now and then.
    BandModels fresh(*store_, clock_);
    seen.emplace_back(looked, Points(looked, looked.seconds() / 60 % 50 == 0 ? fresh : models_));
    const auto verdict = alarms::Evaluate(alarm(), seen.back().second);
    if (verdict.state && *verdict.state != state) {
      state = *verdict.state;
      live += std::string(AlarmStateName(state)) + "@" + FormatRfc3339(looked) + " ";
    }
  }
  const control::BacktestSource source = HistoryOf(*store_, clock_, nullptr);
  for (const auto& [looked, points] : seen)
    ASSERT_EQ(*source.points(alarm(), looked), points) << FormatRfc3339(looked);
  // On the grid alone, as above: samples in between make more looks.
  control::BacktestSource on_grid = source;
  on_grid.samples = [](const policy::AlarmDocument&, Instant, Instant) {
    return Result<std::vector<Instant>>(std::vector<Instant>());
  };
  control::BacktestOptions options;
  options.from = from + kMinute;
  options.to = to;
  const auto run = control::Backtest(folder_, on_grid, options);
  ASSERT_TRUE(run) << run.error().message;
  std::string past = "OK@" + FormatRfc3339(from + kMinute) + " ";
  for (const control::BacktestMove& move : run->moves)
    past += std::string(AlarmStateName(move.moved.to)) + "@" + FormatRfc3339(move.at) + " ";
  EXPECT_EQ(past, live);
  EXPECT_NE(live.find("ALARM"), std::string::npos) << live;
}

}  // namespace
}  // namespace hinomi::app
