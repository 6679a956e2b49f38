#include "os/shim.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

#include "os/errno_error.h"
#include "os/files.h"
#include "os/impl/shim_files.h"
#include "os/impl/spawn.h"
#include "os/system_clock.h"

namespace hinomi {
namespace {

using os_impl::Descriptor;
using os_impl::Record;
using os_impl::RecordedPhase;

/// Disk writes of the shim before it answers; a slow disk is no failure.
constexpr Duration kStartTimeout = Duration::Seconds(30);

Command ShimCommand(const std::vector<std::string>& shim_argv, const ShimSpec& spec,
                    const std::string& directory) {
  Command shim{.argv = shim_argv,
               .environment = spec.command.environment,
               .inherit_environment = spec.command.inherit_environment};
  const auto add = [&](std::string value) { shim.argv.push_back(std::move(value)); };
  add("--dir=" + directory);
  add("--timeout-ms=" + std::to_string(spec.timeout.millis()));
  add("--kill-grace-ms=" + std::to_string(spec.kill_grace.millis()));
  add("--output-limit=" + std::to_string(spec.output_limit_bytes));
  if (spec.leftovers == Leftovers::kLeave) add("--leave-leftovers");
  const ProcessLimits& limits = spec.limits;
  if (limits.memory_bytes) add("--memory-limit=" + std::to_string(*limits.memory_bytes));
  if (limits.open_files) add("--open-files=" + std::to_string(*limits.open_files));
  if (limits.nice > 0) add("--nice=" + std::to_string(limits.nice));
  if (!spec.command.directory.empty()) add("--cwd=" + spec.command.directory);
  add("--");
  for (const std::string& argument : spec.command.argv) add(argument);
  return shim;
}

/// True when the shim said that it is done with starting, well or not.
Result<bool> AwaitReady(int fd) {
  const SystemClock clock;
  const Duration deadline = clock.Monotonic() + kStartTimeout;
  for (;;) {
    const int64_t left_ms = (deadline - clock.Monotonic()).millis();
    if (left_ms <= 0) return Timeout("the shim did not answer within 30s");
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left_ms)) < 1) continue;
    char byte = 0;
    const ssize_t n = ::read(fd, &byte, 1);
    if (n < 0 && errno == EINTR) continue;
    return n == 1;
  }
}

/// Only a zombie of ours, recognised by its start: another child may have got
/// the pid, and its end is somebody else's to read.
void ReapIfOurs(const ProcessIdentity& shim) {
  const auto present = IdentityOf(shim.pid);
  if (present && *present == shim) ::waitpid(static_cast<pid_t>(shim.pid), nullptr, WNOHANG);
}

}  // namespace

std::string_view ShimStateName(ShimState state) {
  switch (state) {
    case ShimState::kNotStarted:
      return "not_started";
    case ShimState::kRunning:
      return "running";
    case ShimState::kEnded:
      return "ended";
    case ShimState::kUnknown:
      return "unknown";
  }
  return "unknown";
}

Result<ShimStatus> LaunchShim(const std::vector<std::string>& shim_argv, const ShimSpec& spec) {
  const std::string what = "cannot launch in " + spec.directory;
  if (spec.command.argv.empty()) return InvalidArgument(what + ": no program is named");
  std::error_code error;
  const std::string directory = std::filesystem::absolute(spec.directory, error).string();
  PosixFiles files;
  HN_TRY_VOID(files.MakeDirectories(directory));
  HN_TRY(Descriptor lock, os_impl::TakeLock(directory));
  HN_TRY(const Record before, os_impl::ReadRecord(directory));
  if (before.phase != RecordedPhase::kAbsent && before.phase != RecordedPhase::kNotStarted)
    return Conflict(what + ": its run was started already");
  // So that nobody takes the failure before for this attempt's.
  if (before.phase == RecordedPhase::kNotStarted) HN_TRY_VOID(os_impl::RemoveRecord(directory));

  HN_TRY(os_impl::Pipe ready, os_impl::MakePipe());
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.open()) return ErrnoError("cannot open /dev/null");
  auto pid = os_impl::Spawn(ShimCommand(shim_argv, spec, directory),
                            {{null.get(), 0},
                             {null.get(), 1},
                             {null.get(), 2},
                             {lock.get(), os_impl::kLockFd},
                             {ready.write.get(), os_impl::kReadyFd}});
  if (!pid) return std::move(pid).error().WithContext(what);
  // From here on the shim alone holds both.
  lock.Close();
  ready.write.Close();
  HN_TRY(const bool answered, AwaitReady(ready.read.get()));
  // Without an answer it is ending: its lock is free for sure once it is gone.
  if (!answered) ::waitpid(*pid, nullptr, 0);
  HN_TRY(ShimStatus status, AdoptShim(directory));
  if (!answered && status.state == ShimState::kNotStarted) {
    return Internal(what + ": the shim " + shim_argv[0] + " ended before it started anything");
  }
  if (status.state != ShimState::kNotStarted) return status;
  ::waitpid(*pid, nullptr, 0);
  const bool missing = status.reason.ends_with(": No such file or directory");
  return Error{missing ? ErrorCode::kNotFound : ErrorCode::kUnavailable, status.reason};
}

Result<ShimStatus> AdoptShim(const std::string& directory) {
  // In this order: the shim records the end before it lets go of the lock.
  HN_TRY(const bool locked, os_impl::IsLocked(directory));
  HN_TRY(Record record, os_impl::ReadRecord(directory));
  ShimStatus& status = record.status;
  if (record.phase != RecordedPhase::kAbsent) ReapIfOurs(status.shim);
  switch (record.phase) {
    case RecordedPhase::kEnded:
      status.state = ShimState::kEnded;
      return status;
    case RecordedPhase::kAbsent:
    case RecordedPhase::kNotStarted:
      status.state = locked ? ShimState::kRunning : ShimState::kNotStarted;
      if (record.phase == RecordedPhase::kNotStarted) status.state = ShimState::kNotStarted;
      if (status.reason.empty() && !locked) status.reason = "it was never started";
      return status;
    case RecordedPhase::kStarting:
    case RecordedPhase::kRunning:
      break;
  }
  if (locked) {
    status.state = ShimState::kRunning;
    return status;
  }
  status.state = ShimState::kUnknown;
  status.process_running = IsRunning(status.process);
  const bool rebooted = status.shim.boot_id != OwnIdentity().boot_id;
  status.reason = rebooted ? "the machine was restarted while it ran"
                           : "its shim ended without recording an end";
  return status;
}

Status StopShim(const std::string& directory) {
  HN_TRY(const ShimStatus status, AdoptShim(directory));
  Status sent;
  if (status.state == ShimState::kRunning && status.shim.pid > 0)
    sent = SignalProcess(status.shim, SIGTERM);
  // It leads its group, so the number is the group's while it runs.
  if (status.process_running && ::kill(-static_cast<pid_t>(status.process.pid), SIGTERM) != 0)
    sent = SignalProcess(status.process, SIGTERM);
  if (!sent && sent.error().code == ErrorCode::kNotFound) return {};
  return sent;
}

}  // namespace hinomi
