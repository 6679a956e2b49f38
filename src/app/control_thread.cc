#include "app/control_thread.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hinomi::app {
namespace {
constexpr Duration kRenewEvery = Duration::Seconds(5);
constexpr Duration kTryToLeadEvery = Duration::Seconds(5);
constexpr Duration kCheckpointAgainAfter = Duration::Minutes(1);
// Rests at most so long: jobs that another path made due are seen then.
constexpr Duration kLongestRest = Duration::Seconds(1);

/// Whose newest input counts: an evaluation makes an older one of the same alarm
/// useless, and an observation one of the same service. "" for all others.
std::string Replaceable(const ops_model::Input& input) {
  if (const auto* evaluation = std::get_if<ops_model::AlarmEvaluation>(&input))
    return "alarm:" + evaluation->alarm;
  if (const auto* seen = std::get_if<ops_model::ServiceObservation>(&input))
    return "service:" + seen->service;
  if (const auto* seen = std::get_if<ops_model::AlertObservation>(&input))
    return "alerts:" + seen->rule;
  if (std::holds_alternative<ops_model::AlertRulesInForce>(input)) return "alert rules";
  return {};
}

}  // namespace

ControlThread::ControlThread(control::ControlLoop& loop, store::Store& store, JobRunner& runner,
                             const Clock& clock, Telemetry& telemetry, Log& log)
    : loop_(loop),
      store_(store),
      runner_(runner),
      clock_(clock),
      telemetry_(telemetry),
      log_(log) {}

Status ControlThread::Start(std::shared_ptr<const policy::OpsFolder> policy) {
  policy_ = std::move(policy);
  const Status led = TryToLead();
  if (!led && led.error().code != ErrorCode::kConflict) {
    (void)loop_.Release();  // It may have been taken before the rest failed.
    return led;
  }
  thread_ = std::thread([this] { Run(); });
  return {};
}

void ControlThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void ControlThread::Post(ops_model::Input input) {
  const std::lock_guard lock(mutex_);
  // While the store is away they must not pile up.
  if (std::string about = Replaceable(input); !about.empty()) {
    const auto [waiting, is_new] = waiting_.try_emplace(std::move(about), inputs_.size());
    if (!is_new) {
      inputs_[waiting->second] = std::move(input);
      return;
    }
  }
  inputs_.push_back(std::move(input));
  wake_.notify_all();
}

void ControlThread::UsePolicy(std::shared_ptr<const policy::OpsFolder> policy) {
  const std::lock_guard lock(mutex_);
  new_policy_ = std::move(policy);
  wake_.notify_all();
}

void ControlThread::Wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_all();
}

void ControlThread::SetLeading(bool leading) {
  leading_ = leading;
  telemetry_.Gauge("hinomi_leading").Set(leading ? 1 : 0);
}

Status ControlThread::TryToLead() {
  const Duration now = clock_.Monotonic();
  lead_at_ = now + kTryToLeadEvery;
  Status led = loop_.Start(policy_);
  SetLeading(led.has_value());
  if (led) {
    renew_at_ = now + kRenewEvery;
    dispatched_ = Instant();
    log_.Info("this server leads", {{"epoch", std::to_string(loop_.epoch())}});
  } else if (led.error().code == ErrorCode::kConflict) {
    if (const Status followed = loop_.Follow(policy_); !followed) return followed;
  } else {
    return led;
  }
  if (changed_) changed_();
  return led;
}

Duration ControlThread::UntilNextWork() const {
  Duration rest = kLongestRest;
  if (last_turn_failed_ || !leading_) return rest;
  if (loop_.commands_wait()) return Duration();
  if (const auto wakeup = loop_.NextWakeup()) rest = std::min(rest, *wakeup - clock_.Now());
  // A job due before the last dispatch has no lane: the result that frees one wakes us.
  if (const auto due = store_.NextJobDue(); due && *due && **due > dispatched_)
    rest = std::min(rest, **due - clock_.Now());
  return std::max(rest, Duration::Millis(10));
}

