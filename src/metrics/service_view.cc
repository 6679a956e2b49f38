#include <algorithm>

#include "metrics/impl/sample_list.h"
#include "metrics/probe.h"

namespace hinomi::metrics {

ServiceView::ServiceView(std::vector<ServiceProbes> services) : services_(std::move(services)) {}

std::vector<WriteSeries> ServiceView::Update(const Probe& probe, const ProbeResult& result,
                                             Instant at) {
  healthy_[probe.name] = result.success;
  SampleList out(at);
  for (const ServiceProbes& service : services_) {
    if (std::find(service.probes.begin(), service.probes.end(), probe.name) == service.probes.end())
      continue;
    const auto healthy =
        std::count_if(service.probes.begin(), service.probes.end(), [&](const std::string& name) {
          const auto known = healthy_.find(name);
          return known != healthy_.end() && known->second;
        });
    const auto publish = [&](const Labels& dimensions) {
      out.AddUnder("HealthyHostCount", static_cast<double>(healthy), dimensions);
      if (probe.type != ProbeType::kHttp) return;
      // Several probes at one moment must not overwrite one another.
      Labels request = dimensions;
      request.Set("instance", probe.name);
      out.AddUnder("RequestCount", 1, request);
      if (result.status == 0) return;
      out.AddUnder("HTTPCode_Target_5XX_Count", result.status >= 500 ? 1 : 0, request);
      out.AddUnder("TargetResponseTime", result.duration.ToSeconds(), request);
    };
    Labels dimensions;
    dimensions.Set("ServiceName", service.service);
    publish(dimensions);
    if (service.cluster.empty()) continue;
    dimensions.Set("ClusterName", service.cluster);
    publish(dimensions);
  }
  return out.Take();
}

std::vector<ServiceHealth> ServiceView::Health() const {
  std::vector<ServiceHealth> all;
  for (const ServiceProbes& service : services_) {
    ServiceHealth& health = all.emplace_back();
    health.service = service.service;
    health.total = service.probes.size();
    for (const std::string& name : service.probes) {
      const auto known = healthy_.find(name);
      if (known != healthy_.end() && known->second) ++health.healthy;
    }
  }
  return all;
}

void ServiceView::KeepResultsOf(const ServiceView& other) {
  for (const ServiceProbes& service : services_) {
    for (const std::string& name : service.probes) {
      const auto known = other.healthy_.find(name);
      if (known != other.healthy_.end()) healthy_[name] = known->second;
    }
  }
}

}  // namespace hinomi::metrics
