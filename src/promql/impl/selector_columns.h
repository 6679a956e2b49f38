#ifndef HINOMI_PROMQL_IMPL_SELECTOR_COLUMNS_H_
#define HINOMI_PROMQL_IMPL_SELECTOR_COLUMNS_H_

#include <optional>

#include "metrics/model.h"
#include "promql/impl/remarks.h"

namespace hinomi::promql {

// What selectors do with the columns that the store gave.

/// Stale markers are numbers, in series of histograms too.
inline bool IsStale(const metrics::SeriesColumns& columns, size_t i) {
  return metrics::IsStaleMarker(columns.values[i]) && !metrics::IsHistogram(columns, i);
}

void DropStale(metrics::SeriesColumns& columns);
/// Leaves count and sum of each histogram, and what its buckets say of a reset since
/// the one before: the reader will not see them.
void KeepStatistics(metrics::SeriesColumns& columns);
/// The value between the neighbours of a time, `after` being the first sample behind
/// it: for smoothed instant selectors. Nothing where there is none to the left. Without
/// stale markers.
std::optional<Cell> SmoothedAt(const metrics::SeriesColumns& columns, size_t after, int64_t when_ms,
                               int64_t lookback_ms, SeriesRemarks& remarks);
/// The same histogram; whether the counter was reset since the sample before is
/// forgotten: a subquery may have skipped samples, or returns one twice.
NativeHistogramPtr WithoutResetHint(NativeHistogramPtr histogram);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_SELECTOR_COLUMNS_H_
