#ifndef HINOMI_INCIDENTS_INCIDENTS_H_
#define HINOMI_INCIDENTS_INCIDENTS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// Incidents: triggered → acknowledged → resolved, and resolved is the end.
/// Values only; owned by the control thread.
namespace hinomi::incidents {

/// The same key again inside this time after the resolution opens a new
/// incident that is linked to the former one as its recurrence.
constexpr Duration kReopenWindow = Duration::Minutes(10);
/// So many resolved incidents stay in the state; all stay in the journal.
constexpr size_t kResolvedKept = 500;

struct Incident {
  ops_model::IncidentOpened opened;
  Instant opened_at;
  ops_model::IncidentAcknowledged acknowledged;  ///< The newest; `by` is "" if nobody did.
  Instant acknowledged_at;
  ops_model::IncidentResolved resolved;  ///< `incident` is "" while it is open.
  Instant resolved_at;
  uint64_t signals = 0;  ///< That joined after the opening.
  ops_model::IncidentSignal last_signal;
  Instant last_signal_at;

  bool is_open() const { return resolved.incident.empty(); }
  bool is_acknowledged() const { return !acknowledged.by.empty(); }
  /// "triggered", "acknowledged", "resolved".
  std::string_view state_name() const;
};

struct State {
  uint64_t last_number = 0;  ///< Of the newest incident: INC-<number>.
  std::map<std::string, Incident> open;
  std::deque<Incident> resolved;  ///< Oldest resolution first, at most kResolvedKept.

  /// Open or resolved and kept; null if there is none.
  const Incident* Find(const std::string& name) const;
};

/// What follows from an input:
/// - `AlarmTransitioned` to ALARM, whose action has a route without scaling →
///   `IncidentOpened`, or `IncidentSignal` where one is open under its key;
///   to OK → `IncidentResolved` ("source_recovered"); to INSUFFICIENT_DATA →
///   `IncidentSignal`, since silence is no recovery. Observing alarms open nothing.
/// - `AlarmContributorMoved`: the same for each contributor of an alarm, with an incident of its
///   own.
/// - The commands incident.open {title, severity, service, key, route},
///   alarm.fire_test {alarm} (what the alarm would open, as a test),
///   .acknowledge {incident}, .resolve {incident, text}, .note {incident, text}.
///   "7" and "inc-7" name INC-7. Acknowledging twice by the same person is no
///   new fact; a resolved incident takes notes only.
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// Folds one fact; total.
void Apply(State& state, const ops_model::Event& event);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::incidents

#endif  // HINOMI_INCIDENTS_INCIDENTS_H_
