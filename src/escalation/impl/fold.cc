#include "escalation/impl/fold.h"

#include <algorithm>
#include <utility>

namespace hinomi::escalation::impl {
namespace {

using ops_model::EscalationLadderChanged;
using ops_model::EscalationPassBegan;
using ops_model::EscalationStarted;
using ops_model::EscalationStepFired;
using ops_model::IncidentUnacknowledged;

/// A pass begins: steps that count from the one before wait for its firing.
void BeginPass(Escalation& escalation, Instant at) {
  escalation.pass_began = at;
  escalation.next_pass_at.reset();
  escalation.ended = false;
  if (std::erase_if(escalation.rungs, [](const Rung& rung) { return rung.step.over; }) > 0)
    escalation.current.reset();
  for (Rung& rung : escalation.rungs) {
    rung.fired = 0;
    rung.due.reset();
    if (!rung.step.after_previous) rung.due = at + rung.step.after;
  }
}

void FoldStarted(Escalation& escalation, const EscalationStarted& started, Instant at) {
  escalation.plan = started;
  escalation.plan.steps.clear();
  escalation.opened.incident = started.incident;
  escalation.opened.severity = started.severity;
  escalation.rungs.clear();
  for (const ops_model::EscalationStep& step : started.steps) escalation.rungs.push_back({step});
  escalation.pass = 1;
  escalation.current.reset();
  BeginPass(escalation, at);
}

bool MorePasses(const Escalation& escalation) {
  return escalation.plan.passes == ops_model::kPassesWithoutEnd ||
         escalation.pass < escalation.plan.passes;
}

/// A pass is over when each of its steps has fired.
void PlanNextPass(Escalation& escalation, Instant at) {
  const bool more =
      std::ranges::any_of(escalation.rungs, [](const Rung& rung) { return rung.fired == 0; });
  if (!more && MorePasses(escalation) && !escalation.next_pass_at)
    escalation.next_pass_at = at + escalation.plan.pass_after;
}

/// What fired stays as it is; a new step's time counts from where the others' do.
void FoldLadder(Escalation& escalation, const EscalationLadderChanged& changed, Instant at) {
  std::vector<Rung> rungs;
  for (const ops_model::EscalationStep& step : changed.steps) {
    Rung rung{step};
    const auto former =
        std::ranges::find(escalation.rungs, step.level,
                          [](const Rung& one) -> const auto& { return one.step.level; });
    const bool same = former != escalation.rungs.end() && former->step.after == step.after;
    if (former != escalation.rungs.end()) {
      rung.fired = former->fired;
      rung.due = former->due;
    }
    if (rung.fired == 0 && !step.after_previous && !same)
      rung.due = step.after > Duration() ? escalation.pass_began + step.after : at;
    rungs.push_back(std::move(rung));
  }
  const std::string last =
      escalation.current ? escalation.rungs[*escalation.current].step.level : std::string();
  escalation.current.reset();
  escalation.rungs = std::move(rungs);
  for (size_t i = 0; i < escalation.rungs.size(); ++i)
    if (escalation.rungs[i].step.level == last) escalation.current = i;
  escalation.opened.severity = changed.severity;
  escalation.plan.acknowledgement_timeout = changed.acknowledgement_timeout;
  escalation.ended = false;
  escalation.next_pass_at.reset();
  const auto counts = [](const Rung& rung) { return !rung.step.over; };
  if (std::ranges::any_of(escalation.rungs, counts)) PlanNextPass(escalation, at);
}

/// The rung that a firing is of: the first of its level that has not fired, else the last one.
std::optional<size_t> RungOf(const Escalation& escalation, const std::string& level) {
  std::optional<size_t> found;
  for (size_t i = 0; i < escalation.rungs.size(); ++i) {
    if (escalation.rungs[i].step.level != level) continue;
    found = i;
    if (escalation.rungs[i].fired == 0) break;
  }
  return found;
}

void FoldFired(Escalation& escalation, const EscalationStepFired& fired, Instant at) {
  const std::optional<size_t> index = RungOf(escalation, fired.level);
  if (!index) return;
  Rung& rung = escalation.rungs[*index];
  ++rung.fired;
  rung.due.reset();
  if (rung.step.repeat_every > Duration()) rung.due = at + rung.step.repeat_every;
  escalation.current = index;
  if (*index + 1 < escalation.rungs.size()) {
    Rung& next = escalation.rungs[*index + 1];
    if (next.step.after_previous && next.fired == 0 && !next.due) next.due = at + next.step.after;
  }
  PlanNextPass(escalation, at);
}

/// What counts from a step that does not fire now counts from the time at which it would have.
void FoldAcknowledged(Escalation& escalation, Instant at) {
  escalation.acknowledged = true;
  escalation.acknowledged_at = at;
  escalation.snoozed_until.reset();
  for (size_t i = 0; i + 1 < escalation.rungs.size(); ++i) {
    const Rung& rung = escalation.rungs[i];
    Rung& next = escalation.rungs[i + 1];
    if (rung.fired == 0 && rung.step.until_acknowledged && rung.due && next.fired == 0 &&
        next.step.after_previous && !next.due)
      next.due = *rung.due + next.step.after;
  }
}

/// Where somebody takes an acknowledgement back, it is as if it had not been. Where it ran out, the
/// steps go on from the one that fired last, in their distances: nobody is called at once for
/// what passed while somebody had it in hand.
void FoldUnacknowledged(Escalation& escalation, const IncidentUnacknowledged& fact, Instant at) {
  const bool snoozed = escalation.snoozed_until.has_value();
  escalation.acknowledged = false;
  escalation.snoozed_until.reset();
  escalation.ended = false;
  if (fact.reason_code == "asked") return;
  const std::optional<size_t> last = escalation.LastStep();
  const Duration reached = last ? escalation.rungs[*last].step.after : Duration();
  for (Rung& rung : escalation.rungs) {
    const bool rested = snoozed || rung.step.until_acknowledged;
    if (rung.fired > 0 || rung.step.after_previous || !rested) continue;
    rung.due = std::max(rung.due.value_or(at), at + (rung.step.after - reached));
  }
  if (snoozed && escalation.next_pass_at && *escalation.next_pass_at < at)
    escalation.next_pass_at = at + escalation.plan.pass_after;
}

void FoldQueued(Escalation& escalation, const ops_model::PageQueued& queued) {
  if (queued.kind == "page" && !queued.level.empty() && queued.reason_code != "last_resort")
    escalation.pages[queued.page] = {queued.level, true};
}

void FoldAttempted(Escalation& escalation, const ops_model::PageAttempted& attempted) {
  const auto found = escalation.pages.find(attempted.page);
  if (attempted.outcome != "delivered" || found == escalation.pages.end()) return;
  escalation.reached_levels.insert(found->second.level);
  escalation.pages.erase(found);
}

/// One function for each type of fact; what there is none for does nothing.
struct Folder {
  Escalation& escalation;
  Instant at;

