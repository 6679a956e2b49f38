#ifndef HINOMI_DRIVERS_BALANCER_BALANCER_WATCH_H_
#define HINOMI_DRIVERS_BALANCER_BALANCER_WATCH_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "drivers/balancer/balancer_collector.h"
#include "metrics/periodic.h"
#include "metrics/storage.h"

namespace hinomi::drivers {

/// Looks at balancers at their intervals and stores what they tell. Services
/// behind one HAProxy share what receives its log. Everything handed in must
/// outlive it. Threads: any.
class BalancerWatch {
 public:
  BalancerWatch(metrics::Appender& appender, const Clock& clock, Log& log, SocketExchange exchange);
  ~BalancerWatch() { Stop(); }
  BalancerWatch(const BalancerWatch&) = delete;
  BalancerWatch& operator=(const BalancerWatch&) = delete;

  /// Replaces all; one that is the same goes on counting from its last look. Does
  /// not wait for a look that is under way.
  void SetTargets(std::vector<BalancerTarget> targets);
  void Start() { periodic_.Start(); }
  void Stop() { periodic_.Stop(); }
  /// Does on this thread what is due now, instead of `Start`.
  void RunDue() { periodic_.RunDue(); }

  struct State {
    BalancerTarget target;
    BalancerStatus status;
    Instant next_look;  ///< By the wall clock of now.
  };
  std::vector<State> States() const;

 private:
  /// Its collector belongs to whoever set `running`, the rest to the watch's lock.
  struct Item {
    explicit Item(BalancerCollector made) : collector(std::move(made)) {}
    BalancerCollector collector;
    bool running = false;
    bool removed = false;
    BalancerStatus status;
  };
  void Run(Item& item);
  void Store(const BalancerTarget& target, const std::vector<metrics::WriteSeries>& samples);
  Result<std::shared_ptr<HaproxyLogListener>> OpenLog(const std::string& address);

  metrics::Appender& appender_;
  const Clock& clock_;
  Log& log_;
  SocketExchange exchange_;
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<Item>> items_ HN_GUARDED_BY(mutex_);
  Mutex log_mutex_;
  std::map<std::string, std::weak_ptr<HaproxyLogListener>> logs_ HN_GUARDED_BY(log_mutex_);
  metrics::Periodic periodic_;  // Last: its threads use the others.
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_BALANCER_WATCH_H_
