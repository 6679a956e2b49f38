#include "rule_tests/timeline.h"

#include <functional>
#include <utility>

namespace hinomi::rule_tests {

Timeline::Timeline(const policy::RuleTest& test, const std::vector<GroupPtr>& groups, Duration step,
                   Coverage& coverage)
    : groups_(groups),
      interval_ms_(test.interval.millis()),
      coverage_(coverage),
      world_(MakeWorld(test)),
      memories_(groups.size()) {
  limits_.default_step = step;
  for (const GroupPtr& group : groups) marks_.insert(rules::MarkBytes(group->key()));
  for (const policy::TestSeries& series : test.series) {
    // Of a series that is given twice the later one counts, as for promtool.
    Source& source = sources_[series.labels];
    source = {series.values, 0, test.start.millis()};
    promql::SetHintsAsStored(source.values);
  }
}

rules::World Timeline::MakeWorld(const policy::RuleTest& test) {
  return {[this](const promql::Expr& expr, std::string_view text, int64_t at_ms) {
            return promql::EvaluateInstant(store_, expr, text, at_ms, limits_);
          },
          [this](const metrics::RawBatch& batch) { return Append(batch); },
          clock_,
          nullptr,
          {test.external_url, test.external_labels},
          true};
}

Status Timeline::Append(const metrics::RawBatch& batch) {
  metrics::RawBatch kept = batch;
  // By marks a server knows its evaluations; a test sees only what its rules say.
  std::erase_if(kept.series, [this](const metrics::RawBatch::Series& series) {
    return marks_.contains(series.label_bytes);
  });
  return store_.AppendRaw(kept);
}

void Timeline::TakeIn(Instant at) {
  for (auto& [labels, source] : sources_) {
    while (source.next < source.values.size() && source.next_ms <= at.millis()) {
      const promql::SequenceValue& value = source.values[source.next];
      if (value.kind == promql::SequenceValue::Kind::kFloat)
        store_.Add(labels, source.next_ms, value.value);
      if (value.histogram) store_.Add(labels, source.next_ms, value.histogram);
      ++source.next;
      source.next_ms += interval_ms_;
    }
  }
}

void Timeline::TellAlerts(const rules::Group& group, const std::vector<rules::Outcome>& outcomes,
                          const rules::Memory& memory, Instant at) const {
  static const rules::Alerts kNone;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].alerts_known) continue;
    const rules::AlertsPtr& alerts = memory.alerts[i];
    on_alerts_(at, {group, group.rules()[i], alerts ? *alerts : kNone});
  }
}

std::vector<Timeline::RuleError> Timeline::Evaluate(Instant at) {
  TakeIn(at);
  std::vector<RuleError> errors;
  for (size_t i = 0; i < groups_.size(); ++i) {
    const rules::Group& group = *groups_[i];
    rules::Round round = rules::Evaluate(group, at, memories_[i], world_);
    coverage_.NoteRound(groups_[i], round);
    for (size_t rule = 0; rule < round.outcomes.size(); ++rule) {
      const Status& status = round.outcomes[rule].status;
      if (!status) errors.push_back({group, group.rules()[rule], status.error().message});
    }
    memories_[i] = std::move(round.memory);
    if (on_alerts_) TellAlerts(group, round.outcomes, memories_[i], at);
  }
  return errors;
}

std::vector<const rules::Alert*> Timeline::Firing(const std::string& alert,
                                                  const std::string& group) const {
  std::vector<const rules::Alert*> firing;
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (!group.empty() && groups_[i]->document().name != group) continue;
    for (size_t rule = 0; rule < memories_[i].alerts.size(); ++rule) {
      const rules::AlertsPtr& alerts = memories_[i].alerts[rule];
      if (!alerts || groups_[i]->rules()[rule].document.alert != alert) continue;
      for (const auto& [labels, one] : *alerts)
        if (one.state == rules::AlertState::kFiring) firing.push_back(&one);
    }
  }
  return firing;
}

Result<promql::Vector> Timeline::Query(const std::string& expr, Instant at) const {
  HN_TRY(promql::QueryResult result, promql::InstantQuery(store_, expr, at.millis(), limits_));
  auto vector = rules::VectorOf(std::move(result));
  if (!vector) return InvalidArgument("the expression gives neither a vector nor a scalar");
  return vector;
}

}  // namespace hinomi::rule_tests
