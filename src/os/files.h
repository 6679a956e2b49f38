#ifndef HINOMI_OS_FILES_H_
#define HINOMI_OS_FILES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hinomi {

enum class OpenMode {
  kRead,       ///< Must exist.
  kReadWrite,  ///< Must exist.
  kCreate,     ///< Read and write; made if absent, kept if present.
  kTruncate,   ///< Read and write; made if absent, emptied if present.
};

/// An open file, closed by the destructor. Threads: one at a time.
class File {
 public:
  virtual ~File() = default;
  /// Up to `size` bytes from `offset`; fewer only at the end of the file.
  virtual Result<std::string> ReadAt(uint64_t offset, size_t size) = 0;
  virtual Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  /// At the end. On failure a part may have been written.
  virtual Status Append(std::string_view bytes) = 0;
  /// Returns when the content would survive a power cut (fdatasync).
  virtual Status Sync() = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() = 0;
};

/// The bytes of a whole file as they stood when it was mapped. They must not
/// change meanwhile: only files that are never written again are mapped.
class FileView {
 public:
  virtual ~FileView() = default;
  virtual std::string_view bytes() const = 0;
};

struct DiskSpace {
  uint64_t total_bytes;
  uint64_t free_bytes;  ///< For an unprivileged user.
};

/// What changes with a file, as the system knows it without reading. Times are as fine as the file
/// system has them (mostly some milliseconds, 2 s at worst), so that of two changes within one
/// such step the second may not show.
struct FileStamp {
  uint64_t device;
  uint64_t inode;
  uint64_t size;
  int64_t modified_ns;  ///< Content; since 1970. Anybody may set it back,
  int64_t changed_ns;   ///< but not this one: content, name or permissions.
  bool operator==(const FileStamp&) const = default;
};

/// The door to the file system, so that tests can put a disk behind it that
/// drops what was not synced or fails at the n-th call (os/testing.h). Paths
/// are native. Errors say which path. Threads: any.
class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::string> ReadAll(const std::string& path) = 0;
  /// Without reading it where the system can (mmap); here by `ReadAll`.
  virtual Result<std::unique_ptr<FileView>> Map(const std::string& path);
  /// Whole content by temporary file, sync, rename and sync of the directory:
  /// after a crash there is the old content or the new one.
  virtual Status WriteAtomically(const std::string& path, std::string_view content,
                                 uint32_t permissions = 0644) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  /// Nothing where there is none, or (as here) the system does not tell. Follows links.
  virtual std::optional<FileStamp> Stamp(const std::string& path);
  /// With parents; no error if it is there.
  virtual Status MakeDirectories(const std::string& path) = 0;
  /// Names (not paths) in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  /// Makes creations, renames and removals in a directory survive a power cut.
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual Result<DiskSpace> Space(const std::string& path) = 0;
};

/// The directory in which `path` stands: "." where it names none, "/" of "/a".
std::string ParentDirectory(const std::string& path);

/// The machine's own file system.
class PosixFiles : public Files {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::string> ReadAll(const std::string& path) override;
  Result<std::unique_ptr<FileView>> Map(const std::string& path) override;
  Status WriteAtomically(const std::string& path, std::string_view content,
                         uint32_t permissions = 0644) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  bool Exists(const std::string& path) override;
  std::optional<FileStamp> Stamp(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<DiskSpace> Space(const std::string& path) override;
};

}  // namespace hinomi

#endif  // HINOMI_OS_FILES_H_
