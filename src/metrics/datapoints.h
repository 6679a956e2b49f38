#ifndef HINOMI_METRICS_DATAPOINTS_H_
#define HINOMI_METRICS_DATAPOINTS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// Average, Sum, Minimum, Maximum, SampleCount or a percentile.
struct Statistic {
  enum class Kind { kAverage, kSum, kMinimum, kMaximum, kSampleCount, kPercentile };
  Kind kind = Kind::kAverage;
  double percentile = 0;  ///< 0 to 100.

  /// CloudWatch's names, "p95" and "p99.9" among them. Else kInvalidArgument.
  static Result<Statistic> Parse(std::string_view name);
};

/// Which datapoints an alarm looks at.
struct DatapointQuery {
  std::string metric;
  /// All of a series' labels besides its name. The labels job and instance do
  /// not count unless they are named here: several instances that publish
  /// under one set of dimensions are one metric.
  std::map<std::string, std::string> dimensions;
  Statistic statistic;
  Duration period = Duration::Seconds(60);
  Instant end;    ///< Exclusive.
  int count = 1;  ///< How many periods back from `end`.
};

/// One value for each period, the oldest first; nothing for a period without
/// samples. Periods are counted back from `end` (not aligned to the clock),
/// their start inclusive, their end exclusive. Values are taken as they are
/// stored: counters are not turned into rates. Stale markers and NaN do not
/// count. Percentiles are interpolated linearly between the nearest samples.
Result<std::vector<std::optional<double>>> ReadDatapoints(const Queryable& source,
                                                          const DatapointQuery& query);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_DATAPOINTS_H_
