#include "app/evaluator.h"

#include <algorithm>
#include <chrono>

#include "alarms/evaluator.h"

namespace hinomi::app {
namespace {
// A clock that was set back is noticed within this time.
constexpr Duration kLongestPause = Duration::Seconds(2);
// Collectors have fetched everything once by then.
constexpr Duration kFirstFetch = Duration::Seconds(30);
// What is no news is told again after this time.
constexpr Duration kTellAgain = Duration::Minutes(1);
// What has been missed is looked for so far back, and in so many evaluations.
constexpr Duration kLongestMissed = Duration::Days(1);
constexpr size_t kMostMadeUp = 100;

bool IsSilence(const std::vector<ops_model::Datapoint>& points) {
  return std::none_of(points.begin(), points.end(),
                      [](const ops_model::Datapoint& point) { return point.value.has_value(); });
}

bool Scales(const policy::OpsFolder& policy, const policy::AlarmDocument& alarm) {
  return alarm.look_back > 0 ||
         std::any_of(policy.routes.begin(), policy.routes.end(),
                     [&alarm](const policy::RouteDocument& route) {
                       return !route.scale.empty() &&
                              (route.action == alarm.action || route.action == alarm.ok_action);
                     });
}
}  // namespace

Evaluator::Evaluator(Points points, Deliver deliver, const Clock& clock, Telemetry& telemetry,
                     Log& log)
    : points_(std::move(points)),
      deliver_(std::move(deliver)),
      clock_(clock),
      telemetry_(telemetry),
      log_(log),
      evaluations_(telemetry.Counter("hinomi_alarm_evaluations_total")),
      lag_(telemetry.Gauge("hinomi_alarm_evaluation_lag_seconds")) {}

void Evaluator::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
  const std::lock_guard lock(mutex_);
  schedule_ = std::make_unique<alarms::Schedule>(policy->alarms);
  std::map<std::string, WatchPtr> watches;
  auto round = std::make_shared<Round>();
  for (const policy::AlarmDocument& alarm : policy->alarms) {
    // What it was told under the former folder says nothing under this one.
    auto watch = std::make_shared<Watch>();
    const auto known = watches_.find(alarm.name);
    watch->since = known == watches_.end() ? clock_.Monotonic() : known->second->since;
    watch->made_up = known != watches_.end() && known->second->made_up;
    watch->each_time = Scales(*policy, alarm);
    watches[alarm.name] = watch;
    round->watches.push_back(std::move(watch));
  }
  watches_ = std::move(watches);
  round->policy = std::move(policy);
  round_ = std::move(round);
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
    if (!series.samples.empty())
      schedule_->Arrived(series.labels.pairs(), Instant::FromMillis(series.samples.back().at_ms),
                         now);
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
    on_round_();
    {
      std::unique_lock lock(mutex_);
      Duration rest = kLongestPause;
      if (schedule_)
        if (const auto next = schedule_->NextDue()) rest = std::min(rest, *next - clock_.Now());
      if (rest > Duration()) wake_.wait_for(lock, std::chrono::nanoseconds(rest.nanos()));
      if (stopping_) return;
    }
    LookAtDue();
  }
}

size_t Evaluator::LookAtDue() {
  std::shared_ptr<const Round> round;
  std::vector<alarms::Schedule::Due> due;
  {
    const std::lock_guard lock(mutex_);
    if (!schedule_) return 0;
    const Instant now = clock_.Now();
    const auto next = schedule_->NextDue();
    // From the moment at which it was to be looked at; zero only at the very first.
    if (next && *next <= now && *next != Instant()) lag_.Set((now - *next).ToSeconds());
    due = schedule_->TakeDue(now);
    round = round_;
  }
  for (const alarms::Schedule::Due& one : due)
    Evaluate(round->policy->alarms[one.alarm], one.at, *round->watches[one.alarm]);
  return due.size();
}

bool Evaluator::IsNews(const policy::AlarmDocument& alarm, const Watch& watch,
                       std::optional<ops_model::AlarmState> state) const {
  if (watch.each_time || watch.told != state) return true;
  if (state && published_) {
    const auto in_force = published_(alarm.name);
    if (!in_force || in_force->state != state) return true;
  }
  return clock_.Monotonic() - watch.told_at >= kTellAgain;
}

std::optional<std::vector<ops_model::Datapoint>> Evaluator::Missed(
    const policy::AlarmDocument& alarm, Instant at, Instant since) {
  const Instant from = std::max(since, at - kLongestMissed);
  const auto times = sample_times_(alarm, from, at);
  if (!times) return std::nullopt;
  const size_t most = std::min(times->size(), kMostMadeUp);
  for (size_t i = 0; i < most; ++i) {
    const Instant sample = (*times)[times->size() - 1 - i];
    auto points = points_(alarm, alarms::Schedule::AsOf(sample));
    if (!points) return std::nullopt;
    if (alarms::StateFrom(alarm, *points)) return *std::move(points);
  }
  return std::nullopt;
}

void Evaluator::MakeUp(const policy::AlarmDocument& alarm, Instant at, Watch& watch,
                       std::vector<ops_model::Datapoint>& points) {
  if (watch.made_up || !sample_times_ || !published_) return;
  const auto in_force = published_(alarm.name);
  if (!in_force) return;  // Not known yet: at a later look.
  watch.made_up = true;
  if (alarms::StateFrom(alarm, points)) return;  // It says what those before it would have said.
  if (auto missed = Missed(alarm, at, in_force->since)) points = *std::move(missed);
}

void Evaluator::Evaluate(const policy::AlarmDocument& alarm, Instant at, Watch& watch) {
  evaluations_.Add();
  Result<std::vector<ops_model::Datapoint>> points = points_(alarm, at);
  if (!points) {
    // Not the same as "no data": the state stays until it can be looked at.
    telemetry_.Counter("hinomi_alarm_evaluations_failed_total").Add();
    log_.Failed("an alarm could not be evaluated",
                {{"alarm", alarm.name}, {"error", points.error().message}});
    return;
  }
  MakeUp(alarm, at, watch, *points);
  // Else every start after a longer stop would page where silence is breaching.
  const Duration watched = clock_.Monotonic() - watch.since;
  if (IsSilence(*points) && watched < alarm.period * alarm.evaluation_periods + kFirstFetch) return;
  const auto state = alarms::StateFrom(alarm, *points);
  if (!IsNews(alarm, watch, state)) return;
  watch.told = state;
  watch.told_at = clock_.Monotonic();
  ops_model::AlarmEvaluation evaluation{alarm.name, *std::move(points)};
  if (alarm.has_band() && no_band_ &&
      alarms::Evaluate(alarm, evaluation.datapoints).reason_code == "no_band")
    evaluation.no_band = no_band_(alarm, at);
  deliver_(std::move(evaluation));
}

}  // namespace hinomi::app
