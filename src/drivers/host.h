#ifndef HINOMI_DRIVERS_HOST_H_
#define HINOMI_DRIVERS_HOST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "os/process.h"
#include "os/shim.h"

namespace hinomi::drivers {

/// What is known of a file without reading it.
struct FileFacts {
  uint64_t size_bytes = 0;
  bool is_directory = false;
  Instant modified_at;
  /// Names this very file: another one that later takes its place, or its inode,
  /// has another identity (as far as the file system knows when files were made).
  std::string identity;
};

/// A part of a file.
struct FilePart {
  std::string bytes;
  FileFacts facts;  ///< Of the file that the bytes came from.
};

/// A question to a port of the host's own loopback.
struct HealthQuestion {
  enum class Kind { kHttp, kTcp };
  Kind kind = Kind::kHttp;
  uint16_t port = 0;
  std::string path = "/";  ///< HTTP: well is any status from 200 to 399.
  Duration timeout = Duration::Seconds(5);
};

/// What a run uses now, with all that it started.
struct ProcessUse {
  Duration cpu_time;  ///< User and system, ended descendants included.
  /// Sum of the resident sets; a page that two of its processes share counts twice.
  uint64_t resident_bytes = 0;
  uint64_t processes = 0;
};

/// A machine on which drivers act: this one (`LocalHost`), later one with an
/// agent. Paths are relative to the host's root and cannot leave it: one that is
/// absolute, has "..", or leads out by a symbolic link is kInvalidArgument. The
/// directory of a run is such a path as well.
///
/// Errors: `IsRetryable(code)` says whether the same call may succeed later
/// (kUnavailable: the host or its disk, for now; kTimeout; kExhausted: disk,
/// memory, processes); the others fail again until something is changed
/// (kNotFound, kDenied, kConflict, kInvalidArgument, kCorrupt). Threads: any;
/// calls block.
class Host {
 public:
  virtual ~Host() = default;
  /// Unique among the hosts of a server, e.g. "local". Stable for good.
  virtual const std::string& name() const = 0;

  /// Runs a program to its end, with bounded time and output (os/process.h).
  /// The working directory of the command, if it has one, is any of the host's.
  virtual Result<RunResult> Run(const Command& command, const RunOptions& options) = 0;

  /// Up to `limit_bytes` from `offset`; fewer only at the end.
  virtual Result<FilePart> ReadFile(const std::string& path, uint64_t offset,
                                    uint64_t limit_bytes) = 0;
  /// Whole content, atomically and durably; directories above are made.
  virtual Status WriteFile(const std::string& path, std::string_view content,
                           uint32_t permissions) = 0;
  virtual Result<FileFacts> Stat(const std::string& path) = 0;
  /// Names in a directory, sorted; none if there is no such directory.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  /// A file, or a directory with all that is in it; success if it is not there.
  virtual Status Remove(const std::string& path) = 0;

  /// Starts a process under the shim; `spec.directory` is relative to the root.
  /// As LaunchShim: kConflict when the directory's run was started already.
  virtual Result<ShimStatus> Launch(const ShimSpec& spec) = 0;
  /// What became of a directory's run, whoever launched it.
  virtual Result<ShimStatus> Adopt(const std::string& directory) = 0;
  /// Asks it to end (SIGTERM, after the grace of its launch SIGKILL); at once back.
  virtual Status Stop(const std::string& directory) = 0;
  /// SIGKILL to all that the run started, daemons included and with or without
  /// its shim. The shim itself stays, to record the end.
  virtual Status Kill(const std::string& directory) = 0;
  /// kNotFound when nothing of it runs.
  virtual Result<ProcessUse> Use(const std::string& directory) = 0;

  /// True when a process could listen on this TCP port of every address now.
  virtual Result<bool> IsPortFree(uint16_t port) = 0;
  /// Success: well. The error says what was wrong, in words for people; kNotFound
  /// and kInvalidArgument do not happen, kUnavailable and kTimeout do.
  virtual Status Ask(const HealthQuestion& question) = 0;
};

/// This machine. The directory `root` must exist; `shim_argv` is the hinomi
/// binary and "shim". Threads: any.
class LocalHost : public Host {
 public:
  LocalHost(std::string name, const std::string& root, std::vector<std::string> shim_argv);

  const std::string& name() const override { return name_; }
  Result<RunResult> Run(const Command& command, const RunOptions& options) override;
  Result<FilePart> ReadFile(const std::string& path, uint64_t offset,
                            uint64_t limit_bytes) override;
  Status WriteFile(const std::string& path, std::string_view content,
                   uint32_t permissions) override;
  Result<FileFacts> Stat(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status Remove(const std::string& path) override;
  Result<ShimStatus> Launch(const ShimSpec& spec) override;
  Result<ShimStatus> Adopt(const std::string& directory) override;
  Status Stop(const std::string& directory) override;
  Status Kill(const std::string& directory) override;
  Result<ProcessUse> Use(const std::string& directory) override;
  Result<bool> IsPortFree(uint16_t port) override;
  Status Ask(const HealthQuestion& question) override;

 private:
  /// The path on this machine, or why it is none below the root.
  Result<std::string> Below(const std::string& path) const;

  std::string name_;
  std::string root_;
  std::vector<std::string> shim_argv_;
};

/// The variable in the environment of every process that a host launched, daemons
/// included: its value is the run's directory on that machine.
inline constexpr std::string_view kRunVariable = "HINOMI_RUN";

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_HOST_H_
