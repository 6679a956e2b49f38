#ifndef HINOMI_OS_TESTING_H_
#define HINOMI_OS_TESTING_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "os/files.h"

namespace hinomi {

/// A new directory below the machine's temporary one, removed with all it holds
/// at the end.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// True as soon as the condition holds, looked at every 2 ms; false after 20 s. For
/// what another process does in its own time.
bool Within20Seconds(const std::function<bool()>& condition);

/// How a call of `FaultFiles` fails.
enum class DiskFault {
  kIoError,     ///< EIO: nothing was done. A failed Sync loses what it should have kept.
  kFull,        ///< ENOSPC: nothing was done.
  kShortWrite,  ///< Half of the bytes were written, then ENOSPC. Other calls: as kFull.
};

/// A disk in memory as bad as disks are allowed to be: what was not synced is
/// gone after a power cut, a creation, rename or removal too while its directory
/// was not synced, and the n-th call can fail. Directories themselves survive.
///
///   FaultFiles disk;
///   disk.FailFrom(n, DiskFault::kFull, 1);   // the n-th call from now on
///   …work on it…
///   disk.PowerCut();
///   …open again and look…
///
/// Threads: any.
class FaultFiles : public Files {
 public:
  /// The `n`-th faultable call from now (1 is the next) and `times - 1` calls
  /// after it fail. Faultable are all that write or sync: Open that makes or
  /// empties, WriteAt, Append, Sync, Truncate, WriteAtomically (each of its four
  /// steps), Rename, Remove, MakeDirectories, SyncDirectory.
  void FailFrom(uint64_t n, DiskFault fault, uint64_t times = 1);
  /// Faultable calls so far: a test walks a fault over 1 … calls().
  uint64_t calls() const;

  /// Forgets all that was not synced. Files that were open answer kUnavailable.
  void PowerCut();
  /// As disks really do: of each file's unsynced writes some first ones are
  /// kept, the last of them perhaps in part.
  void PowerCut(Random& random);

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::string> ReadAll(const std::string& path) override;
  Status WriteAtomically(const std::string& path, std::string_view content,
                         uint32_t permissions = 0644) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  bool Exists(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<DiskSpace> Space(const std::string& path) override;
  /// What Space answers; not counted down by writes.
  void SetSpace(DiskSpace space);

 private:
  friend class FaultFile;
  /// A write or truncation that a power cut would undo.
  struct Pending {
    uint64_t offset;
    std::string bytes;
    bool truncate;
  };
  struct Node {
    std::string content;
    std::string durable;
    std::vector<Pending> pending;
  };
  using Entries = std::map<std::string, std::shared_ptr<Node>>;

  /// The fault of this call, if its turn has come: sets errno.
  bool Fails(DiskFault* fault) HN_REQUIRES(mutex_);
  Status StepFails(const std::string& what) HN_REQUIRES(mutex_);
  Status Write(Node& node, const std::string& path, uint64_t offset, std::string_view bytes)
      HN_REQUIRES(mutex_);
  Status SyncNode(Node& node, const std::string& path) HN_REQUIRES(mutex_);
  Status SyncEntries(const std::string& directory) HN_REQUIRES(mutex_);
  static void ApplyTo(std::string& content, const Pending& pending);
  void Cut(Random* random);

  mutable Mutex mutex_;
  Entries entries_ HN_GUARDED_BY(mutex_);
  Entries durable_entries_ HN_GUARDED_BY(mutex_);
  std::vector<std::string> directories_ HN_GUARDED_BY(mutex_);
  uint64_t calls_ HN_GUARDED_BY(mutex_) = 0;
  uint64_t fail_from_ HN_GUARDED_BY(mutex_) = 0;
  uint64_t fail_times_ HN_GUARDED_BY(mutex_) = 0;
  DiskFault fault_ HN_GUARDED_BY(mutex_) = DiskFault::kIoError;
  uint64_t power_cuts_ HN_GUARDED_BY(mutex_) = 0;
  DiskSpace space_ HN_GUARDED_BY(mutex_){uint64_t{1} << 40, uint64_t{1} << 39};
};

}  // namespace hinomi

#endif  // HINOMI_OS_TESTING_H_
