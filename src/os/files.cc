#include "os/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/errno_error.h"

namespace hinomi {
namespace {

class ReadView : public FileView {
 public:
  explicit ReadView(std::string content) : content_(std::move(content)) {}
  std::string_view bytes() const override { return content_; }

 private:
  std::string content_;
};

class MappedView : public FileView {
 public:
  MappedView(void* at, size_t size) : at_(at), size_(size) {}
  ~MappedView() override {
    if (size_ > 0) ::munmap(at_, size_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(at_), size_}; }

 private:
  void* at_;
  size_t size_;
};

class PosixFile : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }

  Result<std::string> ReadAt(uint64_t offset, size_t size) override {
    std::string bytes(size, '\0');
    size_t done = 0;
    while (done < size) {
      const ssize_t n =
          ::pread(fd_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError("cannot read " + path_);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    bytes.resize(done);
    return bytes;
  }

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError("cannot write " + path_);
      offset += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }

  Status Append(std::string_view bytes) override {
    HN_TRY(const uint64_t end, Size());
    return WriteAt(end, bytes);
  }

  Status Sync() override {
    if (::fdatasync(fd_) != 0) return ErrnoError("cannot sync " + path_);
    return {};
  }

  Status Truncate(uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
      return ErrnoError("cannot truncate " + path_);
    return {};
  }

  Result<uint64_t> Size() override {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return ErrnoError("cannot stat " + path_);
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  int fd_;
  std::string path_;
};

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<File>> PosixFiles::Open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case OpenMode::kRead:
      flags |= O_RDONLY;
      break;
    case OpenMode::kReadWrite:
      flags |= O_RDWR;
      break;
    case OpenMode::kCreate:
      flags |= O_RDWR | O_CREAT;
      break;
    case OpenMode::kTruncate:
      flags |= O_RDWR | O_CREAT | O_TRUNC;
      break;
  }
  const int fd = ::open(path.c_str(), flags, 0644);
  if (fd < 0) return ErrnoError("cannot open " + path);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
}

Result<std::unique_ptr<FileView>> Files::Map(const std::string& path) {
  HN_TRY(std::string content, ReadAll(path));
  return std::unique_ptr<FileView>(std::make_unique<ReadView>(std::move(content)));
}

Result<std::unique_ptr<FileView>> PosixFiles::Map(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError("cannot open " + path);
  struct stat status{};
  void* at = nullptr;
  size_t size = 0;
  Status mapped;
  if (::fstat(fd, &status) != 0) {
    mapped = ErrnoError("cannot read " + path);
  } else if (size = static_cast<size_t>(status.st_size); size > 0) {
    at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) mapped = ErrnoError("cannot map " + path);
  }
  ::close(fd);
  if (!mapped) return std::move(mapped).error();
  return std::unique_ptr<FileView>(std::make_unique<MappedView>(at, size));
}

Result<std::string> PosixFiles::ReadAll(const std::string& path) {
  HN_TRY(const auto file, Open(path, OpenMode::kRead));
  // By pieces to the end: files of /proc say that they are empty.
  constexpr size_t kPiece = 64 * 1024;
  std::string content;
  for (;;) {
    HN_TRY(const std::string piece, file->ReadAt(content.size(), kPiece));
    content += piece;
    if (piece.size() < kPiece) return content;
  }
}

Status PosixFiles::WriteAtomically(const std::string& path, std::string_view content,
                                   uint32_t permissions) {
  const std::string temporary = path + ".tmp" + std::to_string(::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
  if (fd < 0) return ErrnoError("cannot create " + temporary);
  PosixFile file(fd, temporary);
  Status status = file.WriteAt(0, content);
  if (status) status = file.Sync();
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = ErrnoError("cannot rename " + temporary + " to " + path);
  if (!status) {
    ::unlink(temporary.c_str());
    return status;
  }
  return SyncDirectory(ParentOf(path));
}

Status PosixFiles::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return ErrnoError("cannot rename " + from + " to " + to);
  return {};
}

Status PosixFiles::Remove(const std::string& path) {
  if (::remove(path.c_str()) != 0) return ErrnoError("cannot remove " + path);
  return {};
}

bool PosixFiles::Exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::optional<FileStamp> Files::Stamp(const std::string& path) {
  static_cast<void>(path);
  return std::nullopt;
}

std::optional<FileStamp> PosixFiles::Stamp(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const auto nanoseconds = [](const timespec& t) {
    return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  };
  return FileStamp{.device = uint64_t{status.st_dev},
                   .inode = uint64_t{status.st_ino},
                   .size = static_cast<uint64_t>(status.st_size),
                   .modified_ns = nanoseconds(status.st_mtim),
                   .changed_ns = nanoseconds(status.st_ctim)};
}

Status PosixFiles::MakeDirectories(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (!part.empty() && ::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST)
      return ErrnoError("cannot make directory " + part);
    if (slash == std::string::npos) return {};
  }
}

Result<std::vector<std::string>> PosixFiles::List(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return ErrnoError("cannot list " + path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixFiles::SyncDirectory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoError("cannot open " + path);
  const int result = ::fsync(fd);
  const int saved = errno;
  ::close(fd);
  errno = saved;
  if (result != 0) return ErrnoError("cannot sync " + path);
  return {};
}

Result<DiskSpace> PosixFiles::Space(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return ErrnoError("cannot read free space of " + path);
  return DiskSpace{info.f_blocks * info.f_frsize, info.f_bavail * info.f_frsize};
}

std::string ParentDirectory(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max<size_t>(slash, 1));
}

}  // namespace hinomi
