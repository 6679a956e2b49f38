#include "alarms/anomaly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>

#include "base/random.h"
#include "base/seed_testing.h"

namespace hinomi::alarms {
namespace {

using ops_model::Datapoint;

const Instant kMonday = *ParseRfc3339("2026-11-02T00:00:00Z");
constexpr Duration kFiveMinutes = Duration::Minutes(5);

/// About normal: mean 0, deviation 1.
double Noise(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.Unit())) *
         std::cos(2 * std::numbers::pi * random.Unit());
}

double HourOfWeek(Instant at) {
  const double hours = std::fmod((at - kMonday).ToSeconds() / 3600, 168);
  return hours < 0 ? hours + 168 : hours;
}

using Shape = std::function<double(Instant)>;

double Daily(Instant at) {
  return 100 + 50 * std::sin(HourOfWeek(at) / 24 * 2 * std::numbers::pi);
}
/// Work from 9 to 18 from Monday to Friday.
double Weekly(Instant at) {
  const double hour = HourOfWeek(at);
  const double of_day = std::fmod(hour, 24);
  return hour < 120 && of_day >= 9 && of_day < 18 ? 500 : 50;
}
double Flat(Instant) {
  return 40;
}

std::vector<Datapoint> Series(const Shape& shape, double noise, Duration period, Duration length,
                              uint64_t seed = 1, Instant start = kMonday) {
  Random random(seed);
  std::vector<Datapoint> points;
  for (Instant at = start; at < start + length; at = at + period)
    points.push_back({at, shape(at) + (noise > 0 ? noise * Noise(random) : 0)});
  return points;
}

AnomalyModel Fitted(const std::vector<Datapoint>& points, const TrainingOptions& options = {}) {
  return AnomalyModel::Fit(points, options);
}

double ShareInside(const AnomalyModel& model, const std::vector<Datapoint>& points, double k) {
  size_t inside = 0;
  for (const Datapoint& point : points) {
    const auto band = model.Band(point.at, k);
    if (band && *point.value >= band->lower && *point.value <= band->upper) ++inside;
  }
  return static_cast<double>(inside) / static_cast<double>(points.size());
}

double Width(const AnomalyModel& model, Instant at) {
  const auto band = model.Band(at, 1);
  return (band->upper - band->lower) / 2;
}

const Instant kTrained = kMonday + kTrainingTime;

TEST(AnomalyTest, ADailyPatternIsFollowed) {
  const AnomalyModel model = Fitted(Series(Daily, 2, kFiveMinutes, kTrainingTime));
  EXPECT_EQ(model.summary().no_band, "");
  EXPECT_EQ(model.summary().points, 14U * 288);
  EXPECT_EQ(model.summary().season, Season::kHourOfWeek);
  EXPECT_EQ(model.summary().seasons, 168U);
  EXPECT_TRUE(model.summary().smooth);
  EXPECT_NEAR(model.summary().spread, 2, 0.3);
  EXPECT_GE(model.summary().inside, 0.93);
  EXPECT_EQ(model.summary().from, kMonday);
  EXPECT_EQ(model.summary().until, kTrained - kFiveMinutes);
  for (int hour = 0; hour < 168; ++hour) {
    const Instant at = kTrained + Duration::Hours(hour) + Duration::Minutes(20);
    const auto band = model.Band(at, 2);
    ASSERT_TRUE(band.has_value());
    EXPECT_NEAR(band->expected, Daily(at), 2) << hour;
    EXPECT_NEAR((band->upper - band->lower) / 4, 2, 0.8) << hour;
  }
}

TEST(AnomalyTest, ASteepPatternIsFollowedWherePointsOfAnHourAreFew) {
  // Four points an hour are on average before its middle, at which the wave is elsewhere.
  const auto steep = [](Instant at) { return 20 * Daily(at); };
  const Duration period = Duration::Minutes(15);
  const AnomalyModel model = Fitted(Series(steep, 1, period, kTrainingTime));
  for (int i = 0; i < 96; ++i) {
    const Instant at = kTrained + period * i;
    EXPECT_NEAR(model.Band(at, 2)->expected, steep(at), 20) << i;
  }
}

