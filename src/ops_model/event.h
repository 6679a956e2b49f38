#ifndef HINOMI_OPS_MODEL_EVENT_H_
#define HINOMI_OPS_MODEL_EVENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

/// Values that the operations modules share. They meet as events: no module
/// includes another. All that folding needs stands in the event itself.
namespace hinomi::ops_model {

enum class AlarmState { kOk, kAlarm, kInsufficientData };
/// As CloudWatch writes them: "OK", "ALARM", "INSUFFICIENT_DATA".
std::string_view AlarmStateName(AlarmState state);
std::optional<AlarmState> AlarmStateFromName(std::string_view name);

/// How bad it is, worst first. kWarning wakes nobody.
enum class Severity { kCritical, kError, kWarning, kInfo };
std::string_view SeverityName(Severity severity);  ///< "critical", "error", "warning", "info".
std::optional<Severity> SeverityFromName(std::string_view name);

/// What is usual at a time: lower <= expected <= upper.
struct Band {
  double lower = 0;
  double expected = 0;
  double upper = 0;
  bool operator==(const Band&) const = default;
};

/// One evaluated point of an alarm: the start of its period and its value, or
/// nothing where no data came.
struct Datapoint {
  Instant at;
  std::optional<double> value;
  uint64_t samples = 0;  ///< Of which the value was made; 0 where that is not known.
  std::optional<Band> band = std::nullopt;  ///< Of an alarm that has one, where it is known.
  bool operator==(const Datapoint&) const = default;
};

// --- server -----------------------------------------------------------------

/// A leader began to decide. Between `last_alive` and the event's own time we
/// were blind: that time counts as unknown in every KPI.
struct ServerStarted {
  std::string release;
  Instant last_alive;  ///< Zero at the first start.
};

/// The leader has found the wall clock set back. Waits are lengths of time, but
/// what is kept of them is a time of the wall: that moves with the clock. Times
/// of the day that lie ahead (a contact's hours) stay.
struct ClockSetBack {
  Duration by;  ///< > 0.

  /// Where a wait of which nothing was tried yet ends now, if it was to end at
  /// `due` and the clock was found set back at `found`.
  Instant MovedUntried(Instant due, Instant found) const {
    return due > found + by ? due : due - by;
  }
};

/// An ops folder was taken into use.
struct OpsLoaded {
  std::string digest;               ///< SHA-256 over its files, hex.
  std::vector<std::string> alarms;  ///< Names that it declares.
  /// Those of them that are PromQL alarms or alerts of rule files: they begin OK.
  std::vector<std::string> promql_alarms;
};

// --- alarms -----------------------------------------------------------------

/// AlarmTransitioned::held_by of a recovery that is not believed yet.
inline constexpr const char* kHeldByFlapping = "flapping";

/// A published change of an alarm's state, with what it was decided on.
struct AlarmTransitioned {
  std::string alarm;
  AlarmState from = AlarmState::kInsufficientData;
  AlarmState to = AlarmState::kOk;
  std::string reason;                 ///< CloudWatch's wording: "Threshold Crossed: 1 out of …".
  std::string reason_code;            ///< Stable name, e.g. "threshold_crossed", "no_data".
  std::vector<Datapoint> datapoints;  ///< Newest first, as evaluated.
  double threshold = 0;
  std::string comparison;  ///< CloudWatch's operator name.
  std::string metric;
  std::string service;     ///< The dimension's service, "" if none.
  std::string action;      ///< The document's action for this state, "" if none.
  bool observing = false;  ///< New alarm under observation: nothing follows from it.
  /// What keeps the action back for now: "suppressor", "wait", "extension" (of a composite alarm's
  /// suppressor), "mute:NAME", "inhibit:NAME", "flapping" (a recovery); "": nothing does. What is
  /// let through later is published once more, with `from` and `to` the same.
  std::string held_by;
  Instant held_until;  ///< When that is looked at again; zero: when something else happens.

