#ifndef HINOMI_ALARMS_ALARMS_H_
#define HINOMI_ALARMS_ALARMS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/shared_map.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// The alarms' states: OK, ALARM, INSUFFICIENT_DATA, as published. Values
/// only; owned by the control thread.
namespace hinomi::alarms {

/// A series of a PromQL alarm that is in ALARM.
struct Contributor {
  Instant since;
  uint64_t transition = 0;  ///< Sequence of the event that published it.
  ops_model::AlarmContributorMoved last;
};

constexpr size_t kMostChangesKept = 20;

/// What is published about one alarm.
struct AlarmStatus {
  ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
  Instant since;            ///< Of the state.
  uint64_t transition = 0;  ///< Sequence of the event that set the state; 0: from creation.
  /// The newest transition, with its points and reason; its `to` is `state`.
  ops_model::AlarmTransitioned last;
  bool action_taken = false;  ///< The action of this very transition was asked for.
  /// The state whose action was let through last, or that needed none; from creation
  /// INSUFFICIENT_DATA.
  ops_model::AlarmState acted = ops_model::AlarmState::kInsufficientData;
  Instant alarm_ended;  ///< When it left the ALARM state last; zero: never.
  /// When the state changed, of the last hour at most kMostChangesKept; the oldest first.
  std::deque<Instant> changes;
  /// Of a PromQL alarm, those in ALARM; by name.
  std::map<std::string, Contributor> contributors;
  /// Not in the folder in force: it is forgotten when its last contributor is OK.
  bool undeclared = false;

  /// Its action is kept back and may be let through later. Of contributors each has its own,
  /// which is looked at with each evaluation.
  bool is_held() const {
    return contributors.empty() && last.is_held() &&
           (state == ops_model::AlarmState::kAlarm || !last.action.empty() ||
            last.held_by == ops_model::kHeldByFlapping);
  }
};

/// The folded state.
struct State {
  /// Of the first start ever, by the present clock; zero if none is known.
  Instant installed_at;
  SharedMap<std::string, AlarmStatus> alarms;  ///< Readers get a copy after each change.
  std::set<std::string> held;  ///< Names of those that are held; follows from `alarms`.
};

/// What follows from an input:
/// - `AlarmEvaluation` → `AlarmTransitioned` where the state changes.
/// - `AlarmTransitioned`, `OpsLoaded` → the same of composite alarms that are made of others.
/// - `AlarmTransitioned` with a scaling action → `AlarmActionTaken`, once a
///   transition: "requested", or "unavailable" where the alarm names no service
///   ("no_service") or one that others run ("no_service_runtime").
/// - the command alarm.set_state {alarm, state, reason} → `AlarmTransitioned`.
/// - `AlertObservation`, `AlertRulesInForce` → `AlarmContributorMoved` (contributors.h).
///
/// An action may be kept back. An alarm is *observing* for `server.observe_new_alarms` after a
/// fresh install, or as long as its document says `observe_only`; it may be muted by a rule, or
/// its suppressor may stand (impl/holds.h). It is published then and nothing follows from it. When
/// that ends, by time or with the suppressor, it is published once more without a change of its
/// state, as "observation_ended", "mute_ended" or "suppression_ended", so that somebody hears;
/// after a mute only if its state is another than the one last told. As long as only what
/// holds it changes, "held".
///
/// A recovery of an alarm whose state changes again and again is held back, too ("flapping"): its
/// incident stays open, and one that goes off again joins it. Going off is never held back by that.
/// When the state has come to rest it is published once more, as "flapping_ended".
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// When one of the actions that are kept back has to be looked at again.
std::optional<Instant> NextWakeup(const State& state);

/// Folds one fact; total. Alarms come and go with `OpsLoaded`.
void Apply(State& state, const ops_model::Event& event);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_ALARMS_H_
