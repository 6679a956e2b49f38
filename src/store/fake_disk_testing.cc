#include "store/fake_disk_testing.h"

#include <algorithm>
#include <utility>

namespace hinomi::store {
namespace {

constexpr size_t kSector = 512;

Status StatusOf(FakeDisk::Outcome outcome, const std::string& path) {
  switch (outcome) {
    case FakeDisk::Outcome::kDone:
      return {};
    case FakeDisk::Outcome::kFull:
      return Exhausted(path + ": the disk is full");
    case FakeDisk::Outcome::kMissing:
      return NotFound(path + ": there is no such file");
    case FakeDisk::Outcome::kIo:
      return Unavailable(path + ": input/output error");
  }
  return {};
}

class FakeFile : public File {
 public:
  FakeFile(FakeDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  Result<std::string> ReadAt(uint64_t offset, size_t size) override {
    std::string bytes;
    HN_TRY_VOID(StatusOf(disk_.Read(path_, offset, size, bytes), path_));
    return bytes;
  }
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    return StatusOf(disk_.Write(path_, offset, bytes), path_);
  }
  Status Append(std::string_view bytes) override {
    return WriteAt(disk_.Size(path_).value_or(0), bytes);
  }
  Status Sync() override { return StatusOf(disk_.Sync(path_), path_); }
  Status Truncate(uint64_t size) override { return StatusOf(disk_.Truncate(path_, size), path_); }
  Result<uint64_t> Size() override { return disk_.Size(path_).value_or(0); }

