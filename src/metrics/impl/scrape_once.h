#ifndef HINOMI_METRICS_IMPL_SCRAPE_ONCE_H_
#define HINOMI_METRICS_IMPL_SCRAPE_ONCE_H_

#include <set>
#include <string>

#include "base/clock.h"
#include "base/telemetry.h"
#include "metrics/impl/scrape_targets.h"
#include "metrics/scrape.h"

namespace hinomi::metrics {

/// What a target's scrapes hand on to the next one.
struct TargetMemory {
  std::set<Labels> live;  ///< Series that need a marker when they vanish.
  bool reported = false;  ///< `up` and its kin have been written.
};

/// How one scrape went, for people.
struct ScrapeOutcome {
  bool up = false;
  Instant at;
  Duration duration;
  size_t samples = 0;
  std::string error;
};

/// Fetches, reads and stores one page. `memory` belongs to the target.
/// Failures are counted in hinomi_scrape_failures_total by reason.
class PageScraper {
 public:
  PageScraper(Appender& appender, const Clock& clock, Telemetry& telemetry, FetchFunction fetch,
              ExpositionRules rules)
      : appender_(appender),
        clock_(clock),
        telemetry_(telemetry),
        fetch_(std::move(fetch)),
        rules_(rules) {}

  ScrapeOutcome Scrape(const ScrapeJob& job, const ScrapeTarget& target, TargetMemory& memory);
  /// Stale markers for all that the target wrote.
  void Retire(const ScrapeTarget& target, TargetMemory& memory);

 private:
  void CountFailure(std::string_view reason);

  Appender& appender_;
  const Clock& clock_;
  Telemetry& telemetry_;
  FetchFunction fetch_;
  ExpositionRules rules_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SCRAPE_ONCE_H_