  /// True where it is published only: nothing follows from it now.
  bool is_held() const { return observing || !held_by.empty(); }
  bool acts() const { return !is_held() && !action.empty(); }
};

/// A published change of one contributor of a PromQL alarm or an alert of a rule file: one series
/// that its expression gives, named by its labels. The alarm itself is in ALARM while any
/// contributor is, else OK.
struct AlarmContributorMoved {
  std::string alarm;
  std::string contributor;             ///< `{host="a"}`: its labels without the alert's name.
  std::string rule;                    ///< Of the policy's `AlertRuleId`.
  AlarmState from = AlarmState::kOk;   ///< kOk or kAlarm.
  AlarmState to = AlarmState::kAlarm;  ///< The same.
  std::string reason;                  ///< In words, with the value.
  std::string reason_code;             ///< "expression_true", "expression_false",
                                       ///< "observation_ended", "mute_ended", "rule_removed".
  double value = 0;                    ///< The newest that was given.
  Instant active_at;                   ///< Since when it is given; `for` counts from here.
  std::map<std::string, std::string> labels, annotations;
  std::string expr;
  std::string action;  ///< The name of a route, "" if none.
  /// As for AlarmTransitioned.
  bool observing = false;
  std::string held_by;
  Instant held_until;

  bool acts() const { return !observing && held_by.empty() && !action.empty(); }

  /// Under which its incident is found.
  std::string IncidentKey() const { return "alarm:" + alarm + contributor; }
};

/// An action other than paging was asked for, e.g. scale-up. `outcome` says
/// what became of it: "requested", "unavailable". Once a transition; that it is
/// asked for as long as the alarm stands shows in the service's own events.
struct AlarmActionTaken {
  std::string alarm;
  std::string action;
  std::string outcome;
  std::string reason_code;
};

// --- incidents --------------------------------------------------------------

/// Why an incident was opened that only tries the way to people: nothing is wrong.
inline constexpr const char* kTestReason = "test";

struct IncidentOpened {
  std::string incident;  ///< "INC-7".
  std::string dedup_key;
  std::string title;
  Severity severity = Severity::kError;
  std::string service;
  std::string alarm;  ///< "" when opened by hand.
  std::string route;  ///< Name of the route that chose severity and people.
  std::string reason_code;
  std::string recurrence_of;  ///< Earlier incident inside the reopen window, "" if none.

