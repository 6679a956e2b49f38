#include "policy/impl/alarm_band_form.h"

#include <algorithm>
#include <utility>

#include "policy/impl/alarm_metrics_form.h"

namespace hinomi::policy::impl {
namespace {

constexpr std::string_view kBandCall = "ANOMALY_DETECTION_BAND";
/// Two weeks of shorter periods are more points than are read again each hour; of longer ones they
/// are fewer than a band is made of (alarms/anomaly.h).
constexpr Duration kShortestBandPeriod = Duration::Minutes(1);
constexpr Duration kLongestBandPeriod = Duration::Hours(12);

bool IsBandOperator(Comparison comparison) {
  return comparison == Comparison::kOutsideBand || comparison == Comparison::kBelowBand ||
         comparison == Comparison::kAboveBand;
}

bool WritesBand(const AlarmDocument& alarm) {
  return std::ranges::any_of(alarm.queries, [](const MetricQueryDocument& query) {
    return query.expression.find(kBandCall) != std::string::npos;
  });
}

bool NamesEntry(const AlarmDocument& alarm) {
  return std::ranges::find(alarm.queries, alarm.threshold_metric_id, &MetricQueryDocument::id) !=
         alarm.queries.end();
}

/// 2026-11-24T03:00:00Z
class MomentForm : public Form<Instant> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            Instant& out) const override {
    const auto time = node.kind == yaml::Kind::kText ? ParseRfc3339(node.text)
                                                     : Result<Instant>(InvalidArgument(""));
    if (time) {
      out = *time;
      return true;
    }
    reader.Expected(node, path, "a time such as 2026-11-24T03:00:00+09:00");
    return false;
  }
  Json Schema() const override {
    return Json::MakeObject().Set("type", "string").Set("format", "date-time");
  }
};

FormPtr<TimeRangeDocument> TimeRangeForm() {
  using R = TimeRangeDocument;
  auto form = std::make_shared<Record<R>>("A time of which nothing is learnt.");
  form->Required("startTime", &R::begin, std::make_shared<MomentForm>(),
                 "from then on, e.g. 2026-11-24T03:00:00+09:00")
      .Required("endTime", &R::end, std::make_shared<MomentForm>(),
                "up to, and not including, then");
  form->Then({"startTime", "endTime"},
             [](Reader& reader, const yaml::Node&, const std::string& path, R& range) {
               if (range.begin < range.end) return;
               const std::string at = yaml::PathKey(path, "endTime");
               reader.Mistake(reader.PlaceOf(at), at, "expected a time after startTime");
             });
  return form;
}

/// A band may stand in no other entry: nobody would know what to train it on.
bool CheckOtherEntry(Reader& reader, const yaml::Node& node, const std::string& path,
                     const AlarmDocument& alarm, size_t entry) {
  const std::string& text = alarm.queries[entry].expression;
  const std::string at =
      yaml::PathKey(yaml::PathIndex(yaml::PathKey(path, "metrics"), entry), "expression");
  const auto expr = metric_math::Parse(text);
  if (!expr) return false;  // Said already.
  if (metric_math::NamesBand(**expr)) {
    const bool whole = metric_math::BandOf(**expr).has_value();
    const std::string remedy =
        alarm.has_band() ? "thresholdMetricId names another one; an alarm has one band"
        : whole          ? "name it: thresholdMetricId: " + alarm.queries[entry].id
                         : "write it as an entry of its own and name that in thresholdMetricId";
    reader.Mistake(PlaceInExpression(reader, node, path, entry, text.find(kBandCall)), at,
                   std::string(kBandCall) + " is only what an alarm is held against; " + remedy);
    return true;
  }
  const auto ids = metric_math::IdsOf(**expr);
  if (!alarm.has_band() || std::ranges::find(ids, alarm.threshold_metric_id) == ids.end())
    return false;
  reader.Mistake(reader.PlaceOf(at), at,
                 "the band " + alarm.threshold_metric_id +
                     " is only what the alarm is held against; no expression can take it");
  return true;
}

