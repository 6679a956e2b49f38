#include "incidents/impl/storm.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/strings.h"
#include "incidents/impl/commands.h"
#include "text/catalogue.h"

namespace hinomi::incidents::impl {

using ops_model::AlarmState;
using ops_model::Decision;
using ops_model::IncidentOpened;
using ops_model::IncidentSeverityChanged;
using ops_model::IncidentSignal;

namespace {

bool IsOfSource(const Incident& incident) {
  return !incident.opened.alarm.empty() && !incident.opened.is_test() && !incident.is_storm();
}

/// What began within the time, and of which service most of it is, if most is of one.
struct Gust {
  int incidents = 0;
  std::string service;
};

Gust GustAt(const State& state, Instant now, Duration within) {
  Gust gust;
  std::map<std::string, int> by_service;
  for (const auto& [name, incident] : state.open) {
    if (!IsOfSource(incident) || incident.opened_at + within <= now) continue;
    ++gust.incidents;
    ++by_service[incident.opened.service];
  }
  for (const auto& [service, count] : by_service)
    if (2 * count > gust.incidents) gust.service = service;
  return gust;
}

std::string TitleOf(const Gust& gust, const policy::OpsFolder& policy) {
  const text::Language language =
      text::LanguageFromTag(policy.server.language).value_or(text::Language::kEnglish);
  return text::Format(language,
                      gust.service.empty() ? "incident.storm" : "incident.storm_of_service",
                      {{"n", std::to_string(gust.incidents)},
                       {"time", FormatDuration(policy.storm.within)},
                       {"service", gust.service}});
}

}  // namespace

std::optional<Decision> JoinStorm(const State& state, const IncidentOpened& opened,
                                  const std::string& reason, Instant now,
                                  const policy::OpsFolder& policy) {
  if (policy.storm.incidents == 0) return std::nullopt;
  Decision decision;
  const auto newest = state.open.find(state.storm);
  const Incident* storm = newest == state.open.end() ? nullptr : &newest->second;
  std::string name;
  if (storm != nullptr && now <= storm->last_joined_at + policy.storm.within) {
    name = storm->opened.incident;
    if (opened.severity < storm->opened.severity)
      decision.events.emplace_back(
          IncidentSeverityChanged{name, storm->opened.severity, opened.severity, "hinomi", ""});
  } else {
    const Gust gust = GustAt(state, now, policy.storm.within);
    if (gust.incidents < policy.storm.incidents) return std::nullopt;
    IncidentOpened begun = opened;
    name = begun.incident;
    begun.dedup_key = "storm:" + name;
    begun.title = TitleOf(gust, policy);
    begun.service = gust.service;
    begun.reason_code = kStormReason;
    begun.recurrence_of.clear();
    decision.events.emplace_back(std::move(begun));
  }
  decision.events.emplace_back(
      IncidentSignal{name, opened.alarm, AlarmState::kAlarm, reason, opened.dedup_key});
  return decision;
}

}  // namespace hinomi::incidents::impl
