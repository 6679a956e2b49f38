#ifndef HINOMI_DRIVERS_HOST_TESTING_H_
#define HINOMI_DRIVERS_HOST_TESTING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "drivers/host.h"

namespace hinomi::drivers {

/// A machine in memory: files, processes that do what the test says, ports.
/// Processes answer on every port until told otherwise, and end at once when
/// asked to. `clock` must outlive it. Threads: any.
class FakeHost : public Host {
 public:
  FakeHost(std::string name, const Clock& clock) : name_(std::move(name)), clock_(clock) {}

  /// While it is not, every call is kUnavailable and processes go on.
  void SetReachable(bool reachable);
  /// Every launch fails with this until it is taken back; nothing runs.
  void SetLaunchError(std::optional<Error> error);
  /// Somebody else listens there.
  void TakePort(uint16_t port);
  void LeavePort(uint16_t port);
  /// For one port, or with 0 for all that have no answer of their own.
  void SetHealth(uint16_t port, Status health);
  void SetUse(const std::string& directory, ProcessUse use);
  /// False: SIGTERM is not heard; Kill still ends.
  void SetHearsStop(bool hears);
  /// The same file goes on; as renamed, it keeps its identity.
  void AppendTo(const std::string& path, std::string_view bytes);
  void Rename(const std::string& from, const std::string& to);
  /// What Run answers.
  void SetRunResult(Result<RunResult> result);

  /// The process of a run ends by itself, or by a signal (exit_code -1).
  void End(const std::string& directory, int exit_code, int signal = 0);
  /// Its shim is killed; the process goes on.
  void LoseShim(const std::string& directory);

  /// Every launch that was tried, in order.
  std::vector<ShimSpec> launches() const;
  /// "launch DIR", "stop DIR", "kill DIR", "ask PORT", in order.
  std::vector<std::string> calls() const;
  /// Directories of the runs whose processes run, sorted.
  std::vector<std::string> Running() const;
  std::vector<std::string> FileNames() const;

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
  struct FakeFile {
    std::string content;
    uint64_t number = 0;
    Instant modified_at;
  };
  FileFacts Facts(const FakeFile& file) const;
  Status Gate() const HN_REQUIRES(mutex_);
  void EndLocked(const std::string& directory, int exit_code, int signal) HN_REQUIRES(mutex_);

  std::string name_;
  const Clock& clock_;
  mutable Mutex mutex_;
  bool reachable_ HN_GUARDED_BY(mutex_) = true;
  bool hears_stop_ HN_GUARDED_BY(mutex_) = true;
  std::optional<Error> launch_error_ HN_GUARDED_BY(mutex_);
  Result<RunResult> run_result_ HN_GUARDED_BY(mutex_){RunResult{}};
  std::map<std::string, FakeFile> files_ HN_GUARDED_BY(mutex_);
  std::map<std::string, ShimStatus> runs_ HN_GUARDED_BY(mutex_);
  std::map<std::string, ProcessUse> uses_ HN_GUARDED_BY(mutex_);
  std::map<uint16_t, Status> health_ HN_GUARDED_BY(mutex_);
  std::set<uint16_t> taken_ports_ HN_GUARDED_BY(mutex_);
  std::vector<ShimSpec> launches_ HN_GUARDED_BY(mutex_);
  std::vector<std::string> calls_ HN_GUARDED_BY(mutex_);
  uint64_t next_number_ HN_GUARDED_BY(mutex_) = 1;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_HOST_TESTING_H_