/// Of the entry that thresholdMetricId names. What else is wrong with it metric math says.
bool ReadBand(Reader& reader, const yaml::Node& node, const std::string& path, AlarmDocument& alarm,
              size_t entry) {
  const auto expr = metric_math::Parse(alarm.queries[entry].expression);
  if (!expr) return false;
  const auto call = metric_math::BandOf(**expr);
  if (!call) return false;
  alarm.band_of = call->of;
  if (call->spreads) {
    alarm.spreads = *call->spreads;
    return false;
  }
  reader.Mistake(
      PlaceInExpression(reader, node, path, entry, call->spreads_offset),
      yaml::PathKey(yaml::PathIndex(yaml::PathKey(path, "metrics"), entry), "expression"),
      "expected the number of spreads to be written as a number, e.g. 2");
  return true;
}

}  // namespace

void AddBandKeys(Record<AlarmDocument>& form) {
  using A = AlarmDocument;
  form.Optional(
          "thresholdMetricId", &A::threshold_metric_id, Name(),
          "instead of a threshold: the id of the entry ANOMALY_DETECTION_BAND(m1, 2), what is "
          "usual")
      .Optional("metricTimezone", &A::metric_zone, Name(),
                "of a band: in whose hours of the week it is learnt; without it the server's zone")
      .Optional("excludedTimeRanges", &A::excluded, ListOf(TimeRangeForm()),
                "of a band: deployments and incidents of which nothing is learnt");
}

bool IsOfBand(const AlarmDocument& alarm) {
  return !alarm.queries.empty() &&
         (alarm.has_band() || (alarm.threshold_text.empty() && WritesBand(alarm)));
}

bool CheckBands(Reader& reader, const yaml::Node& node, const std::string& path,
                AlarmDocument& alarm) {
  bool mistaken = false;
  if (alarm.has_band() && !NamesEntry(alarm)) {
    std::vector<std::string> bands;
    for (const MetricQueryDocument& query : alarm.queries)
      if (query.expression.find(kBandCall) != std::string::npos) bands.push_back(query.id);
    const std::string at = yaml::PathKey(path, "thresholdMetricId");
    reader.Mistake(reader.PlaceOf(at), at,
                   "expected the id of an entry of \"metrics\" that is ANOMALY_DETECTION_BAND(id, "
                   "spreads), got \"" +
                       alarm.threshold_metric_id + "\"" +
                       Suggest(alarm.threshold_metric_id, bands));
    return true;
  }
  for (size_t i = 0; i < alarm.queries.size(); ++i) {
    const bool is_band = alarm.has_band() && alarm.queries[i].id == alarm.threshold_metric_id;
    const bool wrong = is_band ? ReadBand(reader, node, path, alarm, i)
                               : CheckOtherEntry(reader, node, path, alarm, i);
    mistaken = mistaken || wrong;
  }
  return mistaken;
}

void CheckBesideBand(Reader& reader, const yaml::Node& node, const std::string& path,
                     AlarmDocument& alarm) {
  const auto mistake = [&](const char* key, const std::string& message) {
    const std::string at = yaml::PathKey(path, key);
    reader.Mistake(reader.PlaceOf(at), at, message);
  };
  const bool says_operator = node.Find("comparisonOperator") != nullptr;
  if (!alarm.has_band()) {
    if (says_operator && IsBandOperator(alarm.comparison) && !WritesBand(alarm))
      mistake("comparisonOperator",
              std::string(ComparisonName(alarm.comparison)) +
                  " compares with a band: add thresholdMetricId, the id of an entry of \"metrics\" "
                  "such as ANOMALY_DETECTION_BAND(m1, 2), or use an operator of a threshold");
    return;
  }
  if (!alarm.threshold_text.empty())
    mistake("threshold", "the alarm is held against the band " + alarm.threshold_metric_id +
                             ": remove \"threshold\", or \"thresholdMetricId\" and the band");
  if (!says_operator) {
    alarm.comparison = Comparison::kOutsideBand;
    reader.Filled(yaml::PathKey(path, "comparisonOperator"),
                  std::string(ComparisonName(alarm.comparison)),
                  "what is unusual is so on both sides of the band");
  } else if (!IsBandOperator(alarm.comparison)) {
    mistake("comparisonOperator",
            std::string(ComparisonName(alarm.comparison)) +
                " compares with a threshold; with a band use "
                "LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold or "
                "GreaterThanUpperThreshold");
  }
  if (alarm.period < kShortestBandPeriod || alarm.period > kLongestBandPeriod)
    mistake("period", "expected " + FormatDuration(kShortestBandPeriod) + " to " +
                          FormatDuration(kLongestBandPeriod) +
                          " for an alarm with a band, which is learnt from two weeks of such "
                          "periods, got " +
                          FormatDuration(alarm.period));
}

}  // namespace hinomi::policy::impl
