#ifndef HINOMI_OS_IMPL_SHIM_FILES_H_
#define HINOMI_OS_IMPL_SHIM_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/impl/spawn.h"
#include "os/shim.h"

namespace hinomi::os_impl {

/// Where a run's record stands. "starting" is on disk before the program is
/// started, so that its absence proves that nothing ran.
enum class RecordedPhase { kAbsent, kNotStarted, kStarting, kRunning, kEnded };

struct Record {
  RecordedPhase phase = RecordedPhase::kAbsent;
  ShimStatus status;  ///< Its `state` is for the reader to conclude.
};

std::string LockPath(const std::string& directory);
std::string OutputPath(const std::string& directory);

Result<Record> ReadRecord(const std::string& directory);
/// fsync + rename.
Status WriteRecord(const std::string& directory, const Record& record);
Status RemoveRecord(const std::string& directory);

/// Descriptors that the shim inherits.
inline constexpr int kLockFd = 3;
inline constexpr int kReadyFd = 4;

/// Takes the lock of a directory; kConflict when somebody holds it. It stays
/// with the open file, through fork and exec, until the last holder closes it.
Result<Descriptor> TakeLock(const std::string& directory);
Result<bool> IsLocked(const std::string& directory);

/// The process's output on disk: the newest bytes, bounded. A full disk drops
/// output and disturbs nothing.
class OutputSpool {
 public:
  OutputSpool(std::string path, uint64_t limit_bytes)
      : path_(std::move(path)), half_(limit_bytes / 2 > 0 ? limit_bytes / 2 : 1) {}
  void Write(std::string_view bytes);
  uint64_t total_bytes() const { return total_; }

 private:
  void Rotate();

  std::string path_;
  uint64_t half_;
  uint64_t in_file_ = 0;
  uint64_t total_ = 0;
  Descriptor file_;
};

}  // namespace hinomi::os_impl

#endif  // HINOMI_OS_IMPL_SHIM_FILES_H_
