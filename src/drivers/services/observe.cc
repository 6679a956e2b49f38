#include "drivers/services/process_core.h"

namespace hinomi::drivers {
namespace {

constexpr size_t kMostEvents = 100;

}  // namespace

void ProcessRuntime::Core::Say(Service& service, const std::string& message, LogLevel level) {
  const std::string& name = service.state.spec.name;
  log_.Write(level, "service " + message, {{"service", name}});
  service.events.push_back({clock_.Now(), message});
  if (service.events.size() > kMostEvents) service.events.pop_front();
}

void ProcessRuntime::Core::Observe(Service& service) {
  for (TaskState& task : service.state.tasks) {
    const TaskStatus status = task.task.last_status;
    const bool has_process = status >= TaskStatus::kPending && status <= TaskStatus::kStopping;
    if (has_process) ObserveTask(service, task);
  }
}

void ProcessRuntime::Core::ObserveTask(Service& service, TaskState& task) {
  const Duration now = clock_.Monotonic();
  Host* host = HostNamed(task.task.host);
  if (host == nullptr) {
    if (!task.unreachable_since) task.unreachable_since = now;
    return;
  }
  const std::string directory = TaskDirectory(task.task.service, task.task.id);
  auto run = host->Adopt(directory);
  if (!run && IsRetryable(run.error().code)) {
    if (!task.unreachable_since) {
      task.unreachable_since = now;
      Say(service, "does not hear of task " + task.task.id + ": " + run.error().message,
          LogLevel::kWarning);
    }
    return;
  }
  task.unreachable_since.reset();
  ShimStatus seen;
  if (run) {
    seen = *std::move(run);
  } else {
    seen.state = ShimState::kUnknown;
    seen.reason = run.error().message;
  }
  switch (seen.state) {
    case ShimState::kRunning:
      if (task.task.last_status == TaskStatus::kPending && seen.process.pid > 0)
        NoteStarted(task, seen, options_.hooks != nullptr, now);
      return;
    case ShimState::kNotStarted:
      FailedStart(service, task, Unavailable(seen.reason));
      return;
    case ShimState::kUnknown:
      // Without its shim nobody would see its end: it is not left to itself.
      (void)host->Kill(directory);
      if (seen.process_running) return;
      break;
    case ShimState::kEnded:
      break;
  }
  const bool asked = !task.task.wanted;
  NoteEnded(service.state, task, seen, now, clock_.Now());
  Say(service, "has task " + task.task.id + " stopped: " + task.task.stopped_reason,
      asked ? LogLevel::kInfo : LogLevel::kWarning);
}

void ProcessRuntime::Core::FailedStart(Service& service, TaskState& task, const Error& error) {
  NoteStartFailed(service.state, task, error, clock_.Monotonic(), clock_.Now());
  Say(service, "could not start task " + task.task.id + ": " + error.message, LogLevel::kWarning);
}

Status ProcessRuntime::Core::SaveTask(const TaskState& task) {
  Host* host = HostNamed(task.task.host);
  if (host == nullptr) return Unavailable("host " + task.task.host + " is not declared");
  const std::string record = WriteTaskRecord(task.task);
  std::string& saved = saved_tasks_[task.task.id];
  if (saved == record) return {};
  HN_TRY_VOID(host->WriteFile(TaskRecordPath(task.task.service, task.task.id), record, 0600));
  saved = record;
  return {};
}

void ProcessRuntime::Core::SaveAll(Service& service) {
  // A record that cannot be written now is written at the next turn: what it
  // says is found out again from the shim's own, the reasons apart.
  for (const TaskState& task : service.state.tasks) (void)SaveTask(task);
  // Not over a record that has not been read yet.
  if (service.state.declared && hosts_.front().adopted) (void)SaveService(service);
}

Status ProcessRuntime::Core::SaveService(Service& service) {
  const ServiceState& state = service.state;
  const std::string record = WriteServiceRecord({.desired_count = state.desired_count,
                                                 .declared_count = state.spec.desired_count,
                                                 .scale_reason = state.scale_reason,
                                                 .failures = state.failures,
                                                 .last_reason = state.last_reason});
  if (record == service.saved_record) return {};
  HN_TRY_VOID(hosts_.front().host->WriteFile(ServiceRecordPath(state.spec.name), record, 0600));
  service.saved_record = record;
  return {};
}

}  // namespace hinomi::drivers
