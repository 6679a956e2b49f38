#ifndef HINOMI_CONTROL_MACHINE_H_
#define HINOMI_CONTROL_MACHINE_H_

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "ops_model/decision.h"
#include "ops_model/event.h"
#include "policy/documents.h"

namespace hinomi::control {

/// One operations module as the control loop sees it: a state machine over
/// time in two functions. An adapter over the module's own
/// `Decide(state, …)` and `Apply(state, event)`; holds the state.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual std::string_view name() const = 0;

  /// What follows from an input, given the state. Changes nothing. May differ
  /// between releases; restart never calls it for the past.
  virtual ops_model::Decision Decide(const ops_model::Input& input, Instant now,
                                     const policy::OpsFolder& policy, Random& random) const = 0;
  /// Folds one fact. Total: no clock, no policy, no randomness, never fails;
  /// events of others are ignored.
  virtual void Apply(const ops_model::Event& event) = 0;
  /// When the machine wants a TimerInput, if ever.
  virtual std::optional<Instant> NextWakeup() const = 0;

  /// The folded state, and back: snapshot + tail equals fold from zero.
  virtual Json Save() const = 0;
  virtual void Load(const Json& saved) = 0;
  /// Back to the state before any event.
  virtual void Reset() = 0;
};

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_MACHINE_H_
