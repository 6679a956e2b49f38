#include "os/socket_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "os/errno_error.h"

namespace hinomi {

Error BrokenConnection(std::string what) {
  Error error = ErrnoError(std::move(what));
  error.code = ErrorCode::kUnavailable;
  return error;
}

Status AwaitSocket(int fd, short events, const Deadline& deadline) {
  for (;;) {
    if (deadline.Left() <= Duration()) return Timeout("the time is up");
    pollfd wait{fd, events, 0};
    const int ready = ::poll(&wait, 1, deadline.PollMillis());
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return ErrnoError("cannot wait");
  }
}

Status SendAll(int fd, std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      HN_TRY_VOID(AwaitSocket(fd, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return BrokenConnection("cannot send");
    }
  }
  return {};
}

Result<std::optional<size_t>> ReceiveNow(int fd, std::span<char> into) {
  const ssize_t count = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
  if (count >= 0) return std::optional(static_cast<size_t>(count));
  if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) return std::optional<size_t>();
  return BrokenConnection("the connection broke");
}

Result<size_t> ReceiveSome(int fd, std::span<char> into, const Deadline& deadline) {
  for (;;) {
    // First the wait: who sends without end must not outlast the deadline.
    HN_TRY_VOID(AwaitSocket(fd, POLLIN, deadline));
    HN_TRY(const std::optional<size_t> count, ReceiveNow(fd, into));
    if (count) return *count;
  }
}

}  // namespace hinomi
