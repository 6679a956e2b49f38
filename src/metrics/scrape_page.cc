#include "metrics/scrape_page.h"

namespace hinomi::metrics {
namespace {

/// The page's labels joined with the target's.
Labels Join(const Labels& scraped, const PageOptions& options) {
  Labels joined = scraped;
  for (const auto& [name, value] : options.target.pairs()) {
    const std::string theirs(scraped.Get(name));
    if (!theirs.empty() && options.honor_labels) continue;
    if (!theirs.empty()) {
      std::string renamed = "exported_" + name;
      while (!joined.Get(renamed).empty()) renamed = "exported_" + renamed;
      joined.Set(renamed, theirs);
    }
    joined.Set(name, value);
  }
  return joined;
}

}  // namespace

Result<PageSamples> SamplesOfPage(std::string_view page, ExpositionFormat format,
                                  const PageOptions& options, const std::set<Labels>& previous,
                                  Instant at) {
  HN_TRY(Exposition exposition, ParseExposition(page, format, options.rules, options.sample_limit));
  PageSamples result;
  result.metadata = std::move(exposition.metadata);
  result.scraped = exposition.samples.size();
  std::set<std::pair<Labels, int64_t>> seen;
  for (ExposedSample& sample : exposition.samples) {
    const bool own_time = options.honor_timestamps && sample.at_ms.has_value();
    const int64_t at_ms = own_time ? *sample.at_ms : at.millis();
    Labels labels = Join(sample.labels, options);
    // Of a sample that stands twice the first one counts.
    if (!seen.emplace(labels, at_ms).second) continue;
    if (!own_time && result.live.insert(labels).second && !previous.contains(labels))
      ++result.added;
    result.series.push_back({std::move(labels), {{at_ms, sample.value}}});
  }
  for (const Labels& labels : previous)
    if (!result.live.contains(labels))
      result.series.push_back({labels, {{at.millis(), StaleMarker()}}});
  return result;
}

std::vector<WriteSeries> StaleMarkers(const std::set<Labels>& series, Instant at) {
  std::vector<WriteSeries> markers;
  markers.reserve(series.size());
  for (const Labels& labels : series) markers.push_back({labels, {{at.millis(), StaleMarker()}}});
  return markers;
}

std::vector<WriteSeries> ReportSamples(const ScrapeReport& report, const Labels& target,
                                       Instant at) {
  std::vector<WriteSeries> series;
  const auto add = [&](std::string_view name, double value) {
    Labels labels = target;
    labels.Set("__name__", name);
    series.push_back({std::move(labels), {{at.millis(), value}}});
  };
  add("up", report.up ? 1 : 0);
  add("scrape_duration_seconds", report.duration.ToSeconds());
  add("scrape_samples_scraped", static_cast<double>(report.scraped));
  add("scrape_samples_post_metric_relabeling", static_cast<double>(report.post_relabeling));
  add("scrape_series_added", static_cast<double>(report.added));
  return series;
}

}  // namespace hinomi::metrics