 private:
  FakeDisk& disk_;
  std::string path_;
};

}  // namespace

uint64_t FakeDisk::used() const {
  uint64_t sum = 0;
  for (const auto& [path, inode] : inodes_) {
    if (inode.exists) sum += inode.view.size();
  }
  return sum;
}

std::optional<FakeDisk::Outcome> FakeDisk::Operation() {
  ++operations_;
  if (operations_ >= cut_at_) {
    off_ = true;
    return Outcome::kIo;
  }
  if (operations_ == fail_at_) return fault_ == DiskFault::kIo ? Outcome::kIo : Outcome::kFull;
  return std::nullopt;
}

void FakeDisk::Apply(const Change& change, std::string& content) {
  if (change.truncate) {
    content.resize(change.offset, '\0');
    return;
  }
  if (content.size() < change.offset + change.bytes.size()) {
    content.resize(change.offset + change.bytes.size(), '\0');
  }
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

// Each sector of a write arrives or not, whatever the others do.
void FakeDisk::ApplyTorn(const Change& change, std::string& content) {
  if (change.truncate) {
    if (random_.Percent(50)) Apply(change, content);
    return;
  }
  for (size_t at = 0; at < change.bytes.size(); at += kSector) {
    if (!random_.Percent(50)) continue;
    Apply(Change{false, change.offset + at, change.bytes.substr(at, kSector)}, content);
  }
}

void FakeDisk::Lose(Inode& inode) {
  // All lost, all there, a part in order, or torn sectors in any order.
  const uint64_t how = random_.Below(4);
  const size_t whole = how == 0   ? 0
                       : how == 1 ? inode.pending.size()
                                  : random_.Below(inode.pending.size() + 1);
  for (size_t i = 0; i < inode.pending.size(); ++i) {
    if (i < whole && how != 3) {
      Apply(inode.pending[i], inode.durable);
    } else if (how == 3) {
      ApplyTorn(inode.pending[i], inode.durable);
    }
  }
  if (inode.exists != inode.durable_exists && random_.Percent(50)) {
    inode.durable_exists = inode.exists;
  }
  inode.pending.clear();
  if (!inode.durable_exists) inode.durable.clear();
  inode.exists = inode.durable_exists;
  inode.view = inode.durable;
}

void FakeDisk::PowerCycle() {
  for (auto& [path, inode] : inodes_) Lose(inode);
  off_ = false;
  cut_at_ = fail_at_ = std::numeric_limits<uint64_t>::max();
}

bool FakeDisk::Exists(const std::string& path) const {
  const auto found = inodes_.find(path);
  return found != inodes_.end() && found->second.exists;
}

void FakeDisk::Create(const std::string& path) {
  Inode& inode = inodes_[path];
  if (inode.exists) return;
  inode.exists = true;
  inode.fresh = true;
  inode.view.clear();
  // If an old file of that name is still on the disk it is emptied.
  inode.pending.push_back(Change{true, 0, {}});
}

FakeDisk::Outcome FakeDisk::Read(const std::string& path, uint64_t offset, size_t size,
                                 std::string& bytes) {
  if (off_) return Outcome::kIo;
  const auto found = inodes_.find(path);
  if (found == inodes_.end() || !found->second.exists) return Outcome::kMissing;
  const std::string& view = found->second.view;
  bytes = offset < view.size() ? view.substr(offset, size) : std::string();
  return Outcome::kDone;
}

FakeDisk::Outcome FakeDisk::Write(const std::string& path, uint64_t offset,
                                  std::string_view bytes) {
  if (off_) return Outcome::kIo;
  if (!Exists(path)) return Outcome::kMissing;
  const auto fault = Operation();
  Inode& inode = inodes_[path];
  const uint64_t end = offset + bytes.size();
  const uint64_t grows = end > inode.view.size() ? end - inode.view.size() : 0;
  const bool full = grows > 0 && used() + grows > capacity_;
  if (!fault && full) return Outcome::kFull;
  Change change{false, offset, std::string(bytes)};
  if (fault) change.bytes.resize(bytes.size() / 2);
  Apply(change, inode.view);
  inode.pending.push_back(std::move(change));
  return fault.value_or(Outcome::kDone);
}

FakeDisk::Outcome FakeDisk::Truncate(const std::string& path, uint64_t size) {
  if (off_) return Outcome::kIo;
  if (!Exists(path)) return Outcome::kMissing;
  if (const auto fault = Operation()) return *fault;
  const Change change{true, size, {}};
  Apply(change, inodes_[path].view);
  inodes_[path].pending.push_back(change);
  return Outcome::kDone;
}

FakeDisk::Outcome FakeDisk::Sync(const std::string& path) {
  if (off_) return Outcome::kIo;
  if (!Exists(path)) return Outcome::kMissing;
  const auto fault = Operation();
  Inode& inode = inodes_[path];
  if (fault) {
    // The kernel marks the pages clean all the same: a later sync that
    // succeeds says nothing about them.
    if (!off_) inode.pending.clear();
    return *fault;
  }
  for (const Change& change : inode.pending) Apply(change, inode.durable);
  inode.pending.clear();
  // SQLite's own VFS syncs the directory with the first sync of a new journal
  // or log.
  if (std::exchange(inode.fresh, false)) SyncDirectory();
  inode.durable_exists = true;
  return Outcome::kDone;
}

void FakeDisk::SyncDirectory() {
  for (auto& [path, inode] : inodes_) {
    inode.durable_exists = inode.exists;
    if (!inode.exists) inode.durable.clear();
  }
}

FakeDisk::Outcome FakeDisk::Remove(const std::string& path, bool durable) {
  if (off_) return Outcome::kIo;
  if (!Exists(path)) return Outcome::kMissing;
  if (const auto fault = Operation()) return *fault;
  Inode& inode = inodes_[path];
  inode.exists = false;
  inode.view.clear();
  inode.pending.clear();
  if (durable) {
    inode.durable_exists = false;
    inode.durable.clear();
  }
  return Outcome::kDone;
}

std::optional<uint64_t> FakeDisk::Size(const std::string& path) const {
  const auto found = inodes_.find(path);
  if (found == inodes_.end() || !found->second.exists) return std::nullopt;
  return found->second.view.size();
}

Result<std::unique_ptr<File>> FakeDiskFiles::Open(const std::string& path, OpenMode mode) {
  const bool may_make = mode == OpenMode::kCreate || mode == OpenMode::kTruncate;
  if (!disk_.Exists(path) && !may_make) return NotFound(path + ": there is no such file");
  disk_.Create(path);
  auto file = std::make_unique<FakeFile>(disk_, path);
  if (mode == OpenMode::kTruncate) HN_TRY_VOID(file->Truncate(0));
  return std::unique_ptr<File>(std::move(file));
}

Result<std::string> FakeDiskFiles::ReadAll(const std::string& path) {
  std::string bytes;
  HN_TRY_VOID(StatusOf(disk_.Read(path, 0, disk_.Size(path).value_or(0), bytes), path));
  return bytes;
}

Status FakeDiskFiles::WriteAtomically(const std::string& path, std::string_view content, uint32_t) {
  HN_TRY(const auto file, Open(path, OpenMode::kTruncate));
  HN_TRY_VOID(file->WriteAt(0, content));
  return file->Sync();
}

Status FakeDiskFiles::Rename(const std::string& from, const std::string&) {
  return Internal(from + ": this disk does not rename");
}

Status FakeDiskFiles::Remove(const std::string& path) {
  return StatusOf(disk_.Remove(path, /*durable=*/false), path);
}

Result<std::vector<std::string>> FakeDiskFiles::List(const std::string& path) {
  return Internal(path + ": this disk does not list");
}

Result<DiskSpace> FakeDiskFiles::Space(const std::string&) {
  const uint64_t used = disk_.used();
  const uint64_t capacity = disk_.capacity();
  return DiskSpace{capacity, capacity > used ? capacity - used : 0};
}

}  // namespace hinomi::store
