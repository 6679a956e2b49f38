#ifndef HINOMI_OS_SHIM_H_
#define HINOMI_OS_SHIM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "os/process.h"

namespace hinomi {

/// The small process that stands between Hinomi and every child that must
/// survive it (service replica or job). It has a session of its own, adopts
/// what its child leaves behind, spools the output, and records start and end in
/// a directory by fsync + rename. Hinomi may die at any moment: whoever comes
/// next asks the directory.
///
///   DIR/lock        locked from before the shim exists until it is gone
///   DIR/status.json what is known, replaced as a whole
///   DIR/output      both outputs of the process; the older half in output.1

enum class ShimState {
  kNotStarted,  ///< The program never ran; launching is allowed.
  kRunning,     ///< The shim is there and will record the end.
  kEnded,       ///< Exit code or signal are known.
  kUnknown,     ///< It may have run, and nobody saw its end (shim killed, power cut).
};
/// "not_started", "running", "ended", "unknown".
std::string_view ShimStateName(ShimState state);

/// What the process and its waited-for descendants used, from wait4.
struct ResourceUse {
  Duration user_time, system_time;
  uint64_t max_resident_bytes = 0;
};

struct ShimStatus {
  ShimState state = ShimState::kNotStarted;
  ProcessIdentity shim;
  ProcessIdentity process;
  Instant started_at;  ///< Wall time.
  Instant ended_at;    ///< Wall time; kEnded only.
  Duration elapsed;    ///< By the monotonic clock; kEnded only.
  int exit_code = -1;  ///< -1 when a signal ended it.
  int signal = 0;
  bool timed_out = false;  ///< Ended because its time was over.
  bool stopped = false;    ///< Ended because StopShim asked for it.
  ResourceUse used;
  uint64_t output_bytes = 0;  ///< All that it wrote, kept or not.
  std::string reason;         ///< kNotStarted, kUnknown: why we think so.
  /// kUnknown: the process itself still runs, without its shim.
  bool process_running = false;
};

enum class Leftovers {
  kKill,   ///< When the process ends, what it started ends too (daemons included).
  kLeave,  ///< Its descendants live on.
};

/// What the process may take, set a moment after its start and inherited by all
/// that it starts later. Never above what we may take ourselves.
struct ProcessLimits {
  std::optional<uint64_t> memory_bytes;  ///< RLIMIT_DATA, of each process; allocating more fails.
  std::optional<uint64_t> open_files;    ///< RLIMIT_NOFILE, of each process.
  int nice = 0;                          ///< 0 (as we are) to 19 (after all others).
};

struct ShimSpec {
  /// Of this run alone: it is the identity of the run. Made if absent.
  std::string directory;
  Command command;
  Duration timeout;  ///< Zero: none.
  /// Between SIGTERM and SIGKILL, when stopped or out of time.
  Duration kill_grace = Duration::Seconds(10);
  /// Newest output that is kept, in two files of at most half of it.
  uint64_t output_limit_bytes = uint64_t{16} << 20;
  Leftovers leftovers = Leftovers::kKill;
  ProcessLimits limits;
};

/// Starts `shim_argv` (the hinomi binary and "shim") over a command. Returns
/// after the program was started and that is on disk. kConflict when this
/// directory's run was started already: nothing is run twice. kNotFound,
/// kDenied, …: the program could not be started, and never ran. kTimeout: ask
/// AdoptShim. Threads: any; blocks for some disk writes.
Result<ShimStatus> LaunchShim(const std::vector<std::string>& shim_argv, const ShimSpec& spec);

/// What became of a directory's run, whoever launched it. Reaps a shim of ours
/// that ended. Errors only when the directory cannot be read or its status is
/// not one of ours (kCorrupt). Threads: any.
Result<ShimStatus> AdoptShim(const std::string& directory);

/// Asks the shim to end its process: SIGTERM, after the grace SIGKILL. Without
/// a shim (kUnknown) a process that still runs gets SIGTERM. Returns at once;
/// success too when nothing runs any more.
Status StopShim(const std::string& directory);

/// The shim itself: `hinomi shim …` calls this first of all with its arguments
/// after "shim". For LaunchShim alone. Returns the exit code.
int ShimMain(int argc, char** argv);

}  // namespace hinomi

#endif  // HINOMI_OS_SHIM_H_
