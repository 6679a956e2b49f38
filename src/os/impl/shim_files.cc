#include "os/impl/shim_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/json.h"
#include "os/errno_error.h"
#include "os/files.h"

namespace hinomi::os_impl {
namespace {

constexpr int kVersion = 1;
/// In the order of RecordedPhase, without kAbsent.
constexpr std::array<std::string_view, 4> kPhases = {"not_started", "starting", "running", "ended"};

std::string StatusPath(const std::string& directory) {
  return directory + "/status.json";
}

Json IdentityToJson(const ProcessIdentity& identity) {
  return Json::MakeObject()
      .Set("boot_id", identity.boot_id)
      .Set("pid", identity.pid)
      .Set("start_ticks", identity.start_ticks);
}

ProcessIdentity IdentityFromJson(const Json& json) {
  return {json["boot_id"].as_string(), json["pid"].as_int(),
          static_cast<uint64_t>(json["start_ticks"].as_int())};
}

struct flock WholeFile() {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

}  // namespace

std::string LockPath(const std::string& directory) {
  return directory + "/lock";
}
std::string OutputPath(const std::string& directory) {
  return directory + "/output";
}

Status WriteRecord(const std::string& directory, const Record& record) {
  const ShimStatus& s = record.status;
  Json json = Json::MakeObject();
  json.Set("version", kVersion);
  json.Set("phase", kPhases[static_cast<size_t>(record.phase) - 1]);
  json.Set("shim", IdentityToJson(s.shim));
  json.Set("process", IdentityToJson(s.process));
  json.Set("started_at_ns", s.started_at.nanos());
  json.Set("ended_at_ns", s.ended_at.nanos());
  json.Set("elapsed_ns", s.elapsed.nanos());
  json.Set("exit_code", s.exit_code);
  json.Set("signal", s.signal);
  json.Set("timed_out", s.timed_out);
  json.Set("stopped", s.stopped);
  json.Set("user_ns", s.used.user_time.nanos());
  json.Set("system_ns", s.used.system_time.nanos());
  json.Set("max_resident_bytes", s.used.max_resident_bytes);
  json.Set("output_bytes", s.output_bytes);
  json.Set("reason", s.reason);
  PosixFiles files;
  return files.WriteAtomically(StatusPath(directory), json.Dump() + "\n");
}

Status RemoveRecord(const std::string& directory) {
  PosixFiles files;
  HN_TRY_VOID(files.Remove(StatusPath(directory)));
  return files.SyncDirectory(directory);
}

Result<Record> ReadRecord(const std::string& directory) {
  PosixFiles files;
  const std::string path = StatusPath(directory);
  auto text = files.ReadAll(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return Record{};
  if (!text) return std::move(text).error();
  auto parsed = Json::Parse(*text);
  if (!parsed) return Corrupt("cannot read " + path + ": " + parsed.error().message);
  const Json& json = *parsed;
  const auto phase = std::find(kPhases.begin(), kPhases.end(), json["phase"].as_string());
  if (json["version"].as_int() != kVersion || phase == kPhases.end())
    return Corrupt("cannot read " + path + ": not a status of this version (" +
                   std::to_string(kVersion) + ")");
  Record record;
  record.phase = static_cast<RecordedPhase>(phase - kPhases.begin() + 1);
  ShimStatus& s = record.status;
  s.shim = IdentityFromJson(json["shim"]);
  s.process = IdentityFromJson(json["process"]);
  s.started_at = Instant::FromNanos(json["started_at_ns"].as_int());
  s.ended_at = Instant::FromNanos(json["ended_at_ns"].as_int());
  s.elapsed = Duration::Nanos(json["elapsed_ns"].as_int());
  s.exit_code = static_cast<int>(json["exit_code"].as_int(-1));
  s.signal = static_cast<int>(json["signal"].as_int());
  s.timed_out = json["timed_out"].as_bool();
  s.stopped = json["stopped"].as_bool();
  s.used.user_time = Duration::Nanos(json["user_ns"].as_int());
  s.used.system_time = Duration::Nanos(json["system_ns"].as_int());
  s.used.max_resident_bytes = static_cast<uint64_t>(json["max_resident_bytes"].as_int());
  s.output_bytes = static_cast<uint64_t>(json["output_bytes"].as_int());
  s.reason = json["reason"].as_string();
  return record;
}

Result<Descriptor> TakeLock(const std::string& directory) {
  const std::string path = LockPath(directory);
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) return ErrnoError("cannot open " + path);
  struct flock whole = WholeFile();
  // Of the open file, not of the process: the shim goes on holding it.
  if (::fcntl(file.get(), F_OFD_SETLK, &whole) == 0) return file;
  if (errno == EAGAIN || errno == EACCES) return Conflict(path + " is held: its run is going on");
  return ErrnoError("cannot lock " + path);
}

Result<bool> IsLocked(const std::string& directory) {
  const std::string path = LockPath(directory);
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.open() && errno == ENOENT) return false;
  if (!file.open()) return ErrnoError("cannot open " + path);
  struct flock whole = WholeFile();
  if (::fcntl(file.get(), F_OFD_GETLK, &whole) != 0) return ErrnoError("cannot query " + path);
  return whole.l_type != F_UNLCK;
}

void OutputSpool::Rotate() {
  if (file_.open()) ::rename(path_.c_str(), (path_ + ".1").c_str());
  file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  in_file_ = 0;
}

void OutputSpool::Write(std::string_view bytes) {
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (!file_.open() || in_file_ >= half_) Rotate();
    const size_t size = std::min<uint64_t>(bytes.size(), half_ - in_file_);
    const ssize_t n = ::write(file_.get(), bytes.data(), size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    in_file_ += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace hinomi::os_impl
