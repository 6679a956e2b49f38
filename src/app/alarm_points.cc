#include "app/alarm_points.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "app/alert_observation.h"
#include "metrics/datapoints.h"
#include "policy/alert_rules.h"
#include "rules/evaluation.h"

namespace hinomi::app {
namespace {

// As rules have.
constexpr Duration kLongestPastQuery = Duration::Minutes(2);

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

/// The alerting rules that are this alarm, each in a group of its own.
std::vector<policy::RuleGroupDocument> RulesOf(const policy::OpsFolder& folder,
                                               const policy::AlarmDocument& alarm) {
  std::vector<policy::RuleGroupDocument> found;
  const auto add = [&](const policy::RuleGroupDocument& group) {
    for (const policy::RuleDocument& rule : group.rules) {
      if (!policy::BelongsTo(alarm, group.file, rule.alert)) continue;
      found.push_back(group);
      found.back().rules = {rule};
    }
  };
  if (alarm.rule_file.empty())
    std::ranges::for_each(policy::AlarmRuleGroups(folder), add);
  else
    std::ranges::for_each(folder.rule_groups, add);
  return found;
}

/// Where rules are evaluated for times that have passed, and leave nothing.
rules::World PastWorld(const metrics::Queryable& source, const Clock& clock,
                       metrics::QueryMemory* memory, const policy::OpsFolder& folder) {
  const auto query = [&source, &clock, memory](const promql::Expr& expr, std::string_view text,
                                               int64_t at_ms) {
    promql::QueryLimits limits;
    limits.memory = memory;
    limits.clock = &clock;
    limits.deadline = clock.Monotonic() + kLongestPastQuery;
    return promql::EvaluateInstant(source, expr, text, at_ms, limits);
  };
  return {.query = query,
          .append = [](const metrics::RawBatch&) -> Status { return {}; },
          .clock = clock,
          .stopping = nullptr,
          .surroundings = {.external_url = folder.server.external_url, .external_labels = {}},
          .alerts = true};
}

/// A group of one alerting rule, at all its times between.
Status RunRule(const rules::Group& group, const policy::AlarmDocument& alarm, Instant from,
               Instant to, const rules::World& world, const control::TakeAlerts& take) {
  const rules::Rule& rule = group.rules().front();
  const Duration before = rule.document.hold + rule.document.keep_firing_for;
  rules::Memory memory;
  for (Instant at = group.grid().After(from - before - group.grid().interval()); at <= to;
       at = at + group.grid().interval()) {
    rules::Round round = rules::Evaluate(group, at, memory, world);
    memory = std::move(round.memory);
    const rules::AlertsPtr& alerts = memory.alerts.front();
    std::optional<ops_model::AlertObservation> seen;
    if (round.outcomes.front().alerts_known && alerts) {
      seen = ObservationOf({group, rule, *alerts});
      seen->alarm = alarm.name;
    }
    if (at >= from) HN_TRY_VOID(take(at, std::move(seen)));
  }
  return {};
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

control::BacktestSource HistoryOf(const metrics::Queryable& source, const Clock& clock,
                                  metrics::QueryMemory* memory) {
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
  history.alerts = [&source, &clock, memory](
                       const policy::OpsFolder& folder, const policy::AlarmDocument& alarm,
                       Instant from, Instant to, const control::TakeAlerts& take) -> Status {
    const rules::World world = PastWorld(source, clock, memory, folder);
    for (policy::RuleGroupDocument& document : RulesOf(folder, alarm)) {
      const rules::Group group(std::move(document));
      HN_TRY_VOID(RunRule(group, alarm, from, to, world, take));
    }
    return {};
  };
  return history;
}

}  // namespace hinomi::app
