#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/strings.h"
#include "http/testing.h"

namespace hinomi::http {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void SetPatience(int fd, Duration patience) {
  timeval tv{};
  tv.tv_sec = patience.seconds();
  tv.tv_usec = (patience.nanos() % 1'000'000'000) / 1000;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

}  // namespace

RawConnection::RawConnection(uint16_t port, Duration patience) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  HN_CHECK(fd_ >= 0);
  SetPatience(fd_, patience);
  const sockaddr_in address = Loopback(port);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  HN_CHECK(errno == EINTR);  // It goes on all the same.
  pollfd waiting{fd_, POLLOUT, 0};
  while (poll(&waiting, 1, -1) < 0) HN_CHECK(errno == EINTR);
  int failure = 0;
  socklen_t size = sizeof failure;
  HN_CHECK(getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0);
}

std::unique_ptr<RawConnection> RawConnection::Adopt(int fd) {
  std::unique_ptr<RawConnection> connection(new RawConnection());
  connection->fd_ = fd;
  SetPatience(fd, Duration::Seconds(10));
  return connection;
}

RawConnection::~RawConnection() {
  if (fd_ >= 0) close(fd_);
}

bool RawConnection::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;  // A fuzzer has a timer.
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void RawConnection::ShutdownSend() const {
  shutdown(fd_, SHUT_WR);
}

std::string RawConnection::ReadSome() {
  if (!buffer_.empty()) return std::exchange(buffer_, {});
  char bytes[16384];
  ssize_t n = 0;
  do {
    n = recv(fd_, bytes, sizeof bytes, 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) timed_out_ = true;
  return n <= 0 ? std::string() : std::string(bytes, static_cast<size_t>(n));
}

std::string RawConnection::ReadToEnd() {
  std::string all;
  for (std::string piece = ReadSome(); !piece.empty(); piece = ReadSome()) all += piece;
  return all;
}

std::string RawConnection::ReadUntil(std::string_view mark) {
  std::string all;
  for (;;) {
    const size_t at = all.find(mark);
    if (at != std::string::npos) {
      buffer_ = all.substr(at + mark.size());
      return all.substr(0, at + mark.size());
    }
    const std::string piece = ReadSome();
    if (piece.empty()) return all;
    all += piece;
  }
}

std::string RawConnection::ReadAnswer(bool head_only) {
  std::string answer = ReadUntil("\r\n\r\n");
  if (head_only) return answer;
  const auto length = ParseUint(HeaderOf(answer, "content-length"));
  const size_t want = answer.size() + length.value_or(0);
  while (answer.size() < want) {
    const std::string piece = ReadSome();
    if (piece.empty()) break;
    answer += piece;
  }
  if (answer.size() > want) {
    buffer_ = answer.substr(want);
    answer.resize(want);
  }
  return answer;
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  HN_CHECK(listener_ >= 0);
  sockaddr_in address = Loopback(0);
  HN_CHECK(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  HN_CHECK(listen(listener_, 64) == 0);
  socklen_t size = sizeof address;
  HN_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  std::vector<std::thread> threads;
  {
    MutexLock lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void ScriptedServer::Accept() {
  while (!stopping_) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    MutexLock lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] {
      const auto connection = RawConnection::Adopt(fd);
      script_(*connection);
      MutexLock inner(mutex_);
      std::erase(open_, fd);
    });
  }
}

ScriptedServer::Script ScriptedServer::Answering(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection) {
    connection.ReadAnswer();
    connection.Send(bytes);
    connection.ShutdownSend();
    connection.ReadToEnd();
  };
}

int StatusOf(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return static_cast<int>(ParseUint(answer.substr(9, 3)).value_or(0));
}

std::string HeaderOf(std::string_view answer, std::string_view name) {
  const std::string_view head = answer.substr(0, answer.find("\r\n\r\n"));
  for (const std::string_view line : Split(head, '\n')) {
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && EqualsIgnoreCase(line.substr(0, colon), name)) {
      return std::string(Trim(line.substr(colon + 1)));
    }
  }
  return "";
}

std::string BodyOf(std::string_view answer) {
  const size_t at = answer.find("\r\n\r\n");
  return at == std::string_view::npos ? "" : std::string(answer.substr(at + 4));
}

}  // namespace hinomi::http
