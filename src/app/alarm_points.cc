#include "app/alarm_points.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "alarms/anomaly_training.h"
#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "app/alert_observation.h"
#include "app/metric_points.h"
#include "metrics/datapoints.h"
#include "policy/alert_rules.h"
#include "rules/evaluation.h"

namespace hinomi::app {
namespace {

// As rules have.
constexpr Duration kLongestPastQuery = Duration::Minutes(2);

/// What is usual at each time of the grid by the model that is in force for it.
Result<std::vector<std::optional<ops_model::Band>>> BandsOf(const policy::AlarmDocument& alarm,
                                                            const metric_math::Grid& grid,
                                                            BandModels& models) {
  std::vector<std::optional<ops_model::Band>> bands;
  BandModels::ModelPtr model;
  Instant fitted;
  for (size_t i = 0; i < grid.count; ++i) {
    const Instant at = grid.At(i);
    // One without a band is not kept: it would be fitted for each point.
    if (model == nullptr || alarms::FittedAt(alarm, at) != fitted) {
      HN_TRY(model, models.At(alarm, at));
      fitted = alarms::FittedAt(alarm, at);
    }
    bands.push_back(model->Band(at, alarm.spreads));
  }
  return bands;
}

/// The points of what an alarm of expressions watches, the oldest first.
Result<std::vector<ops_model::Datapoint>> ReadExpression(const metrics::Queryable& source,
                                                         const policy::AlarmDocument& alarm,
                                                         const std::vector<Instant>& edges,
                                                         BandModels& models) {
  HN_TRY(const metric_math::Input input, ReadMathInput(source, alarm, edges));
  HN_TRY(const metric_math::TimeSeries watched, alarm.math->Evaluate(input));
  std::vector<ops_model::Datapoint> points;
  for (size_t i = 0; i < watched.points.size(); ++i)
    points.push_back({edges[i], watched.points[i]});
  if (!alarm.has_band()) return points;
  HN_TRY(const auto bands, BandsOf(alarm, input.grid, models));
  for (size_t i = 0; i < points.size(); ++i) points[i].band = bands[i];
  return points;
}

/// The points of a metric, the oldest first.
Result<std::vector<ops_model::Datapoint>> ReadPlain(const metrics::Queryable& source,
                                                    const policy::AlarmDocument& alarm,
                                                    const std::vector<Instant>& edges) {
  HN_TRY(const PeriodValues values, ReadMetric(source, alarm.Metrics().front(), edges));
  std::vector<ops_model::Datapoint> points;
  for (size_t i = 0; i < values.size(); ++i) {
    ops_model::Datapoint& point = points.emplace_back();
    point.at = edges[i];
    if (!values[i]) continue;
    point.value = values[i]->value;
    point.samples = values[i]->samples;
  }
  return points;
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
  static const rules::Alerts kNone;
  rules::Memory memory;
  for (Instant at = group.grid().After(from - before - group.grid().interval()); at <= to;
       at = at + group.grid().interval()) {
    rules::Round round = rules::Evaluate(group, at, memory, world);
    memory = std::move(round.memory);
    const rules::AlertsPtr& alerts = memory.alerts.front();
    std::optional<ops_model::AlertObservation> seen;
    if (round.outcomes.front().alerts_known) {
      seen = ObservationOf({group, rule, alerts ? *alerts : kNone});
      seen->alarm = alarm.name;
    }
    if (at >= from) HN_TRY_VOID(take(at, std::move(seen)));
  }
  return {};
}

}  // namespace

Result<std::vector<ops_model::Datapoint>> ReadPoints(const metrics::Queryable& source,
                                                     const policy::AlarmDocument& alarm,
                                                     const std::vector<Instant>& edges,
                                                     BandModels& models) {
  // Composite and PromQL alarms have no points of their own.
  if (!alarm.reads_points()) return std::vector<ops_model::Datapoint>();
  HN_TRY(std::vector<ops_model::Datapoint> points,
         alarm.math != nullptr ? ReadExpression(source, alarm, edges, models)
                               : ReadPlain(source, alarm, edges));
  std::ranges::reverse(points);
  return points;
}

Result<std::vector<Instant>> ReadSampleTimesOf(const metrics::Queryable& source,
                                               const policy::AlarmDocument& alarm, Instant from,
                                               Instant to) {
  std::vector<Instant> all;
  for (const policy::MetricQueryDocument& wanted : alarm.Metrics()) {
    HN_TRY(const auto times, metrics::ReadSampleTimes(source, SeriesOf(wanted), from, to));
    all.insert(all.end(), times.begin(), times.end());
  }
  std::ranges::sort(all);
  return all;
}

std::string WhyNoBand(const policy::AlarmDocument& alarm, Instant at, BandModels& models) {
  if (!alarm.has_band()) return {};
  const auto model = models.At(alarm, at - alarm.period);
  return model ? (*model)->summary().no_band : model.error().message;
}

control::BacktestSource HistoryOf(const metrics::Queryable& source, const Clock& clock,
                                  metrics::QueryMemory* memory) {
  control::BacktestSource history;
  const auto models = std::make_shared<BandModels>(source, clock);
  history.points = [&source, models](const policy::AlarmDocument& alarm, Instant at) {
    return ReadPoints(source, alarm, alarms::PeriodEdges(alarm, at, alarms::PeriodsLookedAt(alarm)),
                      *models);
  };
  history.no_band = [models](const policy::AlarmDocument& alarm, Instant at) {
    return WhyNoBand(alarm, at, *models);
  };
  history.samples = [&source](const policy::AlarmDocument& alarm, Instant from, Instant to) {
    return ReadSampleTimesOf(source, alarm, from, to);
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
