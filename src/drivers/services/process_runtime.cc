#include "drivers/services/process_runtime.h"

#include <algorithm>
#include <utility>

#include "drivers/services/log_reader.h"
#include "drivers/services/process_core.h"

namespace hinomi::drivers {
namespace {

/// An end is seen at most this late.
constexpr Duration kObserveEvery = Duration::Millis(200);
constexpr Duration kIdle = Duration::Seconds(5);
/// Silent for so long at our start, a host does not hold up the others any more.
constexpr Duration kAdoptionPatience = Duration::Seconds(60);
/// From "unhealthy" to "another one started" in one turn; more is for the next.
constexpr int kMostRounds = 8;

}  // namespace

ProcessRuntime::Core::Core(ProcessRuntimeOptions options)
    : options_(std::move(options)),
      clock_(*options_.clock),
      log_(*options_.log),
      random_(options_.seed),
      begun_(clock_.Monotonic()),
      picture_(std::make_shared<Picture>()),
      aside_(options_.check_threads) {
  for (Host* host : options_.hosts) hosts_.push_back({host, {host->name(), Duration()}, false});
  HN_CHECK(!hosts_.empty());
}

void ProcessRuntime::Core::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void ProcessRuntime::Core::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  aside_.Stop();
}

void ProcessRuntime::Core::Loop() {
  for (;;) {
    const Duration next = Turn();
    const Duration wait = std::max(next - clock_.Monotonic(), Duration::Millis(1));
    MutexLock lock(mutex_);
    lock.WaitFor(wake_, wait, [this]() HN_REQUIRES(mutex_) { return woken_ || stopping_; });
    if (stopping_) return;
    woken_ = false;
  }
}

