#include "metrics/probes/wire.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "os/errno_error.h"

namespace hinomi::metrics {
namespace {

/// Until `events` are there; kTimeout.
Status Await(int fd, short events, const Deadline& deadline) {
  for (;;) {
    if (deadline.Left() <= Duration()) return Timeout("the time is up");
    pollfd poll_for{fd, events, 0};
    const int ready = ::poll(&poll_for, 1, deadline.PollMillis());
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return ErrnoError("cannot wait");
  }
}

Status AwaitConnected(int fd, const Deadline& deadline) {
  if (!Await(fd, POLLOUT, deadline)) return Timeout("no connection in time");
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) return {};
  errno = error;
  return ErrnoError("cannot connect");
}

Status ConnectTo(int fd, const NetAddress& address, const Deadline& deadline) {
  if (::connect(fd, address.address(), address.size) == 0) return {};
  if (errno != EINPROGRESS) return ErrnoError("cannot connect");
  return AwaitConnected(fd, deadline);
}

/// A broken connection, whatever the kernel calls it, is for now only.
Error Broken(std::string what) {
  Error error = ErrnoError(std::move(what));
  error.code = ErrorCode::kUnavailable;
  return error;
}

}  // namespace

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), tls_(std::move(other.tls_)) {}

Wire::~Wire() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Wire> Wire::Connect(const std::vector<NetAddress>& addresses, Transport transport,
                           const Deadline& deadline) {
  const int type = transport == Transport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  Error last = Unavailable("there is no address to connect to");
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto share = deadline.Left() / static_cast<int64_t>(addresses.size() - i);
    const int fd = ::socket(addresses[i].family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      last = Broken("cannot make a socket");
      continue;
    }
    Wire wire(fd);
    Status connected = ConnectTo(fd, addresses[i], deadline.Within(share));
    if (connected) return wire;
    last = std::move(connected).error();
    if (last.code != ErrorCode::kTimeout) last.code = ErrorCode::kUnavailable;
  }
  return last;
}

Status Wire::SendPlain(std::string_view bytes, const Deadline& deadline) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!Await(fd_, POLLOUT, deadline)) return Timeout("the server took nothing in time");
    } else if (errno != EINTR) {
      return Broken("cannot send");
    }
  }
  return {};
}

Result<std::string> Wire::ReceivePlain(size_t most, const Deadline& deadline) const {
  std::string bytes(most, '\0');
  for (;;) {
    // First the wait: a server that sends without end must not outlast it.
    if (!Await(fd_, POLLIN, deadline)) return Timeout("no answer in time");
    const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (count >= 0) {
      bytes.resize(static_cast<size_t>(count));
      return bytes;
    }
    if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
      return Broken("the connection broke");
  }
}

Status Wire::ServeTls(const Deadline& deadline) {
  HN_TRY_VOID(SendPlain(tls_->TakeToSend(), deadline));
  HN_TRY(const std::string bytes, ReceivePlain(16'384, deadline));
  if (bytes.empty()) return Unavailable("the server closed the connection");
  tls_->GiveReceived(bytes);
  return {};
}

Result<TlsFacts> Wire::StartTls(const TlsOptions& options, const Deadline& deadline) {
  HN_TRY(tls_, TlsSession::Make(options));
  for (;;) {
    auto step = tls_->Handshake();
    if (!step) {
      // Tell the other side why; whether it listens does not matter.
      (void)SendPlain(tls_->TakeToSend(), deadline).has_value();
      return std::move(step).error();
    }
    if (*step == TlsSession::Step::kDone) break;
    HN_TRY_VOID(ServeTls(deadline));
  }
  HN_TRY_VOID(SendPlain(tls_->TakeToSend(), deadline));
  return tls_->Facts();
}

Status Wire::Send(std::string_view bytes, const Deadline& deadline) {
  if (tls_ == nullptr) return SendPlain(bytes, deadline);
  HN_TRY_VOID(tls_->Write(bytes));
  return SendPlain(tls_->TakeToSend(), deadline);
}

Result<std::string> Wire::Receive(size_t most, const Deadline& deadline) {
  if (tls_ == nullptr) return ReceivePlain(most, deadline);
  std::string plain;
  for (;;) {
    HN_TRY(const TlsSession::Step step, tls_->Read(most, plain));
    if (step != TlsSession::Step::kNeedsBytes) return plain;
    HN_TRY_VOID(ServeTls(deadline));
  }
}

Result<std::string> Wire::ReceiveAll(size_t count, const Deadline& deadline) {
  std::string all;
  while (all.size() < count) {
    HN_TRY(const std::string piece, Receive(count - all.size(), deadline));
    if (piece.empty() && all.empty()) return Unavailable("the server closed the connection");
    if (piece.empty())
      return Corrupt("the server closed the connection in the middle of an answer");
    all += piece;
  }
  return all;
}

}  // namespace hinomi::metrics
