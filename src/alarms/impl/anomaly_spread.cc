#include "alarms/impl/anomaly_spread.h"

#include <cmath>
#include <iterator>
#include <map>
#include <numbers>

#include "alarms/impl/robust.h"

namespace hinomi::alarms::impl {
namespace {

/// Of fewer points of an hour the spread is not asked.
constexpr size_t kFewestForNoise = 4;
/// As many points as these the broader noise counts for in an hour's.
constexpr double kNoiseWeight = 48;
/// Of fewer points of a day no share is asked.
constexpr size_t kFewestOfADay = 12;
/// The band of two spreads is to hold as much of a usual day.
constexpr double kHeldOfADay = 0.95;
/// What an hour's spread is at least, of the whole series'.
constexpr double kLeastOfWhole = 0.1;

/// Between which hours' middles a moment is, and how far on from the first, 0 to 1.
struct Between {
  size_t before = 0;
  double part = 0;
};

Between Place(Curve curve, double hours_of_week) {
  if (!curve.smooth) return {static_cast<size_t>(hours_of_week) % kHoursOfWeek, 0};
  const double from_middle = hours_of_week + kHoursOfWeek - curve.middle;
  const auto before = static_cast<size_t>(from_middle);
  return {before % kHoursOfWeek, from_middle - static_cast<double>(before)};
}

/// The variance of the median of `count` observations of variance 1: exact of one, pi / (2 count)
/// of many.
double MedianVariance(double count) {
  return std::numbers::pi / (2 * count + std::numbers::pi - 2);
}

/// What the points of one hour of one day deviate from their median by, as if that followed none
/// of them.
std::vector<double> Deviations(const Cell& cell) {
  const auto count = static_cast<double>(cell.values.size());
  // Simulated for normal values: within 2 % from four of them on.
  const double scale = count / (count - 1.25);
  std::vector<double> deviations;
  for (const double value : cell.values)
    deviations.push_back(scale * std::abs(value - cell.median));
  return deviations;
}

double SpreadOf(std::vector<double> deviations) {
  return kMadScale * Median(std::move(deviations));
}

/// What points of one hour differ by, by hour of the week: each drawn to its hour of the day,
/// that to the whole.
ByHourOfWeek FitNoise(const TrainingSet& residuals) {
  std::array<std::vector<double>, kHoursOfWeek> votes;  // One of each cell.
  std::array<double, kHoursOfWeek> points{};
  std::array<std::vector<double>, 24> by_day;
  std::vector<double> all;
  for (const Cell& cell : residuals.cells) {
    if (!cell.votes || cell.values.size() < kFewestForNoise) continue;
    const std::vector<double> deviations = Deviations(cell);
    std::ranges::copy(deviations, std::back_inserter(by_day[cell.hour_of_week % 24]));
    std::ranges::copy(deviations, std::back_inserter(all));
    votes[cell.hour_of_week].push_back(SpreadOf(deviations));
    points[cell.hour_of_week] += static_cast<double>(deviations.size());
  }
  const double whole = SpreadOf(std::move(all));
  ByHourOfWeek noise{};
  for (size_t hour = 0; hour < kHoursOfWeek; ++hour) {
    const std::vector<double>& of_day = by_day[hour % 24];
    const double broader =
        DrawnTo(whole, kNoiseWeight, SpreadOf(of_day), static_cast<double>(of_day.size()));
    const double own = votes[hour].size() == 2
                           ? CastingVote(votes[hour][0], votes[hour][1], broader)
                           : Median(votes[hour]);
    noise[hour] = DrawnTo(broader, kNoiseWeight, own, points[hour]);
  }
  return noise;
}

/// The median over the days of what holds 95 % of a day's points, `measure` of each.
template <typename Measure>
double HoldsUsualDay(const TrainingSet& residuals, const Measure& measure) {
  std::map<size_t, std::vector<double>> by_day;
  for (const TrainingSample& sample : residuals.samples)
    by_day[sample.day].push_back(measure(sample));
  std::vector<double> held;
  for (auto& [day, values] : by_day) {
    if (values.size() >= kFewestOfADay) held.push_back(Quantile(std::move(values), kHeldOfADay));
  }
  return Median(std::move(held));
}

/// Widens all spreads until two of them hold a usual day: values that are few and whole, or have
/// long tails, deviate by more than their median deviation tells.
void HoldAUsualDay(const TrainingSet& residuals, Curve curve, ByHourOfWeek& spreads) {
  const double whole =
      HoldsUsualDay(residuals,
                    [](const TrainingSample& sample) { return std::abs(sample.value); }) /
      2;
  for (double& spread : spreads) spread = std::max(spread, kLeastOfWhole * whole);
  const double held = HoldsUsualDay(residuals, [&](const TrainingSample& sample) {
    const double spread = SpreadAt(spreads, curve, sample.of_week);
    return spread > 0 ? std::abs(sample.value) / spread : 0;
  });
  for (double& spread : spreads) spread *= std::max(1.0, held / 2);
}

}  // namespace

double LevelAt(const ByHourOfWeek& levels, Curve curve, double hours_of_week) {
  const Between at = Place(curve, hours_of_week);
  const double p0 = levels[(at.before + kHoursOfWeek - 1) % kHoursOfWeek];
  const double p1 = levels[at.before];
  const double p2 = levels[(at.before + 1) % kHoursOfWeek];
  const double p3 = levels[(at.before + 2) % kHoursOfWeek];
  const double t = at.part;
  return p1 +
         t / 2 * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
}

double SpreadAt(const ByHourOfWeek& spreads, Curve curve, double hours_of_week) {
  const Between at = Place(curve, hours_of_week);
  return std::lerp(spreads[at.before], spreads[(at.before + 1) % kHoursOfWeek], at.part);
}

ByHourOfWeek FitSpreads(const TrainingSet& residuals, Curve curve, const HourSpreads& hours) {
  ByHourOfWeek spreads = FitNoise(residuals);
  std::vector<double> counts;
  for (const Cell& cell : residuals.cells) {
    if (cell.votes) counts.push_back(static_cast<double>(cell.values.size()));
  }
  const double points = std::max(1.0, Median(std::move(counts)));
  for (size_t hour = 0; hour < kHoursOfWeek; ++hour) {
    const double noise = spreads[hour] * spreads[hour];
    const double days = hours[hour].day_spread * hours[hour].day_spread;
    // Medians of days differ by chance too, by what the noise of their points makes of them.
    const double by_chance = noise * MedianVariance(points);
    spreads[hour] = std::sqrt(noise + std::max(0.0, days - by_chance) +
                              days * MedianVariance(hours[hour].votes));
  }
  HoldAUsualDay(residuals, curve, spreads);
  return spreads;
}

double ShareInside(const TrainingSet& residuals, Curve curve, const ByHourOfWeek& spreads,
                   double k) {
  const auto inside = std::ranges::count_if(residuals.samples, [&](const TrainingSample& sample) {
    return std::abs(sample.value) <= k * SpreadAt(spreads, curve, sample.of_week);
  });
  return residuals.samples.empty()
             ? 0
             : static_cast<double>(inside) / static_cast<double>(residuals.samples.size());
}

}  // namespace hinomi::alarms::impl
