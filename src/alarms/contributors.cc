#include "alarms/contributors.h"

#include <algorithm>
#include <set>
#include <utility>

#include "alarms/impl/holds.h"
#include "base/strings.h"
#include "ops_model/snapshot.h"
#include "policy/alert_rules.h"
#include "policy/find.h"

namespace hinomi::alarms {
namespace {

using ops_model::AlarmContributorMoved;
using ops_model::AlarmState;
using ops_model::AlertObservation;
using ops_model::Decision;

std::string ActionFor(const AlertObservation& seen, const AlertObservation::Contributor& one,
                      const policy::AlarmDocument* document, const policy::OpsFolder& policy) {
  if (seen.file != policy::kAlarmsFile) return policy::ActionOfAlert(policy, one.labels);
  return document != nullptr && document->actions_enabled ? document->action : std::string();
}

/// The alert's own words, else what was found.
std::string ReasonFor(const AlertObservation& seen, const AlertObservation::Contributor& one) {
  for (const char* key : {"summary", "message", "description"})
    if (const auto text = one.annotations.find(key);
        text != one.annotations.end() && !text->second.empty())
      return text->second;
  return seen.expr + " is " + FormatDouble(one.value) + " for " + one.name;
}

/// What is known of an alarm's contributors; null if nothing.
const AlarmStatus* StatusOf(const State& state, const std::string& alarm) {
  const auto found = state.alarms.find(alarm);
  return found == state.alarms.end() ? nullptr : &found->second;
}

AlarmContributorMoved Recovered(const Contributor& contributor, std::string reason_code,
                                std::string reason) {
  AlarmContributorMoved moved = contributor.last;
  moved.from = AlarmState::kAlarm;
  moved.to = AlarmState::kOk;
  moved.reason = std::move(reason);
  moved.reason_code = std::move(reason_code);
  moved.action.clear();
  moved.held_by.clear();
  moved.held_until = Instant();
  return moved;
}

/// What is kept back of one contributor, as things are now; `known` if it is published.
impl::Hold HoldOfOne(const State& state, const std::string& alarm,
                     const policy::AlarmDocument* document, const Contributor* known,
                     const AlertObservation::Contributor& one, Instant now,
                     const policy::OpsFolder& policy) {
  const Instant since = known == nullptr ? now : known->since;
  const std::string service = policy::ServiceOf(one.labels);
  if (document != nullptr) return impl::HoldOf(state, *document, service, since, now, policy);
  policy::AlarmDocument beside;  // A rule of a Prometheus configuration beside the folder.
  beside.name = alarm;
  return impl::HoldOf(state, beside, service, since, now, policy);
}

/// The contributors that fire and are not published as such.
void AddFiring(const State& state, const AlertObservation& seen, const std::string& alarm,
               const AlarmStatus* status, const policy::AlarmDocument* document, Instant now,
               const policy::OpsFolder& policy, Decision& decision) {
  size_t published = status == nullptr ? 0 : status->contributors.size();
  for (const AlertObservation::Contributor& one : seen.active) {
    if (!one.firing || decision.events.size() >= kMostMovedAtOnce) continue;
    AlarmContributorMoved moved;
    moved.reason_code = "expression_true";
    const Contributor* known = nullptr;
    if (status != nullptr)
      if (const auto found = status->contributors.find(one.name);
          found != status->contributors.end())
        known = &found->second;
    if (known != nullptr && !known->last.observing && known->last.held_by.empty()) continue;
    const impl::Hold hold = HoldOfOne(state, alarm, document, known, one, now, policy);
    if (known != nullptr) {
      if (!hold.by.empty()) continue;
      moved.reason_code =
          known->last.observing ? "observation_ended" : impl::EndOfHold(known->last.held_by);
      moved.from = AlarmState::kAlarm;
    }
    if (moved.from == AlarmState::kOk && published++ >= kMostContributors) continue;
    moved.alarm = alarm;
    moved.contributor = one.name;
    moved.rule = seen.rule;
    moved.reason = ReasonFor(seen, one);
    moved.value = one.value;
    moved.active_at = one.active_at;
    moved.labels = one.labels;
    moved.annotations = one.annotations;
    moved.expr = seen.expr;
    moved.action = ActionFor(seen, one, document, policy);
    moved.observing = hold.by == "observing";
    if (!moved.observing && !moved.action.empty()) moved.held_by = hold.by;
    if (!hold.by.empty() && !moved.action.empty()) moved.held_until = hold.until;
    decision.events.emplace_back(std::move(moved));
  }
}

/// What was published of the rule while it had the other of its two names: the folder has or had
/// an alarm of that name.
void EndFormerName(const State& state, const AlertObservation& seen, const std::string& alarm,
                   Decision& decision) {
  const AlarmStatus* former = StatusOf(
      state, alarm == seen.alarm ? policy::AlertWithFile(seen.file, seen.alarm) : seen.alarm);
  if (former == nullptr) return;
  for (const auto& [name, contributor] : former->contributors) {
    if (contributor.last.rule != seen.rule || decision.events.size() >= kMostMovedAtOnce) continue;
    decision.events.emplace_back(
        Recovered(contributor, "rule_removed", "the rule is the alarm " + alarm + " now"));
  }
}

}  // namespace

Decision OnAlerts(const State& state, const AlertObservation& seen, Instant now,
                  const policy::OpsFolder& policy) {
  const std::string alarm = policy::AlarmOfAlert(policy, seen.file, seen.alarm);
  const policy::AlarmDocument* document = policy::FindAlarm(policy, alarm);
  const AlarmStatus* status = StatusOf(state, alarm);
  Decision decision;
  EndFormerName(state, seen, alarm, decision);
  if (status != nullptr && seen.settled) {
    std::set<std::string_view> active;
    for (const AlertObservation::Contributor& one : seen.active) active.insert(one.name);
    for (const auto& [name, contributor] : status->contributors) {
      if (contributor.last.rule != seen.rule || active.contains(name)) continue;
      if (decision.events.size() >= kMostMovedAtOnce) break;
      decision.events.emplace_back(Recovered(contributor, "expression_false",
                                             seen.expr + " is not given any more for " + name));
    }
  }
  AddFiring(state, seen, alarm, status, document, now, policy, decision);
  return decision;
}

Decision OnRulesInForce(const State& state, const ops_model::AlertRulesInForce& in_force) {
  const std::set<std::string_view> rules(in_force.rules.begin(), in_force.rules.end());
  Decision decision;
  for (const auto& [alarm, status] : state.alarms) {
    for (const auto& [name, contributor] : status.contributors) {
      if (rules.contains(contributor.last.rule)) continue;
      if (decision.events.size() >= kMostMovedAtOnce) return decision;
      decision.events.emplace_back(
          Recovered(contributor, "rule_removed", "the rule is not in force any more"));
    }
  }
  return decision;
}

void ApplyContributor(State& state, const AlarmContributorMoved& moved,
                      const ops_model::Event& event) {
  const bool is_new = !state.alarms.contains(moved.alarm);
  AlarmStatus& status = state.alarms.Edit(moved.alarm);
  if (is_new) {
    status.undeclared = true;  // A rule of a Prometheus configuration beside the folder.
    status.last.alarm = moved.alarm;
  }
  if (moved.to == AlarmState::kAlarm) {
    Contributor& contributor = status.contributors[moved.contributor];
    if (contributor.since == Instant()) contributor.since = event.at;
    contributor.transition = event.sequence;
    contributor.last = moved;
  } else {
    status.contributors.erase(moved.contributor);
  }
  const AlarmState now = status.contributors.empty() ? AlarmState::kOk : AlarmState::kAlarm;
  if (status.state != now || status.since == Instant()) status.since = event.at;
  if (status.state == AlarmState::kAlarm && now != status.state) status.alarm_ended = event.at;
  status.state = now;
  status.transition = event.sequence;
  status.last.from = moved.from;
  status.last.to = now;
  status.last.reason = moved.reason;
  status.last.reason_code = moved.reason_code;
  status.last.action = moved.action;
  status.last.observing = moved.observing;
  status.last.held_by = moved.held_by;
  status.last.held_until = moved.held_until;
  if (now == AlarmState::kOk && status.undeclared) state.alarms.Erase(moved.alarm);
}

Json SaveContributors(const AlarmStatus& status) {
  Json saved = Json::MakeArray();
  for (const auto& [name, contributor] : status.contributors) {
    saved.Append(Json::MakeObject()
                     .Set("since_ns", ops_model::InstantToJson(contributor.since))
                     .Set("transition", contributor.transition)
                     .Set("last", ops_model::BodyToJson(contributor.last)));
  }
  return saved;
}

void LoadContributors(const Json& saved, AlarmStatus& status) {
  for (const Json& item : saved.as_array()) {
    Contributor contributor;
    contributor.since = ops_model::InstantFromJson(item["since_ns"]);
    contributor.transition = static_cast<uint64_t>(item["transition"].as_int());
    contributor.last = ops_model::BodyFromJson<AlarmContributorMoved>(item["last"]);
    std::string name = contributor.last.contributor;
    status.contributors.insert_or_assign(std::move(name), std::move(contributor));
  }
}

}  // namespace hinomi::alarms