TEST(AnomalyTest, AWeeklyPatternIsFollowedInSteps) {
  const AnomalyModel model = Fitted(Series(Weekly, 3, kFiveMinutes, kTrainingTime));
  EXPECT_FALSE(model.summary().smooth);
  const Instant wednesday = kTrained + Duration::Days(2);
  const Instant saturday = kTrained + Duration::Days(5);
  EXPECT_NEAR(model.Band(wednesday + Duration::Hours(9), 2)->expected, 500, 3);
  EXPECT_NEAR(model.Band(wednesday + Duration::Minutes(535), 2)->expected, 50, 3);
  EXPECT_NEAR(model.Band(saturday + Duration::Hours(9), 2)->expected, 50, 3);
}

TEST(AnomalyTest, WithLessDataTheSeasonIsCoarser) {
  const AnomalyModel week = Fitted(Series(Daily, 2, kFiveMinutes, Duration::Days(6)));
  EXPECT_EQ(week.summary().season, Season::kHourOfDay);
  EXPECT_EQ(week.summary().seasons, 168U);
  EXPECT_NEAR(week.Band(kTrained + Duration::Hours(6), 2)->expected, 150, 2);

  const AnomalyModel day = Fitted(Series(Daily, 2, kFiveMinutes, Duration::Days(1)));
  EXPECT_EQ(day.summary().season, Season::kWhole);
  const auto band = day.Band(kTrained, 2);
  EXPECT_NEAR(band->expected, 100, 10);
  EXPECT_LT(band->lower, 60);  // All of the day is usual.
  EXPECT_GT(band->upper, 140);
}

TEST(AnomalyTest, TooLittleDataIsExplained) {
  const AnomalyModel none = Fitted({});
  EXPECT_EQ(none.summary().no_band, "too little data: 0 points in 0 hours, 24 in 3 are needed");
  EXPECT_FALSE(none.Band(kTrained, 2).has_value());

  std::vector<Datapoint> few = Series(Flat, 1, kFiveMinutes, Duration::Hours(2));
  few.back().value = NAN;
  few.front().value.reset();
  EXPECT_EQ(Fitted(few).summary().no_band,
            "too little data: 22 points in 2 hours, 24 in 3 are needed");
  EXPECT_EQ(Fitted(Series(Flat, 1, kFiveMinutes, Duration::Hours(3))).summary().no_band, "");

  TrainingOptions options;
  options.excluded = {{kMonday, kMonday + Duration::Hours(2)}};
  const AnomalyModel excluded = Fitted(Series(Flat, 1, kFiveMinutes, Duration::Hours(3)), options);
  EXPECT_EQ(excluded.summary().no_band,
            "too little data: 12 points in 1 hours, 24 in 3 are needed; 24 are excluded");
}

TEST(AnomalyTest, OutliersDoNotWidenTheBand) {
  const std::vector<Datapoint> clean = Series(Daily, 2, kFiveMinutes, kTrainingTime);
  std::vector<Datapoint> dirty = clean;
  for (size_t i = 0; i < dirty.size(); i += 33) dirty[i].value = 5000;
  // And an incident from 10:00 to 16:00 of the second Thursday.
  for (Datapoint& point : dirty) {
    const Duration since = point.at - (kMonday + Duration::Days(10));
    if (since >= Duration::Hours(10) && since < Duration::Hours(16)) point.value = 0;
  }
  const AnomalyModel before = Fitted(clean);
  const AnomalyModel after = Fitted(dirty);
  for (int hour = 0; hour < 168; ++hour) {
    const Instant at = kTrained + Duration::Hours(hour);
    EXPECT_NEAR(after.Band(at, 2)->expected, before.Band(at, 2)->expected, 4) << hour;
    EXPECT_LT(Width(after, at), Width(before, at) * 1.4) << hour;
  }
  EXPECT_LT(after.summary().spread, before.summary().spread * 1.25);
  EXPECT_LT(after.summary().inside, 0.96);  // The outliers are seen to be outside.
}

