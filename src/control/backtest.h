#ifndef HINOMI_CONTROL_BACKTEST_H_
#define HINOMI_CONTROL_BACKTEST_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// What the alarms of a folder would have done over stored history: the machines that decide live,
/// fed with the evaluations that there would have been.
namespace hinomi::control {

using TakeAlerts =
    std::function<Status(Instant at, std::optional<ops_model::AlertObservation> seen)>;

/// Where the history comes from.
struct BacktestSource {
  /// The points of an alarm's periods as of `at`, newest first.
  std::function<Result<std::vector<ops_model::Datapoint>>(const policy::AlarmDocument& alarm,
                                                          Instant at)>
      points;
  /// Why the points of an alarm as of `at` have no band though the alarm has one. May be null.
  std::function<std::string(const policy::AlarmDocument& alarm, Instant at)> no_band;
  /// The times of the samples of an alarm's series between, ascending.
  std::function<Result<std::vector<Instant>>(const policy::AlarmDocument& alarm, Instant from,
                                             Instant to)>
      samples;
  /// Of a PromQL alarm or the alerts of rule files that are one: gives `take` each evaluation of
  /// its rules between, in the order of time for each rule, with what it found; nothing where it
  /// failed. Ends with the error of `take`. Null: such alarms are not looked at.
  std::function<Status(const policy::OpsFolder& folder, const policy::AlarmDocument& alarm,
                       Instant from, Instant to, const TakeAlerts& take)>
      alerts;
  /// Asked now and then; its error ends the backtest. May be null.
  std::function<Status()> go_on;
};

struct BacktestOptions {
  Instant from;
  Instant to;
  /// Of all alarms together; beyond it is an error that says so.
  size_t most_evaluations = 1'000'000;
  /// Also the threshold that would have opened at most so many incidents a week, of each metric
  /// alarm that has one.
  std::optional<double> incidents_a_week;
};

struct BacktestMove {
  Instant at;
  ops_model::AlarmTransitioned moved;
  std::string contributor;  ///< Of a PromQL alarm: the series that moved.
};

/// One incident that would have been opened.
struct BacktestIncident {
  Instant opened_at;
  Instant resolved_at;  ///< Zero: still open at the end.
  std::string alarm;
  ops_model::Severity severity = ops_model::Severity::kError;
};

/// From when on an alarm was in a state.
struct BacktestState {
  Instant at;
  ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
};

/// Of one alarm.
struct BacktestSum {
  size_t evaluations = 0;
  /// In the order of time, each until the next; the first is the one at the beginning.
  std::vector<BacktestState> states;
  Duration in_alarm;
  size_t incidents = 0;
  /// Nothing: not asked for, no metric alarm, one with a band, or no threshold does.
  std::optional<double> threshold;
};

struct BacktestRun {
  std::vector<BacktestMove> moves;  ///< In the order of time, after `from`.
  std::vector<BacktestIncident> incidents;
  std::map<std::string, BacktestSum> alarms;
};

/// Each alarm is looked at as alarms::Schedule would have: on its grid, and as of each sample; a
/// PromQL alarm when its rules would have been evaluated. The
/// states at `from` are those that were in force then as far as the points tell. New alarms are not
/// observed. Nobody acknowledges anything. Errors: those of the source, kExhausted beyond the
/// number of evaluations, those of `go_on`.
Result<BacktestRun> Backtest(const policy::OpsFolder& folder, const BacktestSource& source,
                             const BacktestOptions& options);

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_BACKTEST_H_
