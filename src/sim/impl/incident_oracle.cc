#include "sim/impl/incident_oracle.h"

#include <algorithm>
#include <utility>

namespace hinomi::sim {

using ops_model::EventBody;

namespace {

constexpr Duration kStepBound = Duration::Seconds(5);

bool AnyOf(const std::string& code, std::initializer_list<const char*> codes) {
  return std::ranges::find(codes, code) != codes.end();
}

bool Pages(ops_model::Severity severity) {
  return severity == ops_model::Severity::kCritical || severity == ops_model::Severity::kError;
}

bool IsStopped(const ops_model::EscalationStep& step, bool acknowledged, bool snoozed) {
  return snoozed || step.over || (step.until_acknowledged && acknowledged);
}

}  // namespace

void IncidentOracle::Hear(const store::JournalEntry& entry, const EventBody& body) {
  if (const auto* opened = std::get_if<ops_model::IncidentOpened>(&body))
    return HearOpened(entry, *opened);
  if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&body)) return SetBack(clock->by);
  const std::string subject = ops_model::EventSubject(body);
  if (!subject.starts_with("incident:") || std::holds_alternative<ops_model::PageQueued>(body))
    return;
  const auto found = incidents_.find(subject.substr(9));
  if (found != incidents_.end()) HearFact(entry, body, found->second);
}

void IncidentOracle::HearOpened(const store::JournalEntry& entry,
                                const ops_model::IncidentOpened& opened) {
  if (incidents_.contains(opened.incident)) fail_(opened.incident + " was opened twice");
  for (const auto& [name, view] : incidents_)
    if (!view.resolved && view.opened.dedup_key == opened.dedup_key)
      fail_(opened.incident + " was opened beside " + name + " of the same key");
  View& view = incidents_[opened.incident];
  view.opened = opened;
  view.at = entry.at;
  if (opened.alarm.empty()) ++opened_by_hand_;
}

void IncidentOracle::HearFact(const store::JournalEntry& entry, const EventBody& body, View& view) {
  const std::string& name = view.opened.incident;
  if (std::holds_alternative<ops_model::IncidentAcknowledged>(body)) {
    view.acknowledged = true;
    view.acknowledged_at = entry.at;
    view.snoozed_until.reset();
  } else if (const auto* snoozed = std::get_if<ops_model::IncidentSnoozed>(&body)) {
    view.snoozed_until = snoozed->until;
  } else if (const auto* severity = std::get_if<ops_model::IncidentSeverityChanged>(&body)) {
    view.opened.severity = severity->to;
    view.ladder_wanted = Pages(severity->to);
  } else if (const auto* given_up = std::get_if<ops_model::IncidentUnacknowledged>(&body)) {
    HearGivenUp(entry.at, *given_up, view);
  } else if (std::holds_alternative<ops_model::IncidentResolved>(body)) {
    if (view.resolved) fail_(name + " was resolved twice");
    view.resolved = true;
  } else if (const auto* started = std::get_if<ops_model::EscalationStarted>(&body)) {
    view.started = true;
    view.ladder_wanted = false;
    view.plan = *started;
    view.at = entry.at;
    view.steps.clear();
    for (const auto& step : started->steps) view.steps.push_back({step});
  } else if (const auto* changed = std::get_if<ops_model::EscalationLadderChanged>(&body)) {
    HearLadder(entry.at, *changed, view);
  } else if (const auto* pass = std::get_if<ops_model::EscalationPassBegan>(&body)) {
    if (pass->pass != view.pass + 1 || pass->pass > view.plan.passes)
      fail_(name + ": a pass that the plan has not: " + std::to_string(pass->pass));
    if (view.snoozed_until || entry.at < view.pass_over + view.plan.pass_after)
      fail_(name + ": a pass before its time");
    view.pass = pass->pass;
    view.at = entry.at;
    view.pass_over = {};
    std::erase_if(view.steps, [](const Step& step) { return step.step.over; });
    for (Step& step : view.steps) step.fired = 0;
  } else if (const auto* fired = std::get_if<ops_model::EscalationStepFired>(&body)) {
    HearFired(entry.at, *fired, view);
  } else if (std::holds_alternative<ops_model::EscalationEnded>(body)) {
    view.ended = true;
  } else if (const auto* suppressed = std::get_if<ops_model::PageSuppressed>(&body)) {
    if (suppressed->reason_code == "acknowledged_before_sending" && !view.acknowledged)
      fail_(name + ": a page was taken back though nobody has it in hand");
  }
}

void IncidentOracle::HearGivenUp(Instant at, const ops_model::IncidentUnacknowledged& fact,
                                 View& view) {
  const std::string& name = view.opened.incident;
  if (fact.reason_code == "acknowledgement_timeout" &&
      (!view.acknowledged || at < view.acknowledged_at + view.plan.acknowledgement_timeout))
    fail_(name + ": the acknowledgement ran out before its time");
  if (fact.reason_code == "snooze_over" && (!view.snoozed_until || at < *view.snoozed_until))
    fail_(name + ": the snooze was over before its time");
  view.acknowledged = false;
  view.snoozed_until.reset();
  view.rest_over = at;
  view.rest_late = {};
  view.ended = false;
}

void IncidentOracle::HearLadder(Instant at, const ops_model::EscalationLadderChanged& changed,
                                View& view) {
  std::vector<Step> former = std::exchange(view.steps, {});
  view.ladder_wanted = false;
  view.plan.acknowledgement_timeout = changed.acknowledgement_timeout;
  view.pass_over = {};
  for (const auto& step : changed.steps) {
    view.steps.push_back({step});
    for (const Step& known : former)
      if (known.step.level == step.level) {
        view.steps.back().fired = known.fired;
        view.steps.back().last = known.last;
      }
  }
  for (const Step& known : former) {
    const bool stays = std::ranges::any_of(
        view.steps, [&](const Step& step) { return step.step.level == known.step.level; });
    if (known.fired > 0 && !stays)
      fail_(view.opened.incident + ": who was called is forgotten: " + known.step.level);
  }
  NotePass(at, view);
}

