#ifndef HINOMI_ALARMS_SCHEDULE_H_
#define HINOMI_ALARMS_SCHEDULE_H_

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/documents.h"

namespace hinomi::alarms {

/// When each alarm is to be evaluated: on its grid, and soon after a point of
/// its metric arrives. A working state that is not journalled: after a restart
/// it is built again from the policy. One thread.
class Schedule {
 public:
  /// As `metrics::Labels::pairs()` gives them.
  using LabelPairs = std::span<const std::pair<std::string, std::string>>;

  /// `delay_after_data`: arriving points are waited for so long, that one
  /// scrape is one evaluation. Below 1 s.
  explicit Schedule(const std::vector<policy::AlarmDocument>& alarms,
                    Duration delay_after_data = Duration::Millis(200));

  /// How far apart the evaluations are: a minute, or 10 s for periods below.
  static Duration Grid(const policy::AlarmDocument& alarm);
  /// First point of the alarm's grid after `t`; grids are whole multiples
  /// since 1970, so that every leader has the same.
  static Instant NextOnGrid(const policy::AlarmDocument& alarm, Instant t);

  /// Names of the alarms that read this series: same metric, all dimensions.
  std::vector<std::string> Touched(std::string_view metric, LabelPairs labels) const;
  /// A point of the series has arrived. Cheap where no alarm reads the metric.
  void Arrived(std::string_view metric, LabelPairs labels, Instant now);
  /// True if an alarm looks at metrics of that name.
  bool Reads(std::string_view metric) const { return by_metric_.contains(metric); }

  /// When the next alarm is due; nothing if there is none.
  std::optional<Instant> NextDue() const;
  /// Alarms due by `now`, each once, and plans their next time. Grid points
  /// that were slept through collapse into one. At first every alarm is due.
  /// If the clock was set back, the grid begins anew from there: call it every
  /// few seconds even when `NextDue` is far.
  std::vector<std::string> TakeDue(Instant now);

 private:
  struct Planned {
    policy::AlarmDocument alarm;
    Instant due;   ///< Next on the grid.
    Instant soon;  ///< After data came; Max if none.
  };
  void Plan(Planned& planned, Instant due, Instant soon);

  Duration delay_after_data_;
  Instant last_taken_;
  std::vector<Planned> planned_;
  std::map<std::string, std::vector<size_t>, std::less<>> by_metric_;
  std::set<std::pair<Instant, size_t>> queue_;
};

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_SCHEDULE_H_
