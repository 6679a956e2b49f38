#ifndef HINOMI_METRICS_DATAPOINTS_H_
#define HINOMI_METRICS_DATAPOINTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/statistic.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// A label that names the unit of what a series measures ("Seconds"), where its sender tells it.
inline constexpr const char* kUnitLabel = "Unit";

/// Which datapoints an alarm looks at.
struct DatapointQuery {
  std::string metric;
  /// All of a series' labels besides its name. The labels job, instance and Unit do
  /// not count unless they are named here: several instances that publish
  /// under one set of dimensions are one metric.
  std::map<std::string, std::string> dimensions;
  /// Series of another unit are other streams; "": all. A series that names none may be of any.
  std::string unit;
  Statistic statistic;
  /// Where the periods begin and end, ascending, at least two: each period has its start and
  /// not its end.
  std::vector<Instant> edges;
};

struct PeriodValue {
  double value = 0;
  uint64_t samples = 0;  ///< From which it was made; at least one.
  bool operator==(const PeriodValue&) const = default;
};

/// One value for each period, the oldest first; nothing for a period without
/// samples. Values are taken as they are stored: counters are not turned into
/// rates. Stale markers and NaN do not count.
Result<std::vector<std::optional<PeriodValue>>> ReadDatapoints(const Queryable& source,
                                                               const DatapointQuery& query);

/// When samples of these series were taken, `from` and `to` inclusive, ascending, each time once.
/// Statistic and edges do not matter.
Result<std::vector<Instant>> ReadSampleTimes(const Queryable& source, const DatapointQuery& query,
                                             Instant from, Instant to);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_DATAPOINTS_H_
