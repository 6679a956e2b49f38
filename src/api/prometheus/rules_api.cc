// /api/v1/rules and alerts in Prometheus' shapes: the metric alarms of the ops folder, and what is
// evaluated as rules: groups of Prometheus' rule files and PromQL alarms.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/impl/metric_names.h"
#include "api/prometheus/server_api.h"
#include "base/strings.h"
#include "metrics/datapoints.h"

namespace hinomi::api {
namespace {

using alarms::AlarmStatus;
using ops_model::AlarmState;
using policy::AlarmDocument;

constexpr const char* kGroup = "alarms";
constexpr const char* kFile = "alarms.yml";
// What Go writes for a time that is not known.
constexpr const char* kNeverEvaluated = "0001-01-01T00:00:00Z";

/// As Go's strconv.FormatFloat(value, 'e', -1, 64) writes it: "9.15e+01".
std::string InExponents(double value) {
  if (!std::isfinite(value)) return FormatDouble(value);
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  return {text.data(), end.ptr};
}

std::string_view ComparisonSign(policy::Comparison comparison) {
  switch (comparison) {
    case policy::Comparison::kGreaterThanOrEqual:
      return ">=";
    case policy::Comparison::kGreaterThan:
      return ">";
    case policy::Comparison::kLessThan:
      return "<";
    case policy::Comparison::kLessThanOrEqual:
    case policy::Comparison::kOutsideBand:  // PromQL knows these by their own series.
    case policy::Comparison::kBelowBand:
    case policy::Comparison::kAboveBand:
      break;
  }
  return "<=";
}

void AppendCondition(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ',';
  if (IsClassicName(name, false))
    out += name;
  else
    AppendJsonString(out, name);  // In quotes it may be any.
  out += '=';
  AppendJsonString(out, value);
}

std::string SelectorOf(const AlarmDocument& alarm) {
  const bool bare = IsClassicName(alarm.metric, true);
  std::string conditions;
  if (!bare) AppendCondition(conditions, "__name__", alarm.metric);
  for (const auto& [name, value] : alarm.dimensions) AppendCondition(conditions, name, value);
  std::string out = bare ? alarm.metric : "";
  if (!conditions.empty()) out += "{" + conditions + "}";
  return out;
}

/// One period's statistic in PromQL, over all series with the alarm's dimensions.
std::string StatisticText(const AlarmDocument& alarm) {
  const std::string range = SelectorOf(alarm) + "[" + FormatDuration(alarm.period) + "]";
  const auto statistic = metrics::Statistic::Parse(alarm.statistic);
  using Kind = metrics::Statistic::Kind;
  switch (statistic ? statistic->kind : Kind::kAverage) {
    case Kind::kAverage:
      return "sum(sum_over_time(" + range + ")) / sum(count_over_time(" + range + "))";
    case Kind::kSum:
      return "sum(sum_over_time(" + range + "))";
    case Kind::kMinimum:
      return "min(min_over_time(" + range + "))";
    case Kind::kMaximum:
      return "max(max_over_time(" + range + "))";
    case Kind::kSampleCount:
      return "sum(count_over_time(" + range + "))";
    case Kind::kPercentile:
      // Exact for one series; of several, the worst.
      return "max(quantile_over_time(" + FormatDouble(statistic->percentile / 100) + ", " + range +
             "))";
    default:
      // PromQL cannot say the others; the annotations name them.
      return SelectorOf(alarm);
  }
}

std::string RuleQuery(const AlarmDocument& alarm) {
  // Of other alarms, or in metric math: PromQL knows them by their own series.
  if (alarm.is_composite() || alarm.math != nullptr) {
    std::string condition;
    AppendCondition(condition, "alertname", alarm.name);
    return "ALERTS{" + condition + "}";
  }
  return StatisticText(alarm) + " " + std::string(ComparisonSign(alarm.comparison)) + " " +
         FormatDouble(alarm.threshold);
}

std::string_view RuleState(const AlarmStatus& status) {
  if (status.state != AlarmState::kAlarm) return "inactive";
  return status.is_held() ? "pending" : "firing";
}

Json RuleLabels(const Picture& picture, const AlarmDocument& alarm, bool of_alert) {
  std::vector<metrics::Labels::Pair> pairs;
  if (of_alert) {
    pairs.assign(alarm.dimensions.begin(), alarm.dimensions.end());
    pairs.emplace_back("alertname", alarm.name);
  }
  const auto route =
      std::ranges::find(picture.policy->routes, alarm.action, &policy::RouteDocument::action);
  if (route != picture.policy->routes.end()) pairs.emplace_back("severity", route->severity);
  Json out = Json::MakeObject();
  const metrics::Labels sorted(std::move(pairs));
  for (const auto& [name, value] : sorted.pairs()) out.Set(name, value);
  return out;
}

Json RuleAnnotations(const AlarmDocument& alarm) {
  Json out = Json::MakeObject();
  if (!alarm.description.empty()) out.Set("description", alarm.description);
  if (!alarm.action.empty()) out.Set("action", alarm.action);
  if (alarm.is_composite())
    out.Set("rule", alarm.rule);
  else if (alarm.math != nullptr)
    out.Set("expression", alarm.math->watched_text());
  else if (StatisticText(alarm) == SelectorOf(alarm))
    out.Set("statistic", alarm.statistic);
  return out;
}

/// The value that set the alarm off: the newest there is.
double ValueOf(const AlarmStatus& status) {
  for (const ops_model::Datapoint& point : status.last.datapoints)
    if (point.value) return *point.value;
  return std::numeric_limits<double>::quiet_NaN();
}

/// At most one: an alarm is one, however many series it looks at.
Json AlertsOf(const Picture& picture, const AlarmDocument& alarm, const AlarmStatus& status) {
  Json alerts = Json::MakeArray();
  if (status.state != AlarmState::kAlarm) return alerts;
  alerts.Append(Json::MakeObject()
                    .Set("labels", RuleLabels(picture, alarm, true))
                    .Set("annotations", RuleAnnotations(alarm))
                    .Set("state", RuleState(status))
                    .Set("activeAt", FormatRfc3339(status.since))
                    .Set("value", InExponents(ValueOf(status))));
  return alerts;
}

AlarmStatus StatusOf(const Picture& picture, const AlarmDocument& alarm) {
  const auto known = picture.world.alarms.alarms.find(alarm.name);
  return known == picture.world.alarms.alarms.end() ? AlarmStatus() : known->second;
}

Json Rule(const Picture& picture, const AlarmDocument& alarm, bool with_alerts) {
  const AlarmStatus status = StatusOf(picture, alarm);
  const bool known = status.state != AlarmState::kInsufficientData;
  // The first of the points may stand for itself; each further one takes a period.
  const Duration held = alarm.period * (alarm.datapoints_to_alarm - 1);
  Json rule = Json::MakeObject()
                  .Set("state", RuleState(status))
                  .Set("name", alarm.name)
                  .Set("query", RuleQuery(alarm))
                  .Set("duration", held.ToSeconds())
                  .Set("keepFiringFor", 0)
                  .Set("labels", RuleLabels(picture, alarm, false))
                  .Set("annotations", RuleAnnotations(alarm));
  if (with_alerts) rule.Set("alerts", AlertsOf(picture, alarm, status));
  return rule.Set("health", known ? "ok" : "unknown")
      .Set("evaluationTime", 0)
      .Set("lastEvaluation", kNeverEvaluated)
      .Set("type", "alerting");
}

std::string TimeOrNever(Instant time) {
  return time == Instant() ? kNeverEvaluated : FormatRfc3339(time);
}

Json JsonOf(const std::map<std::string, std::string>& texts) {
  Json out = Json::MakeObject();
  for (const auto& [name, text] : texts) out.Set(name, text);
  return out;
}

std::string_view HealthName(rules::Health health) {
  if (health == rules::Health::kUnknown) return "unknown";
  return health == rules::Health::kOk ? "ok" : "err";
}

Json JsonOf(const metrics::Labels& labels) {
  Json out = Json::MakeObject();
  for (const auto& [name, value] : labels.pairs()) out.Set(name, value);
  return out;
}

/// Those of a rule that are pending or firing.
void AppendActive(const rules::AlertsPtr& alerts, Json& out) {
  if (!alerts) return;
  for (const auto& [labels, alert] : *alerts) {
    if (!alert.active()) continue;
    Json one = Json::MakeObject()
                   .Set("labels", JsonOf(labels))
                   .Set("annotations", JsonOf(alert.annotations))
                   .Set("state", rules::AlertStateName(alert.state))
                   .Set("activeAt", FormatRfc3339(alert.active_at));
    if (alert.keep_firing_since != Instant())
      one.Set("keepFiringSince", FormatRfc3339(alert.keep_firing_since));
    out.Append(one.Set("value", InExponents(alert.value)));
  }
}

/// The state of the alert that is furthest on.
std::string_view FileRuleState(const rules::AlertsPtr& alerts) {
  rules::AlertState state = rules::AlertState::kInactive;
  if (alerts)
    for (const auto& [labels, alert] : *alerts) state = std::max(state, alert.state);
  return rules::AlertStateName(state);
}

/// A rule of a rule file, or a PromQL alarm.
Json FileRule(const rules::Rule& rule, const rules::RuleState& state,
              const rules::AlertsPtr& alerts, bool with_alerts) {
  const policy::RuleDocument& document = rule.document;
  Json out = Json::MakeObject();
  if (!rule.records()) out.Set("state", FileRuleState(alerts));
  out.Set("name", rule.records() ? document.record : document.alert).Set("query", rule.query);
  if (!rule.records()) {
    out.Set("duration", document.hold.ToSeconds())
        .Set("keepFiringFor", document.keep_firing_for.ToSeconds());
  }
  out.Set("labels", JsonOf(document.labels));
  if (!rule.records()) {
    out.Set("annotations", JsonOf(document.annotations));
    if (with_alerts) {
      Json active = Json::MakeArray();
      AppendActive(alerts, active);
      out.Set("alerts", std::move(active));
    }
  }
  out.Set("health", HealthName(state.health));
  if (!state.last_error.empty()) out.Set("lastError", state.last_error);
  return out.Set("evaluationTime", state.took.ToSeconds())
      .Set("lastEvaluation", TimeOrNever(state.evaluated_at))
      .Set("type", rule.records() ? "recording" : "alerting");
}

/// Whether the list, if there is one, names it.
bool Chosen(const std::vector<std::string>& list, std::string_view name) {
  return list.empty() || std::ranges::find(list, name) != list.end();
}

/// What a request asks for.
struct RuleChoice {
  std::string type;
  std::vector<std::string> names, groups, files;
  bool with_alerts = true;

