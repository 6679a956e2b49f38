#include "metrics/probes/run.h"

/// TCP and TLS: that somebody answers, and who it is.
namespace hinomi::metrics {

ProbeResult RunTcpProbe(const Probe& probe, ProbeWorld& world) {
  ProbeRun run(probe, world.clock);
  const auto target = SplitHostPort(probe.target);
  if (!target) return run.Fail(target.error());
  const auto wire = ConnectToTarget(probe, *target, Transport::kTcp, world, run);
  if (!wire) return run.Fail(wire.error());
  return run.Succeed();
}

ProbeResult RunTlsProbe(const Probe& probe, ProbeWorld& world) {
  ProbeRun run(probe, world.clock);
  const auto target = SplitHostPort(probe.target);
  if (!target) return run.Fail(target.error());
  auto wire = ConnectToTarget(probe, *target, Transport::kTcp, world, run);
  if (!wire) return run.Fail(wire.error());
  run.Enter("tls");
  const TlsOptions options{probe.server_name.empty() ? target->host : probe.server_name,
                           probe.ca_file};
  const auto facts = wire->StartTls(options, run.deadline());
  if (!facts) return run.Fail(facts.error());
  NoteTls(*facts, run.result());
  if (probe.verify_tls && !facts->not_verified.empty()) {
    run.Judge("certificate");
    return run.Fail("certificate", "the certificate for " + options.host +
                                       " proves nothing: " + facts->not_verified);
  }
  return run.SucceedIfCertificateLasts();
}

}  // namespace hinomi::metrics