TEST(AnomalyTest, DaysThatDifferWidenTheBandAndAreNoTrend) {
  // Points of one day are within 1 of one another, days within 5.
  double inside = 0;
  int trends = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    std::vector<double> days(28);
    for (double& day : days) day = 5 * Noise(random);
    const auto shape = [&days](Instant at) {
      return Daily(at) + days[static_cast<size_t>((at - kMonday) / Duration::Days(1))];
    };
    const AnomalyModel model = Fitted(Series(shape, 1, kFiveMinutes, kTrainingTime, seed));
    inside += ShareInside(
        model, Series(shape, 1, kFiveMinutes, Duration::Days(14), seed + 1, kTrained), 2);
    if (model.summary().trend_per_day != 0) ++trends;
  }
  EXPECT_GE(inside / 30, 0.88);
  EXPECT_LE(trends, 4);
}

TEST(AnomalyTest, ExcludedRangesDoNotCount) {
  std::vector<Datapoint> points = Series(Daily, 2, kFiveMinutes, kTrainingTime);
  TrainingOptions options;
  // Both Tuesdays' mornings, so that nothing else tells what is usual then.
  for (const int day : {1, 8}) {
    const Instant begin = kMonday + Duration::Days(day);
    options.excluded.push_back({begin + Duration::Hours(3), begin + Duration::Hours(5)});
    for (Datapoint& point : points) {
      if (point.at >= options.excluded.back().begin && point.at < options.excluded.back().end)
        point.value = 900;
    }
  }
  const Instant at = kTrained + Duration::Hours(24 + 4);
  EXPECT_GT(Fitted(points).Band(at, 2)->expected, 800);
  const AnomalyModel model = Fitted(points, options);
  EXPECT_EQ(model.summary().excluded, 48U);
  EXPECT_EQ(model.summary().seasons, 166U);  // The two hours are those of other days.
  EXPECT_NEAR(model.Band(at, 2)->expected, Daily(at), 4);
}

TEST(AnomalyTest, ATrendGoesOnAndAStepIsNone) {
  const auto rising = [](Instant at) {
    return Daily(at) + 3 * (at - kMonday).ToSeconds() / 86'400;
  };
  const AnomalyModel model = Fitted(Series(rising, 2, kFiveMinutes, kTrainingTime));
  EXPECT_NEAR(model.summary().trend_per_day, 3, 0.2);
  EXPECT_GE(ShareInside(model, Series(rising, 2, kFiveMinutes, Duration::Days(1), 7, kTrained), 2),
            0.93);
  // It is not believed for longer than a day.
  const double later = model.Band(kTrained + Duration::Days(14), 2)->expected;
  EXPECT_NEAR(later, rising(kTrained + Duration::Days(1)), 4);

  const auto step = [](Instant at) { return at < kMonday + Duration::Days(6) ? 100.0 : 200.0; };
  EXPECT_NEAR(Fitted(Series(step, 1, kFiveMinutes, kTrainingTime)).summary().trend_per_day, 0, 0.1);
  EXPECT_EQ(Fitted(Series(rising, 2, kFiveMinutes, Duration::Days(6))).summary().trend_per_day, 0);
}

TEST(AnomalyTest, HoursAreThoseOfTheWallClockOnBothSidesOfADaylightSavingChange) {
  // New York leaves daylight saving time on 2026-11-01 at 06:00 UTC: 9:00 is 13:00 UTC before
  // and 14:00 UTC after.
  const Instant start = *ParseRfc3339("2026-10-19T04:00:00Z");
  const Instant change = *ParseRfc3339("2026-11-01T06:00:00Z");
  const auto wall = [change](Instant at) {
    const Duration offset = Duration::Hours(at < change ? -4 : -5);
    return Weekly(at + offset);
  };
  TrainingOptions options;
  options.zone = "America/New_York";
  // Trained on the two weeks before the change.
  const std::vector<Datapoint> points = Series(wall, 3, kFiveMinutes, Duration::Days(13), 1, start);
  const AnomalyModel model = Fitted(points, options);
  const Instant before = *ParseRfc3339("2026-10-30T13:00:00Z");
  const Instant after = *ParseRfc3339("2026-11-02T14:00:00Z");
  EXPECT_NEAR(model.Band(before, 2)->expected, 500, 5);
  EXPECT_NEAR(model.Band(before - kFiveMinutes, 2)->expected, 50, 5);
  EXPECT_NEAR(model.Band(after, 2)->expected, 500, 5);
  EXPECT_NEAR(model.Band(after - kFiveMinutes, 2)->expected, 50, 5);
  // Trained across it, the hour of the change twice among its points.
  const AnomalyModel across = Fitted(
      Series(wall, 3, kFiveMinutes, Duration::Days(14), 1, start + Duration::Days(7)), options);
  EXPECT_NEAR(across.Band(after + Duration::Days(7), 2)->expected, 500, 5);
  EXPECT_NEAR(across.Band(after + Duration::Days(7) - kFiveMinutes, 2)->expected, 50, 5);
  EXPECT_GE(across.summary().inside, 0.95);
}

