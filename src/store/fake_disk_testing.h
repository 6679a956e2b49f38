#ifndef HINOMI_STORE_FAKE_DISK_TESTING_H_
#define HINOMI_STORE_FAKE_DISK_TESTING_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "os/files.h"

namespace hinomi::store {

enum class DiskFault {
  kIo,    ///< EIO; a failed sync also loses what it should have written, as kernels do.
  kFull,  ///< ENOSPC; half of a write may have been done.
};

/// A disk in memory that forgets at a power cut what was not synced, has a
/// size, and fails at the n-th operation. Writes, truncations, removals and
/// syncs count as operations. Behind it are a SQLite VFS (FakeDiskVfs) and a
/// `Files` (FakeDiskFiles). One thread.
class FakeDisk {
 public:
  enum class Outcome { kDone, kIo, kFull, kMissing };

  explicit FakeDisk(uint64_t seed) : random_(seed) {}

  uint64_t operations() const { return operations_; }
  /// The power fails at the n-th operation from now on (1: the next), in its middle.
  void CutAt(uint64_t n) { cut_at_ = operations_ + n; }
  /// That operation fails once, and the disk goes on.
  void FailAt(uint64_t n, DiskFault fault) {
    fail_at_ = operations_ + n;
    fault_ = fault;
  }
  void SetCapacity(uint64_t bytes) { capacity_ = bytes; }
  uint64_t used() const;
  uint64_t capacity() const { return capacity_; }
  bool off() const { return off_; }
  void Cut() { off_ = true; }
  /// Gives the power back: of what was not synced a seeded part is there, in
  /// pieces of a sector. Whatever had files open must be gone by then.
  void PowerCycle();

  bool Exists(const std::string& path) const;
  void Create(const std::string& path);
  /// Up to `size` bytes.
  Outcome Read(const std::string& path, uint64_t offset, size_t size, std::string& bytes);
  Outcome Write(const std::string& path, uint64_t offset, std::string_view bytes);
  Outcome Truncate(const std::string& path, uint64_t size);
  Outcome Sync(const std::string& path);
  Outcome Remove(const std::string& path, bool durable);
  /// Makes creations and removals survive a power cut.
  void SyncDirectory();
  std::optional<uint64_t> Size(const std::string& path) const;
  Random& random() { return random_; }

 private:
  struct Change {
    bool truncate = false;
    uint64_t offset = 0;  ///< Or the new size.
    std::string bytes;
  };
  struct Inode {
    bool exists = false;
    bool durable_exists = false;
    bool fresh = false;   ///< Created, and not synced since.
    std::string view;     ///< What reads see.
    std::string durable;  ///< What a power cut leaves.
    std::vector<Change> pending;
  };

  /// Counts an operation; the fault that is due now, if any.
  std::optional<Outcome> Operation();
  static void Apply(const Change& change, std::string& content);
  void ApplyTorn(const Change& change, std::string& content);
  void Lose(Inode& inode);

  Random random_;
  uint64_t operations_ = 0;
  uint64_t cut_at_ = std::numeric_limits<uint64_t>::max();
  uint64_t fail_at_ = std::numeric_limits<uint64_t>::max();
  DiskFault fault_ = DiskFault::kIo;
  uint64_t capacity_ = std::numeric_limits<uint64_t>::max();
  bool off_ = false;
  std::map<std::string, Inode> inodes_;
};

/// Registers the disk with SQLite under a name of its own, until destroyed.
class FakeDiskVfs {
 public:
  explicit FakeDiskVfs(FakeDisk& disk);
  ~FakeDiskVfs();
  FakeDiskVfs(const FakeDiskVfs&) = delete;
  FakeDiskVfs& operator=(const FakeDiskVfs&) = delete;
  const std::string& name() const { return name_; }

 private:
  struct Registration;
  std::string name_;
  std::unique_ptr<Registration> registration_;
};

/// The disk as `Files`; has one directory, and all paths are in it.
class FakeDiskFiles : public Files {
 public:
  explicit FakeDiskFiles(FakeDisk& disk) : disk_(disk) {}
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::string> ReadAll(const std::string& path) override;
  Status WriteAtomically(const std::string& path, std::string_view content,
                         uint32_t permissions) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  bool Exists(const std::string& path) override { return disk_.Exists(path); }
  Status MakeDirectories(const std::string&) override { return {}; }
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status SyncDirectory(const std::string&) override {
    disk_.SyncDirectory();
    return {};
  }
  Result<DiskSpace> Space(const std::string& path) override;

 private:
  FakeDisk& disk_;
};

}  // namespace hinomi::store

#endif  // HINOMI_STORE_FAKE_DISK_TESTING_H_
