#ifndef HINOMI_APP_METRIC_POINTS_H_
#define HINOMI_APP_METRIC_POINTS_H_

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metric_math/metric_math.h"
#include "metrics/datapoints.h"
#include "metrics/storage.h"
#include "policy/documents.h"

/// The metrics of alarms out of the metrics store.
namespace hinomi::app {

using PeriodValues = std::vector<std::optional<metrics::PeriodValue>>;

/// Which series are meant.
metrics::DatapointQuery SeriesOf(const policy::MetricQueryDocument& wanted);

/// One value for each period between the edges, the oldest first. Long times are read part by
/// part: what is in memory at a time is one part.
Result<PeriodValues> ReadMetric(const metrics::Queryable& source,
                                const policy::MetricQueryDocument& wanted,
                                const std::vector<Instant>& edges);

/// All metrics of an alarm that has expressions, for these periods, which are equally long; without
/// a source of bands.
Result<metric_math::Input> ReadMathInput(const metrics::Queryable& source,
                                         const policy::AlarmDocument& alarm,
                                         const std::vector<Instant>& edges);

}  // namespace hinomi::app

#endif  // HINOMI_APP_METRIC_POINTS_H_
