#ifndef HINOMI_RULE_TESTS_ALARM_STATES_H_
#define HINOMI_RULE_TESTS_ALARM_STATES_H_

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "control/backtest.h"
#include "policy/policy.h"

namespace hinomi::rule_tests {

/// In which states the alarms of a folder are over the time of a test: those of metrics, of
/// expressions and of other alarms, decided by the machines that decide live.
class AlarmStates {
 public:
  /// Begins before the first sample, so that nothing is known of any metric then. Errors: those of
  /// control::Backtest.
  static Result<AlarmStates> Over(const policy::OpsFolder& folder,
                                  const control::BacktestSource& source, Instant start,
                                  Instant end);

  struct Found {
    ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
    std::string reason;  ///< Of the transition to it; "" where there was none.
  };
  /// As the newest evaluation up to `at` has it, which sees samples of that very time, as an
  /// expression does. Of an alarm that the folder has.
  Found At(const std::string& alarm, Instant at) const;
  /// Whether it was in ALARM at some time.
  bool WentOff(const std::string& alarm) const;

 private:
  explicit AlarmStates(control::BacktestRun run) : run_(std::move(run)) {}

  control::BacktestRun run_;
};

}  // namespace hinomi::rule_tests

#endif  // HINOMI_RULE_TESTS_ALARM_STATES_H_
