#include <cmath>

#include "policy/impl/forms.h"

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
  for (const Comparison c : {Comparison::kGreaterThanOrEqual, Comparison::kGreaterThan,
                             Comparison::kLessThan, Comparison::kLessThanOrEqual}) {
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

FormPtr<std::string> StatisticForm() {
  static const std::vector<std::string> kWords = {"SampleCount", "Average", "Sum", "Minimum",
                                                  "Maximum"};
  TextRules rules;
  rules.what = "a statistic";
  rules.pattern = "^(SampleCount|Average|Sum|Minimum|Maximum|p[0-9]{1,2}(\\.[0-9]{1,10})?|p100)$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    for (const std::string& word : kWords) {
      if (text == word) return std::nullopt;
    }
    if (text.starts_with('p')) {
      const auto percent = ParseDouble(text.substr(1));
      if (percent && *percent >= 0 && *percent <= 100) return std::nullopt;
    }
    return "expected a statistic (" + Join(kWords, ", ") +
           ", or a percentile such as p99), got \"" + std::string(text) + "\"" +
           (NearestName(text, kWords) ? Suggest(text, kWords) : std::string());
  };
  return Text(std::move(rules));
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
  if (const auto plain = ParseDouble(text)) {
    alarm.threshold = *plain;
    return;
  }
  const std::string unit = UnitOfMetric(alarm);
  const std::string at = yaml::PathKey(path, "threshold");
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

/// CloudWatch's rules for periods, PutMetricAlarm.
void CheckPeriods(Reader& reader, const yaml::Node&, const std::string& path,
                  AlarmDocument& alarm) {
  const std::string at = yaml::PathKey(path, "period");
  const int64_t seconds = alarm.period.seconds();
  const bool whole = Duration::Seconds(seconds) == alarm.period;
  const bool short_one = seconds == 10 || seconds == 20 || seconds == 30;
  if (!whole || (!short_one && (seconds < 60 || seconds % 60 != 0))) {
    reader.Mistake(
        reader.PlaceOf(at), at,
        "expected a period of 10s, 20s, 30s or whole minutes, got " + FormatDuration(alarm.period));
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

std::optional<DefaultText> StatisticDefault(const AlarmDocument& alarm) {
  if (alarm.metric == "HealthyHostCount") {
    return DefaultText{"Minimum",
                       "the worst moment of a period counts: an average hides a short outage"};
  }
  if (alarm.metric.ends_with("_Count") || alarm.metric == "RequestCount") {
    return DefaultText{"Sum", "a counter of events: the threshold is a number of events a period"};
  }
  return DefaultText{"Average", "a level, not a count of events"};
}

std::optional<DefaultText> MissingDefault(const AlarmDocument& alarm) {
  if (alarm.metric == "HealthyHostCount") {
    return DefaultText{"breaching",
                       "no report about hosts is no reason to believe that one is healthy"};
  }
  return DefaultText{"missing", "CloudWatch's default: without data the state is unknown"};
}

FormPtr<AlarmDocument> AlarmForm() {
  using A = AlarmDocument;
  auto form = std::make_shared<Record<A>>("An alarm: a metric, a threshold and what follows.");
  form->Required("name", &A::name, Name(), "the alarm's name, unique in the folder")
      .Optional("description", &A::description, Text({.may_be_empty = true}),
                "what it means and what to look at first")
      .Required("metric", &A::metric, Name(), "the metric's name, e.g. CPUUtilization")
      .Required("threshold", &A::threshold_text, std::make_shared<ThresholdForm>(),
                "the value to compare with, e.g. 80, 85% or 1000ms")
      .Optional("dimensions", &A::dimensions, TextMap(),
                "which series of the metric, e.g. ServiceName: app")
      .Optional("statistic", &A::statistic, StatisticForm(),
                "how the samples of a period become one value", StatisticDefault)
      .Optional("period", &A::period, Time({.least = Duration::Seconds(10), .bare_seconds = true}),
                "length of one period: 10s, 20s, 30s or whole minutes",
                {"60s", "one minute, as the metrics are published"})
      .Optional("evaluationPeriods", &A::evaluation_periods, Integer(1, 10'080),
                "how many of the newest periods are looked at",
                {"1", "the document names no number: the newest period decides"})
      .Optional("datapointsToAlarm", &A::datapoints_to_alarm, Integer(1, 10'080),
                "how many of them must breach",
                [](const A& a) {
                  return std::optional(DefaultText{std::to_string(a.evaluation_periods),
                                                   "all of evaluationPeriods"});
                })
      .Optional("comparisonOperator", &A::comparison, ComparisonForm(),
                "how a value is compared with the threshold",
                {"GreaterThanOrEqualToThreshold", "≥: reaching the threshold is enough"})
      .Optional("treatMissingData", &A::treat_missing_data, MissingDataForm(),
                "what a period without data counts as", MissingDefault)
      .Optional("unit", &A::unit, Name(), "only samples of this unit, e.g. Seconds")
      .Required("action", &A::action, Name(), "what follows: a name of routes.yml, e.g. alert")
      .Optional("okAction", &A::ok_action, Name(), "what follows when it is OK again")
      .Optional("actionsEnabled", &A::actions_enabled, Boolean(),
                "false: the state changes, nothing follows", {"true", "an alarm acts"})
      .Optional("observeOnly", &A::observe_only, Boolean(), "true: shown, but nothing follows",
                {"false", "an alarm acts"});
  form->Then({"metric", "threshold", "unit"}, ConvertThreshold);
  form->Then({"period", "evaluationPeriods"}, CheckPeriods);
  form->Then({"datapointsToAlarm", "evaluationPeriods"}, CheckDatapoints);
  return form;
}

}  // namespace

DocumentType AlarmsType() {
  auto form = std::make_shared<Record<OpsFolder>>("The alarms of an ops folder.");
  form->Required("alarms", &OpsFolder::alarms, ListOf(AlarmForm()), "the list of alarms");
  return FolderDocument("alarms.yml", "Alarms", form);
}

}  // namespace impl
}  // namespace hinomi::policy
