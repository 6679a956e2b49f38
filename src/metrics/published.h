#ifndef HINOMI_METRICS_PUBLISHED_H_
#define HINOMI_METRICS_PUBLISHED_H_

#include <span>
#include <string_view>

#include "base/metric_table.h"

namespace hinomi::metrics {

/// Metrics of one source.
struct MetricGroup {
  std::string_view title;
  std::string_view about;  ///< One sentence.
  std::span<const MetricRow> rows;
};

/// Everything that Hinomi itself puts into its store, beside its own metrics
/// (OwnMetrics): the host, probes, scrapes, services and their balancer. What
/// scraped pages and senders bring has its own names. Tests hold the samplers
/// to it.
std::span<const MetricGroup> PublishedMetrics();

/// The row of a metric in any group, or null.
const MetricRow* FindPublished(std::string_view name);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PUBLISHED_H_
