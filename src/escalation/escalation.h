#ifndef HINOMI_ESCALATION_ESCALATION_H_
#define HINOMI_ESCALATION_ESCALATION_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// Who is told when, as long as an incident is open. Values only; owned by the
/// control thread.
namespace hinomi::escalation {

/// An open incident and how far up it has gone.
struct Escalation {
  ops_model::IncidentOpened opened;
  Instant opened_at;  ///< All steps count from here; moves with a clock that is set back.
  /// As resolved at the opening; in order of their times. Empty: wakes nobody.
  std::vector<ops_model::EscalationStep> steps;
  std::vector<bool> fired;  ///< One for each step.
  bool acknowledged = false;
  bool resolved = false;
  bool ended = false;  ///< Every step has had its turn.
  /// Pages that were queued for a level and have not arrived; true while they
  /// still may. Copies for the outbox as a last resort do not count.
  struct PageOnItsWay {
    std::string level;
    bool alive = true;
  };
  std::map<std::string, PageOnItsWay> pages;
  std::set<std::string> reached_levels;  ///< Of which a page arrived.

  /// Steps that still have a time ahead: not fired, and not silenced by an
  /// acknowledgement.
  bool IsWaiting(size_t step) const;
};

struct State {
  std::map<std::string, Escalation> incidents;
};

/// What follows from an input:
/// - `IncidentOpened` → `EscalationStarted` with the whole ladder, and the
///   steps due at once: L1 ("opened"), and those `at_once_for` this severity
///   ("critical"). `warning` and `info` wake nobody unless a step names them.
/// - Time → `EscalationStepFired`, each step once, oldest incident first, in
///   the ladder's order. After an outage the overdue ones come like this too.
///   A step whose contacts are all unknown fires with none ("nobody_reachable")
///   and the next one follows at once under the same reason.
/// - `PageDead` that leaves a level without any page that arrived or may arrive
///   → the next step at once ("nobody_reachable").
/// - After the last step → `EscalationEnded` ("exhausted"); on resolution
///   ("resolved"). An acknowledgement ends the `until_acknowledged` steps only.
/// - The command incident.escalate {incident, level} → the next step, or the
///   named one, now ("asked"); after the last one it begins anew.
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// Folds one fact; total.
void Apply(State& state, const ops_model::Event& event);

/// The earliest time at which a step is due; nothing if none waits.
std::optional<Instant> NextWakeup(const State& state);

/// What is yet to come for an incident, for people: level and time, soonest first.
struct Upcoming {
  std::string level;
  Instant at;
  std::vector<std::string> contacts;
};
std::vector<Upcoming> UpcomingSteps(const State& state, const std::string& incident);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::escalation

#endif  // HINOMI_ESCALATION_ESCALATION_H_
