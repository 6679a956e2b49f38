#include "os/testing.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "os/errno_error.h"

namespace hinomi {
namespace {

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error Missing(const std::string& what) {
  errno = ENOENT;
  return ErrnoError(what);
}

}  // namespace

TempDirectory::TempDirectory() {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/hinomi-test-XXXXXX";
  HN_CHECK(::mkdtemp(path_.data()) != nullptr);
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool Within20Seconds(const std::function<bool()>& condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    ::usleep(2000);
  }
  return false;
}

/// An open file of a FaultFiles, which must outlive it.
class FaultFile : public File {
 public:
  FaultFile(FaultFiles& disk, std::shared_ptr<FaultFiles::Node> node, std::string path,
            bool writable, uint64_t power_cuts)
      : disk_(disk),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        power_cuts_(power_cuts) {}

  Result<std::string> ReadAt(uint64_t offset, size_t size) override {
    const MutexLock lock(disk_.mutex_);
    HN_TRY_VOID(Powered());
    if (offset >= node_->content.size()) return std::string();
    return node_->content.substr(offset, size);
  }

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const MutexLock lock(disk_.mutex_);
    HN_TRY_VOID(Writable());
    return disk_.Write(*node_, path_, offset, bytes);
  }

  Status Append(std::string_view bytes) override {
    const MutexLock lock(disk_.mutex_);
    HN_TRY_VOID(Writable());
    return disk_.Write(*node_, path_, node_->content.size(), bytes);
  }

  Status Sync() override {
    const MutexLock lock(disk_.mutex_);
    HN_TRY_VOID(Powered());
    return disk_.SyncNode(*node_, path_);
  }

  Status Truncate(uint64_t size) override {
    const MutexLock lock(disk_.mutex_);
    HN_TRY_VOID(Writable());
    HN_TRY_VOID(disk_.StepFails("cannot truncate " + path_));
    node_->pending.push_back({size, {}, true});
    FaultFiles::ApplyTo(node_->content, node_->pending.back());
    return {};
  }

  Result<uint64_t> Size() override {
    const MutexLock lock(disk_.mutex_);
    HN_TRY_VOID(Powered());
    return uint64_t{node_->content.size()};
  }

 private:
  Status Powered() const HN_REQUIRES(disk_.mutex_) {
    if (power_cuts_ == disk_.power_cuts_) return {};
    return Unavailable("cannot use " + path_ + ": the power was cut since it was opened");
  }
  Status Writable() const HN_REQUIRES(disk_.mutex_) {
    HN_TRY_VOID(Powered());
    if (writable_) return {};
    errno = EBADF;
    return ErrnoError("cannot write " + path_);
  }

  FaultFiles& disk_;
  std::shared_ptr<FaultFiles::Node> node_;
  std::string path_;
  bool writable_;
  uint64_t power_cuts_;
};

void FaultFiles::FailFrom(uint64_t n, DiskFault fault, uint64_t times) {
  const MutexLock lock(mutex_);
  fail_from_ = calls_ + n;
  fail_times_ = times;
  fault_ = fault;
}

uint64_t FaultFiles::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

bool FaultFiles::Fails(DiskFault* fault) {
  ++calls_;
  if (fail_times_ == 0 || calls_ < fail_from_ || calls_ - fail_from_ >= fail_times_) return false;
  *fault = fault_;
  errno = fault_ == DiskFault::kIoError ? EIO : ENOSPC;
  return true;
}

Status FaultFiles::StepFails(const std::string& what) {
  DiskFault fault{};
  if (Fails(&fault)) return ErrnoError(what);
  return {};
}

void FaultFiles::ApplyTo(std::string& content, const Pending& pending) {
  if (pending.truncate) {
    content.resize(pending.offset);
    return;
  }
  const size_t end = pending.offset + pending.bytes.size();
  if (content.size() < end) content.resize(end);
  content.replace(pending.offset, pending.bytes.size(), pending.bytes);
}

Status FaultFiles::Write(Node& node, const std::string& path, uint64_t offset,
                         std::string_view bytes) {
  DiskFault fault{};
  const bool fails = Fails(&fault);
  const int reason = errno;
  if (!fails || fault == DiskFault::kShortWrite) {
    const std::string_view written = fails ? bytes.substr(0, bytes.size() / 2) : bytes;
    node.pending.push_back({offset, std::string(written), false});
    ApplyTo(node.content, node.pending.back());
  }
  if (!fails) return {};
  errno = reason;
  return ErrnoError("cannot write " + path);
}

Status FaultFiles::SyncNode(Node& node, const std::string& path) {
  // A kernel that failed to write pages back forgets that they were dirty: the
  // next sync succeeds without them.
  const std::vector<Pending> pending = std::exchange(node.pending, {});
  HN_TRY_VOID(StepFails("cannot sync " + path));
  for (const Pending& write : pending) ApplyTo(node.durable, write);
  return {};
}

