#ifndef HINOMI_POLICY_ALARM_RULE_H_
#define HINOMI_POLICY_ALARM_RULE_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hinomi::policy {

/// What a composite alarm says about other alarms, in CloudWatch's language (API reference,
/// PutCompositeAlarm): `ALARM(a) AND (NOT OK("b c") OR AT_LEAST(2, ALARM, (d, e, f)))`.
struct AlarmRule {
  enum class Kind { kTrue, kFalse, kState, kNot, kAnd, kOr, kAtLeast };
  Kind kind = Kind::kTrue;
  /// Of kState and kAtLeast: "OK", "ALARM" or "INSUFFICIENT_DATA".
  std::string state;
  bool negated = false;  ///< Of kAtLeast: those that are *not* in the state count.
  /// Of kAtLeast: so many of the alarms, or so many per cent of them.
  double least = 0;
  bool per_cent = false;
  std::vector<std::string> alarms;  ///< Of kState one, of kAtLeast at least one.
  std::vector<AlarmRule> operands;  ///< Of kNot one, of kAnd and kOr two or more.

  bool operator==(const AlarmRule&) const = default;
};

/// CloudWatch's bounds.
inline constexpr size_t kLongestAlarmRule = 10'240;  ///< Bytes.
inline constexpr size_t kMostAlarmsOfRule = 100;

/// Alarms are named, or given by their ARN. Errors: kInvalidArgument, "1:5: expected …".
Result<AlarmRule> ParseAlarmRule(std::string_view text);
/// In the canonical form, which gives the same rule again.
std::string FormatAlarmRule(const AlarmRule& rule);
/// The names of all alarms in it.
std::set<std::string> AlarmsOf(const AlarmRule& rule);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_ALARM_RULE_H_
