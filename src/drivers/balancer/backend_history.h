#ifndef HINOMI_DRIVERS_BALANCER_BACKEND_HISTORY_H_
#define HINOMI_DRIVERS_BALANCER_BACKEND_HISTORY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "drivers/balancer/haproxy_socket.h"

namespace hinomi::drivers {

/// What a balancer counted between two looks.
struct BackendCounts {
  uint64_t requests = 0;
  HttpAnswers by_targets;   ///< Of the servers: the sum of their rows.
  HttpAnswers by_balancer;  ///< Of its own, such as 503 when no server is left.
};

/// Servers by health; what is drained or in maintenance is neither.
struct HostCounts {
  /// Status UP, also "UP 1/2" that is about to fall. Nothing when none is and
  /// some are not checked: then nobody knows.
  std::optional<int64_t> healthy;
  int64_t unhealthy = 0;  ///< DOWN, also "DOWN 1/2" that is about to rise.
};
HostCounts CountHosts(const BackendStat& backend);

/// Turns HAProxy's counters, which begin at 0 with each process, into what
/// happened since the last look: nothing twice, nothing negative. What a
/// process counts after its successor has taken over the socket is not seen.
/// Pure; not thread-safe.
class BackendHistory {
 public:
  /// `looked_at` by the monotonic clock. Nothing when the counters cannot be
  /// compared: at the first look, and of a process that has been running for
  /// longer than since the last look and was never seen.
  std::optional<BackendCounts> Observe(const HaproxySnapshot& snapshot, Duration looked_at);

 private:
  struct Seen {
    HaproxyProcess process;
    BackendStat backend;
    /// 5xx and other answers of servers that are not in the backend's row yet:
    /// HAProxy counts there only when an answer has ended.
    HttpAnswers ahead;
  };
  Seen* Find(const HaproxyProcess& process);

  std::vector<Seen> seen_;  ///< The last one used at the end; few.
  std::optional<Duration> last_look_;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_BACKEND_HISTORY_H_
