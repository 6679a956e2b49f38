#include <cmath>

#include "alarms/anomaly.h"

namespace hinomi::alarms {
namespace {

constexpr int64_t kSavedVersion = 1;
constexpr Instant kLatest = Instant::Max() - Duration::Days(365);

Json NumbersOf(std::span<const double> numbers) {
  Json list = Json::MakeArray();
  for (const double number : numbers) list.Append(number);
  return list;
}

Error NotSaved(std::string_view what) {
  return Corrupt("a saved anomaly model: expected " + std::string(what));
}

/// One finite number for each hour of the week.
Status ReadHours(const Json& list, std::span<double, kHoursOfWeek> hours, std::string_view name) {
  if (list.as_array().size() != kHoursOfWeek)
    return NotSaved(std::to_string(kHoursOfWeek) + " " + std::string(name));
  for (size_t hour = 0; hour < kHoursOfWeek; ++hour) {
    hours[hour] = list.as_array()[hour].as_double(NAN);
    if (!std::isfinite(hours[hour])) return NotSaved("numbers as " + std::string(name));
  }
  return {};
}

Json SummaryJson(const ModelSummary& summary) {
  Json json = Json::MakeObject();
  json.Set("no_band", summary.no_band);
  json.Set("from_ns", summary.from.nanos());
  json.Set("until_ns", summary.until.nanos());
  json.Set("points", static_cast<int64_t>(summary.points));
  json.Set("excluded", static_cast<int64_t>(summary.excluded));
  json.Set("season", SeasonName(summary.season));
  json.Set("seasons", static_cast<int64_t>(summary.seasons));
  json.Set("smooth", summary.smooth);
  json.Set("trend_per_day", summary.trend_per_day);
  json.Set("spread", summary.spread);
  json.Set("inside", summary.inside);
  return json;
}

Result<size_t> ReadCount(const Json& json) {
  if (!json.is_int() || json.as_int() < 0) return NotSaved("counts of points and hours");
  return static_cast<size_t>(json.as_int());
}

Result<Season> ReadSeason(const Json& json) {
  for (const Season season : {Season::kHourOfWeek, Season::kHourOfDay, Season::kWhole}) {
    if (json.as_string() == SeasonName(season)) return season;
  }
  return NotSaved("a season");
}

Result<ModelSummary> ReadSummary(const Json& json) {
  ModelSummary summary;
  if (!json["no_band"].is_string() || !json["from_ns"].is_int() || !json["until_ns"].is_int())
    return NotSaved("a summary");
  summary.no_band = json["no_band"].as_string();
  summary.from = Instant::FromNanos(json["from_ns"].as_int());
  summary.until = Instant::FromNanos(json["until_ns"].as_int());
  // Far from where adding to it would overflow.
  if (summary.until < summary.from || summary.from < Instant() || summary.until > kLatest)
    return NotSaved("times in order");
  HN_TRY(summary.points, ReadCount(json["points"]));
  HN_TRY(summary.excluded, ReadCount(json["excluded"]));
  HN_TRY(summary.season, ReadSeason(json["season"]));
  HN_TRY(summary.seasons, ReadCount(json["seasons"]));
  summary.smooth = json["smooth"].as_bool();
  summary.trend_per_day = json["trend_per_day"].as_double(NAN);
  summary.spread = json["spread"].as_double(NAN);
  summary.inside = json["inside"].as_double(NAN);
  if (!std::isfinite(summary.trend_per_day + summary.spread + summary.inside))
    return NotSaved("numbers in its summary");
  return summary;
}

}  // namespace

Json AnomalyModel::Save() const {
  Json saved = Json::MakeObject();
  saved.Set("version", kSavedVersion);
  saved.Set("zone", zone_);
  saved.Set("summary", SummaryJson(summary_));
  saved.Set("never_negative", never_negative_);
  saved.Set("middle", middle_);
  saved.Set("levels", NumbersOf(levels_));
  saved.Set("spreads", NumbersOf(spreads_));
  return saved;
}

Result<AnomalyModel> AnomalyModel::Load(const Json& saved) {
  if (saved["version"].as_int() != kSavedVersion)
    return NotSaved("version " + std::to_string(kSavedVersion));
  AnomalyModel model;
  model.zone_ = saved["zone"].as_string();
  HN_TRY(model.summary_, ReadSummary(saved["summary"]));
  model.never_negative_ = saved["never_negative"].as_bool();
  model.middle_ = saved["middle"].as_double(-1);
  if (!(model.middle_ >= 0 && model.middle_ < 1)) return NotSaved("the middle of an hour");
  HN_TRY_VOID(ReadHours(saved["levels"], model.levels_, "levels"));
  HN_TRY_VOID(ReadHours(saved["spreads"], model.spreads_, "spreads"));
  for (const double spread : model.spreads_) {
    if (spread < 0) return NotSaved("spreads of 0 or more");
  }
  return model;
}

}  // namespace hinomi::alarms
