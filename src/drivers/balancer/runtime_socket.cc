#include "drivers/balancer/runtime_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/errno_error.h"

namespace hinomi::drivers {
namespace {

/// One connection with one deadline.
class Exchange {
 public:
  Exchange(const Clock& clock, const ExchangeLimits& limits)
      : clock_(clock), limits_(limits), deadline_(clock.Monotonic() + limits.timeout) {}
  ~Exchange() {
    if (fd_ >= 0) ::close(fd_);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Status Connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
      return InvalidArgument("the path of a socket has 1 to " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes; this one has " +
                             std::to_string(path.size()));
    std::copy(path.begin(), path.end(), address.sun_path);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) return ErrnoError("cannot make a socket");
    while (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      if (errno == EINTR) continue;
      // Its queue is full; poll does not wait for that on UNIX sockets.
      if (errno == EAGAIN) {
        if (Rest() <= 0) return Timeout(NoAnswer("takes no connection"));
        ::poll(nullptr, 0, 10);
        continue;
      }
      return Refused();
    }
    return {};
  }

  Status Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN) {
        HN_TRY_VOID(WaitFor(POLLOUT, "does not read"));
      } else if (errno != EINTR) {
        return Exhausted("the other side closed the connection before it had read the command");
      }
    }
    return {};
  }

  Result<std::string> ReadToEnd() {
    std::string answer;
    char buffer[16 * 1024];
    for (;;) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got > 0) {
        answer.append(buffer, static_cast<size_t>(got));
        if (answer.size() > limits_.answer_bytes)
          return Corrupt("the answer has more than " + std::to_string(limits_.answer_bytes) +
                         " bytes");
      } else if (got == 0 || errno == ECONNRESET) {
        break;
      } else if (errno == EAGAIN) {
        HN_TRY_VOID(WaitFor(POLLIN, "does not end its answer"));
      } else if (errno != EINTR) {
        return ErrnoError("cannot read the answer");
      }
    }
    if (answer.empty()) return Exhausted("the other side closed the connection without an answer");
    return answer;
  }

 private:
  static Error Refused() {
    switch (errno) {
      case ENOENT:
        return Unavailable("no such socket");
      case ECONNREFUSED:
        return Unavailable("nobody listens there any more");
      default:
        return ErrnoError("cannot connect");
    }
  }
  std::string NoAnswer(std::string_view what) const {
    return "the other side " + std::string(what) + " within " + FormatDuration(limits_.timeout);
  }
  int64_t Rest() const { return (deadline_ - clock_.Monotonic()).millis(); }

  Status WaitFor(short events, std::string_view what) {
    for (;;) {
      const int64_t rest = Rest();
      if (rest <= 0) return Timeout(NoAnswer(what));
      pollfd wait{fd_, events, 0};
      const int ready = ::poll(&wait, 1, static_cast<int>(std::min<int64_t>(rest, 60'000)));
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return ErrnoError("cannot wait for the socket");
    }
  }

  const Clock& clock_;
  const ExchangeLimits& limits_;
  Duration deadline_;
  int fd_ = -1;
};

}  // namespace

SocketExchange LocalSocketExchange(const Clock& clock) {
  return [&clock](const std::string& path, std::string_view request,
                  const ExchangeLimits& limits) -> Result<std::string> {
    Exchange exchange(clock, limits);
    HN_TRY_VOID(exchange.Connect(path));
    HN_TRY_VOID(exchange.Send(request));
    return exchange.ReadToEnd();
  };
}

}  // namespace hinomi::drivers
