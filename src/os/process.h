#ifndef HINOMI_OS_PROCESS_H_
#define HINOMI_OS_PROCESS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi {

/// Which process it is, for good: pids are given out again, this triple is not.
struct ProcessIdentity {
  std::string boot_id;       ///< /proc/sys/kernel/random/boot_id
  int64_t pid = 0;           ///< 0: no process.
  uint64_t start_ticks = 0;  ///< Since boot, field 22 of /proc/PID/stat.

  bool operator==(const ProcessIdentity&) const = default;
};

/// kNotFound when there is no such process. A zombie still has its identity.
Result<ProcessIdentity> IdentityOf(int64_t pid);
ProcessIdentity OwnIdentity();
/// True while exactly this process runs: same boot, same start, no zombie.
bool IsRunning(const ProcessIdentity& identity);
/// Sends a signal to exactly this process, never to one that got its pid later.
/// kNotFound when it is gone.
Status SignalProcess(const ProcessIdentity& identity, int signal);

/// A program with its arguments; never goes through a shell.
struct Command {
  std::vector<std::string> argv;  ///< argv[0] is looked up in PATH if it has no slash.
  /// Set in addition to, or instead of, our own environment.
  std::vector<std::pair<std::string, std::string>> environment;
  bool inherit_environment = true;
  std::string directory;  ///< Working directory; "" for ours.
};

struct RunOptions {
  std::string input;  ///< Its standard input.
  Duration timeout = Duration::Seconds(30);
  /// Between SIGTERM and SIGKILL, both to the whole process group.
  Duration kill_grace = Duration::Seconds(2);
  /// Of standard output and of standard error, each; the rest is read and dropped.
  uint64_t output_limit_bytes = uint64_t{1} << 20;
};

/// How a process ended and what it said.
struct RunResult {
  int exit_code = 0;  ///< -1 when a signal ended it.
  int signal = 0;     ///< 0 when it ended by itself.
  bool timed_out = false;
  bool output_cut = false;
  std::string output;
  std::string error_output;
  Duration elapsed;

  bool ok() const { return exit_code == 0 && !timed_out; }
  /// "exit code 3", "signal 9 (Killed)", "no end within 30s".
  std::string HowItEnded() const;
};

/// Runs a program to its end, in a session of its own; whatever it left in its
/// process group is killed. For work that must survive Hinomi see os/shim.h.
/// Errors: kInvalidArgument (no program), kNotFound, kDenied, kUnavailable (no
/// process or descriptor to be had). Any end of the program itself is a result.
/// Threads: any; blocks.
Result<RunResult> RunProcess(const Command& command, const RunOptions& options = {});

/// "signal 9 (Killed)"
std::string DescribeSignal(int signal);

}  // namespace hinomi

#endif  // HINOMI_OS_PROCESS_H_
