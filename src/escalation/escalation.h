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

/// One step of a ladder, and where it stands in the present pass.
struct Rung {
  ops_model::EscalationStep step;
  int fired = 0;  ///< Times in this pass.
  /// When it fires next, if it counts then; nothing: not in this pass, or only after the step
  /// before has fired. Moves with a clock that is set back.
  std::optional<Instant> due;
};

/// An open incident and how far up it has gone.
struct Escalation {
  ops_model::IncidentOpened opened;  ///< Its severity is the present one.
  Instant opened_at;
  /// As resolved at the opening, but for its steps, which are in `rungs`.
  ops_model::EscalationStarted plan;
  std::vector<Rung> rungs;  ///< In order of their times. Empty: wakes nobody.
  int pass = 1;
  Instant pass_began;
  std::optional<Instant> next_pass_at;  ///< When the ladder begins anew.
  std::optional<size_t> current;        ///< The rung that fired last.
  bool acknowledged = false;
  Instant acknowledged_at;
  std::optional<Instant> snoozed_until;  ///< No step fires before.
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

  /// True if nothing stands against the rung's firing but its time.
  bool Counts(const Rung& rung) const;
  bool AnyCounts() const;
  /// Counts, and has not fired in this pass.
  bool IsWaiting(const Rung& rung) const;
  /// The rung that fired last, of those that are not over; the first one where none has fired.
  std::optional<size_t> LastStep() const;
  /// Something will fire by itself, if nobody does anything.
  bool HasFuture() const;
  /// When an acknowledgement or a snooze ends by itself.
  std::optional<Instant> RestEndsAt() const;
  /// When something is to be decided about it next; nothing: only when something happens.
  std::optional<Instant> NextAt() const;
};

struct State {
  std::map<std::string, Escalation> incidents;
};

/// What follows from an input:
/// - `IncidentOpened` → `EscalationStarted` with the whole plan, and the
///   steps due at once: L1 ("opened"), and those `at_once_for` this severity
///   ("critical"). `warning` and `info` wake nobody unless a step names them.
/// - Time → `EscalationStepFired`: first firings before repetitions, oldest incident first,
///   in the ladder's order. After an outage what is overdue comes like this too, each step
///   once, however many repetitions were missed.
///   A step whose contacts are all unknown fires with none ("nobody_reachable")
///   and the next one follows at once under the same reason.
/// - `PageDead` that leaves a level without any page that arrived or may arrive
///   → the next step at once ("nobody_reachable").
/// - After the last step of a pass → `EscalationPassBegan` after the plan's time, or
///   `EscalationEnded` ("exhausted"), with a page to the plan's `exhausted_contacts` unless
///   somebody has it in hand; on resolution `EscalationEnded` ("resolved").
/// - An acknowledgement ends the `until_acknowledged` steps only. Where it is given up
///   (`IncidentUnacknowledged`) they go on. After the plan's timeout or at the end of a snooze that
///   is decided here: the step that fired last fires again, and those after it follow in their
///   distances.
/// - `IncidentSnoozed` → nothing fires before its end.
/// - `IncidentSeverityChanged` → `EscalationLadderChanged`: steps of the new severity are added, at
///   once where their time is over or they are `at_once_for` it; those still to come that are
///   not of it fall away. Who was told stays told.
/// - The command incident.escalate {incident, level} → the next step, or the
///   named one, now ("asked"); after the last one it begins anew.
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// Folds one fact; total.
void Apply(State& state, const ops_model::Event& event);

/// The earliest time at which something is to be decided; nothing if there is none.
std::optional<Instant> NextWakeup(const State& state);

/// What is yet to come for an incident if nobody does anything, for people; soonest first. Of a
/// step that repeats the next firing only.
struct Upcoming {
  std::string level;  ///< "" for what is no step.
  Instant at;
  std::vector<std::string> contacts;
  /// "step", "repeat", "pass" (the ladder begins anew), "acknowledgement_timeout", "snooze_over".
  std::string kind = "step";
};
std::vector<Upcoming> UpcomingSteps(const State& state, const std::string& incident);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::escalation

#endif  // HINOMI_ESCALATION_ESCALATION_H_
