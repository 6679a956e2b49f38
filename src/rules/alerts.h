#ifndef HINOMI_RULES_ALERTS_H_
#define HINOMI_RULES_ALERTS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/model.h"
#include "metrics/storage.h"
#include "promql/engine.h"
#include "rules/group.h"
#include "templates/template.h"

/// What alerting rules give, as Prometheus has it
/// (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/). Pure.
namespace hinomi::rules {

/// Inactive is one that fired a short while ago.
enum class AlertState { kInactive, kPending, kFiring };
/// "inactive", "pending", "firing".
std::string_view AlertStateName(AlertState state);

/// One series of an alerting rule's expression, from when it is seen first.
struct Alert {
  metrics::Labels labels;  ///< Of the series, the rule's own over them, and `alertname`.
  std::map<std::string, std::string> annotations;  ///< As of the last evaluation.
  AlertState state = AlertState::kPending;
  double value = 0;           ///< As of the last evaluation that gave the series.
  Instant active_at;          ///< `for` counts from here.
  Instant fired_at;           ///< The epoch: not yet.
  Instant resolved_at;        ///< The epoch: not.
  Instant keep_firing_since;  ///< Since then the series is not given; the epoch: it is.

  bool active() const { return state != AlertState::kInactive; }
};

/// A rule's alerts by their labels.
using Alerts = std::map<metrics::Labels, Alert>;
using AlertsPtr = std::shared_ptr<const Alerts>;

/// Alerts that have ended are remembered for so long.
inline constexpr Duration kResolvedRetention = Duration::Minutes(15);

/// What the texts of alerts may speak of beside their series.
struct Surroundings {
  std::string external_url;
  std::map<std::string, std::string> external_labels;
};

/// What an expression gave at `at`, as pending alerts with their texts. Errors
/// (kInvalidArgument): the same labels twice once the rule's are set.
Result<Alerts> AlertsOf(const Rule& rule, const promql::Vector& vector, Instant at,
                        const Surroundings& surroundings, const templates::Context& texts);

/// The rule's alerts after an evaluation that gave `given`: those that are new are pending, or
/// fire where there is no `for`; those that are gone end, pending ones at once, firing ones
/// after `keep_firing_for`; what ended is remembered for `kResolvedRetention`.
Alerts NextAlerts(const policy::RuleDocument& rule, const Alerts& before, const Alerts& given,
                  Instant at);

size_t CountActive(const Alerts& alerts);

/// The series that an alert is in the store: ALERTS, with its state, and ALERTS_FOR_STATE, whose
/// value is `active_at` in seconds.
inline constexpr const char* kAlertsMetric = "ALERTS";
inline constexpr const char* kForStateMetric = "ALERTS_FOR_STATE";
metrics::Labels AlertsSeries(const Alert& alert);
metrics::Labels ForStateSeries(const Alert& alert);

/// How much of `for` counts after a time down.
struct RestoreRules {
  Duration outage_tolerance = Duration::Hours(1);  ///< A longer outage restores nothing.
  /// An alert that was pending fires at the earliest so long after the start; `for` below it
  /// begins anew.
  Duration grace_period = Duration::Minutes(10);
};

/// Gives the alerts of a group, one of each rule, the `active_at` that they had before this
/// process began, moved on by the time it was down. `now` is when it is done. Errors: those of
/// the store; then nothing is changed.
Status RestoreAlerts(const metrics::Queryable& store, const Group& group,
                     const RestoreRules& restore, Instant now, std::vector<AlertsPtr>& alerts);

}  // namespace hinomi::rules

#endif  // HINOMI_RULES_ALERTS_H_
