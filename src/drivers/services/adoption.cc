#include <algorithm>

#include "drivers/services/process_core.h"

namespace hinomi::drivers {
namespace {

constexpr uint64_t kMostRecordBytes = uint64_t{1} << 20;

/// How long ago, by the wall clock: only here, where no other time is known. One
/// that was set back makes it shorter, never negative.
Duration Since(Instant then, Instant wall) {
  return then == Instant() ? Duration() : std::max(wall - then, Duration());
}

}  // namespace

ProcessRuntime::Core::Service& ProcessRuntime::Core::ServiceNamed(const std::string& name) {
  const auto [service, made] = services_.try_emplace(name);
  if (made) service->second.state.declared = false;
  return service->second;
}

void ProcessRuntime::Core::AdoptRecord(Service& service, const std::string& name,
                                       const std::string& text) {
  const auto record = ReadServiceRecord(text);
  if (!record) {
    log_.Warning("a service's record is not one of ours; its declared count holds",
                 {{"service", name}, {"error", record.error().message}});
    return;
  }
  ServiceState& state = service.state;
  service.saved_record = text;
  state.failures = record->failures;
  state.last_reason = record->last_reason;
  if (state.failures > 0)
    state.next_start = clock_.Monotonic() + BackoffAfter(state.spec.restart, state.failures);
  const bool declared_already = !state.spec.argv.empty();
  if (declared_already && record->declared_count != state.spec.desired_count) return;
  state.desired_count = record->desired_count;
  state.scale_reason = record->scale_reason;
  if (declared_already) return;
  // As if it had been declared so before: TakeDeclaration keeps the count unless
  // another one is declared now.
  state.spec.name = name;
  state.spec.desired_count = record->declared_count;
  state.declared = true;
}

void ProcessRuntime::Core::AdoptHosts() {
  bool any = false;
  for (HostEntry& entry : hosts_) {
    if (entry.adopted || clock_.Monotonic() < entry.state.down_until) continue;
    const Status adopted = AdoptHost(entry);
    if (!adopted) {
      Trouble(nullptr, entry, adopted.error());
      continue;
    }
    entry.adopted = true;
    any = true;
  }
  if (!any) return;
  for (auto& [name, service] : services_)
    std::stable_sort(service.state.tasks.begin(), service.state.tasks.end(),
                     [](const TaskState& a, const TaskState& b) {
                       return a.task.created_at < b.task.created_at;
                     });
}

Status ProcessRuntime::Core::AdoptHost(HostEntry& entry) {
  HN_TRY(const auto services, entry.host->List(std::string(kServicesDirectory)));
  for (const std::string& service : services) {
    HN_TRY(const auto names, entry.host->List(ServiceDirectory(service)));
    if (entry.host == hosts_.front().host) {
      const auto text = entry.host->ReadFile(ServiceRecordPath(service), 0, kMostRecordBytes);
      if (!text && IsRetryable(text.error().code)) return text.error();
      if (text) AdoptRecord(ServiceNamed(service), service, text->bytes);
    }
    for (const std::string& name : names) {
      const auto facts = entry.host->Stat(TaskDirectory(service, name));
      if (name == "service.json" || (facts && !facts->is_directory)) continue;
      HN_TRY_VOID(AdoptTask(entry, service, name));
    }
  }
  return {};
}

Status ProcessRuntime::Core::AdoptTask(HostEntry& entry, const std::string& service,
                                       const std::string& id) {
  // Of an attempt that the host broke off.
  if (ServiceNamed(service).state.Find(id) != nullptr) return {};
  Host& host = *entry.host;
  const std::string directory = TaskDirectory(service, id);
  const Duration now = clock_.Monotonic();
  const Instant wall = clock_.Now();
  auto text = host.ReadFile(TaskRecordPath(service, id), 0, kMostRecordBytes);
  if (!text && IsRetryable(text.error().code)) return std::move(text).error();
  Result<Task> record = text ? ReadTaskRecord(text->bytes) : Result<Task>(std::move(text).error());
  auto run = host.Adopt(directory);
  if (!run && IsRetryable(run.error().code)) return std::move(run).error();
  const bool never_ran = run && run->state == ShimState::kNotStarted;
  if (!record && never_ran) return host.Remove(directory);

  TaskState t;
  if (record) {
    t.task = *std::move(record);
  } else {
    // Something runs or ran there, and nobody knows as what: it is no replica.
    t.task.service = service;
    t.task.wanted = false;
    t.task.last_status = TaskStatus::kDeactivating;
    t.task.stop_code = StopCode::kServiceSchedulerInitiated;
    t.task.stopped_reason = record.error().message;
    t.task.created_at = run ? run->started_at : wall;
    t.task.stopping_at = wall;
  }
  t.task.id = id;
  t.task.host = host.name();
  if (run) t.task.pid = run->process.pid;
  if (text) saved_tasks_[id] = text->bytes;
  t.created = now - Since(t.task.created_at, wall);
  t.started = now - Since(t.task.started_at, wall);
  t.status_since = t.task.living() ? now : now - Since(t.task.stopped_at, wall);
  t.next_ask = t.next_check = t.next_look = now;
  if (t.task.living() && never_ran) {
    t.task.wanted = false;
    t.task.stop_code = StopCode::kTaskFailedToStart;
    t.task.stopped_reason = "Hinomi ended before it had started its process";
    t.task.stopping_at = t.task.stopped_at = wall;
    NoteStatus(t, TaskStatus::kStopped, now);
  } else if (t.task.last_status == TaskStatus::kProvisioning) {
    NoteStatus(t, TaskStatus::kPending, now);
  } else if (!t.task.living() && run &&
             (run->state == ShimState::kRunning || run->process_running)) {
    NoteStatus(t, TaskStatus::kStopping, now);
  }
  ServiceNamed(service).state.tasks.push_back(std::move(t));
  return {};
}

}  // namespace hinomi::drivers
