#include "metrics/probes/run.h"

#include <algorithm>
#include <memory>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

std::string_view ReasonOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kUnavailable:
    case ErrorCode::kNotFound:
      return "unreachable";
    case ErrorCode::kExhausted:
      return "too_large";
    case ErrorCode::kCorrupt:
      return "garbage";
    case ErrorCode::kInvalidArgument:
      return "configuration";
    case ErrorCode::kDenied:
      return "denied";
    default:
      return "failed";
  }
}

/// A reason may hold what a stranger sent: of any length, and not even text.
std::string ForPeople(std::string text) {
  constexpr size_t kMostBytes = 500;
  const bool utf8 = IsValidUtf8(text);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
    if (byte >= 0x80 && !utf8) c = '?';
  }
  if (text.size() <= kMostBytes) return text;
  size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

}  // namespace

const std::vector<std::string>& ProbeLayers(ProbeType type) {
  using Layers = std::vector<std::string>;
  static const Layers http = {"configuration", "resolve",  "connect", "tls",  "processing",
                              "transfer",      "redirect", "status",  "body", "certificate"};
  static const Layers tcp = {"configuration", "resolve", "connect"};
  static const Layers tls = {"configuration", "resolve", "connect", "tls", "certificate"};
  static const Layers dns = {"configuration", "resolve", "connect", "request", "rcode", "answer"};
  static const Layers postgres = {"configuration", "resolve",        "connect",  "ssl_request",
                                  "tls",           "authentication", "database", "certificate"};
  switch (type) {
    case ProbeType::kHttp:
      return http;
    case ProbeType::kTcp:
      return tcp;
    case ProbeType::kTls:
      return tls;
    case ProbeType::kDns:
      return dns;
    case ProbeType::kPostgres:
      return postgres;
  }
  return tcp;
}

ProbeRun::ProbeRun(const Probe& probe, const Clock& clock)
    : probe_(probe),
      clock_(clock),
      deadline_(clock, probe.timeout),
      start_(clock.Monotonic()),
      layer_start_(start_) {}

void ProbeRun::EndPhase() {
  const Duration now = clock_.Monotonic();
  if (timed_) {
    // A layer that is passed twice (DNS over UDP, then TCP) is one phase.
    auto& phases = result_.phases;
    const auto known = std::find_if(phases.begin(), phases.end(),
                                    [&](const auto& phase) { return phase.first == layer_; });
    if (known == phases.end()) {
      phases.emplace_back(layer_, now - layer_start_);
    } else {
      known->second = known->second + (now - layer_start_);
    }
  }
  layer_start_ = now;
  timed_ = false;
}

void ProbeRun::Enter(std::string layer) {
  EndPhase();
  layer_ = std::move(layer);
  timed_ = true;
}

void ProbeRun::Judge(std::string layer) {
  EndPhase();
  layer_ = std::move(layer);
}

ProbeResult ProbeRun::Succeed() {
  EndPhase();
  result_.duration = clock_.Monotonic() - start_;
  result_.success = true;
  return std::move(result_);
}

ProbeResult ProbeRun::Fail(std::string_view reason, std::string message) {
  EndPhase();
  result_.duration = clock_.Monotonic() - start_;
  result_.failed_layer = layer_;
  result_.reason = reason;
  result_.error = ForPeople(layer_ + ": " + std::move(message));
  return std::move(result_);
}

ProbeResult ProbeRun::Fail(const Error& error) {
  return Fail(ReasonOf(error.code), error.message);
}

ProbeResult ProbeRun::SucceedIfCertificateLasts() {
  if (result_.certificate_expiry_s == 0 || probe_.certificate_days == 0) return Succeed();
  Judge("certificate");
  // In seconds: a certificate without an end says the year 9999, more than an Instant holds.
  const int64_t left_s = result_.certificate_expiry_s - clock_.Now().seconds();
  if (left_s >= int64_t{probe_.certificate_days} * 86'400) return Succeed();
  const int64_t end_s = std::max<int64_t>(0, result_.certificate_expiry_s);
  const std::string end = FormatRfc3339(Instant::FromSeconds(end_s));
  if (left_s < 0) return Fail("certificate", "the certificate ended at " + end);
  return Fail("certificate", "the certificate ends at " + end + ", in " +
                                 std::to_string(left_s / 86'400) + " days; " +
                                 std::to_string(probe_.certificate_days) + " are wanted");
}

Result<Wire> ConnectToTarget(const Probe& probe, const HostAndPort& target, Transport transport,
                             ProbeWorld& world, ProbeRun& run) {
  run.Enter("resolve");
  HN_TRY(const std::vector<NetAddress> addresses, world.resolver.Resolve(target, run.deadline()));
  run.Enter("connect");
  auto wire = Wire::Connect(addresses, transport, run.deadline());
  if (!wire) return std::move(wire).error().WithContext(probe.target);
  return wire;
}

void NoteTls(const TlsFacts& facts, ProbeResult& result) {
  result.tls = true;
  result.tls_version = facts.version;
  result.certificate_expiry_s = facts.earliest_expiry_s;
}

ProbeFunction ProbeOverNetwork(const Clock& clock, FetchFunction fetch, SecretFunction secret) {
  if (!secret) secret = [](const std::string& text) { return Result<std::string>(text); };
  auto resolver = std::make_shared<Resolver>();
  return
      [resolver, &clock, fetch = std::move(fetch), secret = std::move(secret)](const Probe& probe) {
        ProbeWorld world{clock, fetch, secret, *resolver};
        switch (probe.type) {
          case ProbeType::kHttp:
            return RunHttpProbe(probe, world);
          case ProbeType::kTcp:
            return RunTcpProbe(probe, world);
          case ProbeType::kTls:
            return RunTlsProbe(probe, world);
          case ProbeType::kDns:
            return RunDnsProbe(probe, world);
          case ProbeType::kPostgres:
            return RunPostgresProbe(probe, world);
        }
        return ProbeRun(probe, clock).Fail(Internal("this type of probe is not known"));
      };
}

}  // namespace hinomi::metrics
