#include "drivers/balancer/log_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "drivers/balancer/haproxy_log.h"
#include "os/errno_error.h"

namespace hinomi::drivers {
namespace {

constexpr size_t kMaxBackends = 256;
constexpr int kReceiveBufferBytes = 4 << 20;

/// A descriptor until it is released.
class Held {
 public:
  explicit Held(int fd) : fd_(fd) {}
  ~Held() {
    if (fd_ >= 0) ::close(fd_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int MakeSocket(int family) {
  return ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Status Bind(int fd, const sockaddr* address, socklen_t size, const std::string& name) {
  if (fd < 0) return ErrnoError("cannot make a socket for HAProxy's log");
  if (::bind(fd, address, size) == 0) return {};
  if (errno == EADDRINUSE)
    return Conflict("cannot receive HAProxy's log at " + name +
                    ": another process listens there; choose another address here and in the "
                    "line `log` of haproxy.cfg");
  return ErrnoError("cannot receive HAProxy's log at " + name);
}

/// Removes the socket file of a process that is gone; what else is there stays,
/// and bind says so.
void RemoveStale(const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const Held probe(MakeSocket(AF_UNIX));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED)
    ::unlink(address.sun_path);
}

Result<int> OpenUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return InvalidArgument("the path of a socket has at most " +
                           std::to_string(sizeof address.sun_path - 1) + " bytes: " + path);
  std::copy(path.begin(), path.end(), address.sun_path);
  RemoveStale(address);
  Held fd(MakeSocket(AF_UNIX));
  HN_TRY_VOID(Bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address, path));
  // HAProxy runs as a user of its own.
  if (::chmod(path.c_str(), 0666) != 0) return ErrnoError("cannot let HAProxy write to " + path);
  return fd.Release();
}

Result<int> OpenUdp(std::string& address_text) {
  const size_t colon = address_text.rfind(':');
  // A text without a colon is read whole, and is no number.
  const uint64_t port = ParseUint(address_text.substr(colon + 1)).value_or(65'536);
  const std::string host = address_text.substr(0, colon);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos || port > 65'535 || !host.starts_with("127.") ||
      ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    return InvalidArgument("\"" + address_text.substr(0, 120) +
                           "\" is no address for HAProxy's log: an absolute path is, or a port "
                           "of loopback such as 127.0.0.1:5140");
  address.sin_port = htons(static_cast<uint16_t>(port));
  Held fd(MakeSocket(AF_INET));
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  HN_TRY_VOID(Bind(fd.get(), any, sizeof address, address_text));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  socklen_t size = sizeof address;
  if (::getsockname(fd.get(), any, &size) != 0) return ErrnoError("cannot read a socket's address");
  address_text = host + ":" + std::to_string(ntohs(address.sin_port));
  return fd.Release();
}

}  // namespace

Result<std::shared_ptr<HaproxyLogListener>> HaproxyLogListener::Open(const std::string& address) {
  if (address.starts_with('/')) {
    HN_TRY(const int fd, OpenUnix(address));
    return std::shared_ptr<HaproxyLogListener>(new HaproxyLogListener(fd, address, address));
  }
  std::string chosen = address;
  HN_TRY(const int fd, OpenUdp(chosen));
  return std::shared_ptr<HaproxyLogListener>(new HaproxyLogListener(fd, std::move(chosen), ""));
}

HaproxyLogListener::HaproxyLogListener(int fd, std::string address, std::string path)
    : fd_(fd), address_(std::move(address)), path_(std::move(path)) {
  thread_ = std::thread([this] { Receive(); });
}

HaproxyLogListener::~HaproxyLogListener() {
  stop_.Wake();
  thread_.join();
  ::close(fd_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void HaproxyLogListener::Receive() {
  char buffer[16 * 1024];
  for (;;) {
    pollfd wait[2] = {{fd_, POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    if (::poll(wait, 2, -1) < 0 && errno != EINTR) return;
    if (wait[1].revents != 0) return;
    // Some at a time, so that an endless stream cannot keep the end away.
    for (int i = 0; i < 256; ++i) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got < 0) break;
      Read(std::string_view(buffer, static_cast<size_t>(got)));
    }
  }
}

void HaproxyLogListener::Read(std::string_view datagram) {
  const auto request = ParseHaproxyLogLine(datagram);
  const MutexLock lock(mutex_);
  auto period = request ? periods_.find(request->backend) : periods_.end();
  if (request && period == periods_.end() && periods_.size() < kMaxBackends)
    period = periods_.emplace(request->backend, LoggedPeriod{}).first;
  if (period == periods_.end()) {
    ++unread_lines_;
    return;
  }
  ++period->second.lines;
  if (request->status > 0) period->second.times.Add(request->response_ms);
}

LoggedPeriod HaproxyLogListener::Take(const std::string& backend) {
  const MutexLock lock(mutex_);
  const auto period = periods_.find(backend);
  return period == periods_.end() ? LoggedPeriod{} : std::exchange(period->second, {});
}

uint64_t HaproxyLogListener::unread_lines() const {
  const MutexLock lock(mutex_);
  return unread_lines_;
}

}  // namespace hinomi::drivers
