#ifndef HINOMI_METRICS_PROBE_TESTING_H_
#define HINOMI_METRICS_PROBE_TESTING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/testing.h"
#include "metrics/probe.h"
#include "os/system_clock.h"

namespace hinomi::metrics {

/// Unix seconds of their first moments: certificates end in one or the other.
inline constexpr int64_t kYear2000 = 946'684'800;
inline constexpr int64_t kYear2100 = 4'102'444'800;

/// Asks servers of loopback for real: `ProbeOverNetwork` over the machine's
/// clock and its HTTP client.
class ProbeWorldUnderTest {
 public:
  ProbeResult Ask(const Probe& probe) const;
  /// 127.0.0.1 with this port, and more time than any answer takes.
  static Probe At(ProbeType type, uint16_t port);

 private:
  SystemClock clock_;
};

/// The timeout of a probe that should end with `reason`: short only where it
/// is what the test waits for.
Duration TimeoutFor(std::string_view reason);
/// Waits up to `ms` without keeping a connection that the other side left; true
/// if it did.
bool PauseOrGone(http::RawConnection& connection, int ms);

/// A TCP server that behaves badly.
struct BadServer {
  const char* behaviour;
  http::ScriptedServer::Script script;
};
/// Sends garbage, keeps silent, sends one byte of it at a time, closes at once,
/// closes when it was asked.
std::vector<BadServer> BadServers();

/// A UDP server on a free port of 127.0.0.1 that answers each datagram with the
/// datagrams that `answer` makes of it. One thread; ends with the object.
class UdpResponder {
 public:
  using Answer = std::function<std::vector<std::string>(const std::string& question)>;
  explicit UdpResponder(Answer answer);
  /// On the given port, e.g. that of a TCP server.
  UdpResponder(uint16_t port, Answer answer);
  ~UdpResponder();
  UdpResponder(const UdpResponder&) = delete;
  UdpResponder& operator=(const UdpResponder&) = delete;

  uint16_t port() const { return port_; }

 private:
  void Serve();

  Answer answer_;
  int fd_ = -1;
  int stop_[2] = {-1, -1};
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBE_TESTING_H_
