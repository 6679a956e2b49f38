#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/strings.h"
#include "os/errno_error.h"
#include "os/files.h"
#include "os/impl/shim_files.h"
#include "os/impl/spawn.h"
#include "os/shim.h"
#include "os/system_clock.h"

namespace hinomi {
namespace {

using os_impl::Descriptor;
using os_impl::Record;
using os_impl::RecordedPhase;

constexpr int kWrongUse = 2;
constexpr int kCouldNot = 3;

std::optional<ShimSpec> ParseArguments(int argc, char** argv) {
  ShimSpec spec;
  int i = 0;
  for (; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view argument = argv[i];
    const size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : argument.substr(equals + 1));
    const auto number = ParseInt(value);
    if (name == "--dir") {
      spec.directory = value;
    } else if (name == "--cwd") {
      spec.command.directory = value;
    } else if (name == "--timeout-ms" && number) {
      spec.timeout = Duration::Millis(*number);
    } else if (name == "--kill-grace-ms" && number) {
      spec.kill_grace = Duration::Millis(*number);
    } else if (name == "--output-limit" && number) {
      spec.output_limit_bytes = static_cast<uint64_t>(*number);
    } else if (name == "--memory-limit" && number) {
      spec.limits.memory_bytes = static_cast<uint64_t>(*number);
    } else if (name == "--open-files" && number) {
      spec.limits.open_files = static_cast<uint64_t>(*number);
    } else if (name == "--nice" && number) {
      spec.limits.nice = static_cast<int>(*number);
    } else if (name == "--leave-leftovers") {
      spec.leftovers = Leftovers::kLeave;
    } else {
      return std::nullopt;
    }
  }
  for (++i; i < argc; ++i) spec.command.argv.emplace_back(argv[i]);
  if (spec.directory.empty() || spec.command.argv.empty()) return std::nullopt;
  return spec;
}

Duration TimeOf(const timeval& time) {
  return Duration::Seconds(time.tv_sec) + Duration::Micros(time.tv_usec);
}

/// Our children, those that orphans became included.
std::vector<pid_t> Children() {
  PosixFiles files;
  const std::string self = std::to_string(::getpid());
  auto text = files.ReadAll("/proc/self/task/" + self + "/children");
  std::vector<pid_t> pids;
  if (!text) return pids;
  for (const std::string_view word : Split(Trim(*text), ' '))
    if (const auto pid = ParseInt(word)) pids.push_back(static_cast<pid_t>(*pid));
  return pids;
}

/// Supervises one process from its start to the record of its end.
class Shim {
 public:
  explicit Shim(ShimSpec spec)
      : spec_(std::move(spec)),
        spool_(os_impl::OutputPath(spec_.directory), spec_.output_limit_bytes) {}

  int Run() {
    record_.status.shim = OwnIdentity();
    record_.status.started_at = clock_.Now();
    begun_ = clock_.Monotonic();
    // Before the program: without this record nothing can have run.
    record_.phase = RecordedPhase::kStarting;
    if (!os_impl::WriteRecord(spec_.directory, record_)) return kCouldNot;
    const Status started = Start();
    if (!started) {
      record_.phase = RecordedPhase::kNotStarted;
      record_.status.reason = started.error().message;
      const Status written = os_impl::WriteRecord(spec_.directory, record_);
      SayReady();
      return written ? 0 : kCouldNot;
    }
    record_.phase = RecordedPhase::kRunning;
    // A full disk does not stop the program: the record then stays at
    // "starting", which whoever reads takes for running while we hold the lock.
    (void)os_impl::WriteRecord(spec_.directory, record_);
    SayReady();
    Supervise();
    return RecordEnd();
  }

