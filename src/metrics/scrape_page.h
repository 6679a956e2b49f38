#ifndef HINOMI_METRICS_SCRAPE_PAGE_H_
#define HINOMI_METRICS_SCRAPE_PAGE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/exposition.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// How the labels and times of a page are taken.
struct PageOptions {
  Labels target;  ///< job, instance and what the configuration adds.
  /// True: the page's labels win. False: a label of the page that the target
  /// has as well is renamed to exported_LABEL.
  bool honor_labels = false;
  bool honor_timestamps = true;
  size_t sample_limit = 0;  ///< 0: none. More is kExhausted.
  ExpositionRules rules = ExpositionRules::kLenient;
};

/// What one scrape gives to the store.
struct PageSamples {
  std::vector<WriteSeries> series;  ///< The page's samples, then markers for what vanished.
  std::map<std::string, Metadata> metadata;
  /// The series that the next page has to go on with: those without a time of
  /// their own. A page's own times mean that it knows when a series ends.
  std::set<Labels> live;
  size_t scraped = 0;  ///< Samples on the page.
  size_t added = 0;    ///< Series that the page before did not have.
};

/// One page, after `previous`, taken at `at`. A page that cannot be read is an
/// error as a whole.
Result<PageSamples> SamplesOfPage(std::string_view page, ExpositionFormat format,
                                  const PageOptions& options, const std::set<Labels>& previous,
                                  Instant at);

/// A stale marker for each series: the target failed or is gone.
std::vector<WriteSeries> StaleMarkers(const std::set<Labels>& series, Instant at);

/// What is known of a scrape itself.
struct ScrapeReport {
  bool up = false;
  Duration duration;
  size_t scraped = 0;
  size_t post_relabeling = 0;
  size_t added = 0;
};

/// `up`, scrape_duration_seconds, scrape_samples_scraped,
/// scrape_samples_post_metric_relabeling and scrape_series_added.
std::vector<WriteSeries> ReportSamples(const ScrapeReport& report, const Labels& target,
                                       Instant at);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPE_PAGE_H_
