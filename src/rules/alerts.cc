#include "rules/alerts.h"

#include <optional>
#include <utility>

#include "metrics/native_histogram_buckets.h"

namespace hinomi::rules {
namespace {

bool IsSet(Instant time) {
  return time != Instant();
}

templates::AlertData DataOf(const promql::VectorSample& sample, const Surroundings& surroundings) {
  templates::AlertData data;
  data.labels = {sample.labels.pairs().begin(), sample.labels.pairs().end()};
  data.external_labels = surroundings.external_labels;
  data.value = sample.histogram ? templates::Value(metrics::ToText(*sample.histogram))
                                : templates::Value(sample.value);
  return data;
}

/// An alert whose series was not given at `at`; nothing once it is forgotten.
std::optional<Alert> WithoutSeries(const policy::RuleDocument& rule, Alert alert, Instant at) {
  if (alert.state == AlertState::kPending) return std::nullopt;
  if (IsSet(alert.resolved_at) && at - alert.resolved_at > kResolvedRetention) return std::nullopt;
  if (!alert.active()) return alert;
  if (rule.keep_firing_for > Duration()) {
    if (!IsSet(alert.keep_firing_since)) alert.keep_firing_since = at;
    if (at - alert.keep_firing_since < rule.keep_firing_for) return alert;
  }
  alert.state = AlertState::kInactive;
  alert.resolved_at = at;
  return alert;
}

/// The last samples of the series that tell since when the rule's alerts are active.
Result<std::map<metrics::Labels, metrics::Sample>> LastForStates(const metrics::Queryable& store,
                                                                 const std::string& alert,
                                                                 Instant from, Instant to) {
  const std::vector<metrics::Matcher> matchers = {
      {"__name__", metrics::MatchType::kEqual, kForStateMetric},
      {"alertname", metrics::MatchType::kEqual, alert}};
  HN_TRY(const std::vector<metrics::SeriesColumns> series,
         store.Select(matchers, from.millis(), to.millis(), {}));
  std::map<metrics::Labels, metrics::Sample> last;
  for (const metrics::SeriesColumns& one : series)
    if (!one.at_ms.empty()) last[one.labels] = {one.at_ms.back(), one.values.back()};
  return last;
}

Instant RestoredActiveAt(const Alert& alert, const metrics::Sample& last, Duration hold,
                         const RestoreRules& restore, Instant now) {
  if (metrics::IsStaleMarker(last.value)) return alert.active_at;  // It had ended.
  const Instant down_at = Instant::FromMillis(last.at_ms);
  const Instant active_at = Instant::FromSeconds(static_cast<int64_t>(last.value));
  const Duration remaining = hold - (down_at - active_at);
  if (remaining <= Duration()) return active_at;  // It fired.
  if (remaining < restore.grace_period) return now + restore.grace_period - hold;
  return active_at + (now - down_at);
}

}  // namespace

std::string_view AlertStateName(AlertState state) {
  switch (state) {
    case AlertState::kInactive:
      return "inactive";
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      break;
  }
  return "firing";
}

Result<Alerts> AlertsOf(const Rule& rule, const promql::Vector& vector, Instant at,
                        const Surroundings& surroundings, const templates::Context& texts) {
  Alerts alerts;
  for (const promql::VectorSample& sample : vector) {
    const templates::AlertData data = DataOf(sample, surroundings);
    Alert alert;
    alert.labels = sample.labels;
    alert.labels.Set("__name__", "");
    for (const auto& [name, text] : rule.labels) alert.labels.Set(name, text.Expand(data, texts));
    alert.labels.Set("alertname", rule.document.alert);
    for (const auto& [name, text] : rule.annotations)
      alert.annotations[name] = text.Expand(data, texts);
    alert.value = sample.histogram ? 0 : sample.value;
    alert.active_at = at;
    metrics::Labels labels = alert.labels;
    if (!alerts.emplace(std::move(labels), std::move(alert)).second) {
      return InvalidArgument(
          "vector contains metrics with the same labelset after applying alert labels");
    }
  }
  return alerts;
}

Alerts NextAlerts(const policy::RuleDocument& rule, const Alerts& before, const Alerts& given,
                  Instant at) {
  Alerts next;
  for (const auto& [labels, alert] : before) {
    if (given.contains(labels)) continue;
    if (auto kept = WithoutSeries(rule, alert, at)) next.emplace(labels, *std::move(kept));
  }
  for (const auto& [labels, fresh] : given) {
    Alert alert = fresh;
    if (const auto known = before.find(labels); known != before.end() && known->second.active()) {
      alert = known->second;
      alert.value = fresh.value;
      alert.annotations = fresh.annotations;
      alert.keep_firing_since = Instant();
    }
    if (alert.state == AlertState::kPending && at - alert.active_at >= rule.hold) {
      alert.state = AlertState::kFiring;
      alert.fired_at = at;
    }
    next.emplace(labels, std::move(alert));
  }
  return next;
}

size_t CountActive(const Alerts& alerts) {
  size_t count = 0;
  for (const auto& [labels, alert] : alerts) count += alert.active() ? 1 : 0;
  return count;
}

metrics::Labels AlertsSeries(const Alert& alert) {
  metrics::Labels series = alert.labels;
  series.Set("__name__", kAlertsMetric);
  series.Set("alertstate", AlertStateName(alert.state));
  return series;
}

metrics::Labels ForStateSeries(const Alert& alert) {
  metrics::Labels series = alert.labels;
  series.Set("__name__", kForStateMetric);
  return series;
}

Status RestoreAlerts(const metrics::Queryable& store, const Group& group,
                     const RestoreRules& restore, Instant now, std::vector<AlertsPtr>& alerts) {
  std::vector<AlertsPtr> restored = alerts;
  for (size_t i = 0; i < restored.size(); ++i) {
    const policy::RuleDocument& rule = group.rules()[i].document;
    if (!restored[i] || restored[i]->empty() || rule.hold < restore.grace_period) continue;
    HN_TRY(const auto last, LastForStates(store, rule.alert, now - restore.outage_tolerance, now));
    Alerts moved = *restored[i];
    for (auto& [labels, alert] : moved) {
      const auto known = last.find(ForStateSeries(alert));
      if (known != last.end())
        alert.active_at = RestoredActiveAt(alert, known->second, rule.hold, restore, now);
    }
    restored[i] = std::make_shared<const Alerts>(std::move(moved));
  }
  alerts = std::move(restored);
  return {};
}

}  // namespace hinomi::rules