 private:
  Status Start() {
    sigset_t watched;
    ::sigemptyset(&watched);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT}) ::sigaddset(&watched, signal);
    ::sigprocmask(SIG_BLOCK, &watched, nullptr);
    signals_ = Descriptor(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.open()) return ErrnoError("cannot watch signals");
    HN_TRY(os_impl::Pipe output, os_impl::MakePipe());
    const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    HN_TRY(process_,
           os_impl::Spawn(spec_.command,
                          {{null.get(), 0}, {output.write.get(), 1}, {output.write.get(), 2}}));
    Limit(spec_.limits);
    output_ = std::move(output.read);
    ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    // It exists until we reap it, so its identity can be had.
    auto identity = IdentityOf(process_);
    if (identity) record_.status.process = *identity;
    if (spec_.timeout > Duration()) deadline_ = begun_ + spec_.timeout;
    return {};
  }

  /// Lowers only: what we may not take ourselves we cannot give.
  void Limit(const ProcessLimits& limits) const {
    const auto lower = [this](__rlimit_resource what, const std::optional<uint64_t>& to) {
      rlimit present{};
      if (!to || ::prlimit(process_, what, nullptr, &present) != 0) return;
      const rlimit lowered{std::min<rlim_t>(*to, present.rlim_max),
                           std::min<rlim_t>(*to, present.rlim_max)};
      ::prlimit(process_, what, &lowered, nullptr);
    };
    if (limits.nice > 0)
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(process_), std::min(limits.nice, 19));
    lower(RLIMIT_DATA, limits.memory_bytes);
    lower(RLIMIT_NOFILE, limits.open_files);
  }

  static void SayReady() {
    const char byte = 'r';
    while (::write(os_impl::kReadyFd, &byte, 1) < 0 && errno == EINTR) {
    }
    ::close(os_impl::kReadyFd);
  }

  void Supervise() {
    while (!ended_ || leftovers_) {
      if (deadline_ && clock_.Monotonic() >= *deadline_) OnDeadline();
      Wait();
      ReadOutput();
      ReadSignals();
      Reap();
    }
    ReadOutput();
  }

  /// The time is over, or the grace after SIGTERM is.
  void OnDeadline() {
    if (!ended_ && !record_.status.stopped && !record_.status.timed_out) {
      record_.status.timed_out = true;
      AskToEnd();
      return;
    }
    Signal(SIGKILL);
    deadline_ = clock_.Monotonic() + Duration::Millis(100);  // orphans that came since
  }

  void AskToEnd() {
    Signal(SIGTERM);
    deadline_ = clock_.Monotonic() + spec_.kill_grace;
  }

  void Signal(int signal) const {
    // The group's number is the process's: ours until it is reaped.
    if (!ended_) ::kill(-process_, signal);
    if (spec_.leftovers == Leftovers::kLeave) return;
    for (const pid_t child : Children()) ::kill(child, signal);
  }

  void Wait() {
    pollfd fds[] = {{signals_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}};
    int64_t wait_ms = -1;
    if (deadline_) wait_ms = std::max<int64_t>((*deadline_ - clock_.Monotonic()).millis() + 1, 1);
    ::poll(fds, std::size(fds), static_cast<int>(std::min<int64_t>(wait_ms, 60'000)));
  }

  void ReadOutput() {
    char piece[64 * 1024];
    while (output_.open()) {
      const ssize_t n = ::read(output_.get(), piece, sizeof piece);
      if (n > 0) spool_.Write({piece, static_cast<size_t>(n)});
      if (n > 0 || (n < 0 && errno == EINTR)) continue;
      if (n == 0) output_.Close();
      return;
    }
  }

  void ReadSignals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      const bool asked = info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
      if (!asked || ended_ || record_.status.stopped) continue;
      record_.status.stopped = true;
      AskToEnd();
    }
  }

  void Reap() {
    int how = 0;
    rusage used{};
    pid_t pid = 0;
    while ((pid = ::wait4(-1, &how, WNOHANG, &used)) > 0)
      if (pid == process_) OnEnd(how, used);
    if (!ended_) return;
    leftovers_ = pid == 0 && spec_.leftovers == Leftovers::kKill;
    if (leftovers_ && !clearing_) {
      clearing_ = true;
      AskToEnd();
    }
  }

  void OnEnd(int how, const rusage& used) {
    ended_ = true;
    ShimStatus& s = record_.status;
    s.ended_at = clock_.Now();
    s.elapsed = clock_.Monotonic() - begun_;
    s.exit_code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    s.signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    s.used = {TimeOf(used.ru_utime), TimeOf(used.ru_stime),
              static_cast<uint64_t>(used.ru_maxrss) * 1024};
    deadline_.reset();
  }

  int RecordEnd() {
    record_.phase = RecordedPhase::kEnded;
    record_.status.output_bytes = spool_.total_bytes();
    for (;;) {
      const Status written = os_impl::WriteRecord(spec_.directory, record_);
      if (written) return 0;
      // A full disk may get room; until then the run counts as running.
      if (written.error().code != ErrorCode::kExhausted) return kCouldNot;
      ::sleep(1);
    }
  }

  ShimSpec spec_;
  SystemClock clock_;
  Record record_;
  os_impl::OutputSpool spool_;
  Duration begun_;
  pid_t process_ = 0;
  Descriptor signals_, output_;
  std::optional<Duration> deadline_;
  bool ended_ = false;
  bool leftovers_ = false;
  bool clearing_ = false;
};

}  // namespace

int ShimMain(int argc, char** argv) {
  auto spec = ParseArguments(argc, argv);
  if (!spec || ::fcntl(os_impl::kLockFd, F_SETFD, FD_CLOEXEC) != 0 ||
      ::fcntl(os_impl::kReadyFd, F_SETFD, FD_CLOEXEC) != 0) {
    constexpr std::string_view kMessage =
        "hinomi shim is started by hinomi itself; see `hinomi service` and `hinomi deploy`\n";
    (void)!::write(STDERR_FILENO, kMessage.data(), kMessage.size());
    return kWrongUse;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "hinomi-shim");
  for (const int signal : {SIGHUP, SIGPIPE, SIGQUIT}) (void)::signal(signal, SIG_IGN);
  // At once: a leak check at exit clones a process, which Kill finds as one of
  // the run's; when it is gone the check waits for it for ever.
  ::_exit(Shim(std::move(*spec)).Run());
}

}  // namespace hinomi
