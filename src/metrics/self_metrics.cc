#include "metrics/self_metrics.h"

#include "metrics/scrape_page.h"

namespace hinomi::metrics {

std::vector<WriteSeries> SelfMetrics::Collect(Instant at) {
  PageOptions options;
  options.target = target_;
  auto page = SamplesOfPage(telemetry_.Expose(), ExpositionFormat::kText, options, live_, at);
  if (!page) return {};  // Only if our own exposition were broken; its test would tell.
  live_ = std::move(page->live);
  return std::move(page->series);
}

}  // namespace hinomi::metrics
