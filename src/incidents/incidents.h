#ifndef HINOMI_INCIDENTS_INCIDENTS_H_
#define HINOMI_INCIDENTS_INCIDENTS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
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

/// IncidentOpened::reason_code of an incident that many problems at once share.
inline constexpr const char* kStormReason = "storm";
/// Nobody may put an incident off for longer.
constexpr Duration kLongestSnooze = Duration::Hours(24);

struct Incident {
  ops_model::IncidentOpened opened;  ///< Its severity is the present one.
  Instant opened_at;
  ops_model::IncidentAcknowledged acknowledged;  ///< The newest; `by` is "" if nobody has it.
  Instant acknowledged_at;
  ops_model::IncidentResolved resolved;  ///< `incident` is "" while it is open.
  Instant resolved_at;
  uint64_t signals = 0;  ///< That joined after the opening.
  ops_model::IncidentSignal last_signal;
  Instant last_signal_at;
  std::optional<Instant> snoozed_until;
  /// Problems that are part of it, by their keys, its own among them where there are any; true
  /// while one lasts. Its source has recovered when none does.
  std::map<std::string, bool> members;
  Instant last_joined_at;   ///< When the newest of them came.
  std::string merged_into;  ///< The incident that goes on for it; "" if none.
  /// "impact_start", "detected", "mitigated", "resolved": as people corrected them.
  std::map<std::string, Instant> corrected;

  bool is_open() const { return resolved.incident.empty(); }
  bool is_storm() const { return opened.reason_code == kStormReason; }
  bool is_acknowledged() const { return !acknowledged.by.empty(); }
  /// "triggered", "acknowledged", "resolved".
  std::string_view state_name() const;
};

struct State {
  uint64_t last_number = 0;  ///< Of the newest incident: INC-<number>.
  std::map<std::string, Incident> open;
  std::map<std::string, std::string> by_key;  ///< Name of the open incident of a problem's key.
  std::string storm;                          ///< The newest incident of a storm; it may be over.
  std::deque<Incident> resolved;              ///< Oldest resolution first, at most kResolvedKept.

  /// Open or resolved and kept; null if there is none.
  const Incident* Find(const std::string& name) const;
};

/// What follows from an input:
/// - `AlarmTransitioned` to ALARM, whose action has a route without scaling →
///   `IncidentOpened`, or `IncidentSignal` where one is open under its key;
///   to OK → `IncidentResolved` ("source_recovered"); to INSUFFICIENT_DATA →
///   `IncidentSignal`, since silence is no recovery. Observing alarms open nothing.
///   In a storm (the policy's so many incidents within its time) it joins the storm's incident as a
///   member of it instead; that one is over when all its members are.
/// - `AlarmContributorMoved`: the same for each contributor of an alarm, with an incident of its
///   own.
/// - The commands incident.open {title, severity, service, key, route},
///   alarm.fire_test {alarm} (what the alarm would open, as a test),
///   .acknowledge {incident}, .unacknowledge {incident}, .snooze {incident, for | until},
///   .severity {incident, severity, text}, .resolve {incident, text}, .merge {incident, into}.
///   "7" and "inc-7" name INC-7. Acknowledging twice by the same person is no
///   new fact. What is merged is resolved ("merged"); its problems count for the other one, which
///   its source ends when the last of them is over.
/// - Of a resolved incident, too: .note {incident, text}, .link {incident, target, text},
///   .correct {incident, what, time, text}: a time by which it is accounted for.
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// Folds one fact; total.
void Apply(State& state, const ops_model::Event& event);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::incidents

#endif  // HINOMI_INCIDENTS_INCIDENTS_H_