Status FaultFiles::SyncEntries(const std::string& directory) {
  HN_TRY_VOID(StepFails("cannot sync " + directory));
  std::erase_if(durable_entries_,
                [&](const auto& entry) { return ParentOf(entry.first) == directory; });
  for (const auto& [path, node] : entries_)
    if (ParentOf(path) == directory) durable_entries_[path] = node;
  return {};
}

void FaultFiles::PowerCut() {
  Cut(nullptr);
}
void FaultFiles::PowerCut(Random& random) {
  Cut(&random);
}

void FaultFiles::Cut(Random* random) {
  const MutexLock lock(mutex_);
  ++power_cuts_;
  entries_ = durable_entries_;
  for (auto& [path, node] : entries_) {
    if (random != nullptr && !node->pending.empty()) {
      const size_t whole = random->Below(node->pending.size() + 1);
      for (size_t i = 0; i < whole; ++i) ApplyTo(node->durable, node->pending[i]);
      if (whole < node->pending.size() && !node->pending[whole].truncate) {
        Pending torn = node->pending[whole];
        torn.bytes.resize(random->Below(torn.bytes.size() + 1));
        ApplyTo(node->durable, torn);
      }
    }
    node->pending.clear();
    node->content = node->durable;
  }
}

Result<std::unique_ptr<File>> FaultFiles::Open(const std::string& path, OpenMode mode) {
  const MutexLock lock(mutex_);
  auto found = entries_.find(path);
  const bool makes = mode == OpenMode::kCreate || mode == OpenMode::kTruncate;
  if (!makes && found == entries_.end()) return Missing("cannot open " + path);
  if (makes && (found == entries_.end() || mode == OpenMode::kTruncate)) {
    HN_TRY_VOID(StepFails("cannot open " + path));
    if (found == entries_.end()) {
      found = entries_.emplace(path, std::make_shared<Node>()).first;
    } else {
      found->second->pending.push_back({0, {}, true});
      found->second->content.clear();
    }
  }
  return std::unique_ptr<File>(std::make_unique<FaultFile>(*this, found->second, path,
                                                           mode != OpenMode::kRead, power_cuts_));
}

Result<std::string> FaultFiles::ReadAll(const std::string& path) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(path);
  if (found == entries_.end()) return Missing("cannot open " + path);
  return found->second->content;
}

Status FaultFiles::WriteAtomically(const std::string& path, std::string_view content, uint32_t) {
  const MutexLock lock(mutex_);
  const auto node = std::make_shared<Node>();
  HN_TRY_VOID(Write(*node, path, 0, content));
  HN_TRY_VOID(SyncNode(*node, path));
  HN_TRY_VOID(StepFails("cannot rename to " + path));
  entries_[path] = node;
  return SyncEntries(ParentOf(path));
}

Status FaultFiles::Rename(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(from);
  if (found == entries_.end()) return Missing("cannot rename " + from + " to " + to);
  HN_TRY_VOID(StepFails("cannot rename " + from + " to " + to));
  const auto node = found->second;
  entries_.erase(found);
  entries_[to] = node;
  return {};
}

Status FaultFiles::Remove(const std::string& path) {
  const MutexLock lock(mutex_);
  const bool directory = std::erase(directories_, path) > 0;
  if (!directory && !entries_.contains(path)) return Missing("cannot remove " + path);
  HN_TRY_VOID(StepFails("cannot remove " + path));
  entries_.erase(path);
  return {};
}

bool FaultFiles::Exists(const std::string& path) {
  const MutexLock lock(mutex_);
  return entries_.contains(path) ||
         std::find(directories_.begin(), directories_.end(), path) != directories_.end();
}

Status FaultFiles::MakeDirectories(const std::string& path) {
  const MutexLock lock(mutex_);
  HN_TRY_VOID(StepFails("cannot make directory " + path));
  for (std::string part = path; part != "/" && part != "."; part = ParentOf(part)) {
    if (std::find(directories_.begin(), directories_.end(), part) == directories_.end())
      directories_.push_back(part);
  }
  return {};
}

Result<std::vector<std::string>> FaultFiles::List(const std::string& path) {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  const auto add = [&](const std::string& entry) {
    if (ParentOf(entry) == path) names.push_back(entry.substr(entry.rfind('/') + 1));
  };
  for (const auto& [entry, node] : entries_) add(entry);
  for (const std::string& directory : directories_) add(directory);
  if (names.empty() &&
      std::find(directories_.begin(), directories_.end(), path) == directories_.end())
    return Missing("cannot list " + path);
  std::sort(names.begin(), names.end());
  return names;
}

Status FaultFiles::SyncDirectory(const std::string& path) {
  const MutexLock lock(mutex_);
  return SyncEntries(path);
}

Result<DiskSpace> FaultFiles::Space(const std::string&) {
  const MutexLock lock(mutex_);
  return space_;
}

void FaultFiles::SetSpace(DiskSpace space) {
  const MutexLock lock(mutex_);
  space_ = space;
}

}  // namespace hinomi