TEST(AnomalyTest, AConstantSeriesHasALineForABand) {
  const AnomalyModel model = Fitted(Series(Flat, 0, kFiveMinutes, kTrainingTime));
  const auto band = model.Band(kTrained + Duration::Hours(5), 2);
  EXPECT_EQ(band->lower, 40);
  EXPECT_EQ(band->upper, 40);
  EXPECT_EQ(model.summary().spread, 0);
  EXPECT_EQ(model.summary().inside, 1);
}

TEST(AnomalyTest, FewWholeNumbersAreHeld) {
  // 0 in six of ten, 1 in three, 2 in one: the median deviation is 0.
  Random random(5);
  const auto counts = [&random](Instant) {
    const uint64_t roll = random.Below(10);
    return roll < 6 ? 0.0 : roll < 9 ? 1.0 : 2.0;
  };
  const AnomalyModel model = Fitted(Series(counts, 0, Duration::Minutes(1), kTrainingTime));
  const std::vector<Datapoint> next =
      Series(counts, 0, Duration::Minutes(1), Duration::Days(7), 1, kTrained);
  EXPECT_GE(ShareInside(model, next, 2), 0.99);
  const auto band = model.Band(kTrained, 2);
  EXPECT_EQ(band->lower, 0);  // Nothing was below.
  EXPECT_LT(band->upper, 5);
}

TEST(AnomalyTest, TheSamePointsInAnyOrderGiveTheSameModel) {
  std::vector<Datapoint> points = Series(Weekly, 3, kFiveMinutes, kTrainingTime);
  const std::string saved = Fitted(points).Save().Dump();
  std::ranges::reverse(points);
  EXPECT_EQ(Fitted(points).Save().Dump(), saved);
  // What is older than the training time is not looked at.
  points.push_back({kMonday - kFiveMinutes, 1e9});
  EXPECT_EQ(Fitted(points).Save().Dump(), saved);
}

