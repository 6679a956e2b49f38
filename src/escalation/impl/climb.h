#ifndef HINOMI_ESCALATION_IMPL_CLIMB_H_
#define HINOMI_ESCALATION_IMPL_CLIMB_H_

#include <string>

#include "escalation/escalation.h"

namespace hinomi::escalation::impl {

/// One decision about one incident: each event that is decided is folded into a copy at once, so
/// that the next one follows from it. Lives for one call of Decide; borrows its arguments.
class Climb {
 public:
  Climb(Escalation escalation, Instant now, const policy::OpsFolder& policy,
        ops_model::Decision& decision)
      : escalation_(std::move(escalation)), now_(now), policy_(policy), decision_(decision) {}

  const Escalation& escalation() const { return escalation_; }

  /// Begins the ladder of a severity. False if it has none.
  bool Start(ops_model::Severity severity);
  /// Takes over the ladder of the present severity, and fires what is due by it.
  void ChangeLadder();
  /// What is due and fires for the first time in its pass, and what begins by itself: the next
  /// pass, the end of an acknowledgement.
  void FireDue();
  /// What is due and fires again.
  void FireRepeats();
  /// `first` fires and, while nobody is reachable, those after it.
  void Fire(size_t first, std::string reason_code, const std::string& by);
  /// The first step that is waiting fires, if any.
  void FireNextWaiting(const std::string& reason_code);
  /// Says so if the last step has had its turn.
  void EndIfExhausted();

 private:
  void Emit(ops_model::EventBody body);
  void EndRest();
  bool IsDue(const Rung& rung) const { return rung.due && *rung.due <= now_; }

  Escalation escalation_;
  const Instant now_;
  const policy::OpsFolder& policy_;
  ops_model::Decision& decision_;
};

}  // namespace hinomi::escalation::impl

#endif  // HINOMI_ESCALATION_IMPL_CLIMB_H_
