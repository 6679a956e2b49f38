#include <algorithm>

#include "drivers/services/plan.h"
#include "os/process.h"

namespace hinomi::drivers {
namespace {

constexpr Duration kStartCheckEvery = Duration::Millis(200);
/// Between two looks at what a task uses.
constexpr Duration kLookEvery = Duration::Seconds(1);
constexpr int kUnitsPerCore = 1024;

bool IsWell(const TaskState& t, const ServiceSpec& spec) {
  if (t.task.last_status != TaskStatus::kRunning || !t.task.wanted) return false;
  return spec.health_check.kind == HealthCheck::Kind::kNone || t.task.port == 0 ||
         t.task.health == TaskHealth::kHealthy;
}

/// Tasks that were started before the last failure failed with it, once.
void CountFailure(ServiceState& state, const TaskState& task, bool comes_again, Duration now) {
  state.last_reason = task.task.stopped_reason;
  const bool another = task.created > state.last_failure;
  state.last_failure = now;
  if (!another && !comes_again) return;
  if (another) ++state.failures;
  if (comes_again) state.failures = std::max(state.failures, state.spec.restart.failing_after);
  state.next_start = now + (comes_again ? state.spec.restart.most
                                        : BackoffAfter(state.spec.restart, state.failures));
}

std::string HowItEnded(const ShimStatus& run) {
  if (run.state != ShimState::kEnded) return "nobody saw the end of its process: " + run.reason;
  if (run.signal != 0) return "its process was ended by " + DescribeSignal(run.signal);
  return "its process ended with exit code " + std::to_string(run.exit_code);
}

}  // namespace

TaskState* ServiceState::Find(const std::string& task) {
  const auto found = std::find_if(tasks.begin(), tasks.end(),
                                  [&](const TaskState& t) { return t.task.id == task; });
  return found == tasks.end() ? nullptr : &*found;
}

Duration BackoffAfter(const RestartPolicy& policy, int failures) {
  Duration wait = policy.first;
  for (int i = 1; i < failures && wait < policy.most; ++i) wait = wait * 2;
  return std::min(wait, policy.most);
}

void NoteStatus(TaskState& task, TaskStatus status, Duration now) {
  task.task.last_status = status;
  task.status_since = now;
  task.next_ask = now;
}

void NoteTime(ServiceState& state, Duration now) {
  for (TaskState& t : state.tasks) {
    if (t.was_stable || !IsWell(t, state.spec)) continue;
    if (now - t.started < state.spec.restart.stable_after) continue;
    t.was_stable = true;
    // One that had been there before the failures began proves nothing.
    if (t.created <= state.last_failure) continue;
    state.failures = 0;
    state.last_reason.clear();
    state.next_start = now;
  }
}

void NoteStop(ServiceState& state, TaskState& task, const Step& stop, Duration now, Instant wall) {
  Task& t = task.task;
  if (!t.wanted || !t.living()) return;
  t.wanted = false;
  t.stop_code = stop.code;
  t.stopped_reason = stop.reason;
  t.stopping_at = wall;
  task.kill_now = stop.at_once;
  const bool in_rotation =
      t.last_status == TaskStatus::kActivating || t.last_status == TaskStatus::kRunning;
  if (stop.own_fault && !task.was_stable) CountFailure(state, task, false, now);
  if (stop.at_once)
    NoteStatus(task, TaskStatus::kStopping, now);
  else if (in_rotation || t.last_status == TaskStatus::kPending)
    NoteStatus(task, TaskStatus::kDeactivating, now);
}

void NoteStarted(TaskState& task, const ShimStatus& run, bool has_hooks, Duration now) {
  Task& t = task.task;
  t.started_at = run.started_at;
  t.pid = run.process.pid;
  task.started = now;
  task.next_check = now;
  task.next_look = now;
  if (!t.wanted) return;
  NoteStatus(task, has_hooks ? TaskStatus::kActivating : TaskStatus::kRunning, now);
}

void NoteStartFailed(ServiceState& state, TaskState& task, const Error& error, Duration now,
                     Instant wall) {
  Task& t = task.task;
  t.wanted = false;
  t.stop_code = StopCode::kTaskFailedToStart;
  t.stopped_reason = error.message;
  if (t.stopping_at == Instant()) t.stopping_at = wall;
  t.stopped_at = wall;
  NoteStatus(task, TaskStatus::kStopped, now);
  CountFailure(state, task, !IsRetryable(error.code), now);
}

void NoteEnded(ServiceState& state, TaskState& task, const ShimStatus& run, Duration now,
               Instant wall) {
  Task& t = task.task;
  const bool asked = !t.wanted;
  t.wanted = false;
  if (run.state == ShimState::kEnded) {
    t.exit_code = run.signal != 0 ? 128 + run.signal : run.exit_code;
    if (run.started_at != Instant()) t.started_at = run.started_at;
  }
  t.stopped_at = run.state == ShimState::kEnded ? run.ended_at : wall;
  if (t.stopping_at == Instant()) t.stopping_at = t.stopped_at;
  if (!asked) {
    t.stop_code = StopCode::kEssentialContainerExited;
    t.stopped_reason = "Essential process in task exited: " + HowItEnded(run);
    if (run.state == ShimState::kEnded && run.elapsed > Duration())
      t.stopped_reason += " after " + FormatDuration(Duration::Millis(run.elapsed.millis()));
    if (!task.was_stable) CountFailure(state, task, false, now);
  }
  NoteStatus(task, TaskStatus::kDeprovisioning, now);
}

void NoteCheck(TaskState& task, const HealthCheck& check, const Status& answer, Duration now) {
  task.check_going = false;
  Task& t = task.task;
  // Asked more often until its first success, it serves as soon as it can; its
  // failures count as often as they always do.
  const bool starting = !answer && !task.was_healthy;
  task.next_check = now + (starting ? std::min(check.interval, kStartCheckEvery) : check.interval);
  if (!t.wanted) return;
  if (answer) {
    task.failed_checks = 0;
    task.last_failed_check.reset();
    task.was_healthy = true;
    t.health = TaskHealth::kHealthy;
    t.health_reason.clear();
    return;
  }
  t.health_reason = answer.error().message;
  if (starting && now - task.started < check.start_period) return;
  if (starting && task.last_failed_check && now - *task.last_failed_check < check.interval) return;
  task.last_failed_check = now;
  if (++task.failed_checks >= check.retries) t.health = TaskHealth::kUnhealthy;
}

void NoteUse(TaskState& task, const ServiceSpec& spec, const ProcessUse& use, Duration now) {
  Task& t = task.task;
  task.next_look = now + kLookEvery;
  if (spec.cpu_units && task.looked_at && now > *task.looked_at) {
    // A descendant that nobody waited for takes its time with it.
    const Duration used = std::max(use.cpu_time - t.cpu_time, Duration());
    const double cores = static_cast<double>(*spec.cpu_units) / kUnitsPerCore;
    t.cpu_percent = 100 * used.ToSeconds() / (now - *task.looked_at).ToSeconds() / cores;
  }
  if (spec.memory_bytes)
    t.memory_percent =
        100 * static_cast<double>(use.resident_bytes) / static_cast<double>(*spec.memory_bytes);
  t.cpu_time = use.cpu_time;
  t.resident_bytes = use.resident_bytes;
  task.looked_at = now;
}

ServiceStatus StatusOf(const ServiceState& state, Duration now, Instant wall) {
  ServiceStatus status;
  status.name = state.spec.name;
  status.cluster = state.spec.cluster;
  status.declared = state.declared;
  status.desired_count = state.desired_count;
  status.failing = state.failing();
  status.failures = state.failures;
  int living = 0;
  double cpu = 0, memory = 0;
  int cpu_tasks = 0, memory_tasks = 0;
  for (const TaskState& t : state.tasks) {
    if (!t.task.living() || !t.task.wanted) continue;
    ++living;
    if (t.task.last_status != TaskStatus::kRunning) {
      ++status.pending_count;
      continue;
    }
    ++status.running_count;
    if (IsWell(t, state.spec)) ++status.healthy_count;
    if (t.task.cpu_percent) cpu += *t.task.cpu_percent, ++cpu_tasks;
    if (t.task.memory_percent) memory += *t.task.memory_percent, ++memory_tasks;
  }
  if (cpu_tasks > 0) status.cpu_percent = cpu / cpu_tasks;
  if (memory_tasks > 0) status.memory_percent = memory / memory_tasks;
  if (state.failures > 0) status.reason = state.last_reason;
  if (living < state.desired_count && state.next_start > now)
    status.next_start_at = wall + (state.next_start - now);
  return status;
}

}  // namespace hinomi::drivers
