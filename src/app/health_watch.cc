#include "app/health_watch.h"

#include <algorithm>
#include <cmath>

namespace hinomi::app {
namespace {

// A look that is left out once or twice is no silence.
constexpr Duration kShortestSilence = Duration::Minutes(1);
constexpr int kGaps = 3;
constexpr double kMostHosts = 1e6;

/// The service whose healthy hosts a series counts; "" if it is another series.
std::string ServiceOf(const metrics::Labels& labels) {
  if (labels.name() != "HealthyHostCount" || labels.pairs().size() != 2) return {};
  return std::string(labels.Get("ServiceName"));
}

}  // namespace

void HealthWatch::Arrived(const std::vector<metrics::WriteSeries>& batch) {
  for (const metrics::WriteSeries& series : batch) {
    const std::string service = ServiceOf(series.labels);
    if (service.empty() || series.samples.empty()) continue;
    const double value = series.samples.back().value;
    if (metrics::IsStaleMarker(value) || !std::isfinite(value)) continue;
    {
      const std::lock_guard lock(mutex_);
      const Duration now = clock_.Monotonic();
      const auto [found, is_new] = seen_.try_emplace(service);
      found->second = {now, is_new ? Duration() : now - found->second.at, false};
    }
    deliver_(ops_model::ServiceObservation{
        service, static_cast<int>(std::floor(std::clamp(value, 0.0, kMostHosts)))});
  }
}

void HealthWatch::Look() {
  std::vector<std::string> silent;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [service, seen] : seen_) {
      const Duration longest = std::max(kShortestSilence, seen.gap * kGaps);
      if (seen.silent || clock_.Monotonic() - seen.at < longest) continue;
      seen.silent = true;
      silent.push_back(service);
    }
  }
  for (const std::string& service : silent)
    deliver_(ops_model::ServiceObservation{service, std::nullopt});
}

}  // namespace hinomi::app
