#ifndef HINOMI_ALARMS_ALARMS_H_
#define HINOMI_ALARMS_ALARMS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

/// The alarms' states: OK, ALARM, INSUFFICIENT_DATA, as published. Values
/// only; owned by the control thread.
namespace hinomi::alarms {

/// What is published about one alarm.
struct AlarmStatus {
  ops_model::AlarmState state = ops_model::AlarmState::kInsufficientData;
  Instant since;            ///< Of the state.
  uint64_t transition = 0;  ///< Sequence of the event that set the state; 0: from creation.
  /// The newest transition, with its points and reason; its `to` is `state`.
  ops_model::AlarmTransitioned last;
  bool action_taken = false;  ///< The action of this very transition was asked for.
};

/// The folded state.
struct State {
  /// Of the first start ever, by the present clock; zero if none is known.
  Instant installed_at;
  std::map<std::string, AlarmStatus> alarms;
};

/// What follows from an input:
/// - `AlarmEvaluation` → `AlarmTransitioned` where the state changes. An alarm
///   is *observing* for `server.observe_new_alarms` after a fresh install, or
///   as long as its document says `observe_only`: it is published and nothing
///   follows from it. One that is still in ALARM when that ends is published
///   once more (from ALARM to ALARM, "observation_ended"), so that somebody hears.
/// - `AlarmTransitioned` with a scaling action → `AlarmActionTaken`, once a
///   transition: "requested", or "unavailable" where the alarm names no service
///   ("no_service") or one that others run ("no_service_runtime").
ops_model::Decision Decide(const State& state, const ops_model::Input& input, Instant now,
                           const policy::OpsFolder& policy);

/// Folds one fact; total. Alarms come and go with `OpsLoaded`.
void Apply(State& state, const ops_model::Event& event);

Json Save(const State& state);
State Load(const Json& saved);

}  // namespace hinomi::alarms

#endif  // HINOMI_ALARMS_ALARMS_H_
