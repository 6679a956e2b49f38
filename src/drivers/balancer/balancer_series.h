#ifndef HINOMI_DRIVERS_BALANCER_BALANCER_SERIES_H_
#define HINOMI_DRIVERS_BALANCER_BALANCER_SERIES_H_

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "drivers/balancer/backend_history.h"
#include "drivers/balancer/response_times.h"
#include "metrics/storage.h"

namespace hinomi::drivers {

/// What one look at a service's balancer told.
struct ServiceLook {
  std::optional<int64_t> healthy_hosts;  ///< Nothing: nobody knows.
  std::optional<int64_t> unhealthy_hosts;
  std::optional<BackendCounts> counts;  ///< Since the last look.
  /// TargetResponseTime in seconds, of equal weight.
  std::vector<double> response_times;
};

/// The operations document's metrics under {ServiceName} and, with a cluster,
/// under {ClusterName, ServiceName}: HealthyHostCount, UnHealthyHostCount,
/// RequestCount, HTTPCode_Target_{2,3,4,5}XX_Count, HTTPCode_ELB_{4,5}XX_Count,
/// each as what happened since the last look, so that their sum over a period is
/// the period's; TargetResponseTime as one sample for each of `response_times`,
/// a millisecond apart and ending at `at`.
std::vector<metrics::WriteSeries> SamplesOfService(const std::string& service,
                                                   const std::string& cluster,
                                                   const ServiceLook& look, Instant at);

/// The same backend under the names and labels of HAProxy's own exporter
/// (haproxy_backend_…, haproxy_server_…, haproxy_process_…), with `target` (job,
/// instance) on each.
std::vector<metrics::WriteSeries> SamplesOfHaproxy(const HaproxySnapshot& snapshot,
                                                   const metrics::Labels& target, Instant at);

/// hinomi_backend_response_time_seconds{proxy, quantile="0.5" | "0.9" | "0.99"}
/// of one period's requests; nothing without any.
std::vector<metrics::WriteSeries> SamplesOfResponseTimes(const std::string& backend,
                                                         const ResponseTimes& times,
                                                         const metrics::Labels& target, Instant at);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_BALANCER_SERIES_H_
