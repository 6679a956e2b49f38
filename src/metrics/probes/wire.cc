#include "metrics/probes/wire.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "os/errno_error.h"
#include "os/socket_io.h"

namespace hinomi::metrics {
namespace {

Status AwaitConnected(int fd, const Deadline& deadline) {
  if (!AwaitSocket(fd, POLLOUT, deadline)) return Timeout("no connection in time");
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
      last = BrokenConnection("cannot make a socket");
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
  Status sent = SendAll(fd_, bytes, deadline);
  if (!sent && sent.error().code == ErrorCode::kTimeout)
    return Timeout("the server took nothing in time");
  return sent;
}

Result<std::string> Wire::ReceivePlain(size_t most, const Deadline& deadline) const {
  std::string bytes(most, '\0');
  const auto count = ReceiveSome(fd_, bytes, deadline);
  if (!count && count.error().code == ErrorCode::kTimeout) return Timeout("no answer in time");
  if (!count) return count.error();
  bytes.resize(*count);
  return bytes;
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
