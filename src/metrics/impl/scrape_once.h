#ifndef HINOMI_METRICS_IMPL_SCRAPE_ONCE_H_
#define HINOMI_METRICS_IMPL_SCRAPE_ONCE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/telemetry.h"
#include "metrics/impl/scrape_request.h"
#include "metrics/impl/scrape_targets.h"
#include "metrics/scrape.h"
#include "metrics/scrape_page.h"
#include "metrics/scrape_report.h"

namespace hinomi::metrics {

/// What a target's scrapes hand on to the next one.
struct TargetMemory {
  TargetMemory(const ScrapeJob& job, const ScrapeTarget& target, const ScraperOptions& options);
  ScrapeRequest request;
  std::string refusal;  ///< Why the target is never asked, "" where it is.
  std::optional<ExpositionFormat> fallback_format;
  PageReader reader;
  ReportSeries report;
  bool reported = false;  ///< `up` and its kin have been written.
};

/// How one scrape went, for people.
struct ScrapeOutcome {
  bool up = false;
  Instant at;
  Duration duration;
  size_t samples = 0;
  std::string error;
  /// A word for it: configuration target_limit timeout unreachable too_large fetch status
  /// redirect parse sample_limit label_limit; storage, though the target is up. "" without
  /// an error.
  std::string reason;
};

/// When a scrape began.
struct ScrapeBegun {
  Instant at;
  Duration monotonic;
};

/// Fetches, reads and stores one page. `memory` belongs to the target.
/// Failures are counted in hinomi_scrape_failures_total by reason.
class PageScraper {
 public:
  PageScraper(Appender& appender, const Clock& clock, Telemetry& telemetry, Files& files,
              FetchFunction fetch, SendFunction send)
      : appender_(appender),
        clock_(clock),
        telemetry_(telemetry),
        files_(files),
        fetch_(std::move(fetch)),
        send_(std::move(send)) {}

  ScrapeOutcome Scrape(TargetMemory& memory);
  ScrapeBegun Begin() const { return {clock_.Now(), clock_.Monotonic()}; }
  /// The same in two steps: the request is on its way and `Finish` wants its answer. Null where
  /// only `Scrape` can do it.
  std::unique_ptr<http::PendingAnswer> Send(TargetMemory& memory);
  ScrapeOutcome Finish(TargetMemory& memory, const ScrapeBegun& begun,
                       Result<http::ClientResponse> answer);
  /// Stale markers for all that the target wrote.
  void Retire(TargetMemory& memory);

 private:
  struct Failure {
    std::string_view reason;  ///< Of `ScrapeOutcome`.
    std::string message;
  };
  /// What keeps the exchange from being a page; its reason is "" where nothing does.
  static Failure FailureOf(const TargetMemory& memory, const Result<http::ClientResponse>& answer);
  /// Its samples, or none with the failure filled in.
  static PageSamples Read(TargetMemory& memory, Instant at, const http::ClientResponse& page,
                          Failure& failure);
  void CountFailure(std::string_view reason);

  Appender& appender_;
  const Clock& clock_;
  Telemetry& telemetry_;
  Files& files_;
  FetchFunction fetch_;
  SendFunction send_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SCRAPE_ONCE_H_
