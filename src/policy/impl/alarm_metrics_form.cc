#include "policy/impl/alarm_metrics_form.h"

#include <algorithm>
#include <utility>

#include "metrics/statistic.h"
#include "policy/impl/alarm_band_form.h"

namespace hinomi::policy {

std::vector<MetricQueryDocument> AlarmDocument::Metrics() const {
  std::vector<MetricQueryDocument> read;
  for (const MetricQueryDocument& query : queries)
    if (query.expression.empty()) read.push_back(query);
  if (!queries.empty() || !reads_points()) return read;
  MetricQueryDocument only;
  only.metric = metric;
  only.dimensions = dimensions;
  only.statistic = statistic;
  only.unit = unit;
  only.return_data = true;
  read.push_back(std::move(only));
  return read;
}

namespace impl {

FormPtr<std::string> StatisticForm() {
  static const std::vector<std::string> kWords = {"SampleCount", "Average", "Sum", "Minimum",
                                                  "Maximum"};
  TextRules rules;
  rules.what = "a statistic";
  rules.pattern =
      "^(SampleCount|Average|Sum|Minimum|Maximum|IQM"
      "|(p|tm|tc|ts|wm)([0-9]{1,2}(\\.[0-9]{1,10})?|100)|(TM|TC|TS|WM|PR)\\([^()]*:[^()]*\\))$";
  rules.check = [](std::string_view text) -> std::optional<std::string> {
    if (metrics::Statistic::Parse(text)) return std::nullopt;
    return "expected a statistic (" + Join(kWords, ", ") +
           ", IQM, a percentile such as p99, a trimmed mean such as tm90 or TM(5%:95%), a rank "
           "such as PR(:300)), got \"" +
           std::string(text) + "\"" +
           (NearestName(text, kWords) ? Suggest(text, kWords) : std::string());
  };
  return Text(std::move(rules));
}

std::optional<DefaultText> StatisticDefault(const std::string& metric) {
  if (metric == "HealthyHostCount") {
    return DefaultText{"Minimum",
                       "the worst moment of a period counts: an average hides a short outage"};
  }
  if (metric.ends_with("_Count") || metric == "RequestCount") {
    return DefaultText{"Sum", "a counter of events: the threshold is a number of events a period"};
  }
  return DefaultText{"Average", "a level, not a count of events"};
}

FormPtr<MetricQueryDocument> MetricQueryForm() {
  using Q = MetricQueryDocument;
  auto form = std::make_shared<Record<Q>>("A metric of an alarm, or an expression over others.");
  form->Required("id", &Q::id, Name(), "how expressions call it: m1, errors, …")
      .Optional("expression", &Q::expression, Text({.what = "an expression such as m2 / m1"}),
                "CloudWatch's metric math, e.g. 100 * errors / requests")
      .Optional("label", &Q::label, Name(), "how it is called where it is shown")
      .Optional("metric", &Q::metric, Name(), "the metric's name, if it is no expression")
      .Optional("dimensions", &Q::dimensions, TextMap(),
                "which series of the metric, e.g. ServiceName: app")
      .Optional("statistic", &Q::statistic, StatisticForm(),
                "how the samples of a period become one value",
                [](const Q& query) -> std::optional<DefaultText> {
                  return query.metric.empty() ? std::nullopt : StatisticDefault(query.metric);
                })
      .Optional("unit", &Q::unit, Name(), "only samples of this unit, e.g. Seconds")
      .Optional("returnData", &Q::return_data, Boolean(), "true for the one that is watched",
                {"false", "the others are only for its expression"});
  form->Then({"metric", "expression"},
             [](Reader& reader, const yaml::Node& node, const std::string& path, Q& query) {
               if (query.metric.empty() != query.expression.empty()) return;
               reader.Mistake(node.span, path, "expected either \"metric\" or \"expression\"");
             });
  return form;
}

Span PlaceInExpression(const Reader& reader, const yaml::Node& node, const std::string& path,
                       size_t entry, size_t offset) {
  const yaml::Member* metrics = node.Find("metrics");
  if (metrics != nullptr && entry < metrics->value.items.size())
    if (const yaml::Member* text = metrics->value.items[entry].Find("expression"))
      return reader.PlaceWithin(text->value, 1, static_cast<int>(offset) + 1);
  return reader.PlaceOf(
      yaml::PathKey(yaml::PathIndex(yaml::PathKey(path, "metrics"), entry), "expression"));
}

void CompileMath(Reader& reader, const yaml::Node& node, const std::string& path,
                 AlarmDocument& alarm) {
  if (alarm.queries.empty()) return;
  metric_math::EntrySet set;
  // An id that no entry has is said by CheckBands, at its own place.
  if (std::ranges::find(alarm.queries, alarm.threshold_metric_id, &MetricQueryDocument::id) !=
      alarm.queries.end())
    set.threshold_id = alarm.threshold_metric_id;
  for (const MetricQueryDocument& query : alarm.queries)
    set.entries.push_back({query.id, query.expression, alarm.period, query.return_data});
  const std::string list = yaml::PathKey(path, "metrics");
  bool mistaken = false;
  for (const metric_math::Finding& finding : metric_math::CheckSet(set)) {
    const std::string at = finding.entry ? yaml::PathIndex(list, *finding.entry) : list;
    const std::string key = finding.offset ? yaml::PathKey(at, "expression") : at;
    const Span place = finding.offset
                           ? PlaceInExpression(reader, node, path, *finding.entry, *finding.offset)
                           : reader.PlaceOf(key);
    if (finding.level == metric_math::Finding::Level::kWarning) {
      reader.Warning(place, key, finding.message);
      continue;
    }
    mistaken = true;
    reader.Mistake(place, key, finding.message);
  }
  if (CheckBands(reader, node, path, alarm)) mistaken = true;
  if (mistaken) return;
  auto compiled = metric_math::MetricMath::Compile(std::move(set));
  if (!compiled) return;
  for (const MetricQueryDocument& query : alarm.queries)
    if (query.id == compiled->watched())
      alarm.metric = !query.label.empty()        ? query.label
                     : !query.expression.empty() ? query.expression
                                                 : query.metric;
  alarm.math = std::make_shared<const metric_math::MetricMath>(*std::move(compiled));
}

}  // namespace impl
}  // namespace hinomi::policy
