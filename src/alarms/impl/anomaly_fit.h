#ifndef HINOMI_ALARMS_IMPL_ANOMALY_FIT_H_
#define HINOMI_ALARMS_IMPL_ANOMALY_FIT_H_

#include <array>
#include <span>
#include <vector>

#include "alarms/anomaly.h"

namespace hinomi::alarms::impl {

/// A point that counts, and where it stands in the week.
struct TrainingSample {
  Instant at;
  double value = 0;
  size_t day = 0;      ///< Since the first one's, local.
  double of_week = 0;  ///< Hours since Monday 00:00.
};

/// One hour of one day, which has one vote on what that hour is like.
struct Cell {
  size_t hour_of_week = 0;
  size_t day = 0;
  std::vector<double> values;
  double median = 0;
  bool votes = false;  ///< Not if it has far fewer points than others.
};

/// The points of the training time, by time.
struct TrainingSet {
  std::vector<TrainingSample> samples;
  std::vector<Cell> cells;  ///< By day, then hour.
  size_t excluded = 0;
};
TrainingSet Collect(std::span<const ops_model::Datapoint> points, const TrainingOptions& options);
/// Cells anew, from samples that have changed.
void MakeCells(TrainingSet& set);

/// How a series goes up or down in the long run, a day.
double TrendPerDay(const TrainingSet& set);

/// What hours of one kind (of the week, of the day, all) are like.
struct Rung {
  struct Key {
    double level = 0;
    std::vector<double> votes;  ///< Medians of its cells.
  };
  std::vector<Key> keys;
  std::array<double, 24> day_spread{};  ///< What the votes of a key differ by, by hour of the day.
};
/// Each hour's votes of a season; `coarser` has the casting ones, null for the whole.
Rung FitRung(Season season, const TrainingSet& set, const Rung* coarser);
/// Which key of a season's rung an hour of the week has.
size_t KeyOf(Season season, size_t hour_of_week);

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_ANOMALY_FIT_H_
