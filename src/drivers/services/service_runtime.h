#ifndef HINOMI_DRIVERS_SERVICES_SERVICE_RUNTIME_H_
#define HINOMI_DRIVERS_SERVICES_SERVICE_RUNTIME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi::drivers {

/// Where a task stands, in the words and the order of Amazon ECS
/// ("Amazon ECS task lifecycle").
enum class TaskStatus {
  kProvisioning,  ///< Recorded; a host and a port are being found.
  kPending,       ///< Its process is being started.
  kActivating,    ///< It runs, and is being put into rotation (`TaskHooks::Activate`).
  kRunning,
  kDeactivating,    ///< It runs, and is being taken out of rotation (`TaskHooks::Drain`).
  kStopping,        ///< Asked to end.
  kDeprovisioning,  ///< Ended; what was registered for it is taken back (`TaskHooks::Remove`).
  kStopped,
};
/// "PROVISIONING", …, "STOPPED".
std::string_view TaskStatusName(TaskStatus status);
std::optional<TaskStatus> TaskStatusOf(std::string_view name);

enum class TaskHealth {
  kUnknown,  ///< No check is declared, or none has decided yet.
  kHealthy,
  kUnhealthy,
};
/// "UNKNOWN", "HEALTHY", "UNHEALTHY".
std::string_view TaskHealthName(TaskHealth health);

/// Why a task stopped, as ECS says it in `stopCode`.
enum class StopCode {
  kNone,                       ///< It has not.
  kTaskFailedToStart,          ///< It never ran.
  kEssentialContainerExited,   ///< Its process ended by itself, or took too much memory.
  kUserInitiated,              ///< A person stopped it.
  kServiceSchedulerInitiated,  ///< Scaled in, unhealthy, or its service is gone.
};
/// "TaskFailedToStart", …; "" for none.
std::string_view StopCodeName(StopCode code);
std::optional<StopCode> StopCodeOf(std::string_view name);

/// One replica of a service.
struct Task {
  std::string id;  ///< 32 hexadecimal digits.
  std::string service;
  std::string cluster;
  std::string host;    ///< Name of the `Host`.
  uint16_t port = 0;   ///< On which it is to listen; 0: none was wanted.
  bool wanted = true;  ///< ECS' desiredStatus: true RUNNING, false STOPPED.
  TaskStatus last_status = TaskStatus::kProvisioning;
  TaskHealth health = TaskHealth::kUnknown;
  std::string health_reason;  ///< Of the last check, if it failed.
  StopCode stop_code = StopCode::kNone;
  std::string stopped_reason;    ///< In words; set when it is decided that it stops.
  std::optional<int> exit_code;  ///< 128 + signal if one ended it. None: nobody saw it.
  Instant created_at;
  /// Zero for "not yet".
  Instant started_at, stopping_at, stopped_at;
  int64_t pid = 0;
  /// Used since the start, with all that it started (`ProcessUse`).
  Duration cpu_time;
  uint64_t resident_bytes = 0;
  /// In percent of what the service reserves for a task: the CPU time between
  /// the last two looks by the time between them and cpu_units / 1024 cores (it
  /// may pass 100, as in ECS on EC2: cpu is a share, not a limit); the resident
  /// bytes by memory_bytes. None without a reservation, or before two looks.
  std::optional<double> cpu_percent, memory_percent;

  bool living() const { return last_status != TaskStatus::kStopped; }
};

/// How it is found out that a task is well.
struct HealthCheck {
  enum class Kind { kNone, kHttp, kTcp };
  Kind kind = Kind::kNone;
  std::string path = "/";  ///< HTTP; 200 to 399 is well.
  Duration interval = Duration::Seconds(5);
  Duration timeout = Duration::Seconds(5);
  int retries = 3;        ///< Failures in a row that make it UNHEALTHY; 1 to 10.
  Duration start_period;  ///< After its start failures do not count until the first success.

  bool operator==(const HealthCheck&) const = default;
};

/// How fast what failed is started again. A failure is a task that could not be
/// started, or stopped by its own fault before it was stable. The n-th in a row
/// waits first * 2^(n-1), at most `most`; tasks that were started together fail
/// together once. After `failing_after` the service counts as failing, and one
/// task at a time is tried.
struct RestartPolicy {
  Duration first = Duration::Seconds(1);
  Duration most = Duration::Seconds(60);
  int failing_after = 3;
  /// Running (and healthy, where that is checked) for so long, a task is stable.
  Duration stable_after = Duration::Seconds(10);

  bool operator==(const RestartPolicy&) const = default;
};

