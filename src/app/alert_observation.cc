#include "app/alert_observation.h"

namespace hinomi::app {

ops_model::AlertObservation ObservationOf(const rules::AlertReport& report) {
  ops_model::AlertObservation seen;
  seen.rule = report.rule.id;
  seen.alarm = report.rule.document.alert;
  seen.file = report.group.document().file;
  seen.expr = report.rule.document.expr;
  seen.settled = report.settled;
  for (const auto& [labels, alert] : report.alerts) {
    if (!alert.active()) continue;
    metrics::Labels without_name = labels;
    without_name.Set("alertname", "");
    ops_model::AlertObservation::Contributor& one = seen.active.emplace_back();
    one.name = without_name.ToString();
    one.firing = alert.state == rules::AlertState::kFiring;
    one.value = alert.value;
    one.active_at = alert.active_at;
    one.labels = {labels.pairs().begin(), labels.pairs().end()};
    one.annotations = alert.annotations;
  }
  return seen;
}

}  // namespace hinomi::app
