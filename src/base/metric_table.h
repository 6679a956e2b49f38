#ifndef HINOMI_BASE_METRIC_TABLE_H_
#define HINOMI_BASE_METRIC_TABLE_H_

#include <span>
#include <string_view>

namespace hinomi {

enum class MetricKind { kCounter, kGauge };
std::string_view MetricKindName(MetricKind type);  ///< "counter", "gauge": as in # TYPE.

/// What stands in # HELP and # TYPE of a metric, and in the guide's reference.
struct MetricRow {
  std::string_view name;  ///< One "*" stands for what the kernel or a field names.
  MetricKind type;
  std::string_view unit;    ///< "seconds", "bytes", "percent"; "" for a plain number.
  std::string_view labels;  ///< Comma-separated; "" for none.
  std::string_view help;
};

/// The metrics about Hinomi itself, by name: all that /metrics can show. What
/// it measures of others stands in metrics/published.h.
std::span<const MetricRow> OwnMetrics();

/// The row of a metric, or null.
const MetricRow* FindMetric(std::span<const MetricRow> rows, std::string_view name);

}  // namespace hinomi

#endif  // HINOMI_BASE_METRIC_TABLE_H_