  bool Takes(const std::string& file, const std::string& group) const {
    return Chosen(files, file) && Chosen(groups, group);
  }
  bool TakesType(bool records) const { return type.empty() || records == (type == "record"); }
};

void AppendAlarms(const ServerApiContext& context, const RuleChoice& choice, Json& groups) {
  const auto picture = context.picture();
  if (!choice.TakesType(false) || !choice.Takes(kFile, kGroup) || !picture || !picture->policy)
    return;
  Json rules = Json::MakeArray();
  Duration interval = Duration::Seconds(60);
  for (const AlarmDocument& alarm : picture->policy->alarms) {
    if (alarm.is_promql() || !Chosen(choice.names, alarm.name)) continue;
    interval = rules.as_array().empty() ? alarm.period : std::min(interval, alarm.period);
    rules.Append(Rule(*picture, alarm, choice.with_alerts));
  }
  if (rules.as_array().empty()) return;
  groups.Append(Json::MakeObject()
                    .Set("name", kGroup)
                    .Set("file", kFile)
                    .Set("rules", std::move(rules))
                    .Set("interval", interval.ToSeconds())
                    .Set("limit", 0)
                    .Set("evaluationTime", 0)
                    .Set("lastEvaluation", kNeverEvaluated));
}

void AppendFileGroup(const rules::GroupState& state, const RuleChoice& choice, Json& groups) {
  const policy::RuleGroupDocument& document = state.group->document();
  if (!choice.Takes(document.file, document.name)) return;
  Json rules = Json::MakeArray();
  for (size_t i = 0; i < state.group->rules().size(); ++i) {
    const rules::Rule& rule = state.group->rules()[i];
    const std::string& name = rule.records() ? rule.document.record : rule.document.alert;
    if (!choice.TakesType(rule.records()) || !Chosen(choice.names, name)) continue;
    rules.Append(FileRule(rule, (*state.rules)[i], state.alerts[i], choice.with_alerts));
  }
  if (rules.as_array().empty()) return;
  groups.Append(Json::MakeObject()
                    .Set("name", document.name)
                    .Set("file", document.file)
                    .Set("rules", std::move(rules))
                    .Set("interval", document.interval.ToSeconds())
                    .Set("limit", document.limit)
                    .Set("evaluationTime", state.took.ToSeconds())
                    .Set("lastEvaluation", TimeOrNever(state.evaluated_at)));
}

}  // namespace

http::Response AnswerRules(const ServerApiContext& context, const QueryParameters& parameters) {
  RuleChoice choice;
  choice.type = ToLowerAscii(parameters.Get("type"));
  if (!choice.type.empty() && choice.type != "alert" && choice.type != "record")
    return BadParameter("type", "not supported value \"" + choice.type + "\"");
  const std::string_view exclude = parameters.Get("exclude_alerts");
  if (!exclude.empty() && exclude != "true" && exclude != "false")
    return BadParameter("exclude_alerts",
                        "cannot parse \"" + std::string(exclude) + "\" as a boolean");
  choice.with_alerts = exclude != "true";
  choice.names = parameters.All("rule_name[]");
  choice.groups = parameters.All("rule_group[]");
  choice.files = parameters.All("file[]");
  Json groups = Json::MakeArray();
  AppendAlarms(context, choice, groups);
  if (context.rule_groups) {
    for (const rules::GroupState& state : context.rule_groups())
      AppendFileGroup(state, choice, groups);
  }
  return Success(Json::MakeObject().Set("groups", std::move(groups)).Dump());
}

http::Response AnswerAlerts(const ServerApiContext& context) {
  Json alerts = Json::MakeArray();
  if (const auto picture = context.picture(); picture && picture->policy) {
    for (const AlarmDocument& alarm : picture->policy->alarms) {
      if (alarm.is_promql()) continue;
      const Json its = AlertsOf(*picture, alarm, StatusOf(*picture, alarm));
      for (const Json& alert : its.as_array()) alerts.Append(alert);
    }
  }
  if (context.rule_groups) {
    for (const rules::GroupState& state : context.rule_groups())
      for (const rules::AlertsPtr& of_rule : state.alerts) AppendActive(of_rule, alerts);
  }
  return Success(Json::MakeObject().Set("alerts", std::move(alerts)).Dump());
}

}  // namespace hinomi::api
