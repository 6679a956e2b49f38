#include "app/control_thread.h"

#include <algorithm>
#include <chrono>

namespace hinomi::app {
namespace {
constexpr Duration kRenewEvery = Duration::Seconds(5);
constexpr Duration kTryToLeadEvery = Duration::Seconds(5);
// Rests at most so long: jobs that another path made due are seen then.
constexpr Duration kLongestRest = Duration::Seconds(1);
}  // namespace

ControlThread::ControlThread(control::ControlLoop& loop, store::Store& store, JobRunner& runner,
                             const Clock& clock, Telemetry& telemetry, Log& log)
    : loop_(loop), store_(store), runner_(runner), clock_(clock), telemetry_(telemetry), log_(log) {}

Status ControlThread::Start(std::shared_ptr<const policy::OpsFolder> policy) {
  policy_ = std::move(policy);
  const Status led = TryToLead();
  if (!led && led.error().code != ErrorCode::kConflict) return led;
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

Status ControlThread::TryToLead() {
  tried_ = clock_.Monotonic();
  Status led = loop_.Start(policy_);
  leading_ = led.has_value();
  telemetry_.Gauge("hinomi_leading", "1 while this server decides.").Set(led ? 1 : 0);
  if (led) {
    renewed_ = clock_.Monotonic();
    log_.Info("this server leads", {{"epoch", std::to_string(loop_.epoch())}});
  } else if (led.error().code == ErrorCode::kConflict) {
    if (const Status followed = loop_.Follow(policy_); !followed) return followed;
  }
  if (changed_) changed_();
  return led;
}

Duration ControlThread::UntilNextWork() const {
  Duration rest = kLongestRest;
  if (last_turn_failed_ || !leading_) return rest;
  if (const auto wakeup = loop_.NextWakeup()) rest = std::min(rest, *wakeup - clock_.Now());
  if (const auto due = store_.NextJobDue(); due && *due) rest = std::min(rest, **due - clock_.Now());
  // Never spins on a job that no lane has room for.
  return std::max(rest, Duration::Millis(10));
}

void ControlThread::Run() {
  for (;;) {
    std::vector<ops_model::Input> inputs;
    std::shared_ptr<const policy::OpsFolder> new_policy;
    const auto rest = std::chrono::nanoseconds(UntilNextWork().nanos());
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, rest,
                     [&] { return stopping_ || woken_ || new_policy_ || !inputs_.empty(); });
      if (stopping_) break;
      woken_ = false;
      inputs.swap(inputs_);
      new_policy.swap(new_policy_);
      if (new_policy) policy_ = new_policy;
    }
    if (leading_) {
      Lead(std::move(inputs), std::move(new_policy));
    } else if (clock_.Monotonic() - tried_ >= kTryToLeadEvery) {
      if (const Status led = TryToLead(); !led && led.error().code != ErrorCode::kConflict)
        log_.Failed("cannot lead or follow", {{"error", led.error().message}});
    }
  }
  if (leading_) {
    if (const Status status = loop_.Release(); !status)
      log_.Warning("the lease could not be given back", {{"error", status.error().message}});
  }
}

void ControlThread::Lead(std::vector<ops_model::Input> inputs,
                         std::shared_ptr<const policy::OpsFolder> new_policy) {
  Status status;
  if (new_policy) status = loop_.UsePolicy(std::move(new_policy));
  if (status) status = loop_.Turn(std::move(inputs));
  if (status) status = loop_.CheckpointIfDue();
  if (status && clock_.Monotonic() - renewed_ >= kRenewEvery) {
    status = loop_.RenewLease();
    if (status) renewed_ = clock_.Monotonic();
  }
  last_turn_failed_ = !status;
  if (!status) {
    log_.Failed("a turn of the control loop failed; it is made again",
                {{"error", status.error().message}});
    if (status.error().code == ErrorCode::kConflict) {
      // Fenced: another server took over. What it decides is folded, not ours.
      leading_ = false;
      telemetry_.Gauge("hinomi_leading", "1 while this server decides.").Set(0);
      tried_ = clock_.Monotonic();
    }
    return;
  }
  if (changed_) changed_();
  DispatchJobs();
}

void ControlThread::DispatchJobs() {
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
