#include "escalation/impl/climb.h"

#include <utility>

#include "escalation/impl/fold.h"
#include "escalation/impl/ladder.h"

namespace hinomi::escalation::impl {

using ops_model::EscalationEnded;
using ops_model::EscalationLadderChanged;
using ops_model::EscalationPassBegan;
using ops_model::EscalationStarted;
using ops_model::EscalationStepFired;
using ops_model::IncidentUnacknowledged;

void Climb::Emit(ops_model::EventBody body) {
  Fold(escalation_, body, now_);
  decision_.events.push_back(std::move(body));
}

bool Climb::Start(ops_model::Severity severity) {
  EscalationStarted started = Plan(escalation_.opened, severity, policy_);
  if (started.steps.empty()) return false;
  started.severity = escalation_.opened.severity;
  Emit(std::move(started));
  return true;
}

void Climb::ChangeLadder() {
  const ops_model::Severity severity = escalation_.opened.severity;
  EscalationStarted plan = Plan(escalation_.opened, severity, policy_);
  if (!escalation_.rungs.empty())
    Emit(EscalationLadderChanged{escalation_.opened.incident, severity,
                                 LadderWithFired(escalation_, std::move(plan.steps)),
                                 plan.acknowledgement_timeout});
  else if (!plan.steps.empty())
    Emit(std::move(plan));
  const size_t before = decision_.events.size();
  for (size_t i = 0; i < escalation_.rungs.size(); ++i) {
    const Rung& rung = escalation_.rungs[i];
    if (escalation_.IsWaiting(rung) && IsDue(rung) && rung.step.after == Duration())
      Fire(i, "severity_raised", "");
  }
  FireDue();
  if (decision_.events.size() > before)
    EndIfExhausted();
  else if (!escalation_.ended && !escalation_.HasFuture())
    Emit(EscalationEnded{escalation_.opened.incident, "severity_lowered"});
}

void Climb::EndRest() {
  const std::optional<Instant> rest_ends = escalation_.RestEndsAt();
  if (!rest_ends || *rest_ends > now_) return;
  const std::string reason = escalation_.snoozed_until ? "snooze_over" : "acknowledgement_timeout";
  Emit(IncidentUnacknowledged{escalation_.opened.incident, "hinomi", reason});
  if (const std::optional<size_t> last = escalation_.LastStep()) Fire(*last, reason, "");
}

void Climb::FireDue() {
  const size_t before = decision_.events.size();
  EndRest();
  if (escalation_.next_pass_at && *escalation_.next_pass_at <= now_ && escalation_.AnyCounts())
    Emit(EscalationPassBegan{escalation_.opened.incident, escalation_.pass + 1});
  for (size_t i = 0; i < escalation_.rungs.size(); ++i)
    if (escalation_.IsWaiting(escalation_.rungs[i]) && IsDue(escalation_.rungs[i]))
      Fire(i, ReasonOf(escalation_, i), "");
  if (decision_.events.size() > before) EndIfExhausted();
}

void Climb::FireRepeats() {
  for (size_t i = 0; i < escalation_.rungs.size(); ++i) {
    const Rung& rung = escalation_.rungs[i];
    if (rung.fired > 0 && escalation_.Counts(rung) && IsDue(rung)) Fire(i, "repeated", "");
  }
}

void Climb::Fire(size_t first, std::string reason_code, const std::string& by) {
  for (size_t i = first; i < escalation_.rungs.size(); ++i) {
    if (i != first && !escalation_.IsWaiting(escalation_.rungs[i])) continue;
    const ops_model::EscalationStep step = escalation_.rungs[i].step;
    std::vector<std::string> contacts = Reachable(step.contacts, policy_);
    const bool nobody = contacts.empty();
    if (nobody) reason_code = "nobody_reachable";
    Emit(EscalationStepFired{escalation_.opened.incident, step.level, std::move(contacts),
                             reason_code, by});
    if (!nobody) return;
  }
}

void Climb::FireNextWaiting(const std::string& reason_code) {
  for (size_t i = 0; i < escalation_.rungs.size(); ++i) {
    if (!escalation_.IsWaiting(escalation_.rungs[i])) continue;
    Fire(i, reason_code, "");
    return EndIfExhausted();
  }
}

void Climb::EndIfExhausted() {
  if (escalation_.ended || escalation_.HasFuture()) return;
  const std::vector<std::string> contacts = Reachable(escalation_.plan.exhausted_contacts, policy_);
  if (!contacts.empty() && !escalation_.acknowledged)
    Emit(EscalationStepFired{escalation_.opened.incident, "", contacts, "exhausted", ""});
  Emit(EscalationEnded{escalation_.opened.incident, "exhausted"});
}

}  // namespace hinomi::escalation::impl
