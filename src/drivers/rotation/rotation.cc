#include "drivers/rotation/rotation.h"

#include <algorithm>
#include <utility>

namespace hinomi::drivers {
namespace {

/// While something is on its way, and while nothing is: a reload is seen so soon.
constexpr Duration kSoon = Duration::Millis(100);
constexpr Duration kLookEvery = Duration::Millis(200);
/// After failures: twice as long each time.
constexpr Duration kFirstWait = Duration::Millis(200);
constexpr Duration kLongestWait = Duration::Seconds(5);
/// A check that has not passed for so long is told.
constexpr Duration kCheckPatience = Duration::Seconds(3);
/// A balancer that we leave and that does not answer is given up.
constexpr Duration kRetirePatience = Duration::Seconds(60);

Duration WaitAfter(int failures) {
  Duration wait = kFirstWait;
  for (int i = 1; i < failures && wait < kLongestWait; ++i) wait = wait * 2;
  return std::min(wait, kLongestWait);
}

bool Contains(const std::vector<std::string>& list, const std::string& what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

}  // namespace

Rotation::Rotation(RotationOptions options, std::unique_ptr<LoadBalancer> balancer, Look look,
                   AddressOf address_of, const Clock& clock, Log& log)
    : balancer_(std::move(balancer)),
      look_(std::move(look)),
      address_of_(std::move(address_of)),
      clock_(clock),
      log_(log),
      options_(std::move(options)) {
  memory_.silent_since = clock_.Monotonic();
}

Result<bool> Rotation::Ask(const Task& task, Wish wish) {
  const MutexLock lock(mutex_);
  const auto [entry, made] = asked_.try_emplace(task.id);
  Asked& asked = entry->second;
  if (made || wish > asked.wished.wish) {
    asked = {.wished = {wish, address_of_(task)}, .since = clock_.Monotonic()};
    wanted_ = true;
  }
  if (asked.done) return true;
  if (!asked.error.empty()) return Unavailable(asked.error);
  if (!state_.reached && !state_.error.empty()) return Unavailable(state_.error);
  return false;
}

void Rotation::SetOptions(RotationOptions options) {
  const MutexLock lock(mutex_);
  options_ = std::move(options);
  wanted_ = true;
}

void Rotation::Retire(bool retired) {
  const MutexLock lock(mutex_);
  if (retired != retired_) wanted_ = true;
  retired_ = retired;
  if (!retired) finished_ = false;
}

bool Rotation::finished() const {
  const MutexLock lock(mutex_);
  return finished_;
}

bool Rotation::TakeWanted() {
  const MutexLock lock(mutex_);
  return std::exchange(wanted_, false);
}

RotationState Rotation::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

Duration Rotation::Turn() {
  const auto servers = balancer_->Servers();
  if (!servers) return Failed(servers.error());
  const Duration now = clock_.Monotonic();
  memory_.silent_since = now;
  Remember(*servers, now);
  // After the servers: whatever was among them then is known of now.
  const Tasks seen = look_();
  const auto wishes = Wishes(seen);
  std::string service;
  {
    const MutexLock lock(mutex_);
    service = options_.service;
  }
  RotationPlan plan = PlanRotation(service, wishes, seen.knows_all, *servers, memory_.idle_looks);
  std::erase_if(plan.done, [&](const std::string& task) {
    return wishes.at(task).wish == Wish::kOut && memory_.vanished.contains(task);
  });
  std::map<std::string, std::string> errors;
  for (const RotationStep& step : plan.steps) {
    if (errors.contains(step.task)) continue;
    const Status done = Do(step, wishes);
    // Not within no time at all: the next look says more.
    if (!done && done.error().code != ErrorCode::kTimeout)
      errors.emplace(step.task, done.error().message);
  }
  TakeResults(plan, wishes, errors, *servers);
  memory_.failures = errors.empty() ? 0 : memory_.failures + 1;
  if (!errors.empty()) return now + WaitAfter(memory_.failures);
  return now + (state().in_step ? kLookEvery : kSoon);
}

Duration Rotation::Failed(const Error& error) {
  const Duration now = clock_.Monotonic();
  RotationState next = state();
  next.reached = next.in_step = false;
  next.error = error.message;
  Tell(std::move(next));
  {
    const MutexLock lock(mutex_);
    const Duration patience = options_.drain_timeout + kRetirePatience;
    if (retired_ && now - memory_.silent_since > patience) finished_ = true;
  }
  return now + WaitAfter(++memory_.failures);
}

void Rotation::Remember(const std::vector<BalancedServer>& servers, Duration now) {
  const MutexLock lock(mutex_);
  std::map<std::string, int> idle_looks;
  std::set<std::string> present;
  for (const BalancedServer& server : servers) {
    const auto task = TaskOfServer(options_.service, server.name);
    if (!task) continue;
    present.insert(*task);
    const bool idle = server.sessions == 0 && server.queued == 0;
    if (idle && server.state == ServerState::kDraining)
      idle_looks[*task] = memory_.idle_looks[*task] + 1;
  }
  memory_.idle_looks = std::move(idle_looks);
  // A reload forgets servers, and a process before it may go on with requests.
  for (auto in = memory_.in.begin(); in != memory_.in.end();) {
    if (present.contains(*in)) {
      ++in;
      continue;
    }
    memory_.vanished[*in] = now;
    in = memory_.in.erase(in);
  }
  std::erase_if(memory_.vanished,
                [&](const auto& entry) { return now - entry.second >= options_.drain_timeout; });
}

std::map<std::string, WishedTask> Rotation::Wishes(const Tasks& seen) {
  const MutexLock lock(mutex_);
  std::map<std::string, WishedTask> wishes;
  for (const Task& task : seen.tasks) {
    if (!task.living()) asked_.erase(task.id);
    wishes[task.id] = {WishOf(task.last_status), address_of_(task)};
  }
  for (const auto& [task, asked] : asked_) {
    WishedTask& wished = wishes[task];
    if (asked.wished.wish >= wished.wish) wished = asked.wished;
  }
  if (!retired_) return wishes;
  for (auto& [task, wished] : wishes) wished.wish = std::max(wished.wish, Wish::kOut);
  return wishes;
}

Status Rotation::Do(const RotationStep& step, const std::map<std::string, WishedTask>& wishes) {
  NewServer server;
  {
    const MutexLock lock(mutex_);
    server.name = ServerName(options_.service, step.task);
    server.check = options_.check;
  }
  switch (step.kind) {
    case RotationStep::Kind::kAdd:
      server.address = wishes.at(step.task).address;
      return balancer_->Add(server);
    case RotationStep::Kind::kEnable:
      // It was well until the balancer forgot it: nobody waits for its check.
      if (memory_.vanished.contains(step.task)) return balancer_->EnableAtOnce(server.name);
      return balancer_->Enable(server.name, Duration());
    case RotationStep::Kind::kDrain:
      return balancer_->Drain(server.name, Duration());
    case RotationStep::Kind::kRemove: {
      const Status removed = balancer_->Remove(server.name, Duration());
      if (removed) memory_.in.erase(step.task);
      return removed;
    }
  }
  return {};
}

void Rotation::TakeResults(const RotationPlan& plan,
                           const std::map<std::string, WishedTask>& wishes,
                           const std::map<std::string, std::string>& errors,
                           const std::vector<BalancedServer>& servers) {
  const Duration now = clock_.Monotonic();
  RotationState next;
  next.looked = next.reached = true;
  {
    const MutexLock lock(mutex_);
    std::map<std::string, std::string> checks;
    for (const BalancedServer& server : servers)
      if (const auto task = TaskOfServer(options_.service, server.name))
        checks[*task] = server.check;
    next.servers = checks.size();
    for (auto& [task, asked] : asked_) {
      const auto wished = wishes.find(task);
      if (wished == wishes.end() || wished->second.wish != asked.wished.wish) continue;
      asked.done = Contains(plan.done, task);
      // While a check runs the last one's code is missing: no news.
      if (!asked.check.starts_with(checks[task] + " ")) asked.check = checks[task];
      const auto error = errors.find(task);
      asked.error = error == errors.end() ? "" : error->second;
      if (asked.done || asked.wished.wish != Wish::kIn || !asked.error.empty()) continue;
      if (now - asked.since >= kCheckPatience)
        asked.error = "server " + ServerName(options_.service, task) + " is not healthy for its " +
                      "balancer, and gets no requests: its last check says " +
                      (asked.check.empty() ? "nothing yet" : asked.check);
    }
    for (const auto& [task, asked] : asked_)
      if (next.error.empty()) next.error = asked.error;
    if (retired_ && checks.empty()) finished_ = true;
  }
  for (const auto& [task, error] : errors)
    if (next.error.empty()) next.error = error;
  size_t wished = 0;
  for (const auto& [task, one] : wishes) {
    if (one.wish != Wish::kKeep) ++wished;
    if (one.wish == Wish::kIn && Contains(plan.done, task)) memory_.in.insert(task);
  }
  next.in_step = plan.steps.empty() && plan.done.size() == wished;
  Tell(std::move(next));
}

void Rotation::Tell(RotationState next) {
  RotationState before;
  std::string service;
  {
    const MutexLock lock(mutex_);
    before = std::exchange(state_, next);
    service = options_.service;
  }
  if (before.error == next.error) return;
  if (next.error.empty())
    log_.Info("a service's balancer is as it is to be again", {{"service", service}});
  else
    log_.Warning("a service's balancer is not as it is to be; it is tried again",
                 {{"service", service}, {"error", next.error}});
}

}  // namespace hinomi::drivers
