#ifndef HINOMI_METRICS_PROBES_RUN_H_
#define HINOMI_METRICS_PROBES_RUN_H_

#include <string>
#include <string_view>

#include "base/deadline.h"
#include "metrics/probe.h"
#include "metrics/probes/resolver.h"
#include "metrics/probes/tls_session.h"
#include "metrics/probes/wire.h"

namespace hinomi::metrics {

/// What probes need of the world. References must outlive it.
struct ProbeWorld {
  const Clock& clock;
  FetchFunction fetch;
  SecretFunction secret;
  Resolver& resolver;
};

/// One run under way: measures its layers and notes where it failed. The
/// functions that end a run return its result. One thread.
class ProbeRun {
 public:
  ProbeRun(const Probe& probe, const Clock& clock);

  const Deadline& deadline() const { return deadline_; }
  /// What the run found so far; what `Succeed` and `Fail` do not set is kept.
  ProbeResult& result() { return result_; }

  /// The layer begins and the one before is over. Its time is one of the
  /// phases.
  void Enter(std::string layer);
  /// The same for a judgement, which takes no time of its own.
  void Judge(std::string layer);

  ProbeResult Succeed();
  ProbeResult Fail(std::string_view reason, std::string message);
  /// The reason follows from the code.
  ProbeResult Fail(const Error& error);
  /// Ends the run: succeeds unless the certificate ends too soon.
  ProbeResult SucceedIfCertificateLasts();

 private:
  void EndPhase();

  const Probe& probe_;
  const Clock& clock_;
  Deadline deadline_;
  Duration start_;
  Duration layer_start_;
  std::string layer_ = "configuration";
  bool timed_ = false;
  ProbeResult result_;
};

/// Resolves the target and connects to it: the layers "resolve" and "connect".
Result<Wire> ConnectToTarget(const Probe& probe, const HostAndPort& target, Transport transport,
                             ProbeWorld& world, ProbeRun& run);
/// Keeps what a handshake showed in the result.
void NoteTls(const TlsFacts& facts, ProbeResult& result);

ProbeResult RunHttpProbe(const Probe& probe, ProbeWorld& world);
ProbeResult RunTcpProbe(const Probe& probe, ProbeWorld& world);
ProbeResult RunTlsProbe(const Probe& probe, ProbeWorld& world);
ProbeResult RunDnsProbe(const Probe& probe, ProbeWorld& world);
ProbeResult RunPostgresProbe(const Probe& probe, ProbeWorld& world);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBES_RUN_H_
