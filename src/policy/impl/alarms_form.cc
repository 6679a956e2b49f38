#include <algorithm>
#include <cmath>
#include <set>

#include "policy/alarm_rule.h"
#include "policy/impl/alarm_band_form.h"
#include "policy/impl/alarm_metrics_form.h"
#include "policy/impl/forms.h"
#include "policy/impl/placed_text.h"
#include "policy/impl/promql_alarm_form.h"

namespace hinomi::policy {

std::string_view ComparisonName(Comparison comparison) {
  switch (comparison) {
    case Comparison::kGreaterThanOrEqual:
      return "GreaterThanOrEqualToThreshold";
    case Comparison::kGreaterThan:
      return "GreaterThanThreshold";
    case Comparison::kLessThan:
      return "LessThanThreshold";
    case Comparison::kLessThanOrEqual:
      return "LessThanOrEqualToThreshold";
    case Comparison::kOutsideBand:
      return "LessThanLowerOrGreaterThanUpperThreshold";
    case Comparison::kBelowBand:
      return "LessThanLowerThreshold";
    case Comparison::kAboveBand:
      return "GreaterThanUpperThreshold";
  }
  return "";
}

std::string_view MissingDataName(MissingData mode) {
  switch (mode) {
    case MissingData::kMissing:
      return "missing";
    case MissingData::kIgnore:
      return "ignore";
    case MissingData::kBreaching:
      return "breaching";
    case MissingData::kNotBreaching:
      return "notBreaching";
  }
  return "";
}

namespace impl {
namespace {

FormPtr<Comparison> ComparisonForm() {
  std::vector<std::pair<std::string, Comparison>> words;
  for (const Comparison c :
       {Comparison::kGreaterThanOrEqual, Comparison::kGreaterThan, Comparison::kLessThan,
        Comparison::kLessThanOrEqual, Comparison::kOutsideBand, Comparison::kBelowBand,
        Comparison::kAboveBand}) {
    words.emplace_back(ComparisonName(c), c);
  }
  return Choice(std::move(words));
}

FormPtr<MissingData> MissingDataForm() {
  std::vector<std::pair<std::string, MissingData>> words;
  for (const MissingData m : {MissingData::kMissing, MissingData::kIgnore, MissingData::kBreaching,
                              MissingData::kNotBreaching}) {
    words.emplace_back(MissingDataName(m), m);
  }
  return Choice(std::move(words));
}

/// A number, or a number with its unit as people write it: 1000ms, 85%.
class ThresholdForm : public Form<std::string> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            std::string& out) const override {
    const bool number = node.kind == yaml::Kind::kInt || node.kind == yaml::Kind::kFloat;
    const bool with_unit = node.kind == yaml::Kind::kText &&
                           (node.text.ends_with('%') ? IsNumber(Chop(node.text, 1))
                                                     : ParseDuration(node.text).has_value());
    if ((!number || !std::isfinite(node.number)) && !with_unit) {
      reader.Expected(node, path, "a number, or one with its unit such as 85% or 1000ms");
      return false;
    }
    // Hexadecimal and "+5" are numbers to YAML; from here on a plain decimal is.
    out = number ? FormatDouble(node.number) : node.text;
    return true;
  }
  Json Schema() const override {
    Json text = Json::MakeObject();
    text.Set("type", "string").Set("pattern", "^-?[0-9]+(\\.[0-9]+)?%$|^([0-9]+(ms|[smhdwy]))+$");
    Json number = Json::MakeObject();
    number.Set("type", "number");
    return Json::MakeObject().Set("anyOf", Json(Json::Array{std::move(number), std::move(text)}));
  }

