#ifndef HINOMI_ALARMS_IMPL_REASONS_H_
#define HINOMI_ALARMS_IMPL_REASONS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ops_model/event.h"
#include "policy/documents.h"

/// The sentences that CloudWatch gives as the reason of a state.
namespace hinomi::alarms::impl {

/// "21.5", "10.0": a double always shows that it is one.
std::string DoubleText(double value);
/// A bound of a band with as many digits as somebody can use: "17.3829".
std::string BoundText(double bound);
/// "24/11/26 03:12:00": day, month, year, in UTC.
std::string PointTime(Instant t);

/// "Threshold Crossed: 2 out of the last 3 datapoints […] were …". `shown` are
/// the points that speak for the new state, newest first; `missing` were filled. With a band:
/// "… were less than the lower thresholds [1, 2] or greater than the upper thresholds [7, 8]".
std::string ThresholdReason(const policy::AlarmDocument& alarm, bool to_alarm,
                            std::span<const ops_model::Datapoint> shown, int missing);
/// "Threshold Crossed: no datapoints were received for 2 periods and …".
std::string NothingReceivedReason(const policy::AlarmDocument& alarm);
/// The same where some points came but only the filled ones speak for the state.
std::string FilledReason(const policy::AlarmDocument& alarm, int missing);
/// "Insufficient Data: 2 datapoints were unknown."
std::string InsufficientReason(int unknown);
/// "Insufficient Data: 1 datapoint has no band to be held against: too little data: …". `why` may
/// be "".
std::string NoBandReason(int values, std::string_view why);

/// "The rule ALARM("a") OR ALARM("b") is true: b is ALARM." `cause` may be "".
std::string RuleReason(const policy::AlarmDocument& alarm, bool holds, const std::string& cause,
                       ops_model::AlarmState state_of_cause);
/// "Too few samples: a period has 12 samples, p99 needs 1000."
std::string LowSamplesReason(const policy::AlarmDocument& alarm, uint64_t samples, uint64_t needed);

}  // namespace hinomi::alarms::impl

#endif  // HINOMI_ALARMS_IMPL_REASONS_H_