TEST(AnomalyTest, AModelIsSavedAndLoaded) {
  TrainingOptions options;
  options.zone = "Asia/Tokyo";
  for (const auto& points : {Series(Daily, 2, kFiveMinutes, kTrainingTime),
                             Series(Daily, 2, kFiveMinutes, Duration::Hours(1))}) {
    const AnomalyModel model = Fitted(points, options);
    const auto json = Json::Parse(model.Save().Dump());
    ASSERT_TRUE(json.has_value());
    EXPECT_LT(json->Dump().size(), 10'000U);
    const auto loaded = AnomalyModel::Load(*json);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ(loaded->summary(), model.summary());
    EXPECT_EQ(loaded->Save(), *json);
    const auto band = model.Band(kTrained + Duration::Hours(30), 3);
    const auto again = loaded->Band(kTrained + Duration::Hours(30), 3);
    ASSERT_EQ(band.has_value(), again.has_value());
    if (band) {
      EXPECT_EQ(band->lower, again->lower);
      EXPECT_EQ(band->upper, again->upper);
    }
  }
}

TEST(AnomalyTest, WhatWasNotSavedIsNotLoaded) {
  const Json saved = Fitted(Series(Daily, 2, kFiveMinutes, kTrainingTime)).Save();
  const auto error = [&saved](std::string_view key, Json value) {
    Json changed = saved;
    changed.Set(key, std::move(value));
    const auto loaded = AnomalyModel::Load(changed);
    return loaded ? "" : loaded.error().message;
  };
  EXPECT_EQ(error("zone", "UTC"), "");
  EXPECT_EQ(error("version", 2), "a saved anomaly model: expected version 1");
  EXPECT_EQ(error("levels", Json::MakeArray()), "a saved anomaly model: expected 168 levels");
  EXPECT_EQ(error("levels", Json::Array(168, Json("1"))),
            "a saved anomaly model: expected numbers as levels");
  EXPECT_EQ(error("spreads", Json::Array(168, Json(-1))),
            "a saved anomaly model: expected spreads of 0 or more");
  EXPECT_EQ(error("middle", 1), "a saved anomaly model: expected the middle of an hour");
  EXPECT_EQ(error("summary", nullptr), "a saved anomaly model: expected a summary");
  Json summary = saved["summary"];
  EXPECT_EQ(error("summary", Json(summary).Set("until_ns", INT64_MAX)),
            "a saved anomaly model: expected times in order");
  EXPECT_EQ(error("summary", Json(summary).Set("until_ns", 1)),
            "a saved anomaly model: expected times in order");
  EXPECT_EQ(error("summary", Json(summary).Set("points", -1)),
            "a saved anomaly model: expected counts of points and hours");
  EXPECT_EQ(error("summary", Json(summary).Set("season", "moon")),
            "a saved anomaly model: expected a season");
  EXPECT_EQ(error("summary", Json(summary).Set("spread", nullptr)),
            "a saved anomaly model: expected numbers in its summary");
  EXPECT_EQ(AnomalyModel::Load(Json()).error().code, ErrorCode::kCorrupt);
}

TEST(AnomalyTest, ABandOfNoWidthIsNotAsked) {
  const AnomalyModel model = Fitted(Series(Flat, 1, kFiveMinutes, kTrainingTime));
  EXPECT_FALSE(model.Band(kTrained, 0).has_value());
  EXPECT_FALSE(model.Band(kTrained, -2).has_value());
  EXPECT_FALSE(model.Band(kTrained, NAN).has_value());
  EXPECT_NEAR(Width(model, kTrained) * 3,
              model.Band(kTrained, 3)->upper - model.Band(kTrained, 3)->expected, 1e-9);
}

TEST(AnomalyTest, ValuesTooLargeToCalculateWithDoNotCount) {
  std::vector<Datapoint> points = Series(Daily, 2, kFiveMinutes, kTrainingTime);
  for (size_t i = 0; i < points.size(); i += 3) points[i].value = i % 2 == 0 ? 1.7e308 : -1.7e308;
  const AnomalyModel model = Fitted(points);
  EXPECT_EQ(model.summary().points, points.size() / 3 * 2);
  EXPECT_NEAR(model.summary().spread, 2, 0.3);
}

TEST(AnomalyTest, WhatFallsBelowNothingIsExpectedToStayThere) {
  const auto falling = [](Instant at) {
    return std::max(0.0, 140 - 10 * (at - kMonday).ToSeconds() / 86'400);
  };
  const AnomalyModel model = Fitted(Series(falling, 0, kFiveMinutes, kTrainingTime));
  EXPECT_NEAR(model.summary().trend_per_day, -10, 0.1);
  const auto band = model.Band(kTrained + Duration::Days(3), 2);
  EXPECT_EQ(band->lower, 0);
  EXPECT_EQ(band->expected, 0);
  EXPECT_GE(band->upper, 0);
}

TEST(AnomalyTest, OddSeriesHaveABandOrSayWhyNot) {
  static constexpr double kOdd[] = {0, -1, 1e-300, 1e150, -1e308, NAN, INFINITY};
  for (uint64_t seed = FirstSeed(); seed < FirstSeed() + 200; ++seed) {
    Random random(seed);
    // Points at any time, many at the same, in ranges that may all be excluded.
    const uint64_t count = random.Below(400);
    const uint64_t minutes = 1 + random.Below(30 * 1440);
    const uint64_t odd = random.Below(30);
    std::vector<Datapoint> points;
    for (uint64_t i = 0; i < count; ++i) {
      const auto minute = static_cast<int64_t>(random.Below(minutes));
      const double value = random.Percent(odd) ? kOdd[random.Below(std::size(kOdd))]
                                               : static_cast<double>(random.Below(5));
      points.push_back({kMonday + Duration::Minutes(minute), value});
    }
    TrainingOptions options;
    options.zone = random.Percent(50) ? "Australia/Lord_Howe" : "No/Such_Zone";
    if (random.Percent(20)) options.excluded = {{kMonday, kMonday + Duration::Days(2)}};
    const AnomalyModel model = Fitted(points, options);
    for (int hour = 0; hour < 400; hour += 7) {
      const auto band = model.Band(kMonday + Duration::Hours(hour), 2);
      ASSERT_EQ(band.has_value(), model.summary().no_band.empty()) << "seed " << seed;
      if (!band) continue;
      ASSERT_TRUE(std::isfinite(band->upper) && std::isfinite(band->lower)) << "seed " << seed;
      ASSERT_LE(band->lower, band->expected) << "seed " << seed;
      ASSERT_LE(band->expected, band->upper) << "seed " << seed;
    }
    ASSERT_TRUE(AnomalyModel::Load(model.Save()).has_value()) << "seed " << seed;
  }
}

/// A series of some daily and weekly shape, level, noise, period and drift from day to day.
struct RandomSeries {
  explicit RandomSeries(uint64_t seed) : random(seed) {
    static constexpr int kMinutes[] = {1, 5, 15, 60};
    period = Duration::Minutes(kMinutes[random.Below(4)]);
    level = std::pow(10, random.Unit() * 5 - 1);
    noise = level * (0.01 + 0.1 * random.Unit());
    daily = level * random.Unit();
    phase = random.Unit() * 24;
    weekend = random.Percent(50) ? 0.3 + 0.7 * random.Unit() : 1;
    steps = random.Percent(30);
    if (steps) phase = std::floor(phase);  // Within an hour both sides of a step are usual.
  }
  double Shape(Instant at) const {
    const double hour = HourOfWeek(at);
    const double wave = std::sin((hour + phase) / 12 * std::numbers::pi);
    const double step = std::fmod(hour + phase, 24) < 12 ? 1 : 0;
    const double of_day = daily * (steps ? step : wave);
    return (level + of_day) * (hour >= 120 ? weekend : 1);
  }

  Random random;
  Duration period;
  double level = 0;
  double noise = 0;
  double daily = 0;
  double phase = 0;
  double weekend = 1;
  bool steps = false;
};

TEST(AnomalyTest, CleanPointsOfTheNextWeekAreInsideAndSpikesAreOutside) {
  const uint64_t first = FirstSeed();
  std::map<Duration, std::vector<double>> held;
  const uint64_t runs = Soak() ? 1000 : 60;
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    const RandomSeries series(seed);
    const Shape shape = [&series](Instant at) { return series.Shape(at); };
    const AnomalyModel model =
        Fitted(Series(shape, series.noise, series.period, kTrainingTime, seed));
    const double share = ShareInside(
        model, Series(shape, series.noise, series.period, Duration::Days(7), seed + 1, kTrained),
        2);
    held[series.period].push_back(share);
    EXPECT_GE(share, 0.75) << "seed " << seed;
    size_t missed = 0;
    const std::vector<Datapoint> spikes =
        Series(shape, 0, series.period, Duration::Days(7), 1, kTrained);
    for (const Datapoint& point : spikes) {
      const auto band = model.Band(point.at, 2);
      if (*point.value + 6 * series.noise <= band->upper) ++missed;
    }
    EXPECT_LE(static_cast<double>(missed), 0.05 * static_cast<double>(spikes.size()))
        << "seed " << seed;
  }
  for (const auto& [period, shares] : held) {
    const double mean =
        std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size());
    EXPECT_GE(mean, 0.93) << FormatDuration(period);
  }
}

}  // namespace
}  // namespace hinomi::alarms
