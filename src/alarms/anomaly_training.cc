#include "alarms/anomaly_training.h"

#include "base/digest.h"

namespace hinomi::alarms {
namespace {

/// Whole minutes: points of minutes then never lie astride.
Duration RefitOffset(const policy::AlarmDocument& alarm) {
  constexpr int64_t kMinutes = kRefitEvery / Duration::Minutes(1);
  return Duration::Minutes(static_cast<int64_t>(Hash64(alarm.name) % kMinutes));
}

}  // namespace

Instant FittedAt(const policy::AlarmDocument& alarm, Instant at) {
  const int64_t step = kRefitEvery.nanos();
  const int64_t rest = (at - RefitOffset(alarm)).nanos() % step;
  return at - Duration::Nanos(rest < 0 ? rest + step : rest);
}

std::vector<Instant> TrainingEdges(const policy::AlarmDocument& alarm, Instant fitted_at) {
  const int64_t count = kTrainingTime / alarm.period;
  std::vector<Instant> edges;
  for (int64_t back = count; back >= 0; --back) edges.push_back(fitted_at - alarm.period * back);
  return edges;
}

TrainingOptions TrainingOptionsOf(const policy::AlarmDocument& alarm) {
  TrainingOptions options;
  options.zone = alarm.metric_zone;
  for (const policy::TimeRangeDocument& range : alarm.excluded)
    options.excluded.push_back({range.begin, range.end});
  return options;
}

}  // namespace hinomi::alarms
