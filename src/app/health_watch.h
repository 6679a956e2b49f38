#ifndef HINOMI_APP_HEALTH_WATCH_H_
#define HINOMI_APP_HEALTH_WATCH_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "metrics/model.h"
#include "metrics/storage.h"
#include "ops_model/decision.h"

namespace hinomi::app {

/// Tells the control thread how many replicas of each service are well: as the
/// runtime that runs it counts them, else from the samples of HealthyHostCount
/// under {ServiceName}, whoever wrote them. References must outlive it. Threads: any.
class HealthWatch {
 public:
  using Deliver = std::function<void(ops_model::Input)>;

  HealthWatch(Deliver deliver, const Clock& clock) : deliver_(std::move(deliver)), clock_(clock) {}

  /// Points have become readable. Cheap where none is about health.
  void Arrived(const std::vector<metrics::WriteSeries>& batch);
  /// True for the name of series that may be.
  static bool Reads(std::string_view metric);
  /// A runtime counts a service's healthy replicas itself: metrics, where a probe
  /// may stand for all of them, do not count then. Call it every few seconds.
  void Counted(const std::string& service, int healthy);
  /// Says of services that fell silent that nobody knows. Call it now and then.
  void Look();

 private:
  struct Seen {
    Duration at;   ///< Monotonic, of the newest sample.
    Duration gap;  ///< Between it and the one before.
    bool silent = false;
    bool by_runtime = false;
    int healthy = -1;
    Duration told;  ///< Monotonic.
  };

  Deliver deliver_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Seen> seen_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_HEALTH_WATCH_H_
