#include "alarms/impl/holds.h"

#include <algorithm>

#include "policy/find.h"
#include "policy/mute_schedule.h"

namespace hinomi::alarms::impl {
namespace {

using ops_model::AlarmState;

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Hold Observing(const State& state, const policy::AlarmDocument& alarm, Instant now,
               const policy::OpsFolder& policy) {
  if (alarm.observe_only) return {"observing", Instant()};
  const Instant until = state.installed_at + policy.server.observe_new_alarms;
  if (state.installed_at == Instant() || now >= until) return {};
  return {"observing", until};
}

Hold Muted(const policy::AlarmDocument& alarm, Instant now, const policy::OpsFolder& policy) {
  for (const policy::MuteRuleDocument& rule : policy.mute_rules) {
    if (!Contains(rule.alarms, alarm.name)) continue;
    const auto schedule = policy::MuteSchedule::Parse(rule.schedule);
    if (!schedule) continue;
    const std::string& zone = rule.time_zone.empty() ? policy.server.time_zone : rule.time_zone;
    // The earliest beginning whose time is not over yet.
    const auto begins = schedule->Next(zone, now - rule.duration);
    if (begins && *begins <= now) return {"mute:" + rule.name, *begins + rule.duration};
  }
  return {};
}

Hold Suppressed(const State& state, const policy::SuppressorDocument& suppressor, Instant since,
                Instant now) {
  const auto found = state.alarms.find(suppressor.alarm);
  if (found == state.alarms.end()) return {};
  if (found->second.state == AlarmState::kAlarm) return {"suppressor", Instant()};
  const Instant ended = found->second.alarm_ended;
  // It stood beside this very state: what it explains may recover a little later.
  if (ended >= since) {
    const Instant until = ended + suppressor.extension;
    return now < until ? Hold{"extension", until} : Hold{};
  }
  const Instant until = since + suppressor.wait;
  return now < until ? Hold{"wait", until} : Hold{};
}

/// Whether an alarm speaks of a service; with PromQL it may of several.
bool IsOfService(const State& state, const std::string& alarm, const std::string& service,
                 const policy::OpsFolder& policy) {
  const policy::AlarmDocument* document = policy::FindAlarm(policy, alarm);
  if (document != nullptr && !document->is_promql()) return policy::ServiceOf(*document) == service;
  const auto status = state.alarms.find(alarm);
  return status != state.alarms.end() &&
         std::any_of(status->second.contributors.begin(), status->second.contributors.end(),
                     [&service](const auto& one) {
                       return policy::ServiceOf(one.second.last.labels) == service;
                     });
}

Hold Inhibited(const State& state, const policy::AlarmDocument& alarm, const std::string& service,
               Instant since, Instant now, const policy::OpsFolder& policy) {
  Hold found;
  for (const policy::InhibitRuleDocument& rule : policy.inhibit_rules) {
    if (!Contains(rule.targets, alarm.name) || Contains(rule.sources, alarm.name)) continue;
    for (const std::string& source : rule.sources) {
      if (rule.same_service && !IsOfService(state, source, service, policy)) continue;
      const Hold hold = Suppressed(state, {source, rule.wait, rule.extension}, since, now);
      if (hold.by.empty()) continue;
      // What stands counts before what ends by itself, and what ends last before the others.
      const bool later =
          found.until != Instant() && (hold.until == Instant() || hold.until > found.until);
      if (found.by.empty() || later) found = {"inhibit:" + rule.name, hold.until};
    }
  }
  return found;
}

}  // namespace

bool MayExplain(const policy::OpsFolder& policy, const std::string& name,
                const policy::AlarmDocument& alarm) {
  return alarm.suppressor.alarm == name ||
         std::any_of(policy.inhibit_rules.begin(), policy.inhibit_rules.end(),
                     [&](const policy::InhibitRuleDocument& rule) {
                       return Contains(rule.targets, alarm.name) && Contains(rule.sources, name);
                     });
}

std::string_view EndOfHold(std::string_view held_by) {
  if (IsMute(held_by)) return "mute_ended";
  if (held_by == ops_model::kHeldByFlapping) return "flapping_ended";
  return held_by.starts_with("inhibit:") ? "inhibition_ended" : "suppression_ended";
}

Hold HoldOf(const State& state, const policy::AlarmDocument& alarm, const std::string& service,
            Instant since, Instant now, const policy::OpsFolder& policy) {
  if (Hold hold = Observing(state, alarm, now, policy); !hold.by.empty()) return hold;
  if (Hold hold = Muted(alarm, now, policy); !hold.by.empty()) return hold;
  if (Hold hold = Suppressed(state, alarm.suppressor, since, now); !hold.by.empty()) return hold;
  return Inhibited(state, alarm, service, since, now, policy);
}

}  // namespace hinomi::alarms::impl
