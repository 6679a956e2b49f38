#include "alarms/detection_delay.h"

#include <algorithm>
#include <set>

#include "alarms/evaluator.h"
#include "alarms/schedule.h"
#include "policy/find.h"

namespace hinomi::alarms {
namespace {

Duration RoundedUp(Duration time, Duration step) {
  const int64_t steps = (time.nanos() + step.nanos() - 1) / step.nanos();
  return step * steps;
}

/// How long after an instant an alarm is looked at that may see it, at the latest.
Duration UntilLookedAt(const policy::AlarmDocument& alarm) {
  return Schedule::Grid(alarm) + Schedule::Waits().lateness;
}

DetectionDelay OfPoints(const policy::AlarmDocument& alarm) {
  DetectionDelay delay;
  // A period that only half breaches may not: whole ones are waited for. Those of a wall clock
  // have begun before, so that one more is needed.
  const int periods = alarm.datapoints_to_alarm + (alarm.wall_clock_zone.empty() ? 0 : 1);
  delay.of_breach = alarm.period * periods + UntilLookedAt(alarm);
  if (alarm.treat_missing_data == policy::MissingData::kBreaching) {
    // So many real points may be left among those that are looked at; the others are filled in.
    const int left = alarm.evaluation_periods - alarm.datapoints_to_alarm;
    const int gone = EvaluationRange(alarm.evaluation_periods) - left;
    delay.of_silence = alarm.period * gone + UntilLookedAt(alarm);
  }
  return delay;
}

DetectionDelay OfPromql(const policy::AlarmDocument& alarm) {
  const Duration interval = alarm.evaluation_interval;
  return {interval + RoundedUp(alarm.hold, interval), std::nullopt};
}

class Composites {
 public:
  explicit Composites(const policy::OpsFolder& folder) : folder_(folder) {}

  DetectionDelay Of(const policy::AlarmDocument& alarm) {
    if (alarm.is_promql()) return OfPromql(alarm);
    if (!alarm.is_composite()) return OfPoints(alarm);
    DetectionDelay slowest;
    // Rules that go round in a circle are refused; nobody hangs here all the same.
    if (alarm.parsed_rule == nullptr || !seen_.insert(alarm.name).second) return slowest;
    for (const std::string& name : policy::AlarmsOf(*alarm.parsed_rule)) {
      const policy::AlarmDocument* part = policy::FindAlarm(folder_, name);
      if (part == nullptr) continue;
      const DetectionDelay delay = Of(*part);
      slowest.of_breach = std::max(slowest.of_breach, delay.of_breach);
      slowest.of_silence = std::max(slowest.of_silence, delay.of_silence);
    }
    if (alarm.suppressor.alarm.empty()) return slowest;
    if (slowest.of_breach) *slowest.of_breach = *slowest.of_breach + alarm.suppressor.wait;
    if (slowest.of_silence) *slowest.of_silence = *slowest.of_silence + alarm.suppressor.wait;
    return slowest;
  }

 private:
  const policy::OpsFolder& folder_;
  std::set<std::string> seen_;
};

}  // namespace

DetectionDelay WorstDelay(const policy::OpsFolder& folder, const policy::AlarmDocument& alarm) {
  return Composites(folder).Of(alarm);
}

}  // namespace hinomi::alarms
