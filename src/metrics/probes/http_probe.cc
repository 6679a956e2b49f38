#include <algorithm>
#include <array>

#include "base/strings.h"
#include "metrics/impl/redirect.h"
#include "metrics/probes/run.h"

namespace hinomi::metrics {
namespace {

constexpr uint64_t kProbeBodyBytes = 16u << 20;

/// The lengths of the phases over all exchanges of one run.
class PhaseSum {
 public:
  void Add(const http::ClientResponse& response, bool tls) {
    // The client counts each from the start; people want the length of each.
    const Duration secured = tls ? response.tls : response.connect;
    const std::array<Duration, 6> ends = {Duration(), response.resolve,    response.connect,
                                          secured,    response.first_byte, response.total};
    for (size_t i = 0; i < lengths_.size(); ++i)
      lengths_[i] = lengths_[i] + std::max(Duration(), ends[i + 1] - ends[i]);
  }
  std::vector<std::pair<std::string, Duration>> Phases() const {
    static constexpr std::array kNames = {"resolve", "connect", "tls", "processing", "transfer"};
    std::vector<std::pair<std::string, Duration>> phases;
    for (size_t i = 0; i < lengths_.size(); ++i) phases.emplace_back(kNames[i], lengths_[i]);
    return phases;
  }

 private:
  std::array<Duration, 5> lengths_;
};

http::ClientRequest MakeRequest(const Probe& probe, const std::string& url, Duration left) {
  http::ClientRequest request;
  request.url = url;
  request.timeout = left;
  request.body_limit_bytes = kProbeBodyBytes;
  request.ca_file = probe.ca_file;
  request.verify_tls = probe.verify_tls;
  request.headers = {{"User-Agent", "hinomi-probe"}};
  return request;
}

ProbeResult Judge(const Probe& probe, const http::ClientResponse& response, ProbeRun& run) {
  const int status = response.status;
  run.Judge("status");
  const bool right =
      probe.expected_status == 0 ? status >= 200 && status < 300 : status == probe.expected_status;
  if (!right)
    return run.Fail(
        "status", "answered HTTP " + std::to_string(status) + ", expected " +
                      (probe.expected_status == 0 ? "2xx" : std::to_string(probe.expected_status)));
  run.Judge("body");
  if (response.body.find(probe.body_contains) == std::string::npos) {
    run.result().failed_due_to_body = true;
    return run.Fail("body", "the body does not contain \"" + probe.body_contains + "\"");
  }
  return run.SucceedIfCertificateLasts();
}

}  // namespace

ProbeResult RunHttpProbe(const Probe& probe, ProbeWorld& world) {
  ProbeRun run(probe, world.clock);
  PhaseSum sum;
  std::string url = probe.target;
  for (;;) {
    http::ClientTrace trace;
    http::ClientRequest request = MakeRequest(probe, url, run.deadline().Left());
    request.trace = &trace;
    // Where a stranger sends us to is not where the operator sent us.
    request.guard_addresses = run.result().redirects > 0;
    const auto response = world.fetch(request);
    ProbeResult& result = run.result();
    if (!response) {
      result.status = 0;
      result.phases.clear();
      if (!trace.failed_phase.empty()) run.Judge(trace.failed_phase);
      if (trace.certificate_refused) {
        run.Judge("certificate");
        return run.Fail("certificate", response.error().message);
      }
      return run.Fail(response.error());
    }
    result.status = response->status;
    result.tls = url.starts_with("https:");
    result.certificate_expiry_s = response->certificate_expiry_s;
    sum.Add(*response, result.tls);
    result.phases = sum.Phases();
    const std::string location = HeaderOf(*response, "location");
    // A redirect that is what was expected is not followed.
    if (probe.redirects == 0 || !IsRedirect(response->status) || location.empty() ||
        response->status == probe.expected_status)
      return Judge(probe, *response, run);
    run.Judge("redirect");
    if (result.redirects == probe.redirects)
      return run.Fail("redirect", "a redirect too many: " + std::to_string(result.redirects) +
                                      " were followed, and " + url + " leads to " + location);
    const auto next = FollowedUrl(url, location);
    if (!next) return run.Fail("redirect", next.error().message);
    url = *next;
    ++result.redirects;
  }
}

}  // namespace hinomi::metrics
