#include "drivers/host_testing.h"

#include <algorithm>
#include <csignal>

namespace hinomi::drivers {

Status FakeHost::Gate() const {
  if (!reachable_) return Unavailable("host " + name_ + " does not answer");
  return {};
}

void FakeHost::SetReachable(bool reachable) {
  const MutexLock lock(mutex_);
  reachable_ = reachable;
}

void FakeHost::SetLaunchError(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  launch_error_ = std::move(error);
}

void FakeHost::TakePort(uint16_t port) {
  const MutexLock lock(mutex_);
  taken_ports_.insert(port);
}

void FakeHost::LeavePort(uint16_t port) {
  const MutexLock lock(mutex_);
  taken_ports_.erase(port);
}

void FakeHost::SetHealth(uint16_t port, Status health) {
  const MutexLock lock(mutex_);
  health_.insert_or_assign(port, std::move(health));
}

void FakeHost::SetUse(const std::string& directory, ProcessUse use) {
  const MutexLock lock(mutex_);
  uses_[directory] = use;
}

void FakeHost::SetHearsStop(bool hears) {
  const MutexLock lock(mutex_);
  hears_stop_ = hears;
}

void FakeHost::AppendTo(const std::string& path, std::string_view bytes) {
  const MutexLock lock(mutex_);
  files_[path].content += bytes;
}

void FakeHost::Rename(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  files_[to] = std::move(files_[from]);
  files_.erase(from);
}

void FakeHost::SetRunResult(Result<RunResult> result) {
  const MutexLock lock(mutex_);
  run_result_ = std::move(result);
}

void FakeHost::EndLocked(const std::string& directory, int exit_code, int signal) {
  const auto run = runs_.find(directory);
  if (run == runs_.end()) return;
  ShimStatus& status = run->second;
  if (status.state == ShimState::kUnknown) {
    status.process_running = false;
    return;
  }
  if (status.state != ShimState::kRunning) return;
  status.state = ShimState::kEnded;
  status.exit_code = exit_code;
  status.signal = signal;
  status.ended_at = clock_.Now();
  status.elapsed = status.ended_at - status.started_at;
}

void FakeHost::End(const std::string& directory, int exit_code, int signal) {
  const MutexLock lock(mutex_);
  EndLocked(directory, exit_code, signal);
}

void FakeHost::LoseShim(const std::string& directory) {
  const MutexLock lock(mutex_);
  ShimStatus& status = runs_[directory];
  status.state = ShimState::kUnknown;
  status.process_running = true;
  status.reason = "its shim ended without recording an end";
}

std::vector<ShimSpec> FakeHost::launches() const {
  const MutexLock lock(mutex_);
  return launches_;
}

std::vector<std::string> FakeHost::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

std::vector<std::string> FakeHost::Running() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> running;
  for (const auto& [directory, status] : runs_)
    if (status.state == ShimState::kRunning || status.process_running) running.push_back(directory);
  return running;
}

std::vector<std::string> FakeHost::FileNames() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  return names;
}

Result<RunResult> FakeHost::Run(const Command&, const RunOptions&) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  return run_result_;
}

FileFacts FakeHost::Facts(const FakeFile& file) const {
  return {.size_bytes = file.content.size(),
          .modified_at = file.modified_at,
          .identity = std::to_string(file.number)};
}

Result<FilePart> FakeHost::ReadFile(const std::string& path, uint64_t offset,
                                    uint64_t limit_bytes) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  const auto file = files_.find(path);
  if (file == files_.end()) return NotFound("cannot open " + path);
  const std::string& content = file->second.content;
  return FilePart{content.substr(std::min<uint64_t>(offset, content.size()), limit_bytes),
                  Facts(file->second)};
}

Status FakeHost::WriteFile(const std::string& path, std::string_view content, uint32_t) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  files_[path] = {std::string(content), next_number_++, clock_.Now()};
  return {};
}

Result<FileFacts> FakeHost::Stat(const std::string& path) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  const auto file = files_.find(path);
  if (file == files_.end()) return NotFound("cannot look at " + path);
  return Facts(file->second);
}

Result<std::vector<std::string>> FakeHost::List(const std::string& path) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  std::set<std::string> names;
  const std::string prefix = path + "/";
  const auto add = [&](const std::string& name) {
    if (!name.starts_with(prefix)) return;
    names.insert(name.substr(prefix.size(), name.find('/', prefix.size()) - prefix.size()));
  };
  for (const auto& [name, file] : files_) add(name);
  for (const auto& [directory, status] : runs_) add(directory);
  return std::vector<std::string>(names.begin(), names.end());
}

Status FakeHost::Remove(const std::string& path) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  const auto within = [&](const auto& entry) {
    return entry.first == path || entry.first.starts_with(path + "/");
  };
  std::erase_if(files_, within);
  std::erase_if(runs_, within);
  return {};
}

Result<ShimStatus> FakeHost::Launch(const ShimSpec& spec) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  launches_.push_back(spec);
  calls_.push_back("launch " + spec.directory);
  if (launch_error_) return *launch_error_;
  if (runs_.contains(spec.directory))
    return Conflict("cannot launch in " + spec.directory + ": its run was started already");
  ShimStatus& status = runs_[spec.directory];
  status.state = ShimState::kRunning;
  status.started_at = clock_.Now();
  status.shim.pid = static_cast<int64_t>(next_number_++);
  status.process.pid = static_cast<int64_t>(next_number_++);
  return status;
}

Result<ShimStatus> FakeHost::Adopt(const std::string& directory) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  const auto run = runs_.find(directory);
  if (run != runs_.end()) return run->second;
  ShimStatus absent;
  absent.reason = "it was never started";
  return absent;
}

Status FakeHost::Stop(const std::string& directory) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  calls_.push_back("stop " + directory);
  const auto run = runs_.find(directory);
  if (run == runs_.end() || !hears_stop_) return {};
  run->second.stopped = true;
  EndLocked(directory, -1, SIGTERM);
  return {};
}

Status FakeHost::Kill(const std::string& directory) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  calls_.push_back("kill " + directory);
  EndLocked(directory, -1, SIGKILL);
  return {};
}

Result<ProcessUse> FakeHost::Use(const std::string& directory) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  const auto run = runs_.find(directory);
  if (run == runs_.end() || run->second.state != ShimState::kRunning)
    return NotFound("nothing of the run in " + directory + " is running");
  const auto use = uses_.find(directory);
  return use == uses_.end() ? ProcessUse{.processes = 1} : use->second;
}

Result<bool> FakeHost::IsPortFree(uint16_t port) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  return !taken_ports_.contains(port);
}

Status FakeHost::Ask(const HealthQuestion& question) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(Gate());
  calls_.push_back("ask " + std::to_string(question.port));
  auto health = health_.find(question.port);
  if (health == health_.end()) health = health_.find(0);
  return health == health_.end() ? Status() : health->second;
}

}  // namespace hinomi::drivers
