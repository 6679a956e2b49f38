#include "app/health_watch.h"

#include <algorithm>
#include <cmath>

namespace hinomi::app {
namespace {

// A look that is left out once or twice is no silence.
constexpr Duration kShortestSilence = Duration::Minutes(1);
constexpr int kGaps = 3;
// Whoever begins to lead meanwhile knows nothing of what was told before.
constexpr Duration kToldAgainAfter = Duration::Seconds(15);
constexpr std::string_view kHealthyHosts = "HealthyHostCount";
constexpr double kMostHosts = 1e6;

/// The service whose healthy hosts a series counts; "" if it is another series.
std::string ServiceOf(const metrics::Labels& labels) {
  if (labels.name() != kHealthyHosts || labels.pairs().size() != 2) return {};
  return std::string(labels.Get("ServiceName"));
}

}  // namespace

bool HealthWatch::Reads(std::string_view metric) {
  return metric == kHealthyHosts;
}

void HealthWatch::Arrived(const std::vector<metrics::WriteSeries>& batch) {
  for (const metrics::WriteSeries& series : batch) {
    const std::string service = ServiceOf(series.labels);
    if (service.empty() || series.samples.empty()) continue;
    const double value = series.samples.back().value;
    if (metrics::IsStaleMarker(value) || !std::isfinite(value)) continue;
    {
      const MutexLock lock(mutex_);
      const Duration now = clock_.Monotonic();
      const auto [found, is_new] = seen_.try_emplace(service);
      Seen& seen = found->second;
      if (seen.by_runtime && !seen.silent) continue;
      seen = {.at = now, .gap = is_new ? Duration() : now - seen.at};
    }
    deliver_(ops_model::ServiceObservation{
        service, static_cast<int>(std::floor(std::clamp(value, 0.0, kMostHosts)))});
  }
}

void HealthWatch::Counted(const std::string& service, int healthy) {
  {
    const MutexLock lock(mutex_);
    const Duration now = clock_.Monotonic();
    Seen& seen = seen_[service];
    const bool news = !seen.by_runtime || seen.silent || seen.healthy != healthy ||
                      now - seen.told >= kToldAgainAfter;
    seen = {.at = now, .by_runtime = true, .healthy = healthy, .told = news ? now : seen.told};
    if (!news) return;
  }
  deliver_(ops_model::ServiceObservation{service, healthy});
}

void HealthWatch::Look() {
  std::vector<std::string> silent;
  {
    const MutexLock lock(mutex_);
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
