#ifndef HINOMI_METRICS_STATISTIC_H_
#define HINOMI_METRICS_STATISTIC_H_

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hinomi::metrics {

/// How the samples of a period become one value: CloudWatch's statistics (CloudWatch User
/// Guide, "Statistics definitions"), worked out from the samples themselves.
struct Statistic {
  enum class Kind {
    kAverage,
    kSum,
    kMinimum,
    kMaximum,
    kSampleCount,
    kPercentile,      ///< p95: linear between the nearest samples.
    kTrimmedMean,     ///< tm90, TM(5%:95%), IQM
    kTrimmedCount,    ///< tc90, TC(100:2000)
    kTrimmedSum,      ///< ts90, TS(:80%)
    kWinsorizedMean,  ///< wm90, WM(10%:90%)
    kPercentileRank,  ///< PR(:300)
  };
  Kind kind = Kind::kAverage;
  double percentile = 0;  ///< Of kPercentile, 0 to 100.
  /// Of the trimmed ones and of ranks. Nothing: no bound on that side.
  std::optional<double> low;
  std::optional<double> high;
  /// The bounds are per cent of the samples in the order of their size, else values of which
  /// the lower one is left out and the upper one taken in.
  bool by_share = false;

  /// CloudWatch's names, "p99.9", "tm95" and "TC(0.005:0.030)" among them. Else kInvalidArgument
  /// with what is known.
  static Result<Statistic> Parse(std::string_view name);

  /// True for those that CloudWatch calls percentiles: they need many samples to mean anything.
  bool is_percentile() const { return kind == Kind::kPercentile; }

  /// The value of a period with these samples, at least one, none NaN; they are sorted where that
  /// is needed. Nothing where the bounds leave none to take the mean of. A sample of which the
  /// bounds cut off a part counts with the rest: `IQM` of five samples is made of 2.5.
  std::optional<double> Of(std::vector<double>& samples) const;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_STATISTIC_H_
