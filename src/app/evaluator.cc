#include "app/evaluator.h"

#include <algorithm>
#include <chrono>

namespace hinomi::app {
namespace {
// A clock that was set back is noticed within this time.
constexpr Duration kLongestPause = Duration::Seconds(2);
// Collectors have fetched everything once by then.
constexpr Duration kFirstFetch = Duration::Seconds(30);

bool IsSilence(const std::vector<ops_model::Datapoint>& points) {
  return std::none_of(points.begin(), points.end(),
                      [](const ops_model::Datapoint& point) { return point.value.has_value(); });
}
}  // namespace

Evaluator::Evaluator(Points points, Deliver deliver, const Clock& clock, Telemetry& telemetry,
                     Log& log)
    : points_(std::move(points)),
      deliver_(std::move(deliver)),
      clock_(clock),
      telemetry_(telemetry),
      log_(log) {}

void Evaluator::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
  const std::lock_guard lock(mutex_);
  schedule_ = std::make_unique<alarms::Schedule>(policy->alarms);
  std::map<std::string, Duration> since;
  for (const policy::AlarmDocument& alarm : policy->alarms) {
    const auto known = watched_since_.find(alarm.name);
    since[alarm.name] = known == watched_since_.end() ? clock_.Monotonic() : known->second;
  }
  watched_since_ = std::move(since);
  policy_ = std::move(policy);
  ++interest_;
  wake_.notify_all();
}

bool Evaluator::Reads(std::string_view metric) {
  const std::lock_guard lock(mutex_);
  return schedule_ && schedule_->Reads(metric);
}

void Evaluator::Arrived(const std::vector<metrics::WriteSeries>& batch) {
  const Instant now = clock_.Now();
  const std::lock_guard lock(mutex_);
  if (!schedule_) return;
  const auto before = schedule_->NextDue();
  for (const metrics::WriteSeries& series : batch)
    schedule_->Arrived(series.labels.name(), series.labels.pairs(), now);
  if (schedule_->NextDue() != before) wake_.notify_all();
}

void Evaluator::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Evaluator::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Evaluator::Run() {
  for (;;) {
    std::shared_ptr<const policy::OpsFolder> policy;
    std::vector<std::string> due;
    std::map<std::string, Duration> since;
    {
      std::unique_lock lock(mutex_);
      Duration rest = kLongestPause;
      if (schedule_)
        if (const auto next = schedule_->NextDue()) rest = std::min(rest, *next - clock_.Now());
      if (rest > Duration()) wake_.wait_for(lock, std::chrono::nanoseconds(rest.nanos()));
      if (stopping_) return;
      if (!schedule_) continue;
      due = schedule_->TakeDue(clock_.Now());
      policy = policy_;
      for (const std::string& name : due) since[name] = watched_since_[name];
    }
    for (const std::string& name : due)
      for (const policy::AlarmDocument& alarm : policy->alarms)
        if (alarm.name == name) Evaluate(alarm, clock_.Now(), clock_.Monotonic() - since[name]);
  }
}

void Evaluator::Evaluate(const policy::AlarmDocument& alarm, Instant now, Duration watched) {
  telemetry_.Counter("hinomi_alarm_evaluations_total").Add();
  Result<std::vector<ops_model::Datapoint>> points = points_(alarm, now);
  if (!points) {
    // Not the same as "no data": the state stays until it can be looked at.
    telemetry_.Counter("hinomi_alarm_evaluations_failed_total").Add();
    log_.Failed("an alarm could not be evaluated",
                {{"alarm", alarm.name}, {"error", points.error().message}});
    return;
  }
  // Else every start after a longer stop would page where silence is breaching.
  if (IsSilence(*points) && watched < alarm.period * alarm.evaluation_periods + kFirstFetch) return;
  deliver_(ops_model::AlarmEvaluation{alarm.name, *std::move(points)});
}

}  // namespace hinomi::app
