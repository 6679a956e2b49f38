#ifndef HINOMI_ALARMS_ANOMALY_H_
#define HINOMI_ALARMS_ANOMALY_H_

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "ops_model/event.h"

/// What is usual for a series, by the hour of its week: the part that machine learning has in
/// CloudWatch's anomaly detection, done with medians. Pure.
namespace hinomi::alarms {

namespace impl {
struct TrainingSet;
}

/// Hours of a week in the zone's wall time, from Monday 00:00.
constexpr size_t kHoursOfWeek = 168;
/// Older points are not looked at, counted back from the newest.
constexpr Duration kTrainingTime = Duration::Days(14);
/// Below these nothing is said of what is usual.
constexpr size_t kFewestTrainingPoints = 24;
constexpr size_t kFewestTrainingHours = 3;
/// Values further from 0 do not count, so that squares of what they differ by are finite.
constexpr double kLargestTrainingValue = 1e150;

/// [begin, end)
struct TimeRange {
  Instant begin;
  Instant end;
  bool operator==(const TimeRange&) const = default;
};

struct TrainingOptions {
  std::string zone;                 ///< IANA name, in whose hours people live; "" is UTC.
  std::vector<TimeRange> excluded;  ///< Deployments, incidents: points in them do not count.
};

/// What the level of an hour was taken from.
enum class Season { kHourOfWeek, kHourOfDay, kWhole };
/// "hour_of_week", "hour_of_day", "whole".
std::string_view SeasonName(Season season);

/// How well a model knows its series.
struct ModelSummary {
  std::string no_band;             ///< Why there is no band; "" if there is one.
  Instant from;                    ///< Time of the oldest point used.
  Instant until;                   ///< Time of the newest.
  size_t points = 0;               ///< Used.
  size_t excluded = 0;             ///< Of the training time, in excluded ranges.
  Season season = Season::kWhole;  ///< The finest that there was enough data for.
  size_t seasons = 0;   ///< Of the 168 hours, those with a level of that season; the others
                        ///< have the next coarser one's.
  bool smooth = false;  ///< Levels are drawn from hour to hour, not in steps.
  double trend_per_day = 0;
  double spread = 0;  ///< The median of the hours' spreads, in the series' unit.
  double inside = 0;  ///< Share of the points used in the band of 2 spreads, 0 to 1.
  bool operator==(const ModelSummary&) const = default;
};

/// None of them below 0 where no point used was.
using AnomalyBand = ops_model::Band;

/// A fitted model; a value.
///
/// An hour's level is the median of what its days say (each with its own median), by hour of the
/// week once two weeks have spoken for most hours, by hour of the day once three days have, else
/// of the whole. Where two weeks contradict each other the hour of the day has the casting vote.
/// A spread is like one standard deviation: what points of one hour differ by, and what days differ
/// by, from scaled median absolute deviations, in hours with few points drawn to the whole's; no
/// less than what lets the band of 2 spreads hold 95 % of a usual day. So fewer than
/// half of an hour's days, and some percent of a day's points, may be wrong and hardly widen it. A
/// trend is taken off that shows from week to week, clearly, and from day to day (a step is none);
/// it goes on for a day.
class AnomalyModel {
 public:
  /// Points of one series, in any order; those without a value, or with one that is not finite or
  /// beyond kLargestTrainingValue, do not count. The same points give the same model. 20,000 points
  /// take some milliseconds: refit it as a whole.
  static AnomalyModel Fit(std::span<const ops_model::Datapoint> points,
                          const TrainingOptions& options);

  /// What is usual at a time, `k` spreads to each side. Nothing if `k` is not above 0, and where
  /// `summary().no_band` says why.
  std::optional<AnomalyBand> Band(Instant at, double k) const;
  const ModelSummary& summary() const { return summary_; }

  /// Some kilobytes; `Load` gives the same model.
  Json Save() const;
  /// Errors: kCorrupt if it is not what `Save` wrote.
  static Result<AnomalyModel> Load(const Json& saved);

 private:
  using ByHour = std::array<double, kHoursOfWeek>;

  AnomalyModel() = default;
  void FitSeasons(const impl::TrainingSet& set);

  std::string zone_;
  ModelSummary summary_;
  bool never_negative_ = false;
  double middle_ = 0;  ///< Of an hour, where its level is said to be.
  ByHour levels_{};    ///< As of `summary_.until`.
  ByHour spreads_{};
};

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_ANOMALY_H_