 private:
  static std::string_view Chop(std::string_view text, size_t n) {
    return text.substr(0, text.size() - n);
  }
  static bool IsNumber(std::string_view text) {
    const auto value = ParseDouble(text);
    return value && std::isfinite(*value);
  }
};

/// Units in which metrics of these names are published.
std::string UnitOfMetric(const AlarmDocument& alarm) {
  if (!alarm.unit.empty()) return alarm.unit;
  if (alarm.metric.ends_with("ResponseTime") || alarm.metric.ends_with("_seconds"))
    return "Seconds";
  if (alarm.metric.ends_with("Utilization")) return "Percent";
  return {};
}

void ConvertThreshold(Reader& reader, const yaml::Node&, const std::string& path,
                      AlarmDocument& alarm) {
  const std::string& text = alarm.threshold_text;
  if (text.empty()) return;
  if (const auto plain = ParseDouble(text)) {
    alarm.threshold = *plain;
    return;
  }
  const std::string unit = UnitOfMetric(alarm);
  const std::string at = yaml::PathKey(path, "threshold");
  if (!alarm.queries.empty()) {
    reader.Mistake(
        reader.PlaceOf(at), at,
        "the value of an expression has no unit; write the bare number instead of " + text);
    return;
  }
  if (text.ends_with('%')) {
    if (unit == "Percent") {
      alarm.threshold = ParseDouble(std::string_view(text).substr(0, text.size() - 1)).value_or(0);
      return;
    }
    reader.Mistake(reader.PlaceOf(at), at,
                   text + " is a percentage, but " + alarm.metric +
                       " is not known to be one; write the bare number, or add unit: Percent");
    return;
  }
  const double seconds = ParseDuration(text).value_or(Duration()).ToSeconds();
  const std::pair<std::string_view, double> scales[] = {
      {"Seconds", 1}, {"Milliseconds", 1e3}, {"Microseconds", 1e6}};
  for (const auto& [name, scale] : scales) {
    if (unit != name) continue;
    alarm.threshold = seconds * scale;
    reader.Filled(at, FormatDouble(alarm.threshold),
                  text + " in " + ToLowerAscii(unit) + ", the unit of " + alarm.metric);
    return;
  }
  reader.Mistake(reader.PlaceOf(at), at,
                 text + " is a duration, but " + alarm.metric +
                     " is not known to be one; write the bare number, or add unit: Seconds or "
                     "Milliseconds");
}

/// Shorter than a minute: any whole part of it, as all of them are looked at by one clock.
bool IsPeriod(Duration period) {
  const int64_t seconds = period.seconds();
  if (Duration::Seconds(seconds) != period || seconds < 1) return false;
  return seconds < 60 ? 60 % seconds == 0 : seconds % 60 == 0;
}

/// CloudWatch's rules for periods, PutMetricAlarm.
void CheckPeriods(Reader& reader, const yaml::Node&, const std::string& path,
                  AlarmDocument& alarm) {
  const std::string at = yaml::PathKey(path, "period");
  const int64_t seconds = alarm.period.seconds();
  if (!IsPeriod(alarm.period)) {
    reader.Mistake(reader.PlaceOf(at), at,
                   "expected a period of whole minutes, or of seconds that divide one (1s, 5s, "
                   "10s, 20s, 30s …), got " +
                       FormatDuration(alarm.period));
    return;
  }
  const int64_t most = seconds < 3600 ? 86'400 : 604'800;
  if (seconds * alarm.evaluation_periods > most) {
    reader.Mistake(reader.PlaceOf(yaml::PathKey(path, "evaluationPeriods")),
                   yaml::PathKey(path, "evaluationPeriods"),
                   std::to_string(alarm.evaluation_periods) + " periods of " +
                       FormatDuration(alarm.period) + " look back further than " +
                       FormatDuration(Duration::Seconds(most)) +
                       ", the most for this period; use fewer or shorter periods");
  }
}

/// A wall clock has hours and days, not every multiple of a minute.
void CheckWallClock(Reader& reader, const yaml::Node&, const std::string& path,
                    AlarmDocument& alarm) {
  if (alarm.wall_clock_zone.empty()) return;
  for (const int64_t seconds : {60, 300, 3600, 86'400, 604'800})
    if (alarm.period == Duration::Seconds(seconds)) return;
  const std::string at = yaml::PathKey(path, "period");
  reader.Mistake(reader.PlaceOf(at), at,
                 "expected 1m, 5m, 1h, 1d or 1w, the periods that follow the clocks of a "
                 "wallClockZone, got " +
                     FormatDuration(alarm.period));
}

void CheckDatapoints(Reader& reader, const yaml::Node&, const std::string& path,
                     AlarmDocument& alarm) {
  if (alarm.datapoints_to_alarm > alarm.evaluation_periods) {
    const std::string m = yaml::PathKey(path, "datapointsToAlarm");
    reader.Mistake(reader.PlaceOf(m), m,
                   "expected at most evaluationPeriods (" +
                       std::to_string(alarm.evaluation_periods) + "), got " +
                       std::to_string(alarm.datapoints_to_alarm) +
                       "; the alarm could never go off");
  }
}

bool IsOfMetric(const AlarmDocument& alarm) {
  return !alarm.metric.empty();
}

bool IsOfExpression(const AlarmDocument& alarm) {
  return !alarm.queries.empty() && !IsOfBand(alarm);
}

bool IsOfPoints(const AlarmDocument& alarm) {
  return IsOfMetric(alarm) || !alarm.queries.empty();
}

/// What an alarm is made of: exactly one of them stands in it.
struct AlarmKind {
  std::string_view key;
  bool (*is)(const AlarmDocument&);
  std::vector<std::string_view> needs;  ///< Keys that have to stand beside it.
  std::vector<std::string_view> takes;  ///< Keys that only this kind has.
};

const std::vector<AlarmKind>& AlarmKinds() {
  static const std::vector<AlarmKind> kinds = {
      {"metric",
       IsOfMetric,
       {"threshold"},
       {"threshold", "namespace", "dimensions", "statistic", "period", "wallClockZone",
        "evaluationPeriods", "datapointsToAlarm", "comparisonOperator", "treatMissingData",
        "evaluateLowSampleCountPercentile", "unit", "okAction", "insufficientDataAction",
        "flapDetection"}},
      {"metrics",
       IsOfExpression,
       {"threshold"},
       {"threshold", "thresholdMetricId", "period", "evaluationPeriods", "datapointsToAlarm",
        "comparisonOperator", "treatMissingData", "okAction", "insufficientDataAction",
        "flapDetection"}},
      {"thresholdMetricId",
       IsOfBand,
       {"metrics"},
       {"thresholdMetricId", "threshold", "period", "evaluationPeriods", "datapointsToAlarm",
        "comparisonOperator", "treatMissingData", "okAction", "insufficientDataAction",
        "flapDetection", "metricTimezone", "excludedTimeRanges"}},
      {"expr",
       [](const AlarmDocument& alarm) { return alarm.is_promql(); },
       {},
       {"for", "keepFiringFor", "evaluationInterval", "labels", "annotations", "maxContributors"}},
      {"rule",
       [](const AlarmDocument& alarm) { return alarm.is_composite(); },
       {},
       {"actionsSuppressor", "okAction", "insufficientDataAction", "flapDetection"}},
  };
  return kinds;
}

void CheckKind(Reader& reader, const yaml::Node& node, const std::string& path,
               AlarmDocument& alarm) {
  const AlarmKind* found = nullptr;
  for (const AlarmKind& kind : AlarmKinds()) {
    if (!kind.is(alarm)) continue;
    if (found != nullptr) {
      const std::string at = yaml::PathKey(path, std::string(kind.key));
      reader.Mistake(reader.PlaceOf(at), at,
                     "an alarm has either \"" + std::string(found->key) + "\" or \"" +
                         std::string(kind.key) + "\", not both");
      return;
    }
    found = &kind;
  }
  if (found == nullptr) {
    reader.Mistake(
        node.span, path,
        "the key \"metric\" is missing: the metric's name, e.g. CPUUtilization (or "
        "\"metrics\" for an expression, \"expr\" for PromQL, or \"rule\" for an alarm of "
        "other alarms)");
    found = &AlarmKinds().front();
  }
  for (const std::string_view key : found->needs)
    if (node.Find(key) == nullptr)
      reader.Mistake(node.span, path,
                     "the key \"" + std::string(key) +
                         "\" is missing: the value to compare with, e.g. 80, 85% or 1000ms");
  std::set<std::string_view> told;
  for (const AlarmKind& other : AlarmKinds()) {
    if (&other == found) continue;
    for (const std::string_view key : other.takes) {
      const bool ours =
          std::find(found->takes.begin(), found->takes.end(), key) != found->takes.end();
      if (ours || node.Find(key) == nullptr || !told.insert(key).second) continue;
      const std::string at = yaml::PathKey(path, std::string(key));
      reader.Mistake(reader.PlaceOf(at), at,
                     "only an alarm with \"" + std::string(other.key) + "\" has \"" +
                         std::string(key) + "\"; this one has \"" + std::string(found->key) + "\"");
    }
  }
}

FormPtr<std::string> RuleForm() {
  return PlacedText({.what = "a rule such as ALARM(a) AND NOT OK(b)"}, "the rule cannot be read",
                    [](std::string_view text) -> Status {
                      HN_TRY_VOID(ParseAlarmRule(text));
                      return {};
                    });
}

void KeepParsedRule(Reader&, const yaml::Node&, const std::string&, AlarmDocument& alarm) {
  if (alarm.rule.empty()) return;
  if (auto parsed = ParseAlarmRule(alarm.rule))
    alarm.parsed_rule = std::make_shared<const AlarmRule>(*std::move(parsed));
}

/// CloudWatch does not take what is written there.
void CheckMissingData(Reader& reader, const yaml::Node& node, const std::string& path,
                      AlarmDocument& alarm) {
  if (alarm.metric_namespace != "AWS/DynamoDB" ||
      alarm.treat_missing_data == MissingData::kIgnore || node.Find("treatMissingData") == nullptr)
    return;
  alarm.treat_missing_data = MissingData::kIgnore;
  const std::string at = yaml::PathKey(path, "treatMissingData");
  reader.Warning(reader.PlaceOf(at), at,
                 "missing data of AWS/DynamoDB is always treated as \"ignore\"");
}

std::optional<DefaultText> MissingDefault(const AlarmDocument& alarm) {
  if (!IsOfPoints(alarm)) return std::nullopt;
  if (alarm.metric == "HealthyHostCount") {
    return DefaultText{"breaching",
                       "no report about hosts is no reason to believe that one is healthy"};
  }
  if (alarm.metric_namespace == "AWS/DynamoDB") {
    return DefaultText{"ignore", "CloudWatch always treats missing data of AWS/DynamoDB like that"};
  }
  return DefaultText{"missing", "CloudWatch's default: without data the state is unknown"};
}

FormPtr<SuppressorDocument> SuppressorForm() {
  using S = SuppressorDocument;
  const TimeRules most_of_a_day = {.most = Duration::Days(1), .bare_seconds = true};
  auto form =
      std::make_shared<Record<S>>("What keeps a composite alarm from acting: another alarm.");
  form->Required("alarm", &S::alarm, Name(), "while this alarm is in ALARM, nothing follows")
      .Optional("waitPeriod", &S::wait, Time(most_of_a_day),
                "how long to wait for it to go off, too",
                {"2m", "the alarm that explains the others may be slower than they are"})
      .Optional("extensionPeriod", &S::extension, Time(most_of_a_day),
                "how long it still counts after it has ended",
                {"2m", "the others may recover later than what explains them"});
  return form;
}

/// Beside the keys, what has to stand together.
class AlarmRecord : public Record<AlarmDocument> {
 public:
  using Record::Record;
  Json Schema() const override {
    Json kinds = Json::MakeArray();
    for (const AlarmKind& kind : AlarmKinds()) {
      Json required = Json::MakeArray();
      required.Append(std::string(kind.key));
      for (const std::string_view key : kind.needs) required.Append(std::string(key));
      kinds.Append(Json::MakeObject().Set("required", std::move(required)));
    }
    return Record::Schema().Set("oneOf", std::move(kinds));
  }
};

FormPtr<AlarmDocument> AlarmForm() {
  using A = AlarmDocument;
  auto form = std::make_shared<AlarmRecord>(
      "An alarm: a metric and a threshold, PromQL, or a rule about other alarms, and what "
      "follows.");
  form->Required("name", &A::name, Name(), "the alarm's name, unique in the folder")
      .Optional("description", &A::description, Text({.may_be_empty = true}),
                "what it means and what to look at first")
      .Optional("rule", &A::rule, RuleForm(),
                "of other alarms, e.g. ALARM(HighErrorRate) AND ALARM(HighResponseTime)")
      .Optional("actionsSuppressor", &A::suppressor, SuppressorForm(),
                "another alarm that explains this one: while it stands, nothing follows")
      .Optional("metric", &A::metric, Name(), "the metric's name, e.g. CPUUtilization")
      .Optional("metrics", &A::queries, ListOf(MetricQueryForm(), 1),
                "several metrics and an expression over them, of which one is watched")
      .Optional("namespace", &A::metric_namespace, Name(),
                "CloudWatch's namespace, where it matters, e.g. AWS/DynamoDB")
      .Optional("threshold", &A::threshold_text, std::make_shared<ThresholdForm>(),
                "the value to compare with, e.g. 80, 85% or 1000ms")
      .Optional("dimensions", &A::dimensions, TextMap(),
                "which series of the metric, e.g. ServiceName: app")
      .Optional(
          "statistic", &A::statistic, StatisticForm(),
          "how the samples of a period become one value",
          [](const A& a) { return IsOfMetric(a) ? StatisticDefault(a.metric) : std::nullopt; })
      .Optional("period", &A::period, Time({.least = Duration::Seconds(1), .bare_seconds = true}),
                "length of one period: whole minutes, or seconds that divide one",
                {"60s", "one minute, as the metrics are published"}, IsOfPoints)
      .Optional("wallClockZone", &A::wall_clock_zone, Name(),
                "periods are the minutes, hours, days or weeks of this time zone, e.g. "
                "Asia/Tokyo or +09:00; without it they end when the alarm is looked at")
      .Optional("evaluationPeriods", &A::evaluation_periods, Integer(1, 10'080),
                "how many of the newest periods are looked at",
                {"1", "the document names no number: the newest period decides"}, IsOfPoints)
      .Optional("datapointsToAlarm", &A::datapoints_to_alarm, Integer(1, 10'080),
                "how many of them must breach",
                [](const A& a) -> std::optional<DefaultText> {
                  if (!IsOfPoints(a)) return std::nullopt;
                  return DefaultText{std::to_string(a.evaluation_periods),
                                     "all of evaluationPeriods"};
                })
      .Optional("comparisonOperator", &A::comparison, ComparisonForm(),
                "how a value is compared with the threshold, or with the band",
                {"GreaterThanOrEqualToThreshold", "≥: reaching the threshold is enough"},
                IsOfMetric)
      .Optional("treatMissingData", &A::treat_missing_data, MissingDataForm(),
                "what a period without data counts as", MissingDefault)
      .Optional("evaluateLowSampleCountPercentile", &A::ignore_low_samples,
                Choice<bool>({{"evaluate", false}, {"ignore", true}}),
                "of percentiles: ignore keeps the state while there are too few samples (p99: "
                "1000, p95: 200, p50: 20)")
      .Optional("unit", &A::unit, Name(), "only samples of this unit, e.g. Seconds")
      .Required("action", &A::action, Name(), "what follows: a name of routes.yml, e.g. alert")
      .Optional("okAction", &A::ok_action, Name(), "what follows when it is OK again")
      .Optional("insufficientDataAction", &A::insufficient_action, Name(),
                "what follows when nothing can be said for want of data")
      .Optional("actionsEnabled", &A::actions_enabled, Boolean(),
                "false: the state changes, nothing follows", {"true", "an alarm acts"})
      .Optional("observeOnly", &A::observe_only, Boolean(), "true: shown, but nothing follows",
                {"false", "an alarm acts"})
      .Optional("flapDetection", &A::flap_detection, Boolean(),
                "false: each recovery ends the incident, however often the state changes",
                [](const A& a) -> std::optional<DefaultText> {
                  if (a.is_promql()) return std::nullopt;
                  return DefaultText{"true",
                                     "a state that changes again and again is one incident"};
                });
  AddBandKeys(*form);
  AddPromqlKeys(*form);
  form->Then({"metric", "threshold", "expr", "rule"}, CheckKind);
  form->Then({"rule"}, KeepParsedRule);
  form->Then({"metric", "threshold", "unit"}, ConvertThreshold);
  form->Then({"period", "evaluationPeriods"}, CheckPeriods);
  form->Then({"period", "wallClockZone"}, CheckWallClock);
  form->Then({"namespace", "treatMissingData"}, CheckMissingData);
  form->Then({"metrics", "period", "thresholdMetricId"}, CompileMath);
  form->Then({"metrics", "thresholdMetricId", "comparisonOperator", "threshold", "period"},
             CheckBesideBand);
  form->Then({"datapointsToAlarm", "evaluationPeriods"}, CheckDatapoints);
  return form;
}

}  // namespace

DocumentType AlarmsType() {
  auto form = std::make_shared<Record<OpsFolder>>("The alarms of an ops folder.");
  form->Required("alarms", &OpsFolder::alarms, ListOf(AlarmForm()), "the list of alarms")
      .Optional("muteRules", &OpsFolder::mute_rules, ListOf(MuteRuleForm()),
                "when nothing follows from some of them, e.g. in planned work")
      .Optional("inhibitRules", &OpsFolder::inhibit_rules, ListOf(InhibitRuleForm()),
                "which of them explain others, so that those are held back");
  return FolderDocument("alarms.yml", "Alarms", form);
}

}  // namespace impl
}  // namespace hinomi::policy
