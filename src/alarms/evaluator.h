#ifndef HINOMI_ALARMS_EVALUATOR_H_
#define HINOMI_ALARMS_EVALUATOR_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ops_model/event.h"
#include "policy/documents.h"

/// How Amazon CloudWatch decides an alarm's state from its points (CloudWatch
/// User Guide, "Using Amazon CloudWatch alarms"). Pure.
namespace hinomi::alarms {

/// How many points, present or missing, are looked at to fill `evaluation_periods`
/// of them with real ones. The guide gives one figure, 5 for 3.
constexpr int EvaluationRange(int evaluation_periods) {
  return evaluation_periods + std::max(2, evaluation_periods / 3);
}

/// How many periods an evaluation of the alarm reads.
inline int PeriodsLookedAt(const policy::AlarmDocument& alarm) {
  return std::max(EvaluationRange(alarm.evaluation_periods), alarm.look_back);
}

/// How many samples a period needs for its percentile to mean something, as CloudWatch has it:
/// p99 1,000, p50 20, p10 100. 0 for other statistics, and for p0 and p100.
uint64_t SamplesNeeded(std::string_view statistic);

/// True if the point's value stands to the threshold, or to the point's own band, as the operator
/// says (value left). A point without a value, or without a band where the alarm has one, does not.
bool Breaches(const policy::AlarmDocument& alarm, const ops_model::Datapoint& point);

struct Verdict {
  /// Nothing: the state stays as it is.
  std::optional<ops_model::AlarmState> state;
  std::string reason;       ///< CloudWatch's wording, with values.
  std::string reason_code;  ///< "threshold_crossed", "threshold_not_crossed", "no_data",
                            ///< "missing_data_breaching", "missing_data_not_breaching",
                            ///< "missing_data_ignored", "too_few_datapoints",
                            ///< "too_few_samples", "no_band".
};

/// `newest_first`: one point for each period of the evaluation range; where
/// there are fewer, the older ones count as missing, more are not looked at.
/// A value that is not a number counts as missing, and so does one without a band where the alarm
/// has one; beside such a one nothing is filled in for points that are missing. If it is true of
/// all values there are, nothing is known, whatever the alarm's mode says of missing data;
/// `no_band` is why, for the reason.
Verdict Evaluate(const policy::AlarmDocument& alarm,
                 std::span<const ops_model::Datapoint> newest_first, std::string_view no_band = "");

/// The state alone, without its words: for who looks at many alarms of which few have moved.
std::optional<ops_model::AlarmState> StateFrom(const policy::AlarmDocument& alarm,
                                               std::span<const ops_model::Datapoint> newest_first);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_EVALUATOR_H_
