#include "alarms/impl/anomaly_fit.h"

#include <cmath>

#include "alarms/impl/robust.h"
#include "alarms/impl/wall_hours.h"

namespace hinomi::alarms::impl {
namespace {

/// Pairs of hours a week apart from which on they tell a trend: three days' worth.
constexpr size_t kFewestTrendPairs = 72;
/// A trend is what hours change by in a week, if that is so many times what the changes differ by.
constexpr double kClearTrend = 2;
/// Of this many votes on, each is held against the level: the level hardly follows one of them.
constexpr size_t kManyVotes = 30;
/// As many votes as these a day's spread of the whole series counts for in an hour's.
constexpr double kDaySpreadWeight = 14;

bool Excluded(const TrainingOptions& options, Instant at) {
  return std::ranges::any_of(options.excluded, [at](const TimeRange& range) {
    return at >= range.begin && at < range.end;
  });
}

std::vector<TrainingSample> UsableByTime(std::span<const ops_model::Datapoint> points) {
  std::vector<TrainingSample> samples;
  for (const ops_model::Datapoint& point : points) {
    if (point.value && std::abs(*point.value) <= kLargestTrainingValue)
      samples.push_back({point.at, *point.value});
  }
  std::ranges::stable_sort(samples, {}, &TrainingSample::at);
  return samples;
}

/// Medians of cells `days` apart at the same hour, the later less the earlier.
std::vector<double> Changes(const TrainingSet& set, size_t days) {
  std::vector<std::array<const Cell*, 24>> by_day;
  for (const Cell& cell : set.cells) {
    if (cell.day >= by_day.size()) by_day.resize(cell.day + 1);
    if (cell.votes) by_day[cell.day][cell.hour_of_week % 24] = &cell;
  }
  std::vector<double> changes;
  for (size_t day = days; day < by_day.size(); ++day) {
    for (size_t hour = 0; hour < 24; ++hour) {
      const Cell* before = by_day[day - days][hour];
      const Cell* after = by_day[day][hour];
      if (before != nullptr && after != nullptr) changes.push_back(after->median - before->median);
    }
  }
  return changes;
}

/// What two votes on the same differ by, scaled to the spread of one.
std::vector<double> Differences(const Rung::Key& key) {
  std::vector<double> differences;
  if (key.votes.size() >= kManyVotes) {
    for (const double vote : key.votes) differences.push_back(std::abs(vote - key.level));
    return differences;
  }
  for (size_t i = 0; i < key.votes.size(); ++i) {
    for (size_t j = 0; j < i; ++j)
      differences.push_back(std::abs(key.votes[i] - key.votes[j]) / std::sqrt(2));
  }
  return differences;
}

void FitDaySpread(Season season, Rung& rung) {
  std::vector<double> all;
  std::array<std::vector<double>, 24> by_hour;
  std::array<double, 24> votes{};
  for (size_t k = 0; k < rung.keys.size(); ++k) {
    for (const double difference : Differences(rung.keys[k])) {
      all.push_back(difference);
      if (season != Season::kWhole) by_hour[k % 24].push_back(difference);
    }
    votes[k % 24] += static_cast<double>(rung.keys[k].votes.size());
  }
  const double whole = kMadScale * Median(std::move(all));
  for (size_t hour = 0; hour < 24; ++hour) {
    const double own = kMadScale * Median(by_hour[hour]);
    const double count = by_hour[hour].empty() ? 0 : votes[hour];
    rung.day_spread[hour] = DrawnTo(whole, kDaySpreadWeight, own, count);
  }
}

/// Two weeks that contradict each other by far more than others do: one of them was
/// disturbed, and the hour of the day tells which.
void CastVotes(Rung& rung, const Rung& coarser) {
  std::vector<double> differences;
  for (const Rung::Key& key : rung.keys) {
    if (key.votes.size() == 2) differences.push_back(std::abs(key.votes[0] - key.votes[1]));
  }
  const double usual = kMadScale * Median(std::move(differences));
  for (size_t k = 0; k < rung.keys.size(); ++k) {
    Rung::Key& key = rung.keys[k];
    if (key.votes.size() != 2 || std::abs(key.votes[0] - key.votes[1]) <= 3 * usual) continue;
    key.level =
        CastingVote(key.votes[0], key.votes[1], coarser.keys[k % coarser.keys.size()].level);
  }
}

}  // namespace

TrainingSet Collect(std::span<const ops_model::Datapoint> points, const TrainingOptions& options) {
  TrainingSet set;
  WallHours hours(options.zone);
  std::vector<TrainingSample> usable = UsableByTime(points);
  int64_t first_day = 0;
  for (TrainingSample& sample : usable) {
    if (sample.at <= usable.back().at - kTrainingTime) continue;
    if (Excluded(options, sample.at)) {
      ++set.excluded;
      continue;
    }
    const WallHour hour = hours.At(sample.at);
    if (set.samples.empty()) first_day = hour.day;
    sample.day = static_cast<size_t>(std::max<int64_t>(0, hour.day - first_day));
    sample.of_week = hour.of_week;
    set.samples.push_back(sample);
  }
  MakeCells(set);
  return set;
}

void MakeCells(TrainingSet& set) {
  set.cells.clear();
  std::vector<size_t> cell_of;  // By day and hour of the day; 0: none yet.
  for (const TrainingSample& sample : set.samples) {
    const auto hour = static_cast<size_t>(sample.of_week);
    const size_t slot = sample.day * 24 + hour % 24;
    if (slot >= cell_of.size()) cell_of.resize(slot + 1);
    if (cell_of[slot] == 0) {
      set.cells.push_back({hour, sample.day});
      cell_of[slot] = set.cells.size();
    }
    set.cells[cell_of[slot] - 1].values.push_back(sample.value);
  }
  std::vector<double> counts;
  for (Cell& cell : set.cells) {
    cell.median = Median(cell.values);
    counts.push_back(static_cast<double>(cell.values.size()));
  }
  const double usual = Median(std::move(counts));
  for (Cell& cell : set.cells) cell.votes = static_cast<double>(cell.values.size()) >= usual / 4;
}

double TrendPerDay(const TrainingSet& set) {
  const std::vector<double> weekly = Changes(set, 7);
  if (weekly.size() < kFewestTrendPairs) return 0;
  const double by_week = Median(weekly);
  std::vector<double> deviations;
  for (const double change : weekly) deviations.push_back(std::abs(change - by_week));
  if (std::abs(by_week) <= kClearTrend * kMadScale * Median(std::move(deviations))) return 0;
  const double by_day = Median(Changes(set, 1));
  // The nearer to nothing of both: a step shows from week to week, not from day to day; what
  // weekdays differ by the other way round.
  if (by_week * by_day <= 0) return 0;
  return std::abs(by_week / 7) < std::abs(by_day) ? by_week / 7 : by_day;
}

size_t KeyOf(Season season, size_t hour_of_week) {
  switch (season) {
    case Season::kHourOfWeek:
      return hour_of_week;
    case Season::kHourOfDay:
      return hour_of_week % 24;
    case Season::kWhole:
      return 0;
  }
  return 0;
}

Rung FitRung(Season season, const TrainingSet& set, const Rung* coarser) {
  Rung rung;
  rung.keys.resize(KeyOf(season, kHoursOfWeek - 1) + 1);
  for (const Cell& cell : set.cells) {
    if (cell.votes) rung.keys[KeyOf(season, cell.hour_of_week)].votes.push_back(cell.median);
  }
  for (Rung::Key& key : rung.keys) key.level = Median(key.votes);
  if (coarser != nullptr) CastVotes(rung, *coarser);
  FitDaySpread(season, rung);
  return rung;
}

}  // namespace hinomi::alarms::impl
