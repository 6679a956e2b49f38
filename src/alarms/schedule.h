#ifndef HINOMI_ALARMS_SCHEDULE_H_
#define HINOMI_ALARMS_SCHEDULE_H_

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/documents.h"

namespace hinomi::alarms {

/// When each metric alarm is to be looked at, and as of when: on its grid, and soon after a point
/// of its metric has arrived. Which instants those are follows from the grid and from the points'
/// own times, not from when somebody gets round to it, so that the same points give the same
/// evaluations later (alarms/backtest.h). Composite alarms are not looked at: they follow others.
/// A working state that is not journalled: after a restart it is built again from the policy. One
/// thread.
class Schedule {
 public:
  /// As `metrics::Labels::pairs()` gives them: sorted by name.
  using LabelPairs = std::span<const std::pair<std::string, std::string>>;

  struct Waits {
    /// Arriving points are waited for so long, that one scrape is one evaluation.
    Duration after_data = Duration::Millis(200);
    /// A point of the grid is looked at so long after it, unless newer data say earlier that
    /// everything before it is there.
    Duration lateness = Duration::Seconds(2);
  };

  /// One evaluation.
  struct Due {
    size_t alarm;  ///< Its index among those that the schedule was made of.
    Instant at;    ///< As of when: not after now.
    bool operator==(const Due&) const = default;
  };

  explicit Schedule(const std::vector<policy::AlarmDocument>& alarms) : Schedule(alarms, Waits()) {}
  Schedule(const std::vector<policy::AlarmDocument>& alarms, Waits waits);

  /// How far apart the evaluations are: a minute, 10 s for periods below, the period itself where
  /// it is shorter than that.
  static Duration Grid(const policy::AlarmDocument& alarm);
  /// First point of the alarm's grid after `t`; grids are whole multiples
  /// since 1970, so that every leader has the same.
  static Instant NextOnGrid(const policy::AlarmDocument& alarm, Instant t);
  /// The instant as of which a point is looked at: periods do not have their own ends.
  static Instant AsOf(Instant point) { return point + Duration::Millis(1); }

  /// Indices of the alarms that read this series: same metric, these dimensions.
  std::vector<size_t> Touched(LabelPairs labels) const;
  /// Points of the series have arrived, the newest of this time. Cheap where no alarm reads it.
  void Arrived(LabelPairs labels, Instant newest, Instant now);
  /// True if an alarm reads metrics of that name.
  bool Reads(std::string_view metric) const { return metrics_.contains(metric); }

  /// When to call `TakeDue` next; nothing if there is no alarm.
  std::optional<Instant> NextDue() const;
  /// What is due by `now`, for each alarm in the order of time; plans what is next. Points of the
  /// grid that were slept through collapse into the newest. At first every alarm is due.
  /// If the clock was set back, the grid begins anew from there: call it every
  /// few seconds even when `NextDue` is far.
  std::vector<Due> TakeDue(Instant now);

 private:
  struct Planned {
    policy::AlarmDocument alarm;
    Instant grid;       ///< Its next point.
    Instant looked_at;  ///< As of when it was looked at last; zero: never.
    Instant seen;       ///< As of its newest point.
    Instant data;       ///< As of when arrived points are to be looked at; zero: none arrived.
    Instant due;        ///< When to look at it; its place in the queue.
  };

  struct AsideReader {
    std::map<std::string, std::string> dimensions;
    size_t place;
  };

  void AddReader(const policy::MetricQueryDocument& query, size_t place);
  static std::string KeyOf(LabelPairs labels);
  void Plan(size_t index, Instant due);
  void PlanNext(size_t index, Instant data_due);
  void Take(size_t index, Instant now, std::vector<Due>& due);

  Waits waits_;
  Instant last_taken_;
  std::vector<Planned> planned_;
  std::vector<size_t> index_of_;  ///< By place in `planned_`: the alarm's index.
  /// Places by metric and dimensions; alarms that name job, instance or Unit by metric alone.
  std::unordered_map<std::string, std::vector<size_t>> by_key_;
  std::unordered_map<std::string, std::vector<AsideReader>> aside_by_metric_;
  std::set<std::pair<Instant, size_t>> queue_;
  std::set<std::string, std::less<>> metrics_;  ///< Names of all that are read.
};

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_SCHEDULE_H_
