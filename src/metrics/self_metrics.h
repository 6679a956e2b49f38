#ifndef HINOMI_METRICS_SELF_METRICS_H_
#define HINOMI_METRICS_SELF_METRICS_H_

#include <vector>

#include "base/clock.h"
#include "base/telemetry.h"
#include "metrics/scrape_page.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// Hinomi's own metrics as samples for its own store, so that it can be asked
/// and watched like any target. Threads: one at a time.
class SelfMetrics {
 public:
  /// `target` (job, instance) goes on every series. `telemetry` must outlive it.
  SelfMetrics(const Telemetry& telemetry, Labels target);
  std::vector<WriteSeries> Collect(Instant at);

 private:
  const Telemetry& telemetry_;
  PageReader reader_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SELF_METRICS_H_
