#include "api/console/impl/summary.h"

#include <string_view>
#include <utility>

#include "api/console/impl/words.h"
#include "base/strings.h"
#include "control/personal.h"

namespace hinomi::api::impl {
namespace {

using text::Format;

std::string JoinNames(const std::vector<std::string>& names) {
  return Join(names, ", ");
}

}  // namespace

std::string Moment(Instant t) {
  return FormatRfc3339(Instant::FromSeconds(t.seconds()));
}

std::string WhyCalled(text::Language language, const std::string& code) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"opened", "why.opened"},
      {"not_resolved_in_time", "why.not_resolved_in_time"},
      {"not_acknowledged_in_time", "why.not_acknowledged_in_time"},
      {"critical", "why.critical"},
      {"asked", "why.asked"},
      {"repeated", "why.repeated"},
      {"severity_raised", "why.severity_raised"},
      {"nobody_reachable", "why.nobody_reachable"},
      {"no_one_on_call", "why.no_one_on_call"},
      {"acknowledgement_timeout", "why.acknowledgement_timeout"},
      {"snooze_over", "why.snooze_over"},
      {"exhausted", "why.exhausted"},
  };
  for (const auto& [known, key] : kWords)
    if (known == code) return Format(language, key);
  return code;
}

std::string WhyScaled(text::Language language, const ops_model::ServiceScaled& e) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"threshold_crossed", "scaled.threshold_crossed"},
      {"target_exceeded", "scaled.target_exceeded"},
      {"target_undershot", "scaled.target_undershot"},
      {"alarm_recovered", "scaled.alarm_recovered"},
      {"asked", "scaled.asked"},
      {"beyond_bounds", "scaled.beyond_bounds"},
  };
  std::string value = "?";
  for (const ops_model::Datapoint& point : e.datapoints)
    if (point.value) {
      value = Quantity(*point.value, "");
      break;
    }
  for (const auto& [known, key] : kWords)
    if (known == e.reason_code)
      return Format(language, key,
                    {{"alarm", e.alarm},
                     {"metric", MetricName(e.metric, language)},
                     {"value", value},
                     {"threshold", Quantity(e.threshold, "")},
                     {"by", e.by},
                     {"minimum", std::to_string(e.minimum)},
                     {"maximum", std::to_string(e.maximum)}});
  return e.reason.empty() ? e.reason_code : e.reason;
}

std::string WhyNotScaled(text::Language language, const ops_model::ServiceScalingDeclined& e) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"at_maximum", "not_scaled.at_maximum"},
      {"at_minimum", "not_scaled.at_minimum"},
      {"cooldown", "not_scaled.cooldown"},
      {"health_unknown", "not_scaled.health_unknown"},
      {"below_healthy_minimum", "not_scaled.below_healthy_minimum"},
  };
  for (const auto& [known, key] : kWords)
    if (known == e.reason_code)
      return Format(language, key, {{"alarm", e.alarm}, {"time", Moment(e.until)}});
  return e.reason.empty() ? e.reason_code : e.reason;
}

namespace {

struct Summary {
  text::Language language;
  const Unseal& unseal;

  std::string Open(const std::string& sealed) const {
    if (!control::IsSealed(sealed)) return sealed;
    const std::string opened = unseal(sealed);
    return opened.empty() ? Format(language, "journal.erased") : opened;
  }
  /// What somebody wrote beside it, if anything.
  std::string Aside(const std::string& sealed) const {
    const std::string said = Open(sealed);
    return said.empty() ? said : " (" + said + ")";
  }

