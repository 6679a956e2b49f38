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

enum class ProbeType { kHttp, kTcp, kTls, kDns, kPostgres };

/// The layers of a type in the order in which they are passed, beginning with
/// "configuration"; a failure names one of them.
const std::vector<std::string>& ProbeLayers(ProbeType type);

/// What is asked of a name server, and what should come back.
struct DnsProbe {
  std::string name;               ///< Taken as fully qualified.
  std::string type = "A";         ///< A AAAA CNAME MX NS PTR SOA SRV TXT
  std::string rcode = "NOERROR";  ///< Expected.
  /// All answers of the type, as in a zone file, in any order; empty: at least
  /// one if NOERROR is expected.
  std::vector<std::string> answers;
  bool tcp = false;  ///< Without asking over UDP first.

  bool operator==(const DnsProbe&) const = default;
};

enum class PostgresTls {
  kDisable,  ///< Never.
  kPrefer,   ///< If the server offers it; whatever its certificate proves.
  kRequire,  ///< Whatever its certificate proves.
  kVerify,   ///< With a certificate for the host of the target.
};

/// Who signs in to PostgreSQL. Needs no right but CONNECT.
struct PostgresProbe {
  std::string user;
  std::string password;  ///< A reference, see `SecretFunction`. Never logged.
  std::string database;  ///< "": the user's name.
  PostgresTls tls = PostgresTls::kPrefer;

  bool operator==(const PostgresProbe&) const = default;
};

/// A question asked from outside, again and again.
struct Probe {
  std::string name;
  ProbeType type = ProbeType::kHttp;
  std::string target;  ///< URL, or host:port; for DNS the server that is asked.
  Duration interval = Duration::Seconds(15);
  Duration timeout = Duration::Seconds(5);  ///< For the whole exchange.
  std::string body_contains;                ///< HTTP. "": any body.
  int expected_status = 0;                  ///< HTTP. 0: any 2xx.
  int redirects = 0;                        ///< HTTP: how many are followed.
  std::string ca_file;                      ///< HTTP, TLS, PostgreSQL. "": the system's.
  std::string server_name;                  ///< TLS. "": the host of the target.
  bool verify_tls = true;                   ///< HTTP, TLS.
  int certificate_days = 0;                 ///< With TLS: fails if the certificate ends sooner.
  DnsProbe dns;
  PostgresProbe postgres;
  std::map<std::string, std::string> labels;

  bool operator==(const Probe&) const = default;
};

/// What a name server answered.
struct DnsFacts {
  std::string rcode;  ///< "NOERROR", "NXDOMAIN", …
  size_t answers = 0, authorities = 0, additionals = 0;
  std::optional<uint32_t> serial;  ///< Of the SOA that was asked for.
};

/// The answer.
struct ProbeResult {
  bool success = false;
  Duration duration;
  int status = 0;  ///< HTTP; 0 if there was no answer.
  /// How long each took, in order; of a failure those that were begun. HTTP:
  /// resolve connect tls processing transfer, over all redirects; none if it
  /// was not answered.
  std::vector<std::pair<std::string, Duration>> phases;
  int redirects = 0;  ///< HTTP: that were followed.
  bool tls = false;
  std::string tls_version;           ///< TLS and PostgreSQL: "TLSv1.3".
  int64_t certificate_expiry_s = 0;  ///< 0: no certificate was seen.
  bool failed_due_to_body = false;
  std::optional<DnsFacts> dns;  ///< If the server answered.
  std::string failed_layer;     ///< One of `ProbeLayers`, "" without a failure.
  /// A word for it, "" without a failure: configuration timeout unreachable
  /// garbage too_large denied certificate failed; status body redirect (HTTP);
  /// rcode answer (DNS); plain password user database starting full refused
  /// (PostgreSQL).
  std::string reason;
  std::string error;  ///< For people, begins with the layer.
};

/// What a reference to a secret stands for; anything else stands for itself.
/// The error names where it was looked for. Called from many threads.
using SecretFunction = std::function<Result<std::string>(const std::string& reference)>;

/// Asks once. Never fails itself and returns soon after the probe's timeout.
/// Called from many threads.
using ProbeFunction = std::function<ProbeResult(const Probe&)>;
/// The real one: HTTP over `fetch`, everything else over its own sockets.
/// `clock` must outlive it.
ProbeFunction ProbeOverNetwork(const Clock& clock, FetchFunction fetch, SecretFunction secret = {});

/// blackbox_exporter's names where it has them, with the labels job="probe",
/// instance=target, probe=name and the probe's own:
///   all         probe_success, probe_duration_seconds; also
///               probe_failed_layer{layer}, 1 for the layer that failed, else 0
///   HTTP        probe_http_status_code, probe_http_ssl, probe_http_redirects,
///               probe_http_duration_seconds{phase}, probe_failed_due_to_regex
///   DNS         probe_dns_duration_seconds{phase}, probe_dns_query_succeeded,
///               probe_dns_answer_rrs, probe_dns_authority_rrs,
///               probe_dns_additional_rrs, probe_dns_serial
///   but HTTP    probe_dns_lookup_time_seconds: of the target's own name
///   others      probe_phase_duration_seconds{phase}
///   with TLS    probe_tls_version_info{version},
///               probe_ssl_earliest_cert_expiry in Unix seconds, and
///               probe_ssl_days_until_expiry, which alarms can compare
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
  Instant since;  ///< Of the first run that ended as the last one; zero before it.
  Instant last_run;
  ProbeResult last;
  Instant next_run;  ///< By the wall clock of now.
};

/// Runs probes at their intervals into a store. Everything handed in must
/// outlive it. Threads: any.
class Prober {
 public:
  Prober(Appender& appender, const Clock& clock, Telemetry& telemetry, ProbeFunction ask);
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
