#include "alarms/anomaly.h"

#include <algorithm>
#include <cmath>

#include "alarms/impl/anomaly_fit.h"
#include "alarms/impl/anomaly_spread.h"
#include "alarms/impl/robust.h"
#include "alarms/impl/wall_hours.h"

namespace hinomi::alarms {
namespace {

/// A season is used once so many of its hours …
constexpr size_t kFewestHoursOfWeek = kHoursOfWeek / 2;
constexpr size_t kFewestHoursOfDay = 12;
/// … have been seen so many times.
constexpr size_t kFewestWeeks = 2;
constexpr size_t kFewestDays = 3;
/// How long after the training a trend goes on.
constexpr Duration kTrendGoesOn = Duration::Days(1);
constexpr double kDayNanos = 86'400e9;

double Days(Duration d) {
  return static_cast<double>(d.nanos()) / kDayNanos;
}

struct Rungs {
  impl::Rung whole;
  impl::Rung day;
  impl::Rung week;

  const impl::Rung& Of(Season season) const {
    if (season == Season::kHourOfWeek) return week;
    return season == Season::kHourOfDay ? day : whole;
  }
};

Rungs FitRungs(const impl::TrainingSet& set) {
  Rungs rungs;
  rungs.whole = impl::FitRung(Season::kWhole, set, nullptr);
  rungs.day = impl::FitRung(Season::kHourOfDay, set, &rungs.whole);
  rungs.week = impl::FitRung(Season::kHourOfWeek, set, &rungs.day);
  return rungs;
}

bool SeenEnough(const impl::Rung& rung, size_t hours, size_t times) {
  const auto enough = std::ranges::count_if(
      rung.keys, [times](const impl::Rung::Key& key) { return key.votes.size() >= times; });
  return static_cast<size_t>(enough) >= hours;
}

Season FinestSeason(const Rungs& rungs) {
  if (!SeenEnough(rungs.day, kFewestHoursOfDay, kFewestDays)) return Season::kWhole;
  return SeenEnough(rungs.week, kFewestHoursOfWeek, kFewestWeeks) ? Season::kHourOfWeek
                                                                  : Season::kHourOfDay;
}

/// The season itself, or the next coarser one that knows the hour.
Season SeasonOf(const Rungs& rungs, Season finest, size_t hour) {
  for (const Season season : {Season::kHourOfWeek, Season::kHourOfDay}) {
    if (season < finest) continue;
    if (!rungs.Of(season).keys[impl::KeyOf(season, hour)].votes.empty()) return season;
  }
  return Season::kWhole;
}

impl::TrainingSet Residuals(const impl::TrainingSet& set, const impl::ByHourOfWeek& levels,
                            impl::Curve curve) {
  impl::TrainingSet residuals;
  residuals.samples = set.samples;
  for (impl::TrainingSample& sample : residuals.samples)
    sample.value -= impl::LevelAt(levels, curve, sample.of_week);
  return residuals;
}

double MiddleOfHour(const impl::TrainingSet& set) {
  double sum = 0;
  for (const impl::TrainingSample& sample : set.samples)
    sum += sample.of_week - std::floor(sample.of_week);
  return sum / static_cast<double>(set.samples.size());
}

double MedianDeviation(const impl::TrainingSet& residuals) {
  std::vector<double> deviations;
  for (const impl::TrainingSample& sample : residuals.samples)
    deviations.push_back(std::abs(sample.value));
  return impl::Median(std::move(deviations));
}

std::string WhyNoBand(const impl::TrainingSet& set) {
  const auto hours = static_cast<size_t>(std::ranges::count(set.cells, true, &impl::Cell::votes));
  if (set.samples.size() >= kFewestTrainingPoints && hours >= kFewestTrainingHours) return "";
  return "too little data: " + std::to_string(set.samples.size()) + " points in " +
         std::to_string(hours) + " hours, " + std::to_string(kFewestTrainingPoints) + " in " +
         std::to_string(kFewestTrainingHours) + " are needed" +
         (set.excluded == 0 ? "" : "; " + std::to_string(set.excluded) + " are excluded");
}

}  // namespace

std::string_view SeasonName(Season season) {
  switch (season) {
    case Season::kHourOfWeek:
      return "hour_of_week";
    case Season::kHourOfDay:
      return "hour_of_day";
    case Season::kWhole:
      return "whole";
  }
  return "";
}

AnomalyModel AnomalyModel::Fit(std::span<const ops_model::Datapoint> points,
                               const TrainingOptions& options) {
  AnomalyModel model;
  model.zone_ = options.zone;
  ModelSummary& summary = model.summary_;
  impl::TrainingSet set = impl::Collect(points, options);
  summary.points = set.samples.size();
  summary.excluded = set.excluded;
  summary.no_band = WhyNoBand(set);
  if (!set.samples.empty()) {
    summary.from = set.samples.front().at;
    summary.until = set.samples.back().at;
  }
  if (!summary.no_band.empty()) return model;
  model.never_negative_ = std::ranges::all_of(
      set.samples, [](const impl::TrainingSample& sample) { return sample.value >= 0; });
  summary.trend_per_day = impl::TrendPerDay(set);
  for (impl::TrainingSample& sample : set.samples)
    sample.value -= summary.trend_per_day * Days(sample.at - summary.until);
  impl::MakeCells(set);
  model.FitSeasons(set);
  return model;
}

void AnomalyModel::FitSeasons(const impl::TrainingSet& set) {
  const Rungs rungs = FitRungs(set);
  summary_.season = FinestSeason(rungs);
  impl::HourSpreads hours;
  for (size_t hour = 0; hour < kHoursOfWeek; ++hour) {
    const Season season = SeasonOf(rungs, summary_.season, hour);
    const impl::Rung& rung = rungs.Of(season);
    const impl::Rung::Key& key = rung.keys[impl::KeyOf(season, hour)];
    if (season == summary_.season) ++summary_.seasons;
    levels_[hour] = key.level;
    hours[hour] = {rung.day_spread[hour % 24], static_cast<double>(key.votes.size())};
  }
  middle_ = MiddleOfHour(set);
  const impl::TrainingSet stepped = Residuals(set, levels_, {false, middle_});
  impl::TrainingSet residuals = Residuals(set, levels_, {true, middle_});
  summary_.smooth = MedianDeviation(residuals) < MedianDeviation(stepped);
  if (!summary_.smooth) residuals = stepped;
  impl::MakeCells(residuals);
  const impl::Curve curve{summary_.smooth, middle_};
  spreads_ = impl::FitSpreads(residuals, curve, hours);
  summary_.spread = impl::Median({spreads_.begin(), spreads_.end()});
  summary_.inside = impl::ShareInside(residuals, curve, spreads_, 2);
}

std::optional<AnomalyBand> AnomalyModel::Band(Instant at, double k) const {
  if (!summary_.no_band.empty() || !(k > 0)) return std::nullopt;
  const double hours = impl::WallHours(zone_).At(at).of_week;
  const impl::Curve curve{summary_.smooth, middle_};
  const Instant trended = std::min(at, summary_.until + kTrendGoesOn);
  AnomalyBand band;
  band.expected = impl::LevelAt(levels_, curve, hours) +
                  summary_.trend_per_day * Days(trended - summary_.until);
  const double reach = k * impl::SpreadAt(spreads_, curve, hours);
  band.lower = band.expected - reach;
  band.upper = band.expected + reach;
  if (never_negative_) {
    for (double* bound : {&band.lower, &band.expected, &band.upper}) *bound = std::max(0.0, *bound);
  }
  return band;
}

}  // namespace hinomi::alarms
