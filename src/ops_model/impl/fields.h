#ifndef HINOMI_OPS_MODEL_IMPL_FIELDS_H_
#define HINOMI_OPS_MODEL_IMPL_FIELDS_H_

#include <array>
#include <string_view>

#include "ops_model/event.h"

/// The written form of every event. To add a member: append a line here and
/// give it a default that is right for old events. To change the meaning of
/// one: raise `version` and add an upcast in event.cc. Names never go away.
namespace hinomi::ops_model::impl {

template <typename T>
struct Form;

#define HN_EVENT_FORM(type, event_name, event_version)    \
  template <>                                             \
  struct Form<type> {                                     \
    static constexpr std::string_view kName = event_name; \
    static constexpr int kVersion = event_version;        \
    template <typename Codec, typename Body>              \
    static void Fields(Codec& f, Body& b);                \
  };                                                      \
  template <typename Codec, typename Body>                \
  void Form<type>::Fields(Codec& f, Body& b)

HN_EVENT_FORM(ServerStarted, "server.started", 1) {
  f("release", b.release);
  f("last_alive_ns", b.last_alive);
}

HN_EVENT_FORM(ClockSetBack, "server.clock_set_back", 1) {
  f("by_ns", b.by);
}

HN_EVENT_FORM(OpsLoaded, "ops.loaded", 1) {
  f("digest", b.digest);
  f("alarms", b.alarms);
  f("promql_alarms", b.promql_alarms);
}

HN_EVENT_FORM(AlarmTransitioned, "alarm.transitioned", 1) {
  f("alarm", b.alarm);
  f("from", b.from);
  f("to", b.to);
  f("reason", b.reason);
  f("reason_code", b.reason_code);
  f("datapoints", b.datapoints);
  f("threshold", b.threshold);
  f("comparison", b.comparison);
  f("metric", b.metric);
  f("service", b.service);
  f("action", b.action);
  f("observing", b.observing);
  f("held_by", b.held_by);
  f("held_until_ns", b.held_until);
}

HN_EVENT_FORM(AlarmActionTaken, "alarm.action_taken", 1) {
  f("alarm", b.alarm);
  f("action", b.action);
  f("outcome", b.outcome);
  f("reason_code", b.reason_code);
}

HN_EVENT_FORM(IncidentOpened, "incident.opened", 1) {
  f("incident", b.incident);
  f("dedup_key", b.dedup_key);
  f("title", b.title);
  f("severity", b.severity);
  f("service", b.service);
  f("alarm", b.alarm);
  f("route", b.route);
  f("reason_code", b.reason_code);
  f("recurrence_of", b.recurrence_of);
}

HN_EVENT_FORM(IncidentSignal, "incident.signal", 1) {
  f("incident", b.incident);
  f("alarm", b.alarm);
  f("state", b.state);
  f("reason", b.reason);
  f("member", b.member);
}

HN_EVENT_FORM(IncidentMerged, "incident.merged", 1) {
  f("incident", b.incident);
  f("into", b.into);
  f("by", b.by);
}

HN_EVENT_FORM(IncidentLinked, "incident.linked", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("target", b.target);
  f("text", b.text);
}

HN_EVENT_FORM(IncidentTimeCorrected, "incident.time_corrected", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("what", b.what);
  f("time_ns", b.time);
  f("text", b.text);
}

HN_EVENT_FORM(IncidentAcknowledged, "incident.acknowledged", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("via", b.via);
}

HN_EVENT_FORM(IncidentUnacknowledged, "incident.unacknowledged", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("reason_code", b.reason_code);
}

HN_EVENT_FORM(IncidentSnoozed, "incident.snoozed", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("until_ns", b.until);
  f("via", b.via);
}

HN_EVENT_FORM(IncidentSeverityChanged, "incident.severity_changed", 1) {
  f("incident", b.incident);
  f("from", b.from);
  f("to", b.to);
  f("by", b.by);
  f("text", b.text);
}

HN_EVENT_FORM(IncidentNoted, "incident.noted", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("text", b.text);
}

HN_EVENT_FORM(IncidentResolved, "incident.resolved", 1) {
  f("incident", b.incident);
  f("by", b.by);
  f("reason_code", b.reason_code);
  f("text", b.text);
}

HN_EVENT_FORM(EscalationStarted, "escalation.started", 1) {
  f("incident", b.incident);
  f("severity", b.severity);
  f("steps", b.steps);
  f("passes", b.passes);
  f("pass_after_ns", b.pass_after);
  f("acknowledgement_timeout_ns", b.acknowledgement_timeout);
  f("exhausted_contacts", b.exhausted_contacts);
}

HN_EVENT_FORM(EscalationLadderChanged, "escalation.ladder_changed", 1) {
  f("incident", b.incident);
  f("severity", b.severity);
  f("steps", b.steps);
  f("acknowledgement_timeout_ns", b.acknowledgement_timeout);
}

HN_EVENT_FORM(EscalationPassBegan, "escalation.pass_began", 1) {
  f("incident", b.incident);
  f("pass", b.pass);
}

HN_EVENT_FORM(EscalationStepFired, "escalation.step_fired", 1) {
  f("incident", b.incident);
  f("level", b.level);
  f("contacts", b.contacts);
  f("reason_code", b.reason_code);
  f("by", b.by);
}

HN_EVENT_FORM(EscalationEnded, "escalation.ended", 1) {
  f("incident", b.incident);
  f("reason_code", b.reason_code);
}

HN_EVENT_FORM(PageQueued, "page.queued", 1) {
  f("page", b.page);
  f("incident", b.incident);
  f("kind", b.kind);
  f("contact", b.contact);
  f("channel", b.channel);
  f("channel_type", b.channel_type);
  f("destination", b.destination);
  f("level", b.level);
  f("method", b.method);
  f("reason_code", b.reason_code);
  f("due_ns", b.due);
  f("replaces", b.replaces);
}

HN_EVENT_FORM(PageAttempted, "page.attempted", 1) {
  f("page", b.page);
  f("incident", b.incident);
  f("attempt", b.attempt);
  f("outcome", b.outcome);
  f("reason_code", b.reason_code);
  f("detail", b.detail);
  f("next_attempt_ns", b.next_attempt);
}

HN_EVENT_FORM(PageDead, "page.dead", 1) {
  f("page", b.page);
  f("incident", b.incident);
  f("reason_code", b.reason_code);
  f("detail", b.detail);
}

HN_EVENT_FORM(PageSuppressed, "page.suppressed", 1) {
  f("incident", b.incident);
  f("contact", b.contact);
  f("page", b.page);
  f("reason_code", b.reason_code);
}

HN_EVENT_FORM(PersonErased, "person.erased", 1) {
  f("salt", b.salt);
  f("commitment", b.commitment);
}

HN_EVENT_FORM(ServiceDeclared, "service.declared", 1) {
  f("service", b.service);
  f("desired", b.desired);
  f("minimum", b.minimum);
  f("maximum", b.maximum);
  f("removed", b.removed);
}

HN_EVENT_FORM(ServiceHealthChanged, "service.health_changed", 1) {
  f("service", b.service);
  f("healthy", b.healthy);
}

HN_EVENT_FORM(ServiceScaled, "service.scaled", 1) {
  f("scaling", b.scaling);
  f("service", b.service);
  f("from", b.from);
  f("to", b.to);
  f("direction", b.direction);
  f("policy", b.policy);
  f("alarm", b.alarm);
  f("by", b.by);
  f("reason_code", b.reason_code);
  f("reason", b.reason);
  f("metric", b.metric);
  f("datapoints", b.datapoints);
  f("threshold", b.threshold);
  f("healthy", b.healthy);
  f("minimum", b.minimum);
  f("maximum", b.maximum);
  f("cooldown_ns", b.cooldown);
  f("transition", b.transition);
}

HN_EVENT_FORM(ServiceScalingDeclined, "service.scaling_declined", 1) {
  f("service", b.service);
  f("desired", b.desired);
  f("direction", b.direction);
  f("policy", b.policy);
  f("alarm", b.alarm);
  f("reason_code", b.reason_code);
  f("reason", b.reason);
  f("until_ns", b.until);
}

HN_EVENT_FORM(ServiceScaleAttempted, "service.scale_attempted", 1) {
  f("service", b.service);
  f("scaling", b.scaling);
  f("desired", b.desired);
  f("attempt", b.attempt);
  f("outcome", b.outcome);
  f("reason_code", b.reason_code);
  f("detail", b.detail);
  f("next_attempt_ns", b.next_attempt);
}

HN_EVENT_FORM(AlarmContributorMoved, "alarm.contributor_moved", 1) {
  f("alarm", b.alarm);
  f("contributor", b.contributor);
  f("rule", b.rule);
  f("from", b.from);
  f("to", b.to);
  f("reason", b.reason);
  f("reason_code", b.reason_code);
  f("value", b.value);
  f("active_at_ns", b.active_at);
  f("labels", b.labels);
  f("annotations", b.annotations);
  f("expr", b.expr);
  f("action", b.action);
  f("observing", b.observing);
  f("held_by", b.held_by);
  f("held_until_ns", b.held_until);
}

#undef HN_EVENT_FORM

}  // namespace hinomi::ops_model::impl

#endif  // HINOMI_OPS_MODEL_IMPL_FIELDS_H_
