#include "sim/impl/service_oracle.h"

#include <algorithm>
#include <utility>

namespace hinomi::sim {

using ops_model::AlarmState;
using ops_model::ServiceScaled;

namespace {

// As the simulated folders have it.
constexpr Duration kCooldown = Duration::Minutes(5);
constexpr Duration kOkFor = Duration::Minutes(10);
constexpr int kHealthyMinimum = 1;
// Alarms are looked at every 400 s at the latest, a folder is taken within 60 s.
constexpr Duration kHeardWithin = Duration::Seconds(600);

}  // namespace

void ServiceOracle::Hear(const store::JournalEntry& entry, const ops_model::EventBody& body) {
  if (const auto* declared = std::get_if<ops_model::ServiceDeclared>(&body)) {
    View& view = services_[declared->service];
    if (view.declared != declared->desired) {
      view.declared = view.desired = view.applied = declared->desired;
      view.ended = true;  // What was under way is not wanted any more.
    }
    view.minimum = declared->minimum;
    view.maximum = declared->maximum;
    view.said.clear();
  } else if (const auto* scaled = std::get_if<ServiceScaled>(&body)) {
    HearScaled(entry, *scaled);
  } else if (const auto* declined = std::get_if<ops_model::ServiceScalingDeclined>(&body)) {
    HearDeclined(*declined);
  } else if (const auto* attempted = std::get_if<ops_model::ServiceScaleAttempted>(&body)) {
    HearAttempted(*attempted);
  } else if (const auto* health = std::get_if<ops_model::ServiceHealthChanged>(&body)) {
    View& view = services_[health->service];
    if (view.healthy == health->healthy) fail_(health->service + ": the same health is news");
    view.healthy = health->healthy;
  } else if (std::holds_alternative<ops_model::ServerStarted>(body)) {
    for (auto& [name, view] : services_) view.healthy = -1;
  } else if (const auto* moved = std::get_if<ops_model::AlarmTransitioned>(&body)) {
    Alarm& alarm = alarms_[moved->alarm];
    if (alarm.state != moved->to || alarm.since == Instant()) alarm.since = entry.at;
    alarm.state = moved->to;
    alarm.service = moved->service;
    alarm.asks =
        moved->to == AlarmState::kAlarm && moved->action == "scale-up" && !moved->observing;
    for (auto& [name, view] : services_)
      std::erase_if(view.said,
                    [&](const auto& said) { return said.first.ends_with(" " + moved->alarm); });
  } else if (const auto* loaded = std::get_if<ops_model::OpsLoaded>(&body)) {
    std::erase_if(alarms_, [&](const auto& alarm) {
      return std::find(loaded->alarms.begin(), loaded->alarms.end(), alarm.first) ==
             loaded->alarms.end();
    });
  } else if (const auto* clock = std::get_if<ops_model::ClockSetBack>(&body)) {
    for (auto& [name, alarm] : alarms_) alarm.since = alarm.since - clock->by;
    for (auto& [name, view] : services_) {
      if (view.last_out != Instant()) view.last_out = view.last_out - clock->by;
      if (view.last_in != Instant()) view.last_in = view.last_in - clock->by;
    }
  }
}

void ServiceOracle::HearScaled(const store::JournalEntry& entry, const ServiceScaled& scaled) {
  View& view = services_[scaled.service];
  const std::string name = scaled.scaling + " of " + scaled.service;
  if (!scalings_.emplace(scaled.scaling, scaled).second)
    fail_("the name " + scaled.scaling + " was given twice");
  if (scaled.from != view.desired)
    fail_(name + " begins at " + std::to_string(scaled.from) + ", but " +
          std::to_string(view.desired) + " were wanted");
  if (scaled.to < view.minimum) fail_(name + " goes below the minimum");
  if (scaled.to > view.maximum) fail_(name + " goes above the maximum");
  const bool out = scaled.to > scaled.from;
  if (scaled.to == scaled.from || scaled.direction != (out ? "out" : "in"))
    fail_(name + " does not go " + scaled.direction);
  HearAsked(entry, scaled);
  (out ? view.last_out : view.last_in) = entry.at;
  view.desired = scaled.to;
  view.newest = scaled.scaling;
  view.ended = false;
  view.said.clear();
}

void ServiceOracle::Pass(Duration step, bool up, Instant now) {
  for (auto& [name, view] : services_) {
    const bool asked = std::any_of(alarms_.begin(), alarms_.end(), [&](const auto& alarm) {
      return alarm.second.asks && alarm.second.service == name;
    });
    const bool rests = view.last_out != Instant() && now < view.last_out + kCooldown;
    const bool room = view.desired < view.maximum && !rests;
    view.unheard = up && asked && room ? view.unheard + step : Duration();
    if (view.unheard > kHeardWithin)
      fail_(name + " is not scaled out, though an alarm has asked for it for " +
            FormatDuration(view.unheard));
  }
}

void ServiceOracle::CheckCommit() {
  for (const auto& [name, view] : services_) {
    if (view.ended || view.newest.empty()) continue;
    const auto row = reader_.FindJob(view.newest);
    if (row && !*row) fail_(view.newest + " of " + name + " has no job");
  }
}

/// Somebody asked for it, and nothing spoke against it.
void ServiceOracle::HearAsked(const store::JournalEntry& entry, const ServiceScaled& scaled) {
  const View& view = services_[scaled.service];
  const std::string name = scaled.scaling + " of " + scaled.service;
  const bool out = scaled.to > scaled.from;
  if (scaled.policy == "manual") {
    if (entry.event.actor == "hinomi" || scaled.by != entry.event.actor)
      fail_(name + " says that " + scaled.by + " asked, who did not");
    return;
  }
  if (scaled.policy == "bounds") return;
  const Instant last = out ? view.last_out : std::max(view.last_out, view.last_in);
  if (last != Instant() && entry.at < last + kCooldown)
    fail_(name + " comes within the cooldown, after " + FormatDuration(entry.at - last));
  const auto alarm = alarms_.find(scaled.alarm);
  // A target's alarm need not have moved for its points to count.
  if (scaled.policy != "target_tracking") {
    const AlarmState wanted = scaled.policy == "recovery" ? AlarmState::kOk : AlarmState::kAlarm;
    if (alarm == alarms_.end() || alarm->second.state != wanted)
      fail_(name + " has no alarm that asks for it");
    else if (scaled.policy == "recovery" && entry.at < alarm->second.since + kOkFor)
      fail_(name + " comes before its alarm has been OK for long enough");
  }
  if (out) return;
  if (view.healthy < 0)
    fail_(name + " goes in although nobody knows how many are healthy");
  else if (view.healthy - (scaled.from - scaled.to) < kHealthyMinimum)
    fail_(name + " may leave fewer healthy ones than the minimum");
}

void ServiceOracle::HearDeclined(const ops_model::ServiceScalingDeclined& declined) {
  View& view = services_[declined.service];
  const std::string what = declined.direction + " " + declined.policy + " " + declined.alarm;
  const std::string why =
      declined.reason_code +
      (declined.until == Instant() ? "" : std::to_string(declined.until.nanos()));
  if (declined.reason_code != "cooldown" && view.said[what] == why)
    fail_(declined.service + ": " + what +
          " is declined again for the same reason: " + declined.reason_code);
  view.said[what] = why;
  if (declined.desired != view.desired)
    fail_(declined.service + " stays at " + std::to_string(declined.desired) +
          ", which it does not have");
}

void ServiceOracle::HearAttempted(const ops_model::ServiceScaleAttempted& attempted) {
  View& view = services_[attempted.service];
  if (view.newest != attempted.scaling) return;
  if (view.ended) fail_(attempted.scaling + " ends twice");
  if (attempted.outcome == "retry") return;
  view.ended = true;
  if (attempted.outcome == "done")
    view.applied = attempted.desired;
  else
    view.desired = std::clamp(view.applied, view.minimum, view.maximum);
}

void ServiceOracle::OnRun(const store::Job& job) {
  const auto payload = Json::Parse(job.spec.payload);
  const auto scaling = scalings_.find(job.spec.key);
  if (!payload || scaling == scalings_.end())
    return fail_("job " + job.spec.key + " runs, but no event asked for it");
  const View& view = services_[scaling->second.service];
  if (view.newest != job.spec.key) return fail_(job.spec.key + " runs, but is not the newest");
  if ((*payload)["service"].as_string() != scaling->second.service ||
      (*payload)["desired"].as_int() != view.desired)
    fail_(job.spec.key + " asks for " + std::to_string((*payload)["desired"].as_int()) + ", but " +
          std::to_string(view.desired) + " are wanted");
}

void ServiceOracle::CheckEnd() {
  for (const auto& [name, view] : services_) {
    if (!view.newest.empty() && !view.ended && view.declared != 0) {
      const auto row = reader_.FindJob(view.newest);
      if (row && *row && (*row)->state != store::JobState::kPending)
        fail_(view.newest + " has an ended job, but no event says how it ended");
      else
        fail_(view.newest + " of " + name + " never ended");
    }
    if (view.desired < view.minimum || view.desired > view.maximum)
      fail_(name + " is to have " + std::to_string(view.desired) + " replicas, out of its bounds");
  }
}

}  // namespace hinomi::sim
