#include "api/console/impl/bands.h"

#include "api/console/impl/render.h"
#include "api/console/impl/words.h"
#include "base/strings.h"

namespace hinomi::api::impl {
namespace {

std::string SeasonText(alarms::Season season, text::Language language) {
  switch (season) {
    case alarms::Season::kHourOfWeek:
      return text::Format(language, "band.hour_of_week");
    case alarms::Season::kHourOfDay:
      return text::Format(language, "band.hour_of_day");
    case alarms::Season::kWhole:
      break;
  }
  return text::Format(language, "band.whole");
}

}  // namespace

std::string LimitText(const policy::AlarmDocument& alarm) {
  if (!alarm.has_band()) return alarm.threshold_text;
  return "ANOMALY_DETECTION_BAND(" + alarm.band_of + ", " + FormatDouble(alarm.spreads) + ")";
}

std::string SpokenBand(const policy::AlarmDocument& alarm, const ops_model::Band& band,
                       text::Language language) {
  return text::Format(language, "band.range",
                      {{"lower", Spoken(alarm, band.lower, language)},
                       {"upper", Spoken(alarm, band.upper, language)}});
}

std::string BandSentence(const policy::AlarmDocument& alarm, std::optional<double> value,
                         const std::optional<ops_model::Band>& band, text::Language language) {
  const std::string metric = MetricName(alarm.metric, language);
  if (!value) return text::Format(language, "band.sentence_no_value", {{"metric", metric}});
  const std::string said = Spoken(alarm, *value, language);
  if (!band)
    return text::Format(language, "band.sentence_learning", {{"metric", metric}, {"value", said}});
  return text::Format(
      language, "band.sentence",
      {{"metric", metric}, {"value", said}, {"range", SpokenBand(alarm, *band, language)}});
}

std::string LearntSentence(const alarms::ModelSummary& model, text::Language language) {
  const std::string points = std::to_string(model.points);
  if (!model.no_band.empty())
    return text::Format(language, "band.none",
                        {{"points", points},
                         {"fewest", std::to_string(alarms::kFewestTrainingPoints)},
                         {"hours", std::to_string(alarms::kFewestTrainingHours)}});
  return text::Format(language, "band.learnt",
                      {{"points", points},
                       {"from", Moment(model.from)},
                       {"until", Moment(model.until)},
                       {"season", SeasonText(model.season, language)},
                       {"inside", Quantity(model.inside * 100, "%")}});
}

Json RenderBand(const policy::AlarmDocument& alarm, const std::optional<ops_model::Band>& band,
                text::Language language) {
  return Json::MakeObject()
      .Set("lower", band ? Json(band->lower) : Json())
      .Set("expected", band ? Json(band->expected) : Json())
      .Set("upper", band ? Json(band->upper) : Json())
      .Set("range", band ? SpokenBand(alarm, *band, language) : "")
      .Set("of", alarm.band_of)
      .Set("spreads", alarm.spreads)
      .Set("zone", alarm.metric_zone);
}

Json RenderModel(const alarms::ModelSummary& model, text::Language language) {
  const bool knows = model.no_band.empty();
  return Json::MakeObject()
      .Set("sentence", LearntSentence(model, language))
      .Set("no_band", model.no_band)
      .Set("from", TimeOrNull(model.from))
      .Set("until", TimeOrNull(model.until))
      .Set("points", model.points)
      .Set("excluded", model.excluded)
      .Set("season", knows ? Json(alarms::SeasonName(model.season)) : Json())
      .Set("seasons", model.seasons)
      .Set("smooth", model.smooth)
      .Set("trend_per_day", model.trend_per_day)
      .Set("spread", model.spread)
      .Set("inside", model.inside);
}

}  // namespace hinomi::api::impl
