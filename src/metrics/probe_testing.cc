#include "metrics/probe_testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "http/client.h"

namespace hinomi::metrics {

Duration TimeoutFor(std::string_view reason) {
  return reason == "timeout" ? Duration::Millis(500) : Duration::Seconds(20);
}

bool PauseOrGone(http::RawConnection& connection, int ms) {
  pollfd gone{connection.fd(), POLLRDHUP, 0};
  return ::poll(&gone, 1, ms) > 0;
}

ProbeResult ProbeWorldUnderTest::Ask(const Probe& probe) const {
  return ProbeOverNetwork(clock_, http::Fetch)(probe);
}

Probe ProbeWorldUnderTest::At(ProbeType type, uint16_t port) {
  Probe probe;
  probe.name = "probe";
  probe.type = type;
  probe.target = "127.0.0.1:" + std::to_string(port);
  probe.timeout = Duration::Seconds(20);
  if (type == ProbeType::kHttp) probe.target = "http://" + probe.target + "/";
  return probe;
}

std::vector<BadServer> BadServers() {
  static const std::string kGarbage = "\x7F\x01garbage, and none of any protocol\r\n\r\n";
  return {
      {"garbage",
       [](http::RawConnection& connection) {
         connection.Send(kGarbage);
         connection.ReadToEnd();
       }},
      {"silence", [](http::RawConnection& connection) { connection.ReadToEnd(); }},
      {"slow",
       [](http::RawConnection& connection) {
         // A byte every tenth of a second: each wait succeeds, the whole never ends.
         while (connection.Send("S") && !PauseOrGone(connection, 100)) {
         }
       }},
      {"closes", [](http::RawConnection&) {}},
      {"closes when asked", [](http::RawConnection& connection) { connection.ReadSome(); }},
  };
}

UdpResponder::UdpResponder(Answer answer) : UdpResponder(0, std::move(answer)) {}

UdpResponder::UdpResponder(uint16_t port, Answer answer) : answer_(std::move(answer)) {
  fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  HN_CHECK(fd_ >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  HN_CHECK(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  HN_CHECK(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  HN_CHECK(::pipe2(stop_, O_CLOEXEC) == 0);
  thread_ = std::thread([this] { Serve(); });
}

UdpResponder::~UdpResponder() {
  ::close(stop_[1]);
  thread_.join();
  ::close(stop_[0]);
  ::close(fd_);
}

void UdpResponder::Serve() {
  for (;;) {
    pollfd polls[] = {{fd_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    ::poll(polls, 2, -1);
    if (polls[1].revents != 0) return;
    if (polls[0].revents == 0) continue;
    char bytes[4096];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count =
        ::recvfrom(fd_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0) continue;
    for (const std::string& datagram : answer_({bytes, static_cast<size_t>(count)}))
      ::sendto(fd_, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

}  // namespace hinomi::metrics
