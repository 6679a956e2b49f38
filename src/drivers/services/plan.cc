#include "drivers/services/plan.h"

#include <algorithm>
#include <map>

namespace hinomi::drivers {
namespace {

/// Longer than a restart of an agent; ECS waits as well before it replaces.
constexpr Duration kHostLostAfter = Duration::Seconds(60);
/// Beyond the stop timeout the shim must have sent SIGKILL itself.
constexpr Duration kKillSlack = Duration::Seconds(5);
constexpr Duration kShowStopped = Duration::Hours(1);
constexpr size_t kMostStopped = 20;

std::string Mebibytes(uint64_t bytes) {
  return std::to_string((bytes + (1u << 19)) >> 20) + " MiB";
}

bool IsUp(const TaskState& t) {
  return t.task.last_status == TaskStatus::kActivating ||
         t.task.last_status == TaskStatus::kRunning;
}

bool IsLost(const TaskState& t, Duration now) {
  return t.unreachable_since && now - *t.unreachable_since >= kHostLostAfter;
}

/// Makes one plan; a class only because everything adds to the same two things.
class Planner {
 public:
  Planner(const ServiceState& state, const std::vector<HostState>& hosts, Duration now)
      : state_(state), hosts_(hosts), now_(now) {}

  Plan Make() {
    for (const TaskState& t : state_.tasks) Tend(t);
    Forget();
    Balance();
    return std::move(plan_);
  }

 private:
  void Wake(Duration at) {
    if (at > now_ && (!plan_.wake_at || at < *plan_.wake_at)) plan_.wake_at = at;
  }
  /// True at or after `at`; else the plan wakes then.
  bool Due(Duration at) {
    Wake(at);
    return now_ >= at;
  }
  void Add(Step::Kind kind, const TaskState& t) {
    plan_.steps.push_back({.kind = kind, .task = t.task.id, .host = t.task.host});
  }
  void Stop(const TaskState& t, StopCode code, std::string reason, bool own_fault, bool at_once) {
    plan_.steps.push_back({.kind = Step::Kind::kStop,
                           .task = t.task.id,
                           .host = t.task.host,
                           .code = code,
                           .reason = std::move(reason),
                           .own_fault = own_fault,
                           .at_once = at_once});
    stopping_.push_back(&t);
  }

  void Tend(const TaskState& t) {
    switch (t.task.last_status) {
      case TaskStatus::kProvisioning:
      case TaskStatus::kPending:
      case TaskStatus::kStopped:
        return;
      case TaskStatus::kActivating:
        if (Due(t.next_ask)) Add(Step::Kind::kActivate, t);
        Watch(t);
        return;
      case TaskStatus::kRunning:
        Watch(t);
        return;
      case TaskStatus::kDeactivating:
        TakeOut(t);
        return;
      case TaskStatus::kStopping:
        if (!t.kill_now && !Due(t.status_since + state_.spec.stop_timeout + kKillSlack)) return;
        if (Due(t.next_ask)) Add(Step::Kind::kKill, t);
        return;
      case TaskStatus::kDeprovisioning: {
        const bool over = Due(t.status_since + state_.spec.drain_timeout);
        if (!over && !Due(t.next_ask)) return;
        Add(Step::Kind::kRemove, t);
        plan_.steps.back().at_once = over;
        return;
      }
    }
  }

  void TakeOut(const TaskState& t) {
    const bool over = Due(t.status_since + state_.spec.drain_timeout);
    if (!Due(t.next_ask)) return;
    Add(over ? Step::Kind::kTerminate : Step::Kind::kDrain, t);
  }

  void Watch(const TaskState& t) {
    const ServiceSpec& spec = state_.spec;
    if (!t.was_stable) Wake(t.started + spec.restart.stable_after);
    if (t.task.health == TaskHealth::kUnhealthy) {
      Stop(t, StopCode::kServiceSchedulerInitiated,
           "Task failed its health checks, " + std::to_string(t.failed_checks) +
               " in a row: " + t.task.health_reason,
           true, false);
      return;
    }
    if (spec.memory_bytes && t.task.resident_bytes > *spec.memory_bytes) {
      Stop(t, StopCode::kEssentialContainerExited,
           "OutOfMemoryError: its processes hold " + Mebibytes(t.task.resident_bytes) +
               " and may hold " + Mebibytes(*spec.memory_bytes),
           true, true);
      return;
    }
    const bool checks = spec.health_check.kind != HealthCheck::Kind::kNone && t.task.port != 0;
    if (checks && !t.check_going && Due(t.next_check)) Add(Step::Kind::kCheck, t);
    if (Due(t.next_look)) Add(Step::Kind::kLook, t);
  }