  bool is_test() const { return reason_code == kTestReason; }
};

/// Another signal joined an open incident (same key again, or its alarm moved).
struct IncidentSignal {
  std::string incident;
  std::string alarm;
  AlarmState state = AlarmState::kAlarm;
  std::string reason;
  /// Of a problem that is part of this incident without having one of its own (storms, merged
  /// incidents); "" where it is the incident's own.
  std::string member;
};

/// The incident is the same problem as another one, which goes on; it is resolved with this
/// ("merged"), and what would have ended it counts there.
struct IncidentMerged {
  std::string incident;
  std::string into;
  std::string by;
};

/// Something that belongs to it, elsewhere.
struct IncidentLinked {
  std::string incident;
  std::string by;
  std::string target;  ///< A URL, or the name of another incident.
  std::string text;    ///< What it is; may be "".
};

/// A time by which the incident is accounted for, as people found it afterwards. The newest of a
/// kind counts.
struct IncidentTimeCorrected {
  std::string incident;
  std::string by;
  std::string what;  ///< "impact_start", "detected", "mitigated", "resolved".
  Instant time;
  std::string text;  ///< Why; may be "".
};

struct IncidentAcknowledged {
  std::string incident;
  std::string by;
  std::string via;  ///< "cli", "console", "link", a channel's name.
};

/// An acknowledgement does not hold any more: nobody has the incident in hand.
struct IncidentUnacknowledged {
  std::string incident;
  std::string by;           ///< A person, or "hinomi".
  std::string reason_code;  ///< "asked", "acknowledgement_timeout", "snooze_over".
};

/// Somebody has it in hand and wants to hear of it at `until` again, not before: no step fires
/// meanwhile. Comes with or after an acknowledgement.
struct IncidentSnoozed {
  std::string incident;
  std::string by;
  Instant until;
  std::string via;  ///< As for IncidentAcknowledged.
};

struct IncidentSeverityChanged {
  std::string incident;
  Severity from = Severity::kError;
  Severity to = Severity::kError;
  std::string by;    ///< A person, or "hinomi".
  std::string text;  ///< Why, in words; may be "".
};

struct IncidentNoted {
  std::string incident;
  std::string by;
  std::string text;
};

struct IncidentResolved {
  std::string incident;
  std::string by;           ///< A person, or "hinomi".
  std::string reason_code;  ///< "source_recovered", "human", …
  std::string text;
};

// --- escalation -------------------------------------------------------------

/// One rung, resolved when the incident opened: later edits change nothing.
struct EscalationStep {
  std::string level;                  ///< "L1" …
  Duration after;                     ///< Counted from the beginning of the pass.
  bool until_acknowledged = false;    ///< Else counted to *resolved*.
  std::vector<std::string> contacts;  ///< Names of contacts.yml.
  bool after_previous = false;        ///< `after` counts from the firing of the step before.
  Duration repeat_every;              ///< Fires again so often while it counts; 0: once a pass.
  bool over = false;  ///< It fired for a former severity, and fires no more by itself.
};

/// Passes of a ladder that goes on until somebody acts.
inline constexpr int kPassesWithoutEnd = -1;

/// The whole plan for an incident, resolved.
struct EscalationStarted {
  std::string incident;
  Severity severity = Severity::kError;
  std::vector<EscalationStep> steps;
  int passes = 1;                    ///< How often the ladder is climbed; kPassesWithoutEnd.
  Duration pass_after;               ///< From the last step of a pass to the next pass.
  Duration acknowledgement_timeout;  ///< An acknowledgement holds for so long; 0: for ever.
  /// Told when the last step has had its turn and nobody has it in hand.
  std::vector<std::string> exhausted_contacts;
};

/// The severity has changed, and with it the steps that are still to come. What has fired stays.
struct EscalationLadderChanged {
  std::string incident;
  Severity severity = Severity::kError;
  std::vector<EscalationStep> steps;  ///< The whole ladder.
  Duration acknowledgement_timeout;   ///< Of the new severity, as for EscalationStarted.
};

/// The ladder is climbed once more.
struct EscalationPassBegan {
  std::string incident;
  int pass = 2;  ///< From 2.
};

struct EscalationStepFired {
  std::string incident;
  std::string level;
  std::vector<std::string> contacts;
  /// "opened", "critical", "severity_raised", "not_resolved_in_time", "not_acknowledged_in_time",
  /// "repeated", "asked", "nobody_reachable", "no_one_on_call", "acknowledgement_timeout",
  /// "snooze_over", "exhausted" (its level is "" then).
  std::string reason_code;
  std::string by;  ///< Who asked, for "asked".
};

struct EscalationEnded {
  std::string incident;
  std::string reason_code;  ///< "resolved", "exhausted", "severity_lowered".
};

// --- notify -----------------------------------------------------------------

/// A message to one destination was decided. Everything that a sender needs
/// was resolved here; secrets are named, not written.
struct PageQueued {
  std::string page;  ///< "PG-12", also the idempotency key of its job.
  std::string incident;
  std::string kind;  ///< "page", "acknowledged", "resolved", "test".
  std::string contact;
  std::string channel;       ///< Name of the channel in contacts.yml.
  std::string channel_type;  ///< "smtp", "webhook", "outbox", …
  std::string destination;   ///< Address or URL; a commitment where it is personal.
  std::string level;
  int method = 0;           ///< Index of the contact's method, for failover.
  std::string reason_code;  ///< Why this way: "", "channel_unconfigured", "failover",
                            ///< "held_until_opening", …
  Instant due;              ///< When it may first be sent; later than the event's time if held.
  std::string replaces;     ///< The page whose method failed, for "failover" and "last_resort".
};

/// One try to hand a page over.
struct PageAttempted {
  std::string page;
  int attempt = 0;          ///< From 1.
  std::string outcome;      ///< "delivered", "retry", "failed".
  std::string reason_code;  ///< "accepted", "throttled", "timeout", "refused", …
  std::string detail;       ///< The channel's own words, shortened.
  Instant next_attempt;     ///< For "retry".
  std::string incident;     ///< "" for a test page.
};

/// Given up on a page: its method failed for good or for too long.
struct PageDead {
  std::string page;
  std::string reason_code;
  std::string detail;
  std::string incident;  ///< "" for a test page.
};

/// A page that was decided against, and why.
struct PageSuppressed {
  std::string incident;
  std::string contact;
  std::string reason_code;  ///< "no_channel", "outside_hours", "resolved_before_sending", …
  std::string page;         ///< The queued page that is cancelled; "" if none was queued.
};

// --- services ---------------------------------------------------------------

/// The ops folder has a service that Hinomi runs, or other bounds for it than
/// before. Another `desired` than the one before becomes the present count.
struct ServiceDeclared {
  std::string service;
  int desired = 1;  ///< As the document has it.
  int minimum = 1;
  int maximum = 1;
  bool removed = false;  ///< The folder has it no more; the counts say nothing then.
};

/// So many hosts of a service are well, by its balancer's view or by its probes.
struct ServiceHealthChanged {
  std::string service;
  int healthy = -1;  ///< -1: nobody knows any more.
};

/// A service is to have another number of replicas. A job of the kind
/// "service.scale" with the key `scaling` does it.
struct ServiceScaled {
  std::string scaling;  ///< "SC-3".
  std::string service;
  int from = 0;
  int to = 0;
  std::string direction;    ///< "out", "in".
  std::string policy;       ///< "step", "target_tracking", "recovery", "manual", "bounds".
  std::string alarm;        ///< Which asked; "" for a person and for bounds.
  std::string by;           ///< Who asked; "hinomi" for all but "manual".
  std::string reason_code;  ///< "threshold_crossed", "target_exceeded", "target_undershot",
                            ///< "alarm_recovered", "asked", "beyond_bounds".
  std::string reason;       ///< In words, with the figures.
  std::string metric;       ///< Of the alarm.
  std::vector<Datapoint> datapoints;  ///< That it was decided on, newest first.
  double threshold = 0;               ///< Or the target.
  int healthy = -1;                   ///< As far as was known; -1: not.
  int minimum = 0;
  int maximum = 0;
  Duration cooldown;        ///< The same direction rests for so long.
  uint64_t transition = 0;  ///< Sequence of the alarm's transition; 0 if none.
};

/// It was decided not to scale although something asked for it. Said once for
/// each reason, not each minute.
struct ServiceScalingDeclined {
  std::string service;
  int desired = 0;        ///< Stays.
  std::string direction;  ///< "out", "in".
  std::string policy;     ///< As for ServiceScaled.
  std::string alarm;
  std::string reason_code;  ///< "at_maximum", "at_minimum", "cooldown", "health_unknown",
                            ///< "below_healthy_minimum".
  std::string reason;
  Instant until;  ///< For "cooldown": its end.
};

/// One try to have the runtime do what was decided.
struct ServiceScaleAttempted {
  std::string service;
  std::string scaling;  ///< "SC-3".
  int desired = 0;
  int attempt = 0;          ///< From 1.
  std::string outcome;      ///< "done", "retry", "failed".
  std::string reason_code;  ///< The runtime's, "exhausted" after the last try.
  std::string detail;       ///< The runtime's own words, shortened.
  Instant next_attempt;     ///< For "retry".
};

// --- people -----------------------------------------------------------------

/// The personal texts of somebody were erased for good. Who it was stands here
/// as a commitment only: who has the name can check it.
struct PersonErased {
  std::string salt;        ///< Hex.
  std::string commitment;  ///< Hex: SHA-256 over the salt's bytes and the name.
};

using EventBody =
    std::variant<ServerStarted, OpsLoaded, AlarmTransitioned, AlarmActionTaken, IncidentOpened,
                 IncidentSignal, IncidentAcknowledged, IncidentNoted, IncidentResolved,
                 EscalationStarted, EscalationStepFired, EscalationEnded, PageQueued, PageAttempted,
                 PageDead, PageSuppressed, PersonErased, ClockSetBack, ServiceDeclared,
                 ServiceHealthChanged, ServiceScaled, ServiceScalingDeclined, ServiceScaleAttempted,
                 AlarmContributorMoved, IncidentUnacknowledged, IncidentSnoozed,
                 IncidentSeverityChanged, EscalationLadderChanged, EscalationPassBegan,
                 IncidentMerged, IncidentLinked, IncidentTimeCorrected>;

/// A fact, as folded: bodies of old versions are already upcast.
struct Event {
  uint64_t sequence = 0;
  Instant at;
  std::string actor;
  EventBody body;
};

/// Stable name of the body's type, e.g. "alarm.transitioned".
std::string_view EventType(const EventBody& body);
/// The names of all types that this release knows.
std::vector<std::string_view> EventTypes();
/// What it is about, e.g. "alarm:HighErrorRate"; "" if nothing in particular.
std::string EventSubject(const EventBody& body);
/// The incident that it is about; "" if it is about none.
std::string IncidentOf(const EventBody& body);
/// Present version of the body's form.
int EventVersion(const EventBody& body);
/// Canonical bytes: the same body always gives the same text.
std::string EncodeEvent(const EventBody& body);
/// Reads any version ever released. Errors: kCorrupt, naming type and version.
Result<EventBody> DecodeEvent(std::string_view type, int version, std::string_view bytes);

}  // namespace hinomi::ops_model

#endif  // HINOMI_OPS_MODEL_EVENT_H_
