#include "metrics/scrape_report.h"

#include "metrics/impl/sample_taker.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {

ReportSeries::ReportSeries(const Labels& target) {
  static constexpr std::array<std::string_view, kCount> kNames = {
      "up", "scrape_duration_seconds", "scrape_samples_scraped",
      "scrape_samples_post_metric_relabeling", "scrape_series_added"};
  for (size_t i = 0; i < kCount; ++i) {
    Labels labels = target;
    labels.Set("__name__", kNames[i]);
    AppendLabelBytes(labels, label_bytes_[i]);
  }
}

void ReportSeries::AddValues(const std::array<double, kCount>& values, Instant at,
                             RawBatch& batch) const {
  for (size_t i = 0; i < kCount; ++i) AddSample(label_bytes_[i], {at.millis(), values[i]}, batch);
}

void ReportSeries::Add(const ScrapeReport& report, Instant at, RawBatch& batch) const {
  AddValues(
      {report.up ? 1.0 : 0.0, report.duration.ToSeconds(), static_cast<double>(report.scraped),
       static_cast<double>(report.post_relabeling), static_cast<double>(report.added)},
      at, batch);
}

void ReportSeries::AddMarkers(Instant at, RawBatch& batch) const {
  std::array<double, kCount> markers;
  markers.fill(StaleMarker());
  AddValues(markers, at, batch);
}

}  // namespace hinomi::metrics