void ProcessRuntime::Core::Wake() {
  {
    const MutexLock lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void ProcessRuntime::Core::Command(std::function<void()> command) {
  {
    const MutexLock lock(mutex_);
    commands_.push_back(std::move(command));
  }
  Wake();
}

Status ProcessRuntime::Core::Declare(std::vector<ServiceSpec> specs) {
  std::map<std::string, ServiceSpec> declared;
  for (const ServiceSpec& spec : specs) {
    HN_TRY_VOID(CheckServiceSpec(spec));
    if (!declared.emplace(spec.name, spec).second)
      return InvalidArgument("cannot run service \"" + spec.name + "\": it is declared twice");
  }
  {
    const MutexLock lock(mutex_);
    // Seen from now on, also before the first turn.
    auto seen = std::make_shared<Picture>(*picture_);
    for (const auto& [name, spec] : declared) {
      const auto is_it = [&](const ServiceStatus& status) { return status.name == name; };
      if (std::any_of(seen->services.begin(), seen->services.end(), is_it)) continue;
      seen->services.push_back(
          {.name = name, .cluster = spec.cluster, .desired_count = spec.desired_count});
    }
    picture_ = std::move(seen);
    declared_ = std::move(declared);
  }
  Command([this, specs = std::move(specs)] { TakeDeclaration(specs); });
  return {};
}

Status ProcessRuntime::Core::SetDesiredCount(const std::string& service, int count,
                                             const std::string& reason) {
  {
    const MutexLock lock(mutex_);
    if (!declared_)
      return Unavailable("cannot scale service \"" + service +
                         "\" now: no services are declared yet");
    const auto spec = declared_->find(service);
    if (spec == declared_->end())
      return NotFound("cannot scale service \"" + service + "\": there is none of this name");
    const auto [low, high] = std::pair(spec->second.min_count, spec->second.max_count);
    if (count < low || count > high)
      return InvalidArgument("cannot scale service \"" + service + "\" to " +
                             std::to_string(count) + ": it may have " + std::to_string(low) +
                             " to " + std::to_string(high) + " tasks");
  }
  const MutexLock turn(turn_);
  const std::string failed = "cannot scale service \"" + service + "\" now";
  AdoptHosts();
  // Its record would take back what is set here.
  if (!hosts_.front().adopted)
    return Unavailable(failed + ": host " + hosts_.front().state.name + " does not answer");
  TakeCommands();
  const auto found = services_.find(service);
  if (found == services_.end() || !found->second.state.declared)
    return NotFound("cannot scale service \"" + service + "\": it is not declared any more");
  const Status kept = KeepCount(found->second, count, reason);
  if (!kept) return Error(kept.error()).WithContext(failed);
  Wake();
  return {};
}

Status ProcessRuntime::Core::KeepCount(Service& service, int count, const std::string& reason) {
  ServiceState& state = service.state;
  if (state.desired_count == count) return SaveService(service);
  const int before = std::exchange(state.desired_count, count);
  const std::string reason_before = std::exchange(state.scale_reason, reason);
  const Status saved = SaveService(service);
  if (!saved) {
    state.desired_count = before;
    state.scale_reason = reason_before;
    return saved;
  }
  Say(service, "has its desired count set from " + std::to_string(before) + " to " +
                   std::to_string(count) + (reason.empty() ? "" : ": " + reason));
  return {};
}

Status ProcessRuntime::Core::StopTask(const std::string& id, const std::string& reason) {
  const auto now_seen = picture();
  const auto task = std::find_if(now_seen->tasks.begin(), now_seen->tasks.end(),
                                 [&](const Task& t) { return t.id == id; });
  if (task == now_seen->tasks.end())
    return NotFound("cannot stop task " + id + ": there is none of this id");
  if (!task->wanted)
    return Conflict("cannot stop task " + id + ": it is " +
                    std::string(TaskStatusName(task->last_status)) + " already");
  Command([this, id, service = task->service, reason] {
    const auto found = services_.find(service);
    if (found == services_.end()) return;
    TaskState* state = found->second.state.Find(id);
    if (state == nullptr) return;
    NoteStop(found->second.state, *state,
             {.kind = Step::Kind::kStop, .code = StopCode::kUserInitiated, .reason = reason},
             clock_.Monotonic(), clock_.Now());
  });
  return {};
}

void ProcessRuntime::Core::TakeDeclaration(const std::vector<ServiceSpec>& specs) {
  declared_once_ = true;
  for (auto& [name, service] : services_) {
    const bool named = std::any_of(specs.begin(), specs.end(),
                                   [&](const ServiceSpec& s) { return s.name == name; });
    service.state.declared = named;
    if (!named) service.state.desired_count = 0;
  }
  for (const ServiceSpec& spec : specs) {
    Service& service = ServiceNamed(spec.name);
    ServiceState& state = service.state;
    // Scaled meanwhile, it keeps its count, unless another one is declared now.
    const bool other = !state.declared || state.spec.desired_count != spec.desired_count;
    if (other || state.spec.name.empty()) state.desired_count = spec.desired_count;
    const bool changed = !state.spec.argv.empty() && !(state.spec == spec);
    state.spec = spec;
    state.declared = true;
    state.desired_count = std::clamp(state.desired_count, spec.min_count, spec.max_count);
    if (!changed) continue;
    // What failed with the old spec may go well with the new one.
    state.next_start = clock_.Monotonic();
  }
}

void ProcessRuntime::Core::TakeCommands() {
  std::deque<std::function<void()>> commands;
  {
    const MutexLock lock(mutex_);
    commands.swap(commands_);
  }
  for (const auto& command : commands) command();
}

void ProcessRuntime::Core::TakeAnswers() {
  std::vector<CheckAnswer> answers;
  {
    const MutexLock lock(mutex_);
    answers.swap(answers_);
  }
  for (const CheckAnswer& answer : answers) {
    const auto service = services_.find(answer.service);
    if (service == services_.end()) continue;
    TaskState* task = service->second.state.Find(answer.task);
    if (task == nullptr) continue;
    const TaskHealth before = task->task.health;
    NoteCheck(*task, service->second.state.spec.health_check, answer.answer, clock_.Monotonic());
    if (task->task.health == before) continue;
    std::string what = "has task " + answer.task + " ";
    what += TaskHealthName(task->task.health);
    if (!task->task.health_reason.empty()) what += ": " + task->task.health_reason;
    Say(service->second, what);
  }
}

std::vector<HostState> ProcessRuntime::Core::Placeable() {
  const Duration now = clock_.Monotonic();
  const bool all = std::all_of(hosts_.begin(), hosts_.end(),
                               [](const HostEntry& entry) { return entry.adopted; });
  const Duration patience_over = begun_ + kAdoptionPatience;
  std::vector<HostState> states;
  for (const HostEntry& entry : hosts_) {
    HostState state = entry.state;
    if (!all && now < patience_over) state.down_until = std::max(state.down_until, patience_over);
    if (!entry.adopted) state.down_until = std::max(state.down_until, now + kIdle);
    states.push_back(std::move(state));
  }
  return states;
}

bool ProcessRuntime::Core::Round(Duration& wake_at) {
  TakeAnswers();
  const Duration now = clock_.Monotonic();
  bool moved = false;
  for (auto& [name, service] : services_) {
    Observe(service);
    NoteTime(service.state, now);
    SaveAll(service);
    const Plan plan = MakePlan(service.state, Placeable(), now);
    for (const Step& step : plan.steps) {
      Do(service, step);
      moved = moved || (step.kind != Step::Kind::kCheck && step.kind != Step::Kind::kLook);
    }
    SaveAll(service);
    if (plan.wake_at) wake_at = std::min(wake_at, *plan.wake_at);
    const bool failing = service.state.failing();
    if (failing != service.was_failing)
      Say(service,
          failing ? "fails again and again: " + service.state.last_reason
                  : "has recovered: a task is stable",
          failing ? LogLevel::kError : LogLevel::kInfo);
    service.was_failing = failing;
  }
  return moved;
}

Duration ProcessRuntime::Core::Turn() {
  const MutexLock lock(turn_);
  AdoptHosts();
  TakeCommands();
  Duration wake_at = clock_.Monotonic() + kIdle;
  if (!declared_once_) return wake_at;
  bool moved = true;
  for (int i = 0; i < kMostRounds && moved; ++i) {
    wake_at = clock_.Monotonic() + kIdle;
    moved = Round(wake_at);
  }
  if (moved) wake_at = clock_.Monotonic();
  for (const auto& [name, service] : services_)
    for (const TaskState& t : service.state.tasks)
      if (t.task.living()) wake_at = std::min(wake_at, clock_.Monotonic() + kObserveEvery);
  std::erase_if(services_, [](const auto& entry) {
    return !entry.second.state.declared && entry.second.state.tasks.empty();
  });
  Publish();
  return wake_at;
}

void ProcessRuntime::Core::Publish() {
  auto picture = std::make_shared<Picture>();
  for (const auto& [name, service] : services_) {
    ServiceStatus status = StatusOf(service.state, clock_.Monotonic(), clock_.Now());
    if (status.name.empty()) status.name = name;
    status.events.assign(service.events.begin(), service.events.end());
    picture->services.push_back(std::move(status));
    for (const TaskState& t : service.state.tasks) picture->tasks.push_back(t.task);
  }
  picture->knows_all = std::all_of(hosts_.begin(), hosts_.end(),
                                   [](const HostEntry& entry) { return entry.adopted; });
  const MutexLock lock(mutex_);
  picture_ = std::move(picture);
}

std::shared_ptr<const ProcessRuntime::Core::Picture> ProcessRuntime::Core::picture() const {
  const MutexLock lock(mutex_);
  return picture_;
}

Host* ProcessRuntime::Core::HostNamed(const std::string& name) {
  for (Host* host : options_.hosts)
    if (host->name() == name) return host;
  return nullptr;
}

ProcessRuntime::ProcessRuntime(ProcessRuntimeOptions options)
    : core_(std::make_unique<Core>(std::move(options))) {}
ProcessRuntime::~ProcessRuntime() {
  core_->Stop();
}
void ProcessRuntime::Start() {
  core_->Start();
}
void ProcessRuntime::Stop() {
  core_->Stop();
}
Duration ProcessRuntime::Turn() {
  return core_->Turn();
}
Status ProcessRuntime::Declare(std::vector<ServiceSpec> specs) {
  return core_->Declare(std::move(specs));
}
Status ProcessRuntime::SetDesiredCount(const std::string& service, int count,
                                       const std::string& reason) {
  return core_->SetDesiredCount(service, count, reason);
}
Status ProcessRuntime::StopTask(const std::string& task, const std::string& reason) {
  return core_->StopTask(task, reason);
}

std::vector<ServiceStatus> ProcessRuntime::Services() const {
  return core_->picture()->services;
}

bool ProcessRuntime::KnowsAll() const {
  return core_->picture()->knows_all;
}

std::vector<Task> ProcessRuntime::Tasks(const std::string& service) const {
  std::vector<Task> tasks;
  const auto picture = core_->picture();  // Held: the next turn brings another one.
  for (const Task& task : picture->tasks)
    if (service.empty() || task.service == service) tasks.push_back(task);
  return tasks;
}

Result<LogChunk> ProcessRuntime::ReadLog(const std::string& id, const LogRequest& request) {
  const auto picture = core_->picture();
  for (const Task& task : picture->tasks) {
    if (task.id != id) continue;
    Host* host = core_->HostNamed(task.host);
    if (host == nullptr)
      return Unavailable("cannot read the output of task " + id + ": its host " + task.host +
                         " is not declared");
    HN_TRY(LogChunk chunk, ReadRunOutput(*host, TaskDirectory(task.service, id), request));
    chunk.ended = !task.living() && chunk.text.empty();
    return chunk;
  }
  return NotFound("cannot read the output of task " + id + ": there is none of this id");
}

}  // namespace hinomi::drivers
