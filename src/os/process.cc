#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "base/strings.h"
#include "os/errno_error.h"
#include "os/files.h"
#include "os/impl/spawn.h"
#include "os/system_clock.h"

namespace hinomi {
namespace {

using os_impl::Descriptor;
using os_impl::Pipe;

std::string BootId() {
  PosixFiles files;
  auto id = files.ReadAll("/proc/sys/kernel/random/boot_id");
  return id ? std::string(Trim(*id)) : std::string();
}

struct ProcessStat {
  char state = 'X';
  uint64_t start_ticks = 0;
};

Result<ProcessStat> ReadStat(int64_t pid) {
  PosixFiles files;
  HN_TRY(const std::string text, files.ReadAll("/proc/" + std::to_string(pid) + "/stat"));
  // The name in parentheses may hold anything, so fields count from its end.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= text.size())
    return Internal("cannot read /proc/" + std::to_string(pid) + "/stat: no name in it");
  const auto fields = Split(std::string_view(text).substr(name_end + 2), ' ');
  constexpr size_t kStateField = 0, kStartField = 19;
  if (fields.size() <= kStartField || fields[kStateField].empty())
    return Internal("cannot read /proc/" + std::to_string(pid) + "/stat: too few fields");
  return ProcessStat{fields[kStateField][0], ParseUint(fields[kStartField]).value_or(0)};
}

/// Reads what is there into `text` up to the limit. False at the end.
bool Drain(int fd, std::string& text, uint64_t limit, bool& cut) {
  char piece[64 * 1024];
  for (;;) {
    const ssize_t n = ::read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    const auto got = static_cast<uint64_t>(n);
    const uint64_t kept = std::min(got, limit - std::min<uint64_t>(limit, text.size()));
    text.append(piece, kept);
    cut = cut || kept < got;
  }
}

/// One run from the start to the reaping.
class Running {
 public:
  Running(pid_t pid, Descriptor pidfd, Descriptor out, Descriptor err, const RunOptions& options)
      : pid_(pid),
        pidfd_(std::move(pidfd)),
        out_(std::move(out)),
        err_(std::move(err)),
        options_(options) {
    for (const Descriptor* end : {&out_, &err_}) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  }

  RunResult ToTheEnd() {
    const SystemClock clock;
    const Duration start = clock.Monotonic();
    Duration deadline = start + options_.timeout;
    int next_signal = SIGTERM;
    while (!Ended()) {
      const Duration now = clock.Monotonic();
      if (now >= deadline) {
        result_.timed_out = true;
        ::kill(-pid_, next_signal);
        next_signal = SIGKILL;
        deadline = now + options_.kill_grace;
      }
      Wait(std::max(deadline - now, Duration::Millis(1)));
    }
    // What it left in its group goes before the pid, and so the group's number,
    // can be given out again.
    ::kill(-pid_, SIGKILL);
    if (out_.open()) Drain(out_.get(), result_.output, options_.output_limit_bytes, cut());
    if (err_.open()) Drain(err_.get(), result_.error_output, options_.output_limit_bytes, cut());
    Reap();
    result_.elapsed = clock.Monotonic() - start;
    return std::move(result_);
  }

 private:
  bool& cut() { return result_.output_cut; }

  bool Ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

  void Wait(Duration at_most) {
    pollfd fds[] = {{pidfd_.get(), POLLIN, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
    const int64_t timeout_ms = std::min<int64_t>(at_most.millis() + 1, 1000);
    if (::poll(fds, std::size(fds), static_cast<int>(timeout_ms)) <= 0) return;
    if (fds[1].revents != 0 &&
        !Drain(out_.get(), result_.output, options_.output_limit_bytes, cut()))
      out_.Close();
    if (fds[2].revents != 0 &&
        !Drain(err_.get(), result_.error_output, options_.output_limit_bytes, cut()))
      err_.Close();
  }

  void Reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  pid_t pid_;
  Descriptor pidfd_, out_, err_;
  const RunOptions& options_;
  RunResult result_;
};

/// The input as a file in memory: no pipe to feed, none to break.
Result<Descriptor> InputFile(std::string_view input) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.open()) return ErrnoError("cannot make a file for a program's input");
  while (!input.empty()) {
    const ssize_t n = ::write(file.get(), input.data(), input.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError("cannot write a program's input");
    input.remove_prefix(static_cast<size_t>(n));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

Result<ProcessIdentity> IdentityOf(int64_t pid) {
  auto stat = ReadStat(pid);
  if (!stat) return NotFound("there is no process " + std::to_string(pid));
  return ProcessIdentity{BootId(), pid, stat->start_ticks};
}

ProcessIdentity OwnIdentity() {
  auto own = IdentityOf(::getpid());
  return own ? *own : ProcessIdentity{BootId(), ::getpid(), 0};
}

bool IsRunning(const ProcessIdentity& identity) {
  if (identity.pid <= 0 || identity.boot_id != BootId()) return false;
  const auto stat = ReadStat(identity.pid);
  return stat && stat->start_ticks == identity.start_ticks && stat->state != 'Z' &&
         stat->state != 'X';
}

Status SignalProcess(const ProcessIdentity& identity, int signal) {
  const Error gone = NotFound("process " + std::to_string(identity.pid) + " is gone");
  if (identity.pid <= 0) return gone;
  // The descriptor holds on to the process that has the pid now; only after
  // that is it worth asking who it is.
  const Descriptor pidfd(
      static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(identity.pid), 0)));
  if (!pidfd.open() || !IsRunning(identity)) return gone;
  if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return gone;
  return ErrnoError("cannot send " + DescribeSignal(signal) + " to process " +
                    std::to_string(identity.pid));
}

std::string DescribeSignal(int signal) {
  const char* name = ::sigdescr_np(signal);
  return "signal " + std::to_string(signal) + " (" + (name != nullptr ? name : "unknown") + ")";
}

std::string RunResult::HowItEnded() const {
  if (timed_out) return "no end within its time; killed after " + FormatDuration(elapsed);
  if (signal != 0) return DescribeSignal(signal);
  return "exit code " + std::to_string(exit_code);
}

Result<RunResult> RunProcess(const Command& command, const RunOptions& options) {
  HN_TRY(const Descriptor in, InputFile(options.input));
  HN_TRY(Pipe out, os_impl::MakePipe());
  HN_TRY(Pipe err, os_impl::MakePipe());
  HN_TRY(const pid_t pid,
         os_impl::Spawn(command, {{in.get(), 0}, {out.write.get(), 1}, {err.write.get(), 2}}));
  Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  out.write.Close();
  err.write.Close();
  return Running(pid, std::move(pidfd), std::move(out.read), std::move(err.read), options)
      .ToTheEnd();
}

}  // namespace hinomi
