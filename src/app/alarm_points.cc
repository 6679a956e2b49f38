#include "app/alarm_points.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "metrics/datapoints.h"

namespace hinomi::app {
namespace {

using PeriodValues = std::vector<std::optional<metrics::PeriodValue>>;

/// Which series are meant.
metrics::DatapointQuery SeriesOf(const policy::MetricQueryDocument& wanted) {
  metrics::DatapointQuery query;
  query.metric = wanted.metric;
  query.dimensions = wanted.dimensions;
  query.unit = wanted.unit;
  return query;
}

Result<PeriodValues> ReadMetric(const metrics::Queryable& source,
                                const policy::MetricQueryDocument& wanted,
                                const std::vector<Instant>& edges) {
  metrics::DatapointQuery query = SeriesOf(wanted);
  HN_TRY(query.statistic, metrics::Statistic::Parse(wanted.statistic));
  query.edges = edges;
  return metrics::ReadDatapoints(source, query);
}

/// The points of an alarm's expression over its metrics.
Result<PeriodValues> ReadExpression(const metrics::Queryable& source,
                                    const policy::AlarmDocument& alarm,
                                    const std::vector<Instant>& edges) {
  metric_math::Input input;
  input.grid = {edges.front(), edges[1] - edges[0], edges.size() - 1};
  for (const policy::MetricQueryDocument& wanted : alarm.Metrics()) {
    HN_TRY(const PeriodValues values, ReadMetric(source, wanted, edges));
    metric_math::Points& points = input.metrics[wanted.id];
    for (const auto& value : values)
      points.push_back(value ? std::optional(value->value) : std::nullopt);
  }
  HN_TRY(const metric_math::TimeSeries watched, alarm.math->Evaluate(input));
  PeriodValues values;
  for (const auto& point : watched.points)
    values.push_back(point ? std::optional(metrics::PeriodValue{*point, 0}) : std::nullopt);
  return values;
}

}  // namespace

Result<std::vector<ops_model::Datapoint>> ReadPoints(const metrics::Queryable& source,
                                                     const policy::AlarmDocument& alarm,
                                                     const std::vector<Instant>& edges) {
  std::vector<ops_model::Datapoint> points;
  // Composite and PromQL alarms have no points of their own.
  if (!alarm.reads_points()) return points;
  HN_TRY(const PeriodValues values, alarm.math != nullptr
                                        ? ReadExpression(source, alarm, edges)
                                        : ReadMetric(source, alarm.Metrics().front(), edges));
  for (size_t i = values.size(); i > 0; --i) {
    ops_model::Datapoint point;
    point.at = edges[i - 1];
    if (values[i - 1]) {
      point.value = values[i - 1]->value;
      point.samples = values[i - 1]->samples;
    }
    points.push_back(point);
  }
  return points;
}

control::BacktestSource HistoryOf(const metrics::Queryable& source) {
  control::BacktestSource history;
  history.points = [&source](const policy::AlarmDocument& alarm, Instant at) {
    return ReadPoints(source, alarm,
                      alarms::PeriodEdges(alarm, at, alarms::PeriodsLookedAt(alarm)));
  };
  history.samples = [&source](const policy::AlarmDocument& alarm, Instant from, Instant to) {
    std::vector<Instant> all;
    for (const policy::MetricQueryDocument& wanted : alarm.Metrics()) {
      auto times = metrics::ReadSampleTimes(source, SeriesOf(wanted), from, to);
      if (!times) return times;
      all.insert(all.end(), times->begin(), times->end());
    }
    std::sort(all.begin(), all.end());
    return Result<std::vector<Instant>>(std::move(all));
  };
  return history;
}

}  // namespace hinomi::app
