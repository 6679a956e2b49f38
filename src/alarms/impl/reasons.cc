#include "alarms/impl/reasons.h"

#include <cstdio>
#include <cstdlib>

#include "base/strings.h"

namespace hinomi::alarms::impl {
namespace {

std::string_view Relation(policy::Comparison comparison) {
  switch (comparison) {
    case policy::Comparison::kGreaterThanOrEqual:
      return "greater than or equal to";
    case policy::Comparison::kGreaterThan:
      return "greater than";
    case policy::Comparison::kLessThan:
      return "less than";
    case policy::Comparison::kLessThanOrEqual:
      return "less than or equal to";
    case policy::Comparison::kOutsideBand:
    case policy::Comparison::kBelowBand:
    case policy::Comparison::kAboveBand:
      break;
  }
  return "";
}

std::string Bounds(std::span<const ops_model::Datapoint> points, double ops_model::Band::* bound) {
  std::string text;
  for (const ops_model::Datapoint& point : points) {
    if (!text.empty()) text += ", ";
    text += point.band ? BoundText(*point.band.*bound) : "-";
  }
  return "[" + text + "]";
}

/// "greater than the threshold (80.0)", "less than the lower thresholds [1.5, 1.6]".
std::string Limit(const policy::AlarmDocument& alarm, std::span<const ops_model::Datapoint> shown) {
  if (!alarm.has_band())
    return std::string(Relation(alarm.comparison)) + " the threshold (" +
           DoubleText(alarm.threshold) + ")";
  const std::string lower =
      "less than the lower thresholds " + Bounds(shown, &ops_model::Band::lower);
  const std::string upper =
      "greater than the upper thresholds " + Bounds(shown, &ops_model::Band::upper);
  if (alarm.comparison == policy::Comparison::kBelowBand) return lower;
  return alarm.comparison == policy::Comparison::kAboveBand ? upper : lower + " or " + upper;
}

std::string Count(int n, std::string_view what) {
  return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

std::string FilledText(const policy::AlarmDocument& alarm, int missing) {
  const bool breaching = alarm.treat_missing_data == policy::MissingData::kBreaching;
  return Count(missing, "missing datapoint") + (missing == 1 ? " was" : " were") + " treated as [" +
         (breaching ? "Breaching" : "NonBreaching") + "]";
}

}  // namespace

std::string DoubleText(double value) {
  std::string text = FormatDouble(value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string BoundText(double bound) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.6g", bound);
  return DoubleText(std::strtod(digits, nullptr));
}

std::string PointTime(Instant t) {
  const std::string iso = FormatRfc3339(t);  // 2026-11-24T03:12:04Z
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(2, 2) + " " +
         iso.substr(11, 8);
}

std::string ThresholdReason(const policy::AlarmDocument& alarm, bool to_alarm,
                            std::span<const ops_model::Datapoint> shown, int missing) {
  std::string values;
  for (const ops_model::Datapoint& point : shown) {
    if (!values.empty()) values += ", ";
    values += DoubleText(point.value.value_or(0)) + " (" + PointTime(point.at) + ")";
  }
  const auto count = static_cast<int>(shown.size());
  const int n = alarm.evaluation_periods;
  std::string text = alarm.has_band() ? "Thresholds Crossed: " : "Threshold Crossed: ";
  if (n == 1 || missing > 0)
    text += Count(count, "datapoint");
  else
    text += std::to_string(count) + " out of the last " + Count(n, "datapoint");
  text += " [" + values + "] " + (count == 1 ? "was" : "were") + (to_alarm ? " " : " not ") +
          Limit(alarm, shown);
  if (missing > 0) {
    text += " and " + FilledText(alarm, missing);
  } else if (n > 1) {
    // N - M + 1 good points leave fewer than M bad ones.
    const int least = to_alarm ? alarm.datapoints_to_alarm : n - alarm.datapoints_to_alarm + 1;
    text += " (minimum " + Count(least, "datapoint") + " for " +
            (to_alarm ? "OK -> ALARM" : "ALARM -> OK") + " transition)";
  }
  return text + ".";
}

std::string NothingReceivedReason(const policy::AlarmDocument& alarm) {
  const int n = alarm.evaluation_periods;
  return "Threshold Crossed: no datapoints were received for " + Count(n, "period") + " and " +
         FilledText(alarm, n) + ".";
}

std::string FilledReason(const policy::AlarmDocument& alarm, int missing) {
  return "Threshold Crossed: " + FilledText(alarm, missing) + ".";
}

std::string InsufficientReason(int unknown) {
  return "Insufficient Data: " + Count(unknown, "datapoint") + (unknown == 1 ? " was" : " were") +
         " unknown.";
}

std::string NoBandReason(int values, std::string_view why) {
  std::string reason = "Insufficient Data: " + Count(values, "datapoint") +
                       (values == 1 ? " has" : " have") + " no band to be held against";
  if (!why.empty()) reason += ": " + std::string(why);
  return reason + ".";
}

std::string RuleReason(const policy::AlarmDocument& alarm, bool holds, const std::string& cause,
                       ops_model::AlarmState state_of_cause) {
  std::string reason = "The rule " + alarm.rule + " is " + (holds ? "true" : "false");
  if (!cause.empty())
    reason += ": " + cause + " is " + std::string(ops_model::AlarmStateName(state_of_cause));
  return reason + ".";
}

std::string LowSamplesReason(const policy::AlarmDocument& alarm, uint64_t samples,
                             uint64_t needed) {
  return "Too few samples: a period has " + std::to_string(samples) + ", " + alarm.statistic +
         " needs " + std::to_string(needed) + ".";
}

}  // namespace hinomi::alarms::impl