/// When the last of a pass's steps has fired the pass is over.
void IncidentOracle::NotePass(Instant at, View& view) {
  const auto ahead = [](const Step& one) { return !one.step.over; };
  if (view.pass_over == Instant() && std::ranges::any_of(view.steps, ahead) &&
      std::ranges::all_of(view.steps, [](const Step& one) { return one.fired > 0; }))
    view.pass_over = at;
}

void IncidentOracle::HearFired(Instant at, const ops_model::EscalationStepFired& fired,
                               View& view) {
  const std::string what = view.opened.incident + ": level " + fired.level;
  const std::string& why = fired.reason_code;
  if (view.resolved) fail_(what + " after resolution");
  if (why == "exhausted") {
    if (view.acknowledged) fail_(what + " though somebody has it in hand");
    return;
  }
  const auto step =
      std::ranges::find(view.steps, fired.level, [](const Step& one) { return one.step.level; });
  if (step == view.steps.end()) return fail_(what + " is not on its ladder");
  const bool asked = AnyOf(why, {"asked", "nobody_reachable"});
  const bool again = AnyOf(why, {"acknowledgement_timeout", "snooze_over"});
  if (!asked && IsStopped(step->step, view.acknowledged, view.snoozed_until.has_value()))
    fail_(what + " though somebody has it in hand");
  if (AnyOf(why, {"not_resolved_in_time", "not_acknowledged_in_time"}) &&
      at < view.at + step->step.after)
    fail_(what + " came before its time");
  const bool repeats = step->step.repeat_every > Duration() && why == "repeated";
  if (step->fired > 0 && !asked && !again && !repeats) fail_(what + " came twice");
  if (step->fired > 0 && repeats && at < step->last + step->step.repeat_every)
    fail_(what + " came again before its time");
  ++step->fired;
  step->last = at;
  step->late = {};
  NotePass(at, view);
}

/// What is waited for moves with the clock.
void IncidentOracle::SetBack(Duration by) {
  for (auto& [name, view] : incidents_) {
    view.at = view.at - by;
    view.acknowledged_at = view.acknowledged_at - by;
    view.rest_over = view.rest_over - by;
    if (view.pass_over != Instant()) view.pass_over = view.pass_over - by;
    if (view.snoozed_until) *view.snoozed_until = *view.snoozed_until - by;
    for (Step& step : view.steps) step.last = step.last - by;
  }
}

void IncidentOracle::CheckLate(const std::string& what, const std::optional<Instant>& due,
                               Duration step, Instant now, Duration& late) {
  if (!due || now < *due) {
    late = {};
    return;
  }
  late = late + std::min(step, now - *due);
  if (late > kStepBound) fail_(what + " is overdue, though a server leads");
}

void IncidentOracle::Pass(Duration step, Instant now) {
  for (auto& [name, view] : incidents_) {
    if (view.resolved) continue;
    std::optional<Instant> rest;
    if (view.snoozed_until)
      rest = view.snoozed_until;
    else if (view.acknowledged && view.plan.acknowledgement_timeout > Duration())
      rest = view.acknowledged_at + view.plan.acknowledgement_timeout;
    CheckLate(name + ": the end of its rest", rest, step, now, view.rest_late);
    bool any = false;
    for (Step& one : view.steps) {
      const bool stopped = IsStopped(one.step, view.acknowledged, view.snoozed_until.has_value());
      any = any || !stopped;
      std::optional<Instant> due;
      if (one.fired == 0)
        due = std::max(view.at, view.rest_over) + one.step.after;
      else if (one.step.repeat_every > Duration())
        due = std::max(one.last + one.step.repeat_every, view.rest_over);
      CheckLate(name + ": level " + one.step.level, stopped ? std::nullopt : due, step, now,
                one.late);
    }
    std::optional<Instant> pass;
    if (any && view.pass < view.plan.passes && view.pass_over != Instant())
      pass = std::max(view.pass_over, view.rest_over) + view.plan.pass_after;
    CheckLate(name + ": its next pass", pass, step, now, view.pass_late);
  }
}

void IncidentOracle::CheckCommit() {
  for (auto& [name, view] : incidents_) {
    if (view.ladder_wanted && !view.resolved)
      fail_(name + ": its severity has changed, and nobody is called for it");
    view.ladder_wanted = false;
  }
}

void IncidentOracle::CheckEnd() const {
  for (const auto& [name, view] : incidents_) {
    if (Pages(view.opened.severity) && !view.started) fail_(name + " has no escalation");
    if (view.started && !view.ended && view.resolved) fail_(name + ": the escalation has no end");
  }
}

bool IncidentOracle::IsResolved(const std::string& incident) const {
  const auto found = incidents_.find(incident);
  return found != incidents_.end() && found->second.resolved;
}

bool IncidentOracle::EndsAtAcknowledgement(const std::string& incident,
                                           const std::string& level) const {
  const auto found = incidents_.find(incident);
  return found != incidents_.end() &&
         std::ranges::any_of(found->second.steps, [&](const Step& one) {
           return one.step.level == level && one.step.until_acknowledged;
         });
}

std::vector<std::string> IncidentOracle::Open() const {
  std::vector<std::string> open;
  for (const auto& [name, view] : incidents_)
    if (!view.resolved) open.push_back(name);
  return open;
}

}  // namespace hinomi::sim
