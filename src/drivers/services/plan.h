#ifndef HINOMI_DRIVERS_SERVICES_PLAN_H_
#define HINOMI_DRIVERS_SERVICES_PLAN_H_

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "drivers/host.h"
#include "drivers/services/service_runtime.h"

/// What is decided about a service: values and functions of (state, now), without
/// I/O. All times are on the monotonic clock. The doing is process_runtime's,
/// which tells the `Note…` functions what came of it.
namespace hinomi::drivers {

/// A task, and what is known of it beyond what people see.
struct TaskState {
  Task task;
  Duration created, started;
  Duration status_since;  ///< When `last_status` became what it is.
  Duration next_ask;      ///< Before that no hook and no signal again.
  Duration next_check;
  Duration next_look;                         ///< At what it uses.
  bool check_going = false;                   ///< Asked and not answered yet.
  int failed_checks = 0;                      ///< In a row.
  std::optional<Duration> last_failed_check;  ///< That counted.
  bool was_healthy = false;
  bool was_stable = false;
  bool kill_now = false;                      ///< No drain, no SIGTERM.
  std::optional<Duration> unreachable_since;  ///< Its host does not answer.
  std::optional<Duration> looked_at;          ///< When `task.cpu_time` was read.
  std::string hook_error;                     ///< Of the last call; "" when there was none.
};

struct ServiceState {
  ServiceSpec spec;
  bool declared = true;
  int desired_count = 0;
  std::string scale_reason;      ///< Of the last change of desired_count.
  std::vector<TaskState> tasks;  ///< Oldest first.
  int failures = 0;              ///< In a row.
  Duration last_failure = Duration::Nanos(std::numeric_limits<int64_t>::min());
  Duration next_start;      ///< Not before.
  std::string last_reason;  ///< Of the last failure.

  bool failing() const { return failures >= spec.restart.failing_after; }
  TaskState* Find(const std::string& task);
};

struct HostState {
  std::string name;
  Duration down_until;  ///< Before that nothing is placed there.
};

struct Step {
  enum class Kind {
    kStart,      ///< A new task on `host`.
    kActivate,   ///< Ask the hook.
    kCheck,      ///< Ask whether it is well.
    kLook,       ///< See what it uses.
    kStop,       ///< Decide that it stops, with `code` and `reason`.
    kDrain,      ///< Ask the hook.
    kTerminate,  ///< SIGTERM.
    kKill,
    kRemove,  ///< Ask the hook, then it is STOPPED.
    kForget,  ///< Its directory goes.
  };
  Kind kind;
  std::string task;  ///< Id; none for kStart.
  std::string host;
  StopCode code = StopCode::kNone;
  std::string reason;
  bool own_fault = false;  ///< kStop: counts as a failure unless it was stable.
  bool at_once = false;    ///< kStop: SIGKILL, nothing before. kRemove: asks no hook.
  bool operator==(const Step&) const = default;
};

struct Plan {
  std::vector<Step> steps;
  /// When something is due next, steps apart; none: only what happens counts.
  std::optional<Duration> wake_at;
};

/// What is to be done now. Done steps are noted, so that the next plan differs.
Plan MakePlan(const ServiceState& state, const std::vector<HostState>& hosts, Duration now);

/// How long the n-th failure in a row waits; n from 1.
Duration BackoffAfter(const RestartPolicy& policy, int failures);

/// The time goes on: stable tasks end a series of failures.
void NoteTime(ServiceState& state, Duration now);
/// It was decided (kStop) that the task stops. Nothing for one that stops already.
void NoteStop(ServiceState& state, TaskState& task, const Step& stop, Duration now, Instant wall);
void NoteStatus(TaskState& task, TaskStatus status, Duration now);
/// The process runs.
void NoteStarted(TaskState& task, const ShimStatus& run, bool has_hooks, Duration now);
/// Nothing ran. Of an error that comes again unless something is changed the
/// service is failing at once.
void NoteStartFailed(ServiceState& state, TaskState& task, const Error& error, Duration now,
                     Instant wall);
/// The process is gone (kEnded; kUnknown when nobody saw how).
void NoteEnded(ServiceState& state, TaskState& task, const ShimStatus& run, Duration now,
               Instant wall);
void NoteCheck(TaskState& task, const HealthCheck& check, const Status& answer, Duration now);
void NoteUse(TaskState& task, const ServiceSpec& spec, const ProcessUse& use, Duration now);

/// What people see.
ServiceStatus StatusOf(const ServiceState& state, Duration now, Instant wall);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_PLAN_H_