ControlThread::Round ControlThread::Await() {
  const auto rest = std::chrono::nanoseconds(UntilNextWork().nanos());
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, rest, [&] {
    if (stopping_) return true;
    // A store that is away is not asked the faster the more comes in.
    return !last_turn_failed_ && (woken_ || new_policy_ || !inputs_.empty());
  });
  woken_ = false;
  if (new_policy_) policy_ = new_policy_;
  waiting_.clear();
  return {std::exchange(inputs_, {}), std::exchange(new_policy_, nullptr), stopping_};
}

void ControlThread::Run() {
  for (;;) {
    Round round = Await();
    if (round.stopping) return Finish(std::move(round));
    GoRound(std::move(round));
    if (went_round_) went_round_();
  }
}

void ControlThread::GoRound(Round round) {
  if (leading_) return Lead(std::move(round));
  // Only a leader can say what came of a job.
  loop_.Keep(std::move(round.inputs));
  if (clock_.Monotonic() < lead_at_) return Follow();
  if (const Status led = TryToLead(); !led && led.error().code != ErrorCode::kConflict)
    log_.Failed("cannot lead or follow", {{"error", led.error().message}});
}

void ControlThread::Follow() {
  if (const Status followed = loop_.Follow(policy_); !followed) {
    log_.Failed("cannot follow the leader", {{"error", followed.error().message}});
    return;
  }
  if (changed_) changed_();
}

void ControlThread::Finish(Round round) {
  if (!leading_) return;
  if (const Status last = loop_.Turn(std::move(round.inputs)); !last)
    log_.Warning("the last turn failed; what it held is made again by the next server",
                 {{"error", last.error().message}});
  if (const Status status = loop_.Release(); !status)
    log_.Warning("the lease could not be given back", {{"error", status.error().message}});
  SetLeading(false);
}

void ControlThread::StepDown() {
  // Fenced: another server took over. What it decides is folded, not ours.
  SetLeading(false);
  last_turn_failed_ = false;
  lead_at_ = clock_.Monotonic() + kTryToLeadEvery;
  log_.Warning("another server leads now; this one follows");
  if (changed_) changed_();
}

void ControlThread::RenewIfDue() {
  const Duration now = clock_.Monotonic();
  if (now < renew_at_) return;
  const Status renewed = loop_.RenewLease();
  if (renewed) {
    renew_at_ = now + kRenewEvery;
    return;
  }
  // Pages go on for as long as the loop may act under the old one.
  log_.Failed("the lease could not be renewed", {{"error", renewed.error().message}});
  renew_at_ = now + kLongestRest;
  if (renewed.error().code == ErrorCode::kConflict) StepDown();
}

void ControlThread::CheckpointIfDue() {
  const Duration now = clock_.Monotonic();
  if (now < checkpoint_at_) return;
  if (const Status kept = loop_.CheckpointIfDue(); !kept) {
    log_.Failed("a checkpoint of the journal could not be kept", {{"error", kept.error().message}});
    checkpoint_at_ = now + kCheckpointAgainAfter;
  }
}

void ControlThread::Lead(Round round) {
  // First, and whatever becomes of the turn: a turn that fails again and again
  // must not cost the lease.
  RenewIfDue();
  if (!leading_) return loop_.Keep(std::move(round.inputs));
  Status status;
  if (round.new_policy) status = loop_.UsePolicy(std::move(round.new_policy));
  if (status) {
    status = loop_.Turn(std::move(round.inputs));
  } else {
    loop_.Keep(std::move(round.inputs));
  }
  last_turn_failed_ = !status;
  if (!status) {
    log_.Failed("a turn of the control loop failed; it is made again",
                {{"error", status.error().message}});
    if (status.error().code == ErrorCode::kConflict) StepDown();
    return;
  }
  if (changed_) changed_();
  DispatchJobs();
  CheckpointIfDue();
}

void ControlThread::DispatchJobs() {
  dispatched_ = clock_.Now();
  for (const store::Lane lane :
       {store::Lane::kUrgent, store::Lane::kNormal, store::Lane::kBackground}) {
    const size_t room = runner_.Free(lane);
    if (room == 0) continue;
    Result<std::vector<store::Job>> jobs = loop_.ClaimJobs(lane, room);
    if (!jobs) {
      log_.Failed("due jobs could not be claimed", {{"error", jobs.error().message}});
      return;
    }
    for (store::Job& job : *jobs) runner_.Dispatch(std::move(job));
  }
}

}  // namespace hinomi::app
