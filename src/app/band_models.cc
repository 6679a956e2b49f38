#include "app/band_models.h"

#include <vector>

#include "alarms/anomaly_training.h"
#include "app/metric_points.h"
#include "base/strings.h"

namespace hinomi::app {
namespace {

using ops_model::Datapoint;

/// Samples of the last training period may still be on their way: as long after it as an alarm
/// waits that looks at the shortest period a band may have.
constexpr Duration kSettled = Duration::Minutes(1);

void AppendQuery(const policy::MetricQueryDocument& query, std::string& key) {
  for (const std::string& text :
       {query.id, query.expression, query.metric, query.statistic, query.unit})
    key += text + '\x1f';
  for (const auto& [name, value] : query.dimensions) key += name + '\x1e' + value + '\x1f';
  key += '\x1d';
}

/// All that a model follows from besides the time.
std::string TextOf(const policy::AlarmDocument& alarm) {
  std::string key =
      alarm.band_of + '\x1f' + FormatDuration(alarm.period) + '\x1f' + alarm.metric_zone + '\x1f';
  for (const policy::MetricQueryDocument& query : alarm.queries) AppendQuery(query, key);
  for (const policy::TimeRangeDocument& range : alarm.excluded)
    key += std::to_string(range.begin.nanos()) + '-' + std::to_string(range.end.nanos()) + '\x1f';
  return key;
}

std::vector<Datapoint> PointsAt(const std::vector<Instant>& edges,
                                const metric_math::Points& values) {
  std::vector<Datapoint> points;
  for (size_t i = 0; i < values.size(); ++i) points.push_back({edges[i], values[i]});
  return points;
}

}  // namespace

Result<BandModels::ModelPtr> BandModels::At(const policy::AlarmDocument& alarm, Instant at) {
  const Key key(TextOf(alarm), alarms::FittedAt(alarm, at));
  if (ModelPtr found = Find(key)) return found;
  HN_TRY(ModelPtr model, Fit(alarm, key.second));
  // One without a band costs little, and history may be imported any moment.
  if (model->summary().no_band.empty() && clock_.Now() >= key.second + kSettled) Keep(key, model);
  return model;
}

Result<BandModels::ModelPtr> BandModels::Fit(const policy::AlarmDocument& alarm,
                                             Instant fitted_at) const {
  const std::vector<Instant> edges = alarms::TrainingEdges(alarm, fitted_at);
  HN_TRY(const metric_math::Input input, ReadMathInput(source_, alarm, edges));
  HN_TRY(const metric_math::TimeSeries series, alarm.math->EvaluateEntry(alarm.band_of, input));
  return std::make_shared<const alarms::AnomalyModel>(
      alarms::AnomalyModel::Fit(PointsAt(edges, series.points), alarms::TrainingOptionsOf(alarm)));
}

BandModels::ModelPtr BandModels::Find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end()) return nullptr;
  used_.splice(used_.end(), used_, found->second.place);
  return found->second.model;
}

void BandModels::Keep(const Key& key, const ModelPtr& model) {
  const std::lock_guard lock(mutex_);
  if (kept_.contains(key)) return;  // Another thread was faster.
  kept_[key] = {model, used_.insert(used_.end(), key)};
  if (kept_.size() <= most_) return;
  kept_.erase(used_.front());
  used_.pop_front();
}

}  // namespace hinomi::app
