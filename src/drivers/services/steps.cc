#include <algorithm>
#include <array>
#include <cmath>

#include "base/strings.h"
#include "drivers/services/process_core.h"

namespace hinomi::drivers {
namespace {

/// A hook that said "not yet".
constexpr Duration kAskAgain = Duration::Millis(100);
/// A call that failed.
constexpr Duration kTryAgain = Duration::Seconds(1);
/// A host that could not do its part is left alone for so long.
constexpr Duration kHostRest = Duration::Seconds(5);
/// Thread stacks and other memory that is mapped and never touched.
constexpr uint64_t kDataSlack = uint64_t{1} << 30;
constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string NewId(Random& random) {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < bytes.size(); i += 8) {
    const uint64_t word = random.Next();
    for (size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<uint8_t>(word >> (8 * j));
  }
  return HexEncode(bytes);
}

std::string Replace(std::string text, std::string_view name, const std::string& value) {
  for (size_t at = text.find(name); at != std::string::npos;
       at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
  return text;
}

std::string Fill(std::string text, const Task& task) {
  if (task.port != 0) text = Replace(std::move(text), "${PORT}", std::to_string(task.port));
  return Replace(std::move(text), "${TASK}", task.id);
}

/// Each step of nice is worth a factor of 1.25 in the scheduler's weights.
int NiceOf(const std::optional<uint64_t>& cpu_units) {
  if (!cpu_units || *cpu_units >= 1024) return 0;
  const double steps = std::log(1024.0 / static_cast<double>(*cpu_units)) / std::log(1.25);
  return std::min(19, static_cast<int>(std::lround(steps)));
}

}  // namespace

ProcessRuntime::Core::HostEntry* ProcessRuntime::Core::EntryNamed(const std::string& name) {
  for (HostEntry& entry : hosts_)
    if (entry.state.name == name) return &entry;
  return nullptr;
}

void ProcessRuntime::Core::Trouble(Service* service, HostEntry& entry, const Error& error) {
  entry.state.down_until = clock_.Monotonic() + kHostRest;
  const std::string message = "cannot use host " + entry.state.name + " for now: " + error.message;
  if (service != nullptr)
    Say(*service, message, LogLevel::kWarning);
  else
    log_.Warning(message);
}

void ProcessRuntime::Core::Do(Service& service, const Step& step) {
  HostEntry* entry = EntryNamed(step.host);
  if (step.kind == Step::Kind::kStart) {
    if (entry != nullptr) StartTask(service, *entry);
    return;
  }
  TaskState* task = service.state.Find(step.task);
  if (task == nullptr || entry == nullptr) return;
  const Duration now = clock_.Monotonic();
  Host& host = *entry->host;
  const std::string directory = TaskDirectory(task->task.service, step.task);
  switch (step.kind) {
    case Step::Kind::kStart:
      return;
    case Step::Kind::kActivate:
      if (Ask(service, *task, &TaskHooks::Activate)) NoteStatus(*task, TaskStatus::kRunning, now);
      return;
    case Step::Kind::kCheck:
      Check(service, *task, host);
      return;
    case Step::Kind::kLook:
      if (const auto use = host.Use(directory))
        NoteUse(*task, service.state.spec, *use, now);
      else
        task->next_look = now + kTryAgain;
      return;
    case Step::Kind::kStop:
      Say(service, "stops task " + step.task + ": " + step.reason);
      NoteStop(service.state, *task, step, now, clock_.Now());
      return;
    case Step::Kind::kDrain:
      if (Ask(service, *task, &TaskHooks::Drain)) Terminate(*task, host);
      return;
    case Step::Kind::kTerminate:
      if (options_.hooks != nullptr)
        Say(service,
            "had task " + step.task + " not drained within " +
                FormatDuration(service.state.spec.drain_timeout),
            LogLevel::kWarning);
      Terminate(*task, host);
      return;
    case Step::Kind::kKill:
      task->next_ask = now + kTryAgain;
      (void)host.Kill(directory);
      return;
    case Step::Kind::kRemove:
      if (step.at_once || Ask(service, *task, &TaskHooks::Remove))
        NoteStatus(*task, TaskStatus::kStopped, now);
      return;
    case Step::Kind::kForget: {
      const std::string id = step.task;
      task->next_ask = now + kHostRest;
      if (!host.Remove(directory)) return;
      std::erase_if(service.state.tasks, [&](const TaskState& t) { return t.task.id == id; });
      saved_tasks_.erase(id);
      return;
    }
  }
}

bool ProcessRuntime::Core::Ask(Service& service, TaskState& task,
                               Result<bool> (TaskHooks::*question)(const Task&)) {
  if (options_.hooks == nullptr) return true;
  const auto answer = (options_.hooks->*question)(task.task);
  const std::string error = answer ? "" : answer.error().message;
  if (!error.empty() && error != task.hook_error)
    Say(service, "has task " + task.task.id + " waiting for its balancer: " + error,
        LogLevel::kWarning);
  task.hook_error = error;
  task.next_ask = clock_.Monotonic() + (answer ? kAskAgain : kTryAgain);
  return answer && *answer;
}

void ProcessRuntime::Core::Terminate(TaskState& task, Host& host) {
  const Status sent = host.Stop(TaskDirectory(task.task.service, task.task.id));
  const Duration now = clock_.Monotonic();
  if (sent)
    NoteStatus(task, TaskStatus::kStopping, now);
  else
    task.next_ask = now + kTryAgain;
}

void ProcessRuntime::Core::Check(Service& service, TaskState& task, Host& host) {
  const HealthCheck& check = service.state.spec.health_check;
  HealthQuestion question;
  question.kind = check.kind == HealthCheck::Kind::kTcp ? HealthQuestion::Kind::kTcp
                                                        : HealthQuestion::Kind::kHttp;
  question.port = task.task.port;
  question.path = check.path;
  question.timeout = check.timeout;
  task.check_going = true;
  aside_.Run([this, &host, question, name = task.task.service, id = task.task.id] {
    Status answer = host.Ask(question);
    {
      const MutexLock lock(mutex_);
      answers_.push_back({name, id, std::move(answer)});
    }
    Wake();
  });
}

Result<uint16_t> ProcessRuntime::Core::ChoosePort(Service& service, HostEntry& entry) {
  const ServiceSpec& spec = service.state.spec;
  if (spec.port_low == 0) return uint16_t{0};
  std::set<uint16_t> ours;
  for (const auto& [name, other] : services_)
    for (const TaskState& t : other.state.tasks)
      if (t.task.living() && t.task.host == entry.state.name) ours.insert(t.task.port);
  // From the last one on, so that one just left has time to be free.
  const int count = spec.port_high - spec.port_low + 1;
  int at = service.last_port < spec.port_low || service.last_port >= spec.port_high
               ? 0
               : service.last_port + 1 - spec.port_low;
  int own = 0, taken = 0;
  for (int i = 0; i < count; ++i, at = (at + 1) % count) {
    const auto port = static_cast<uint16_t>(spec.port_low + at);
    if (ours.contains(port)) {
      ++own;
      continue;
    }
    HN_TRY(const bool is_free, entry.host->IsPortFree(port));
    service.last_port = port;
    if (is_free) return port;
    ++taken;
    Say(service,
        "finds port " + std::to_string(port) + " of host " + entry.state.name +
            " taken by another program; the next one is tried",
        LogLevel::kWarning);
  }
  // Those that are being stopped will leave theirs.
  if (taken == 0) return Conflict("all ports are its own tasks'");
  return Exhausted("ResourceInitializationError: no port of " + std::to_string(spec.port_low) +
                   "-" + std::to_string(spec.port_high) + " is free on host " + entry.state.name +
                   ": " + std::to_string(own) + " belong to tasks, " + std::to_string(taken) +
                   " are taken by other programs");
}

ShimSpec ProcessRuntime::Core::ShimSpecOf(const ServiceSpec& spec, const Task& task) const {
  ShimSpec shim;
  shim.directory = TaskDirectory(task.service, task.id);
  for (const std::string& argument : spec.argv) shim.command.argv.push_back(Fill(argument, task));
  shim.command.directory = Fill(spec.directory, task);
  // Hinomi's own environment may hold secrets that are no business of a service.
  shim.command.inherit_environment = false;
  auto& environment = shim.command.environment;
  environment = {
      {"PATH", std::string(kPath)}, {"HINOMI_SERVICE", task.service}, {"HINOMI_TASK", task.id}};
  if (task.port != 0) environment.emplace_back("PORT", std::to_string(task.port));
  for (const auto& [name, value] : spec.environment) {
    std::erase_if(environment, [&](const auto& variable) { return variable.first == name; });
    environment.emplace_back(name, Fill(value, task));
  }
  shim.kill_grace = spec.stop_timeout;
  shim.output_limit_bytes = spec.output_limit_bytes;
  if (spec.memory_bytes) shim.limits.memory_bytes = 2 * *spec.memory_bytes + kDataSlack;
  shim.limits.open_files = spec.open_files;
  shim.limits.nice = NiceOf(spec.cpu_units);
  return shim;
}

void ProcessRuntime::Core::StartTask(Service& service, HostEntry& entry) {
  const Duration now = clock_.Monotonic();
  // Another start of the same plan has just failed.
  if (now < service.state.next_start || now < entry.state.down_until) return;
  TaskState t;
  t.task.id = NewId(random_);
  t.task.service = service.state.spec.name;
  t.task.cluster = service.state.spec.cluster;
  t.task.host = entry.state.name;
  t.task.created_at = clock_.Now();
  t.created = t.status_since = now;
  const auto port = ChoosePort(service, entry);
  if (!port && port.error().code == ErrorCode::kConflict) {
    service.state.next_start = now + kTryAgain;
    return;
  }
  const bool none_free = !port && port.error().code == ErrorCode::kExhausted;
  if (!port && !none_free) {
    Trouble(&service, entry, port.error());
    return;
  }
  if (port) {
    t.task.port = *port;
    t.task.last_status = TaskStatus::kPending;
  }
  // Before anything runs, so that whoever comes next knows whose it is.
  const Status saved = SaveTask(t);
  if (!saved) {
    saved_tasks_.erase(t.task.id);
    Trouble(&service, entry, saved.error());
    return;
  }
  service.state.tasks.push_back(std::move(t));
  TaskState& task = service.state.tasks.back();
  if (port)
    Launch(service, task, entry);
  else
    FailedStart(service, task, port.error());
}

void ProcessRuntime::Core::Launch(Service& service, TaskState& task, HostEntry& entry) {
  const ShimSpec spec = ShimSpecOf(service.state.spec, task.task);
  const Duration now = clock_.Monotonic();
  const auto launched = entry.host->Launch(spec);
  if (launched) {
    NoteStarted(task, *launched, options_.hooks != nullptr, now);
    std::string what = "has started task " + task.task.id + " on host " + entry.state.name;
    if (task.task.port != 0) what += ", port " + std::to_string(task.task.port);
    Say(service, what);
    return;
  }
  const auto run = entry.host->Adopt(spec.directory);
  if (!run) {
    // It may or may not run: the host says when it answers again.
    task.unreachable_since = now;
    Trouble(&service, entry, run.error());
  } else if (run->state == ShimState::kNotStarted) {
    FailedStart(service, task, Error(launched.error()).WithContext("CannotStartContainerError"));
  }
  // Else the shim is on its way: it is looked up from now on.
}

}  // namespace hinomi::drivers
