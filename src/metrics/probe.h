#ifndef HINOMI_METRICS_PROBE_H_
#define HINOMI_METRICS_PROBE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "metrics/scrape.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

enum class ProbeType { kHttp, kTcp };

/// A question asked from outside, again and again.
struct Probe {
  std::string name;
  ProbeType type = ProbeType::kHttp;
  std::string target;  ///< URL, or host:port for TCP.
  Duration interval = Duration::Seconds(15);
  Duration timeout = Duration::Seconds(5);  ///< For the whole exchange.
  std::string body_contains;                ///< "": any body.
  int expected_status = 0;                  ///< 0: any 2xx.
  std::string ca_file;
  bool verify_tls = true;
  std::map<std::string, std::string> labels;

  bool operator==(const Probe&) const = default;
};

/// The answer.
struct ProbeResult {
  bool success = false;
  Duration duration;
  int status = 0;  ///< HTTP; 0 if there was no answer.
  /// HTTP, in order: resolve connect tls processing transfer.
  std::vector<std::pair<std::string, Duration>> phases;
  bool tls = false;
  int64_t certificate_expiry_s = 0;
  bool failed_due_to_body = false;
  std::string reason;  ///< "" or timeout, unreachable, status, body, too_large, fetch.
  std::string error;   ///< For people.
};

/// Connects to host:port and closes; kTimeout, kUnavailable, kInvalidArgument.
using ConnectFunction = std::function<Status(const std::string& address, Duration timeout)>;
/// The real one: tries each resolved address until the time is up. Blocks.
/// `clock` must outlive it.
ConnectFunction TcpConnector(const Clock& clock);

ProbeResult RunHttpProbe(const Probe& probe, const FetchFunction& fetch, const Clock& clock);
ProbeResult RunTcpProbe(const Probe& probe, const ConnectFunction& connect, const Clock& clock);

/// blackbox_exporter's names, with the labels job="probe", instance=target,
/// probe=name and the probe's own: probe_success, probe_duration_seconds, and
/// for HTTP probe_http_status_code, probe_http_duration_seconds{phase},
/// probe_http_ssl, probe_failed_due_to_regex, probe_ssl_earliest_cert_expiry.
std::vector<WriteSeries> SamplesOfProbe(const Probe& probe, const ProbeResult& result, Instant at);

/// Which probes stand for a service's balancer.
struct ServiceProbes {
  std::string service;
  std::string cluster;              ///< May be "".
  std::vector<std::string> probes;  ///< One a replica, usually.
};

/// What a balancer would see of a service.
struct ServiceHealth {
  std::string service;
  size_t healthy = 0;
  size_t total = 0;  ///< Probes; one that has not run yet is not healthy.
};

/// The balancer's view of services, made from probes until a real balancer
/// gives it. Each probe counts as one request. Not thread-safe.
class ServiceView {
 public:
  ServiceView() = default;
  explicit ServiceView(std::vector<ServiceProbes> services);

  /// CloudWatch's datapoints for each service that the probe stands for, under
  /// {ServiceName} and, with a cluster, {ClusterName, ServiceName}:
  /// HealthyHostCount of the service; and of this request, with instance=probe
  /// beside: RequestCount 1, HTTPCode_Target_5XX_Count 0 or 1 and
  /// TargetResponseTime in seconds, the latter two only if there was an answer.
  std::vector<WriteSeries> Update(const Probe& probe, const ProbeResult& result, Instant at);
  std::vector<ServiceHealth> Health() const;
  /// Takes over what is known about probes that are in both.
  void KeepResultsOf(const ServiceView& other);

 private:
  std::vector<ServiceProbes> services_;
  std::map<std::string, bool> healthy_;  ///< By probe.
};

/// A probe as people see it.
struct ProbeStatus {
  Probe probe;
  bool ran = false;
  Instant last_run;
  ProbeResult last;
};

/// Runs probes at their intervals into a store. Everything handed in must
/// outlive it. Threads: any.
class Prober {
 public:
  /// Without `connect` it is `TcpConnector(clock)`.
  Prober(Appender& appender, const Clock& clock, Telemetry& telemetry, FetchFunction fetch,
         ConnectFunction connect = {});
  ~Prober();  ///< Stops.

  /// Replaces all of it; removed probes get stale markers.
  void SetProbes(std::vector<Probe> probes, std::vector<ServiceProbes> services);
  void Start();
  void Stop();
  /// Does on this thread what is due now, instead of `Start`.
  void RunDue();

  std::vector<ProbeStatus> Statuses() const;
  std::vector<ServiceHealth> Services() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBE_H_
