#include "app/metric_points.h"

#include <algorithm>
#include <utility>

namespace hinomi::app {
namespace {

/// Two weeks of many instances' samples would be hundreds of megabytes.
constexpr size_t kPeriodsAtOnce = 1440;

}  // namespace

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
  if (edges.size() <= kPeriodsAtOnce + 1) {
    query.edges = edges;
    return metrics::ReadDatapoints(source, query);
  }
  PeriodValues values;
  for (size_t begin = 0; begin + 1 < edges.size() || begin == 0; begin += kPeriodsAtOnce) {
    const size_t end = std::min(edges.size(), begin + kPeriodsAtOnce + 1);
    query.edges.assign(edges.begin() + static_cast<std::ptrdiff_t>(begin),
                       edges.begin() + static_cast<std::ptrdiff_t>(end));
    HN_TRY(const PeriodValues part, metrics::ReadDatapoints(source, query));
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

Result<metric_math::Input> ReadMathInput(const metrics::Queryable& source,
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
  return input;
}

}  // namespace hinomi::app
