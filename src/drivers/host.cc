#include "drivers/host.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

#include "drivers/impl/process_tree.h"
#include "http/client.h"
#include "os/errno_error.h"
#include "os/files.h"

namespace hinomi::drivers {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kHealthBodyBytes = uint64_t{1} << 20;

/// A socket or file that is closed at the end.
struct Handle {
  explicit Handle(int descriptor) : fd(descriptor) {}
  ~Handle() {
    if (fd >= 0) ::close(fd);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  int fd;
};

Result<FileFacts> FactsOf(int directory_fd, const char* path, int flags) {
  struct statx info{};
  if (::statx(directory_fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0)
    return ErrnoError("cannot look at " + std::string(path));
  FileFacts facts;
  facts.size_bytes = info.stx_size;
  facts.is_directory = S_ISDIR(info.stx_mode);
  facts.modified_at =
      Instant::FromSeconds(info.stx_mtime.tv_sec) + Duration::Nanos(info.stx_mtime.tv_nsec);
  facts.identity = std::to_string(info.stx_ino);
  if ((info.stx_mask & STATX_BTIME) != 0) {
    const Instant made =
        Instant::FromSeconds(info.stx_btime.tv_sec) + Duration::Nanos(info.stx_btime.tv_nsec);
    facts.identity += "-" + std::to_string(made.nanos());
  }
  return facts;
}

/// Binds and listens, so that a listener on any one address is met as well.
Status TryToListen(int family, const sockaddr* address, socklen_t size) {
  const Handle socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd < 0) return ErrnoError("cannot open a socket");
  const int yes = 1;
  ::setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (family == AF_INET6) ::setsockopt(socket.fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  if (::bind(socket.fd, address, size) != 0 || ::listen(socket.fd, 1) != 0)
    return ErrnoError("cannot listen");
  return {};
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Status AskTcp(const HealthQuestion& question) {
  const Handle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd < 0) return ErrnoError("cannot open a socket");
  const sockaddr_in address = Loopback(question.port);
  const std::string what = "port " + std::to_string(question.port);
  int error = 0;
  if (::connect(socket.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    error = errno;
  if (error == EINPROGRESS) {
    pollfd ready{socket.fd, POLLOUT, 0};
    const int64_t wait_ms = std::clamp<int64_t>(question.timeout.millis(), 1, 600'000);
    if (::poll(&ready, 1, static_cast<int>(wait_ms)) < 1)
      return Timeout(what + " took no connection within " + FormatDuration(question.timeout));
    socklen_t size = sizeof error;
    ::getsockopt(socket.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == ECONNREFUSED) return Unavailable(what + " refuses connections");
  if (error != 0) {
    errno = error;
    return Unavailable(ErrnoError(what + " took no connection").message);
  }
  return {};
}

Status AskHttp(const HealthQuestion& question) {
  http::ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(question.port) + question.path;
  request.timeout = question.timeout;
  request.body_limit_bytes = kHealthBodyBytes;
  request.headers = {{"User-Agent", "hinomi-health-check"}};
  const auto response = http::Fetch(request);
  const std::string what =
      "GET " + question.path + " on port " + std::to_string(question.port) + " ";
  if (response && response->status >= 200 && response->status < 400) return {};
  if (response) return Unavailable(what + "answered HTTP " + std::to_string(response->status));
  const Error& error = response.error();
  if (error.code == ErrorCode::kTimeout)
    return Timeout(what + "had no answer within " + FormatDuration(question.timeout));
  return Unavailable(what + "failed: " + error.message);
}

}  // namespace

LocalHost::LocalHost(std::string name, const std::string& root, std::vector<std::string> shim_argv)
    : name_(std::move(name)), shim_argv_(std::move(shim_argv)) {
  std::error_code error;
  root_ = fs::weakly_canonical(root, error).string();
}

Result<std::string> LocalHost::Below(const std::string& path) const {
  const auto refuse = [&](const std::string& why) {
    return InvalidArgument("cannot use the path \"" + path + "\" on host " + name_ + ": " + why);
  };
  const fs::path given(path);
  if (path.empty() || path.find('\0') != std::string::npos) return refuse("it is no path");
  if (given.is_absolute()) return refuse("it must be relative to the host's root");
  if (std::find(given.begin(), given.end(), "..") != given.end())
    return refuse("it leads out of the host's root");
  std::error_code error;
  const std::string found = fs::weakly_canonical(fs::path(root_) / given, error).string();
  if (error) return Unavailable("cannot find " + path + ": " + error.message());
  if (!found.starts_with(root_ + "/")) return refuse("a symbolic link leads out of the root");
  return found;
}

Result<RunResult> LocalHost::Run(const Command& command, const RunOptions& options) {
  return RunProcess(command, options);
}

Result<FilePart> LocalHost::ReadFile(const std::string& path, uint64_t offset,
                                     uint64_t limit_bytes) {
  HN_TRY(const std::string place, Below(path));
  const Handle file(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) return ErrnoError("cannot open " + place);
  FilePart part;
  HN_TRY(part.facts, FactsOf(file.fd, "", AT_EMPTY_PATH));
  const uint64_t left = part.facts.size_bytes - std::min(offset, part.facts.size_bytes);
  part.bytes.resize(std::min(left, limit_bytes));
  size_t done = 0;
  while (done < part.bytes.size()) {
    const ssize_t n = ::pread(file.fd, part.bytes.data() + done, part.bytes.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError("cannot read " + place);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  part.bytes.resize(done);
  return part;
}

Status LocalHost::WriteFile(const std::string& path, std::string_view content,
                            uint32_t permissions) {
  HN_TRY(const std::string place, Below(path));
  PosixFiles files;
  HN_TRY_VOID(files.MakeDirectories(fs::path(place).parent_path().string()));
  return files.WriteAtomically(place, content, permissions);
}

Result<FileFacts> LocalHost::Stat(const std::string& path) {
  HN_TRY(const std::string place, Below(path));
  return FactsOf(AT_FDCWD, place.c_str(), 0);
}

Result<std::vector<std::string>> LocalHost::List(const std::string& path) {
  HN_TRY(const std::string place, Below(path));
  PosixFiles files;
  auto names = files.List(place);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<std::string>();
  return names;
}

Status LocalHost::Remove(const std::string& path) {
  HN_TRY(const std::string place, Below(path));
  std::error_code error;
  fs::remove_all(place, error);
  if (error) return Unavailable("cannot remove " + place + ": " + error.message());
  return {};
}

Result<ShimStatus> LocalHost::Launch(const ShimSpec& spec) {
  ShimSpec here = spec;
  HN_TRY(here.directory, Below(spec.directory));
  here.command.environment.emplace_back(kRunVariable, here.directory);
  return LaunchShim(shim_argv_, here);
}

Result<ShimStatus> LocalHost::Adopt(const std::string& directory) {
  HN_TRY(const std::string place, Below(directory));
  return AdoptShim(place);
}

Status LocalHost::Stop(const std::string& directory) {
  HN_TRY(const std::string place, Below(directory));
  return StopShim(place);
}

Status LocalHost::Kill(const std::string& directory) {
  HN_TRY(const std::string place, Below(directory));
  const auto status = AdoptShim(place);
  Status sent;
  for (const int64_t pid : impl::ProcessesOfRun(place)) {
    const auto identity = IdentityOf(pid);
    if (!identity || (status && *identity == status->shim)) continue;
    const Status killed = SignalProcess(*identity, SIGKILL);
    if (!killed && killed.error().code != ErrorCode::kNotFound) sent = killed;
  }
  return sent;
}

Result<ProcessUse> LocalHost::Use(const std::string& directory) {
  HN_TRY(const std::string place, Below(directory));
  HN_TRY(const ShimStatus status, AdoptShim(place));
  std::vector<int64_t> pids;
  ProcessUse use;
  if (status.state == ShimState::kRunning && status.shim.pid > 0) {
    pids = impl::DescendantsOf(status.shim.pid);
    // Orphans that ended were the shim's to reap: their time is with it.
    if (const auto shim = impl::StatOf(status.shim.pid)) use.cpu_time = shim->reaped_time;
  } else if (status.process_running) {
    pids = impl::DescendantsOf(status.process.pid);
    pids.push_back(status.process.pid);
  }
  for (const int64_t pid : pids) {
    const auto stat = impl::StatOf(pid);
    if (!stat) continue;
    use.cpu_time = use.cpu_time + stat->own_time + stat->reaped_time;
    use.resident_bytes += stat->resident_bytes;
    if (stat->state != 'Z') ++use.processes;
  }
  if (use.processes == 0) return NotFound("nothing of the run in " + place + " is running");
  return use;
}

Result<bool> LocalHost::IsPortFree(uint16_t port) {
  if (port == 0) return InvalidArgument("cannot check port 0: it is none");
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  const Status tried_four =
      TryToListen(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four);
  if (!tried_four && tried_four.error().code == ErrorCode::kConflict) return false;
  if (!tried_four) return Error(tried_four.error()).WithContext("port " + std::to_string(port));
  // A machine without IPv6 has no port of it to be taken.
  const Status tried_six =
      TryToListen(AF_INET6, reinterpret_cast<const sockaddr*>(&six), sizeof six);
  return tried_six || tried_six.error().code != ErrorCode::kConflict;
}

Status LocalHost::Ask(const HealthQuestion& question) {
  return question.kind == HealthQuestion::Kind::kTcp ? AskTcp(question) : AskHttp(question);
}

}  // namespace hinomi::drivers