  void operator()(const EscalationStarted& fact) const { FoldStarted(escalation, fact, at); }
  void operator()(const EscalationLadderChanged& fact) const { FoldLadder(escalation, fact, at); }
  void operator()(const EscalationPassBegan& fact) const {
    escalation.pass = fact.pass;
    BeginPass(escalation, at);
  }
  void operator()(const EscalationStepFired& fact) const { FoldFired(escalation, fact, at); }
  void operator()(const ops_model::EscalationEnded&) const { escalation.ended = true; }
  void operator()(const ops_model::IncidentAcknowledged&) const {
    FoldAcknowledged(escalation, at);
  }
  void operator()(const IncidentUnacknowledged& fact) const {
    FoldUnacknowledged(escalation, fact, at);
  }
  void operator()(const ops_model::IncidentSnoozed& fact) const {
    escalation.snoozed_until = fact.until;
  }
  void operator()(const ops_model::IncidentSeverityChanged& fact) const {
    escalation.opened.severity = fact.to;
  }
  void operator()(const ops_model::PageQueued& fact) const { FoldQueued(escalation, fact); }
  void operator()(const ops_model::PageAttempted& fact) const { FoldAttempted(escalation, fact); }
  void operator()(const ops_model::PageDead& fact) const {
    const auto page = escalation.pages.find(fact.page);
    if (page != escalation.pages.end()) page->second.alive = false;
  }
  /// Taken back: it reaches nobody, and nobody failed to be reached.
  void operator()(const ops_model::PageSuppressed& fact) const {
    escalation.pages.erase(fact.page);
  }
  void operator()(const auto&) const {}
};

}  // namespace

void Fold(Escalation& escalation, const ops_model::EventBody& body, Instant at) {
  std::visit(Folder{escalation, at}, body);
}

}  // namespace hinomi::escalation::impl
