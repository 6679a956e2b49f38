#include "rule_tests/alarm_states.h"

#include <algorithm>

#include "alarms/schedule.h"

namespace hinomi::rule_tests {
namespace {

/// Each alarm of a metric is looked at once before there are samples.
Duration Before(const policy::OpsFolder& folder) {
  Duration longest = Duration::Seconds(1);
  for (const policy::AlarmDocument& alarm : folder.alarms)
    if (alarm.reads_points()) longest = std::max(longest, alarms::Schedule::Grid(alarm));
  return longest;
}

}  // namespace

Result<AlarmStates> AlarmStates::Over(const policy::OpsFolder& folder,
                                      const control::BacktestSource& source, Instant start,
                                      Instant end) {
  control::BacktestOptions options;
  options.from = start - Before(folder);
  options.to = alarms::Schedule::AsOf(end);
  HN_TRY(control::BacktestRun run, control::Backtest(folder, source, options));
  return AlarmStates(std::move(run));
}

AlarmStates::Found AlarmStates::At(const std::string& alarm, Instant at) const {
  const Instant until = alarms::Schedule::AsOf(at);
  Found found;
  for (const control::BacktestState& one : run_.alarms.at(alarm).states)
    if (one.at <= until) found.state = one.state;
  for (const control::BacktestMove& move : run_.moves)
    if (move.at <= until && move.moved.alarm == alarm) found.reason = move.moved.reason;
  return found;
}

bool AlarmStates::WentOff(const std::string& alarm) const {
  return std::ranges::any_of(run_.alarms.at(alarm).states, [](const auto& one) {
    return one.state == ops_model::AlarmState::kAlarm;
  });
}

}  // namespace hinomi::rule_tests
