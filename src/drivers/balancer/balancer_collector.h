#ifndef HINOMI_DRIVERS_BALANCER_BALANCER_COLLECTOR_H_
#define HINOMI_DRIVERS_BALANCER_BALANCER_COLLECTOR_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "drivers/balancer/backend_history.h"
#include "drivers/balancer/balancer_series.h"
#include "drivers/balancer/haproxy_socket.h"
#include "drivers/balancer/log_listener.h"
#include "metrics/storage.h"

namespace hinomi::drivers {

/// Whose balancer is looked at, and where.
struct BalancerTarget {
  std::string service;
  std::string cluster;  ///< May be "".
  std::string socket;   ///< Path of HAProxy's runtime socket.
  std::string backend;
  std::string log;  ///< Where its log arrives, for true response times; "" for nowhere.
  Duration interval = Duration::Seconds(5);

  bool operator==(const BalancerTarget&) const = default;
};

/// How the last look went.
struct BalancerStatus {
  bool looked = false;
  bool reached = false;
  Instant since;      ///< Of the first look that ended as the last one; zero before it.
  std::string error;  ///< For people.
  Instant last_look;
  Duration duration;  ///< Of the last look.
  size_t samples = 0;

  /// Its log, where one is to arrive.
  bool log_heard = false;  ///< A line has come since this began.
  std::string log_error;   ///< For people: why nothing comes.
};

/// Opens what receives a log, or gives what is open there already.
using OpenLogFunction =
    std::function<Result<std::shared_ptr<HaproxyLogListener>>(const std::string& address)>;

/// Looks at one backend and gives samples for the store. Threads: one at a time.
class BalancerCollector {
 public:
  /// `clock` and `log` must outlive it.
  BalancerCollector(BalancerTarget target, SocketExchange exchange, const Clock& clock, Log& log,
                    OpenLogFunction open_log = HaproxyLogListener::Open);

  const BalancerTarget& target() const { return target_; }

  /// The service's metrics (SamplesOfService), HAProxy's (SamplesOfHaproxy),
  /// haproxy_up, and stale markers for what is there no more. Blocks for two
  /// seconds at most.
  ///
  /// Nobody behind the socket at two looks in a row means that no host gets
  /// requests: HealthyHostCount is 0 then, not unknown. It stays unknown while a
  /// socket was never reached, hangs or answers garbage.
  std::vector<metrics::WriteSeries> Collect();
  const BalancerStatus& status() const { return status_; }
  /// Stale markers for HAProxy's series, when it is not looked at any more.
  std::vector<metrics::WriteSeries> EndOfSeries();

 private:
  ServiceLook LookAt(const HaproxySnapshot& snapshot, Duration looked_at,
                     std::vector<metrics::WriteSeries>& all);
  std::vector<double> TimesOf(const HaproxySnapshot& snapshot,
                              const std::optional<BackendCounts>& counts, Instant at,
                              std::vector<metrics::WriteSeries>& all);
  ServiceLook Failed(const Error& error);
  void OpenLog();
  void TellLogMissing(bool missing);
  void NoteLook(bool reached, Instant at);

  BalancerTarget target_;
  HaproxySocket socket_;
  // Pointers, so that it can be moved.
  const Clock* clock_;
  Log* log_;
  OpenLogFunction open_log_;
  metrics::Labels labels_;
  BackendHistory history_;
  std::shared_ptr<HaproxyLogListener> listener_;
  bool log_refused_ = false;
  bool log_missing_ = false;
  int looks_without_log_ = 0;
  bool ever_reached_ = false;
  int unreachable_looks_ = 0;
  std::set<metrics::Labels> live_;
  BalancerStatus status_;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_BALANCER_COLLECTOR_H_
