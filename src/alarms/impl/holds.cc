#include "alarms/impl/holds.h"

#include <algorithm>

#include "policy/mute_schedule.h"

namespace hinomi::alarms::impl {
namespace {

using ops_model::AlarmState;

Hold Observing(const State& state, const policy::AlarmDocument& alarm, Instant now,
               const policy::OpsFolder& policy) {
  if (alarm.observe_only) return {"observing", Instant()};
  const Instant until = state.installed_at + policy.server.observe_new_alarms;
  if (state.installed_at == Instant() || now >= until) return {};
  return {"observing", until};
}

Hold Muted(const policy::AlarmDocument& alarm, Instant now, const policy::OpsFolder& policy) {
  for (const policy::MuteRuleDocument& rule : policy.mute_rules) {
    if (std::find(rule.alarms.begin(), rule.alarms.end(), alarm.name) == rule.alarms.end())
      continue;
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

}  // namespace

Hold HoldOf(const State& state, const policy::AlarmDocument& alarm, Instant since, Instant now,
            const policy::OpsFolder& policy) {
  if (Hold hold = Observing(state, alarm, now, policy); !hold.by.empty()) return hold;
  if (Hold hold = Muted(alarm, now, policy); !hold.by.empty()) return hold;
  return Suppressed(state, alarm.suppressor, since, now);
}

}  // namespace hinomi::alarms::impl