  std::string operator()(const ops_model::ServerStarted& e) const {
    if (e.last_alive == Instant())
      return Format(language, "journal.first_start", {{"release", e.release}});
    return Format(language, "journal.started",
                  {{"release", e.release}, {"time", FormatRfc3339(e.last_alive)}});
  }
  std::string operator()(const ops_model::ClockSetBack& e) const {
    return Format(language, "journal.clock_set_back", {{"by", FormatDuration(e.by)}});
  }
  std::string operator()(const ops_model::OpsLoaded& e) const {
    return Format(language, "journal.ops_loaded",
                  {{"n", std::to_string(e.alarms.size())}, {"digest", e.digest.substr(0, 8)}});
  }
  std::string operator()(const ops_model::AlarmTransitioned& e) const {
    // The journal knows no document: a suppressor goes without its name.
    policy::AlarmDocument alarm;
    alarm.suppressor.alarm = Format(language, "held.its_suppressor");
    const std::string what = WhatHolds(e, alarm, language);
    std::string key = e.observing ? "journal.alarm_observed" : "journal.alarm_moved";
    if (e.from == e.to)
      key = what.empty() ? "journal.alarm_still" : "journal.alarm_still_held";
    else if (!what.empty())
      key = "journal.alarm_held";
    return Format(language, key,
                  {{"alarm", e.alarm},
                   {"what", what},
                   {"from", std::string(ops_model::AlarmStateName(e.from))},
                   {"to", std::string(ops_model::AlarmStateName(e.to))},
                   {"reason", e.reason}});
  }
  std::string operator()(const ops_model::AlarmContributorMoved& e) const {
    ops_model::AlarmTransitioned moved;
    moved.alarm = e.alarm + " " + e.contributor;
    moved.from = e.from;
    moved.to = e.to;
    moved.reason = e.reason;
    moved.observing = e.observing;
    moved.held_by = e.held_by;
    moved.held_until = e.held_until;
    return (*this)(moved);
  }
  std::string operator()(const ops_model::AlarmActionTaken& e) const {
    return Format(language,
                  e.reason_code.empty() ? "journal.alarm_action_asked" : "journal.alarm_action",
                  {{"alarm", e.alarm},
                   {"action", e.action},
                   {"outcome", e.outcome},
                   {"reason", e.reason_code}});
  }
  std::string operator()(const ops_model::IncidentOpened& e) const {
    return Format(language, "journal.incident_opened",
                  {{"incident", e.incident}, {"title", e.title}});
  }
  std::string operator()(const ops_model::IncidentSignal& e) const {
    return Format(language, "journal.incident_signal",
                  {{"incident", e.incident},
                   {"alarm", e.alarm},
                   {"state", std::string(ops_model::AlarmStateName(e.state))}});
  }
  std::string operator()(const ops_model::IncidentAcknowledged& e) const {
    return Format(language, "journal.incident_acknowledged",
                  {{"incident", e.incident}, {"by", e.by}, {"via", e.via}});
  }
  std::string operator()(const ops_model::IncidentUnacknowledged& e) const {
    return Format(language,
                  e.reason_code == "asked"         ? "journal.incident_given_back"
                  : e.reason_code == "snooze_over" ? "journal.incident_snooze_over"
                                                   : "journal.incident_acknowledgement_over",
                  {{"incident", e.incident}, {"by", e.by}});
  }
  std::string operator()(const ops_model::IncidentSnoozed& e) const {
    return Format(language, "journal.incident_snoozed",
                  {{"incident", e.incident}, {"by", e.by}, {"time", Moment(e.until)}});
  }
  std::string operator()(const ops_model::IncidentSeverityChanged& e) const {
    return Format(language, "journal.incident_severity",
                  {{"incident", e.incident},
                   {"by", e.by},
                   {"from", std::string(ops_model::SeverityName(e.from))},
                   {"to", std::string(ops_model::SeverityName(e.to))}}) +
           Aside(e.text);
  }
  std::string operator()(const ops_model::IncidentMerged& e) const {
    return Format(language, "journal.incident_merged",
                  {{"incident", e.incident}, {"by", e.by}, {"into", e.into}});
  }
  std::string operator()(const ops_model::IncidentLinked& e) const {
    return Format(language, "journal.incident_linked",
                  {{"incident", e.incident}, {"by", e.by}, {"target", e.target}}) +
           Aside(e.text);
  }
  std::string operator()(const ops_model::IncidentTimeCorrected& e) const {
    return Format(language, "journal.incident_time_corrected",
                  {{"incident", e.incident},
                   {"by", e.by},
                   {"what", e.what},
                   {"time", Moment(e.time)}}) +
           Aside(e.text);
  }
  std::string operator()(const ops_model::EscalationLadderChanged& e) const {
    return Format(
        language, "journal.escalation_changed",
        {{"incident", e.incident}, {"severity", std::string(ops_model::SeverityName(e.severity))}});
  }
  std::string operator()(const ops_model::EscalationPassBegan& e) const {
    return Format(language, "journal.escalation_pass",
                  {{"incident", e.incident}, {"n", std::to_string(e.pass)}});
  }
  std::string operator()(const ops_model::IncidentNoted& e) const {
    return Format(language, "journal.incident_noted", {{"by", e.by}, {"text", Open(e.text)}});
  }
  std::string operator()(const ops_model::IncidentResolved& e) const {
    const std::string said = Open(e.text);
    return Format(language,
                  said.empty() ? "journal.incident_resolved" : "journal.incident_resolved_why",
                  {{"incident", e.incident}, {"by", e.by}, {"text", said}});
  }
  std::string operator()(const ops_model::EscalationStarted& e) const {
    return Format(language,
                  e.steps.empty() ? "journal.escalation_nobody" : "journal.escalation_started",
                  {{"incident", e.incident}, {"n", std::to_string(e.steps.size())}});
  }
  std::string operator()(const ops_model::EscalationStepFired& e) const {
    if (e.contacts.empty())
      return Format(language, "journal.escalation_empty", {{"level", e.level}});
    if (e.level.empty())
      return Format(
          language, "journal.escalation_told",
          {{"contacts", JoinNames(e.contacts)}, {"reason", WhyCalled(language, e.reason_code)}});
    return Format(language, "journal.escalation_fired",
                  {{"level", e.level},
                   {"contacts", JoinNames(e.contacts)},
                   {"reason", WhyCalled(language, e.reason_code)}});
  }
  std::string operator()(const ops_model::EscalationEnded& e) const {
    return Format(language,
                  e.reason_code == "resolved"           ? "journal.escalation_ended"
                  : e.reason_code == "severity_lowered" ? "journal.escalation_not_needed"
                                                        : "journal.escalation_exhausted",
                  {{"incident", e.incident}});
  }
  std::string operator()(const ops_model::PageQueued& e) const {
    return Format(language, "journal.page_queued",
                  {{"page", e.page}, {"contact", e.contact}, {"channel", e.channel}});
  }
  std::string operator()(const ops_model::PageAttempted& e) const {
    if (e.outcome == "delivered" && e.reason_code == "written")
      return Format(language, "journal.page_filed", {{"page", e.page}});
    if (e.outcome == "delivered")
      return Format(language, "journal.page_delivered",
                    {{"page", e.page}, {"n", std::to_string(e.attempt)}});
    if (e.outcome == "retry")
      return Format(language, "journal.page_retry",
                    {{"page", e.page},
                     {"n", std::to_string(e.attempt)},
                     {"reason", e.reason_code},
                     {"time", FormatRfc3339(e.next_attempt)}});
    return Format(language, "journal.page_failed",
                  {{"page", e.page},
                   {"n", std::to_string(e.attempt)},
                   {"reason", e.reason_code},
                   {"detail", e.detail}});
  }
  std::string operator()(const ops_model::PageDead& e) const {
    return Format(language, "journal.page_dead",
                  {{"page", e.page}, {"reason", e.reason_code}, {"detail", e.detail}});
  }
  std::string operator()(const ops_model::PageSuppressed& e) const {
    return Format(language, "journal.page_suppressed",
                  {{"contact", e.contact}, {"reason", e.reason_code}});
  }
  std::string operator()(const ops_model::PersonErased&) const {
    return Format(language, "journal.person_erased");
  }
  std::string operator()(const ops_model::ServiceDeclared& e) const {
    if (e.removed) return Format(language, "journal.service_removed", {{"service", e.service}});
    return Format(language, "journal.service_declared",
                  {{"service", e.service},
                   {"n", std::to_string(e.desired)},
                   {"minimum", std::to_string(e.minimum)},
                   {"maximum", std::to_string(e.maximum)}});
  }
  std::string operator()(const ops_model::ServiceHealthChanged& e) const {
    return Format(language,
                  e.healthy < 0 ? "journal.service_health_unknown" : "journal.service_health",
                  {{"service", e.service}, {"n", std::to_string(e.healthy)}});
  }
  std::string operator()(const ops_model::ServiceScaled& e) const {
    return Format(language, "journal.service_scaled",
                  {{"scaling", e.scaling},
                   {"service", e.service},
                   {"from", std::to_string(e.from)},
                   {"to", std::to_string(e.to)},
                   {"reason", WhyScaled(language, e)}});
  }
  std::string operator()(const ops_model::ServiceScalingDeclined& e) const {
    return Format(language, "journal.service_not_scaled",
                  {{"service", e.service},
                   {"n", std::to_string(e.desired)},
                   {"reason", WhyNotScaled(language, e)}});
  }
  std::string operator()(const ops_model::ServiceScaleAttempted& e) const {
    const std::string key = e.outcome == "done"    ? "journal.service_scale_done"
                            : e.outcome == "retry" ? "journal.service_scale_retry"
                                                   : "journal.service_scale_failed";
    return Format(language, key,
                  {{"scaling", e.scaling},
                   {"service", e.service},
                   {"n", std::to_string(e.attempt)},
                   {"desired", std::to_string(e.desired)},
                   {"reason", e.reason_code},
                   {"detail", e.detail},
                   {"time", FormatRfc3339(e.next_attempt)}});
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return Format(language, "journal.other");
  }
};

}  // namespace

std::string Summarize(const ops_model::EventBody& body, text::Language language,
                      const Unseal& unseal) {
  return std::visit(Summary{language, unseal}, body);
}

Json RenderWithData(const store::JournalEntry& entry, text::Language language,
                    const Unseal& unseal) {
  return RenderEntry(entry, language, unseal)
      .Set("version", entry.event.version)
      .Set("hash", ToHex(entry.hash))
      .Set("data", Json::Parse(entry.event.body).value_or(Json()));
}

Json RenderEntry(const store::JournalEntry& entry, text::Language language, const Unseal& unseal) {
  const auto body = ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body);
  return Json::MakeObject()
      .Set("sequence", entry.sequence)
      .Set("at", FormatRfc3339(entry.at))
      .Set("type", entry.event.type)
      .Set("actor", entry.event.actor)
      .Set("subject", entry.event.subject)
      .Set("summary", body ? Summarize(*body, language, unseal) : body.error().message);
}

}  // namespace hinomi::api::impl
