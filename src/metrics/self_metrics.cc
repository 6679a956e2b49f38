#include "metrics/self_metrics.h"

#include <utility>

namespace hinomi::metrics {
namespace {

PageOptions ForSelf(Labels target) {
  PageOptions options;
  options.target = std::move(target);
  return options;
}

}  // namespace

SelfMetrics::SelfMetrics(const Telemetry& telemetry, Labels target)
    : telemetry_(telemetry), reader_(ForSelf(std::move(target))) {}

std::vector<WriteSeries> SelfMetrics::Collect(Instant at) {
  const auto page = reader_.Read(telemetry_.Expose(), ExpositionFormat::kText, at);
  if (!page) return {};  // Only if our own exposition were broken; its test would tell.
  auto series = Expand(page->batch);
  reader_.Stored();
  return series ? *std::move(series) : std::vector<WriteSeries>();
}

}  // namespace hinomi::metrics
