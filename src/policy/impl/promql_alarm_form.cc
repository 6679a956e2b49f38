#include "policy/impl/promql_alarm_form.h"

#include "policy/impl/alert_forms.h"

/// PromQL alarms: CloudWatch's EvaluationCriteria.PromQLCriteria and EvaluationInterval
/// (PutMetricAlarm), under the names that Prometheus' rules have.
namespace hinomi::policy::impl {
namespace {

using yaml::PathKey;

/// CloudWatch's bounds.
constexpr size_t kLongestExpression = 10'000;
constexpr Duration kLongestHold = Duration::Days(1);
constexpr Duration kLongestInterval = Duration::Hours(1);

void CheckInterval(Reader& reader, const yaml::Node&, const std::string& path,
                   AlarmDocument& alarm) {
  const int64_t seconds = alarm.evaluation_interval.seconds();
  const bool whole = Duration::Seconds(seconds) == alarm.evaluation_interval;
  const bool is_short = seconds == 10 || seconds == 20 || seconds == 30;
  const bool minutes = seconds >= 60 && seconds % 60 == 0;
  if (whole && (is_short || minutes) && alarm.evaluation_interval <= kLongestInterval) return;
  const std::string at = PathKey(path, "evaluationInterval");
  reader.Mistake(reader.PlaceOf(at), at,
                 "expected an interval of 10s, 20s, 30s or whole minutes up to 1h, got " +
                     FormatDuration(alarm.evaluation_interval));
}

void CheckExpression(Reader& reader, const yaml::Node& node, const std::string& path,
                     AlarmDocument& alarm) {
  for (const char* key : {"labels", "annotations"})
    CheckAlertTexts(reader, node.Find(key), PathKey(path, key), alarm.name);
  if (alarm.expr.size() <= kLongestExpression) return;
  const std::string at = PathKey(path, "expr");
  reader.Mistake(reader.PlaceOf(at), at,
                 "the expression has " + std::to_string(alarm.expr.size()) +
                     " characters, more than " + std::to_string(kLongestExpression) +
                     "; record a part of it with a rule");
}

}  // namespace

void AddPromqlKeys(Record<AlarmDocument>& form) {
  using A = AlarmDocument;
  form.Optional("expr", &A::expr, PromqlText(),
                "a PromQL expression instead of a metric: each series that it gives is in ALARM")
      .Optional("for", &A::hold, Time({.most = kLongestHold}),
                "so long a series must be given before it is in ALARM")
      .Optional("keepFiringFor", &A::keep_firing_for, Time({.most = kLongestHold}),
                "so long a series stays in ALARM when it is given no more")
      .Optional("evaluationInterval", &A::evaluation_interval,
                Time({.least = Duration::Seconds(10), .bare_seconds = true}),
                "how often the expression is evaluated: 10s, 20s, 30s or whole minutes")
      .Optional("labels", &A::labels, TextMap(), "set on every series; templates")
      .Optional("annotations", &A::annotations, TextMap(),
                "texts for people, e.g. summary; templates as in Prometheus' rule files")
      .Optional("maxContributors", &A::max_contributors, Integer(1, 100'000),
                "with more series the alarm cannot be evaluated");
  form.Then({"evaluationInterval"}, CheckInterval);
  form.Then({"expr", "labels", "annotations"}, CheckExpression);
}

}  // namespace hinomi::policy::impl
