#ifndef HINOMI_APP_COLLECTORS_H_
#define HINOMI_APP_COLLECTORS_H_

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/console/picture.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "drivers/balancer/balancer_watch.h"
#include "metrics/host_collector.h"
#include "metrics/probe.h"
#include "metrics/scrape.h"
#include "metrics/storage.h"
#include "os/files.h"
#include "policy/documents.h"
#include "policy/prometheus_config.h"

namespace hinomi::app {

/// Everything that goes out to fetch signals under an ops folder: this host,
/// scrape targets, probes, balancers. References must outlive it. Threads: any.
class Collectors {
 public:
  struct World {
    metrics::Appender& appender;
    Files& files;
    const Clock& clock;
    Telemetry& telemetry;
    Log& log;
    std::string host_name;
    bool strict_openmetrics = false;  ///< Of jobs that do not say.
  };

  explicit Collectors(World world);
  ~Collectors() { Stop(); }

  void UsePolicy(std::shared_ptr<const policy::OpsFolder> policy);
  /// Scrapes its jobs beside those of the folder.
  void UsePrometheus(std::shared_ptr<const policy::PrometheusConfig> config);
  /// Of the Prometheus configuration in force, if there is one.
  std::map<std::string, std::string> ExternalLabels() const;
  void Start();
  void Stop();

  /// This host, scrape targets and their files, probes, balancers and their logs,
  /// with how their last try went.
  std::vector<api::TargetState> Targets() const;

 private:
  /// How the host was read the last time.
  struct HostLook {
    bool collected = false;  ///< The folder wants it.
    bool looked = false;
    Instant at, since;
    Duration duration, interval, next;  ///< `next` is monotonic.
    size_t samples = 0;
    Status stored;
  };
  void SetJobs();
  void WatchHost();
  void LookAtHost(metrics::HostCollector& collector);
  api::TargetState HostTarget() const;  ///< Under the lock.
  std::unique_ptr<metrics::HostCollector> MakeHostCollector(const policy::OpsFolder& policy) const;

  World world_;
  metrics::Scraper scraper_;
  metrics::Prober prober_;
  drivers::BalancerWatch balancers_;
  std::thread host_thread_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const policy::OpsFolder> policy_;
  std::shared_ptr<const policy::PrometheusConfig> prometheus_;  ///< Null without one.
  bool policy_changed_ = false;
  HostLook host_;
  bool stopping_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_COLLECTORS_H_