/// What a service is, as its driver needs to know it.
struct ServiceSpec {
  std::string name;  ///< Letters, digits, "-", "_"; a directory has this name.
  std::string cluster;
  /// In arguments, values and the directory "${PORT}" and "${TASK}" are replaced.
  /// PORT, HINOMI_SERVICE and HINOMI_TASK are in the environment.
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory;  ///< "" for the runtime's own.
  /// One port a task from here; both 0: it needs none.
  uint16_t port_low = 0, port_high = 0;
  int desired_count = 1;
  /// Bounds of `SetDesiredCount`.
  int min_count = 0, max_count = 100;
  HealthCheck health_check;
  RestartPolicy restart;
  /// Reserved for a task: 1024 units are one core. Gives the percentages and the
  /// priority (below 1024 the process is nice), is no limit.
  std::optional<uint64_t> cpu_units;
  /// Reserved for a task, and its limit: a task whose processes together hold more
  /// is ended at the next look, within a second or so. What one of them could take
  /// in between is bounded by RLIMIT_DATA at twice that and 1 GiB: there the stacks
  /// of threads count whole, used or not.
  std::optional<uint64_t> memory_bytes;
  std::optional<uint64_t> open_files;
  Duration stop_timeout = Duration::Seconds(30);   ///< Between SIGTERM and SIGKILL.
  Duration drain_timeout = Duration::Seconds(30);  ///< Given to hooks before SIGTERM.
  uint64_t output_limit_bytes = uint64_t{16} << 20;

  bool operator==(const ServiceSpec&) const = default;
};

/// kInvalidArgument: what is wrong with it, and what is expected.
Status CheckServiceSpec(const ServiceSpec& spec);

/// What was noticed about a service, newest last; bounded.
struct ServiceEvent {
  Instant at;
  std::string message;
};

/// A service as people see it.
struct ServiceStatus {
  std::string name, cluster;
  bool declared = true;  ///< False: its tasks are being stopped.
  int desired_count = 0;
  int running_count = 0;  ///< RUNNING.
  int pending_count = 0;  ///< On the way there.
  int healthy_count = 0;  ///< RUNNING and HEALTHY, or RUNNING where nothing is checked.
  /// It fails again and again; `reason` says how, `next_start_at` when the next
  /// attempt is (zero: none is waited for).
  bool failing = false;
  int failures = 0;  ///< In a row.
  std::string reason;
  Instant next_start_at;
  /// Average of its running tasks' percentages.
  std::optional<double> cpu_percent, memory_percent;
  std::vector<ServiceEvent> events;
};

/// A balancer's part in the life of a task. Called by the runtime's thread only;
/// each call must come back within some 100 ms. Asked again until it says true;
/// an error means "not yet" and is shown. All of them must be idempotent: after
/// a restart they are asked again.
class TaskHooks {
 public:
  virtual ~TaskHooks() = default;
  /// The process runs; put it into rotation. Its health is in `task`: say false
  /// until it suits. Until true the task is ACTIVATING.
  virtual Result<bool> Activate(const Task& task) = 0;
  /// Takes it out of rotation; true when its last request is done. SIGTERM
  /// follows then, or after the drain timeout. Not asked for a process that
  /// ended by itself.
  virtual Result<bool> Drain(const Task& task) = 0;
  /// The process is gone; forget it. Given up after the drain timeout.
  virtual Result<bool> Remove(const Task& task) = 0;
};

/// Which part of a task's output. Both outputs are spooled together; the newest
/// `output_limit_bytes` are kept.
struct LogRequest {
  /// Where to go on: `LogChunk::cursor` of the last answer. "": from the start of
  /// what is kept, or, with `tail_lines`, the last so many lines.
  std::string cursor;
  uint64_t tail_lines = 0;
  uint64_t limit_bytes = 64u << 10;
};

struct LogChunk {
  /// As written; may end within a line, but within no character of UTF-8 unless
  /// nothing else is there yet.
  std::string text;
  std::string cursor;
  bool lost = false;   ///< What was to follow is not kept any more; `text` begins with the oldest.
  bool ended = false;  ///< All was read, and the task has stopped.
};

/// Runs services as numbers of equal tasks: the local one as supervised
/// processes; others by podman, systemd or ECS. Threads: any.
class ServiceRuntime {
 public:
  virtual ~ServiceRuntime() = default;
  /// These and no others: the tasks of services that are not among them are
  /// stopped. A changed spec holds for tasks that start from now on; its checks,
  /// counts and restart policy at once. A service that was scaled keeps its count
  /// unless another one is declared. All are taken or none (kInvalidArgument).
  virtual Status Declare(std::vector<ServiceSpec> specs) = 0;
  /// Scales; `reason` goes into the events and, scaling in, into the tasks'
  /// stopped reasons. Success: it is kept, also beyond a kill. kNotFound;
  /// kInvalidArgument beyond min and max; kUnavailable: not now. Not from a hook.
  virtual Status SetDesiredCount(const std::string& service, int count,
                                 const std::string& reason) = 0;
  /// A person stops a task; the service starts another. kNotFound, kConflict
  /// (it is stopping already).
  virtual Status StopTask(const std::string& task, const std::string& reason) = 0;
  virtual std::vector<ServiceStatus> Services() const = 0;
  /// Every host has said what runs there: what is not among `Tasks` (asked later
  /// than this) does not run.
  virtual bool KnowsAll() const = 0;
  /// Those that live and the last that stopped (as ECS for about an hour), oldest
  /// first. "" for all services.
  virtual std::vector<Task> Tasks(const std::string& service) const = 0;
  virtual Result<LogChunk> ReadLog(const std::string& task, const LogRequest& request) = 0;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_SERVICE_RUNTIME_H_
