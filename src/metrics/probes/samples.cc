#include "metrics/impl/sample_list.h"
#include "metrics/probe.h"

namespace hinomi::metrics {
namespace {

/// The samples of one run, under the probe's labels.
class ProbeSamples {
 public:
  ProbeSamples(const Probe& probe, Instant at) : probe_(probe), out_(at) {}

  void Add(std::string_view name, double value, std::vector<Labels::Pair> labels = {}) {
    for (const auto& [label, text] : probe_.labels) labels.emplace_back(label, text);
    labels.emplace_back("job", "probe");
    labels.emplace_back("instance", probe_.target);
    labels.emplace_back("probe", probe_.name);
    out_.Add(name, value, std::move(labels));
  }
  std::vector<WriteSeries> Take() { return out_.Take(); }

 private:
  const Probe& probe_;
  SampleList out_;
};

std::string_view PhaseMetric(ProbeType type) {
  if (type == ProbeType::kHttp) return "probe_http_duration_seconds";
  if (type == ProbeType::kDns) return "probe_dns_duration_seconds";
  return "probe_phase_duration_seconds";
}

void AddHttp(const Probe& probe, const ProbeResult& result, ProbeSamples& out) {
  out.Add("probe_http_status_code", result.status);
  out.Add("probe_http_ssl", result.tls && result.status != 0 ? 1 : 0);
  out.Add("probe_http_redirects", result.redirects);
  if (!probe.body_contains.empty())
    out.Add("probe_failed_due_to_regex", result.failed_due_to_body ? 1 : 0);
}

void AddDns(const ProbeResult& result, ProbeSamples& out) {
  out.Add("probe_dns_query_succeeded", result.dns ? 1 : 0);
  if (!result.dns) return;
  out.Add("probe_dns_answer_rrs", static_cast<double>(result.dns->answers));
  out.Add("probe_dns_authority_rrs", static_cast<double>(result.dns->authorities));
  out.Add("probe_dns_additional_rrs", static_cast<double>(result.dns->additionals));
  if (result.dns->serial) out.Add("probe_dns_serial", *result.dns->serial);
}

}  // namespace

std::vector<WriteSeries> SamplesOfProbe(const Probe& probe, const ProbeResult& result, Instant at) {
  ProbeSamples out(probe, at);
  out.Add("probe_success", result.success ? 1 : 0);
  out.Add("probe_duration_seconds", result.duration.ToSeconds());
  for (const std::string& layer : ProbeLayers(probe.type))
    out.Add("probe_failed_layer", layer == result.failed_layer ? 1 : 0, {{"layer", layer}});
  if (probe.type == ProbeType::kHttp) AddHttp(probe, result, out);
  if (probe.type == ProbeType::kDns) AddDns(result, out);
  for (const auto& [phase, duration] : result.phases) {
    out.Add(PhaseMetric(probe.type), duration.ToSeconds(), {{"phase", phase}});
    if (phase == "resolve" && probe.type != ProbeType::kHttp)
      out.Add("probe_dns_lookup_time_seconds", duration.ToSeconds());
  }
  if (!result.tls_version.empty())
    out.Add("probe_tls_version_info", 1, {{"version", result.tls_version}});
  if (result.certificate_expiry_s != 0) {
    out.Add("probe_ssl_earliest_cert_expiry", static_cast<double>(result.certificate_expiry_s));
    const int64_t left_s = result.certificate_expiry_s - at.seconds();
    out.Add("probe_ssl_days_until_expiry", static_cast<double>(left_s) / 86'400);
  }
  return out.Take();
}

}  // namespace hinomi::metrics
