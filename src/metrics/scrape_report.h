#ifndef HINOMI_METRICS_SCRAPE_REPORT_H_
#define HINOMI_METRICS_SCRAPE_REPORT_H_

#include <array>
#include <cstddef>
#include <string>

#include "base/clock.h"
#include "metrics/model.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// What is known of a scrape itself.
struct ScrapeReport {
  bool up = false;
  Duration duration;
  size_t scraped = 0;
  size_t post_relabeling = 0;
  size_t added = 0;
};

/// A target's `up`, scrape_duration_seconds, scrape_samples_scraped,
/// scrape_samples_post_metric_relabeling and scrape_series_added.
class ReportSeries {
 public:
  explicit ReportSeries(const Labels& target);
  /// Adds them to a batch, which borrows their label bytes.
  void Add(const ScrapeReport& report, Instant at, RawBatch& batch) const;
  void AddMarkers(Instant at, RawBatch& batch) const;

 private:
  static constexpr size_t kCount = 5;
  void AddValues(const std::array<double, kCount>& values, Instant at, RawBatch& batch) const;
  std::array<std::string, kCount> label_bytes_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_SCRAPE_REPORT_H_