  void Forget() {
    size_t newer = 0;
    for (auto t = state_.tasks.rbegin(); t != state_.tasks.rend(); ++t) {
      if (t->task.living()) continue;
      const bool over = newer++ >= kMostStopped || Due(t->status_since + kShowStopped);
      if (over && Due(t->next_ask)) Add(Step::Kind::kForget, *t);
    }
  }

  bool Counts(const TaskState& t) const {
    return t.task.living() && t.task.wanted && !IsLost(t, now_) &&
           std::find(stopping_.begin(), stopping_.end(), &t) == stopping_.end();
  }

  void Balance() {
    int have = 0;
    int unproved = 0;
    for (const TaskState& t : state_.tasks) {
      if (t.unreachable_since) Wake(*t.unreachable_since + kHostLostAfter);
      if (!Counts(t)) continue;
      ++have;
      if (!t.was_stable) ++unproved;
    }
    if (have > state_.desired_count) ScaleIn(have - state_.desired_count);
    int missing = state_.desired_count - have;
    if (missing <= 0 || !Due(state_.next_start)) return;
    // A service that fails all the time proves itself with one task first.
    if (state_.failing()) missing = unproved > 0 ? 0 : 1;
    for (; missing > 0; --missing)
      if (!Place()) return;
  }

  /// One task more, where the fewest of this service are. False: no host is up.
  bool Place() {
    const HostState* best = nullptr;
    for (const HostState& host : hosts_) {
      if (!Due(host.down_until)) continue;
      if (best == nullptr || On(host.name) < On(best->name)) best = &host;
    }
    if (best == nullptr) return false;
    ++placed_[best->name];
    plan_.steps.push_back({.kind = Step::Kind::kStart, .host = best->name});
    return true;
  }

  int On(const std::string& host) const {
    const auto placed = placed_.find(host);
    int count = placed == placed_.end() ? 0 : placed->second;
    for (const TaskState& t : state_.tasks)
      if (t.task.host == host && Counts(t)) ++count;
    return count;
  }

  /// Those that serve least go first: lost, not up, not healthy; then of the
  /// fullest host the newest.
  void ScaleIn(int surplus) {
    const bool checked = state_.spec.health_check.kind != HealthCheck::Kind::kNone;
    const auto worth = [&](const TaskState& t) {
      if (t.unreachable_since) return 0;
      if (!IsUp(t)) return 1;
      if (checked && t.task.health != TaskHealth::kHealthy) return 2;
      return t.task.last_status == TaskStatus::kRunning ? 4 : 3;
    };
    std::string reason = "Scaled in to " + std::to_string(state_.desired_count);
    if (!state_.scale_reason.empty()) reason += ": " + state_.scale_reason;
    if (!state_.declared) reason = "The service is not declared any more";
    for (; surplus > 0; --surplus) {
      const TaskState* least = nullptr;
      for (const TaskState& t : state_.tasks) {
        if (!Counts(t)) continue;
        if (least == nullptr || worth(t) < worth(*least) ||
            (worth(t) == worth(*least) && On(t.task.host) >= On(least->task.host)))
          least = &t;
      }
      if (least == nullptr) return;
      Stop(*least, StopCode::kServiceSchedulerInitiated, reason, false, false);
    }
  }

  const ServiceState& state_;
  const std::vector<HostState>& hosts_;
  const Duration now_;
  Plan plan_;
  std::vector<const TaskState*> stopping_;  ///< By this plan.
  std::map<std::string, int> placed_;       ///< By this plan.
};

}  // namespace

Plan MakePlan(const ServiceState& state, const std::vector<HostState>& hosts, Duration now) {
  return Planner(state, hosts, now).Make();
}

}  // namespace hinomi::drivers
