#ifndef HINOMI_ALARMS_IMPL_ANOMALY_SPREAD_H_
#define HINOMI_ALARMS_IMPL_ANOMALY_SPREAD_H_

#include <array>

#include "alarms/impl/anomaly_fit.h"

namespace hinomi::alarms::impl {

using ByHourOfWeek = std::array<double, kHoursOfWeek>;

/// How a value for each hour becomes one for each moment.
struct Curve {
  bool smooth = false;  ///< Drawn through the hours' middles, else in steps.
  double middle = 0.5;  ///< Where in an hour its points are on average, [0, 1).
};
/// Drawn as a cubic (Catmull-Rom): a line would cut the tops of waves.
double LevelAt(const ByHourOfWeek& levels, Curve curve, double hours_of_week);
/// Drawn as a line, which stays between what it is drawn through.
double SpreadAt(const ByHourOfWeek& spreads, Curve curve, double hours_of_week);

/// What a day's points differ by from their levels, and how well a day's level is known.
struct HourSpread {
  double day_spread = 0;  ///< Of the rung that the hour's level is from.
  double votes = 1;       ///< That made the level.
};
using HourSpreads = std::array<HourSpread, kHoursOfWeek>;

/// One spread for each hour of the week. `residuals`: the samples less their levels.
ByHourOfWeek FitSpreads(const TrainingSet& residuals, Curve curve, const HourSpreads& hours);

/// Share of the residuals that lie within `k` spreads.
double ShareInside(const TrainingSet& residuals, Curve curve, const ByHourOfWeek& spreads,
                   double k);

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_ANOMALY_SPREAD_H_
