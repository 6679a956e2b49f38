#include "ops_model/testing.h"

#include <limits>
#include <string>
#include <utility>

namespace hinomi::ops_model {
namespace {

const Instant kT = Instant::FromSeconds(1'700'000'000);

std::string Pick(Random& random, std::initializer_list<const char*> choices) {
  return *(choices.begin() + random.Below(choices.size()));
}

std::string Numbered(Random& random, const char* prefix, uint64_t most) {
  return prefix + std::to_string(1 + random.Below(most));
}

std::string AlarmName(Random& r) {
  return Pick(r, {"HighCPUUtilization", "HighErrorRate", "遅い"});
}
std::string IncidentName(Random& r) {
  return Numbered(r, "INC-", 5);
}
std::string PageName(Random& r) {
  return Numbered(r, "PG-", 8);
}
std::string ContactName(Random& r) {
  return Pick(r, {"on-call", "team-lead", "management"});
}
std::string ServiceName(Random& r) {
  return Pick(r, {"app", "worker"});
}
Severity AnySeverity(Random& r) {
  return static_cast<Severity>(r.Below(4));
}
AlarmState AnyState(Random& r) {
  return static_cast<AlarmState>(r.Below(3));
}
Instant AnyInstant(Random& r) {
  return kT + Duration::Millis(static_cast<int64_t>(r.Below(9'000'000)));
}

std::vector<std::string> SomeContacts(Random& r) {
  std::vector<std::string> contacts;
  for (uint64_t i = r.Below(3); i > 0; --i) contacts.push_back(ContactName(r));
  return contacts;
}

std::vector<Datapoint> SomeDatapoints(Random& r) {
  std::vector<Datapoint> points;
  for (uint64_t i = r.Below(5); i > 0; --i) {
    Datapoint point{AnyInstant(r), std::nullopt};
    if (r.Percent(80)) point.value = r.Unit() * 100;
    if (r.Percent(30)) point.samples = 1 + r.Below(1000);
    if (r.Percent(10)) point.band = Band{r.Unit() * 10, 10 + r.Unit() * 10, 20 + r.Unit() * 10};
    points.push_back(point);
  }
  return points;
}

ServiceScaled AnyScaled(Random& r) {
  ServiceScaled scaled;
  scaled.scaling = Numbered(r, "SC-", 6);
  scaled.service = ServiceName(r);
  scaled.from = static_cast<int>(1 + r.Below(5));
  scaled.to = static_cast<int>(1 + r.Below(5));
  scaled.direction = Pick(r, {"out", "in"});
  scaled.policy = Pick(r, {"step", "target_tracking", "recovery", "manual", "bounds"});
  scaled.alarm = AlarmName(r);
  scaled.datapoints = SomeDatapoints(r);
  scaled.minimum = 1;
  scaled.maximum = 6;
  scaled.cooldown = Duration::Minutes(static_cast<int64_t>(r.Below(6)));
  return scaled;
}

std::vector<EscalationStep> SomeSteps(Random& r) {
  std::vector<EscalationStep> steps;
  for (uint64_t i = r.Below(4); i > 0; --i)
    steps.push_back({Numbered(r, "L", 4), Duration::Minutes(static_cast<int64_t>(r.Below(60))),
                     r.Percent(30), SomeContacts(r), r.Percent(20),
                     r.Percent(20) ? Duration::Minutes(5) : Duration()});
  return steps;
}

}  // namespace

std::vector<EventBody> ExampleBodies() {
  return {
      ServerStarted{"0.1.0", kT},
      OpsLoaded{"ab12", {"HighCPUUtilization", "HighErrorRate"}},
      AlarmTransitioned{"HighErrorRate",
                        AlarmState::kOk,
                        AlarmState::kAlarm,
                        "Threshold Crossed: \"1\" datapoint",
                        "threshold_crossed",
                        {{kT, 12.5, 60},
                         {kT - Duration::Minutes(1), std::nullopt},
                         {kT - Duration::Minutes(2), std::numeric_limits<double>::infinity()}},
                        10,
                        "GreaterThanOrEqualToThreshold",
                        "HTTPCode_Target_5XX_Count",
                        "app",
                        "alert",
                        true,
                        "mute:nights",
                        kT + Duration::Minutes(10)},
      AlarmActionTaken{"HighCPUUtilization", "scale-up", "unavailable", "no_service_runtime"},
      IncidentOpened{"INC-7", "alarm:HighErrorRate", "エラー率", Severity::kCritical, "app",
                     "HighErrorRate", "alert", "alarm", "INC-6"},
      IncidentSignal{"INC-7", "HighErrorRate", AlarmState::kInsufficientData, "no data",
                     "alarm:Other"},
      IncidentAcknowledged{"INC-7", "sato", "cli"},
      IncidentNoted{"INC-7", "sato", "first line\nsecond"},
      IncidentResolved{"INC-7", "hinomi", "source_recovered", "back to OK"},
      EscalationStarted{"INC-7",
                        Severity::kCritical,
                        {{"L1", Duration(), true, {"on-call"}},
                         {"L2",
                          Duration::Minutes(30),
                          false,
                          {"team-lead", "devops"},
                          true,
                          Duration::Minutes(5)}},
                        3,
                        Duration::Minutes(20),
                        Duration::Minutes(120),
                        {"cto"}},
      EscalationStepFired{"INC-7", "L2", {"team-lead"}, "not_resolved_in_time", "sato"},
      EscalationEnded{"INC-7", "resolved"},
      PageQueued{"PG-12", "INC-7", "page", "on-call", "mail", "smtp", "a@example.com", "L1", 1,
                 "failover", kT, "PG-11"},
      PageAttempted{"PG-12", 2, "retry", "throttled", "429", kT, "INC-7"},
      PageDead{"PG-12", "exhausted", "timeout", "INC-7"},
      PageSuppressed{"INC-7", "management", "outside_hours", "PG-12"},
      PersonErased{"00ff", "c0ffee"},
      ClockSetBack{Duration::Minutes(5)},
      ServiceDeclared{"app", 3, 2, 6, true},
      ServiceHealthChanged{"app", 2},
      ServiceScaled{"SC-3",
                    "app",
                    3,
                    4,
                    "out",
                    "step",
                    "HighCPUUtilization",
                    "hinomi",
                    "threshold_crossed",
                    "CPUUtilization is 91",
                    "CPUUtilization",
                    {{kT, 91.0}},
                    80,
                    3,
                    2,
                    6,
                    Duration::Minutes(5),
                    41},
      ServiceScalingDeclined{"app", 6, "out", "step", "HighCPUUtilization", "cooldown", "rests",
                             kT},
      ServiceScaleAttempted{"app", "SC-3", 4, 2, "retry", "unreachable", "no such socket", kT},
      AlarmContributorMoved{"DiskFull",
                            "{host=\"a\"}",
                            "rules/host.yml;host;DiskFull",
                            AlarmState::kOk,
                            AlarmState::kAlarm,
                            "disk of a is full",
                            "expression_true",
                            0.97,
                            kT,
                            {{"alertname", "DiskFull"}, {"host", "a"}},
                            {{"summary", "disk of a is full"}},
                            "disk > 0.9",
                            "alert",
                            false,
                            "mute:night",
                            kT},
      IncidentUnacknowledged{"INC-7", "hinomi", "snooze_over"},
      IncidentSnoozed{"INC-7", "sato", kT, "cli"},
      IncidentSeverityChanged{"INC-7", Severity::kWarning, Severity::kCritical, "sato", "worse"},
      EscalationLadderChanged{"INC-7",
                              Severity::kCritical,
                              {{"L4", Duration(), false, {"cto"}}},
                              Duration::Minutes(90)},
      EscalationPassBegan{"INC-7", 2},
      IncidentMerged{"INC-8", "INC-7", "sato"},
      IncidentLinked{"INC-7", "sato", "https://example.com/1", "the ticket"},
      IncidentTimeCorrected{"INC-7", "sato", "impact_start", kT, "from the logs"},
  };
}

EventBody RandomBody(Random& r) {
  switch (r.Below(std::variant_size_v<EventBody>)) {
    case 0:
      return ServerStarted{"0.1.0", r.Percent(30) ? Instant() : AnyInstant(r)};
    case 1:
      return OpsLoaded{Numbered(r, "digest", 3), {AlarmName(r), AlarmName(r)}};
    case 2:
      return AlarmTransitioned{AlarmName(r),
                               AnyState(r),
                               AnyState(r),
                               "because",
                               Pick(r, {"threshold_crossed", "no_data", "observation_ended"}),
                               SomeDatapoints(r),
                               80,
                               "GreaterThanThreshold",
                               "CPUUtilization",
                               Pick(r, {"app", ""}),
                               Pick(r, {"alert", "scale-up", ""}),
                               r.Percent(20),
                               Pick(r, {"", "suppressor", "mute:nights"}),
                               r.Percent(50) ? AnyInstant(r) : Instant()};
    case 3:
      return AlarmActionTaken{AlarmName(r), "scale-up", Pick(r, {"requested", "unavailable"}),
                              "no_service_runtime"};
    case 4:
      return IncidentOpened{IncidentName(r),
                            "alarm:" + AlarmName(r),
                            "title",
                            AnySeverity(r),
                            "app",
                            AlarmName(r),
                            "alert",
                            "alarm",
                            r.Percent(20) ? IncidentName(r) : ""};
    case 5:
      return IncidentSignal{IncidentName(r), AlarmName(r), AnyState(r), "again",
                            r.Percent(30) ? "alarm:" + AlarmName(r) : ""};
    case 6:
      return IncidentAcknowledged{IncidentName(r), "sato", "cli"};
    case 7:
      return IncidentNoted{IncidentName(r), "sato", "looking"};
    case 8:
      return IncidentResolved{IncidentName(r), "sato", Pick(r, {"human", "source_recovered"}), ""};
    case 9:
      return EscalationStarted{
          IncidentName(r),       AnySeverity(r),
          SomeSteps(r),          static_cast<int>(r.Below(4)) - 1,
          Duration::Minutes(20), r.Percent(30) ? Duration::Minutes(120) : Duration(),
          SomeContacts(r)};
    case 10:
      return EscalationStepFired{IncidentName(r), Numbered(r, "L", 4), SomeContacts(r),
                                 Pick(r, {"opened", "asked", "critical"}), ""};
    case 11:
      return EscalationEnded{IncidentName(r), Pick(r, {"resolved", "exhausted"})};
    case 12:
      return PageQueued{PageName(r),
                        IncidentName(r),
                        Pick(r, {"page", "acknowledged", "resolved", "test"}),
                        ContactName(r),
                        "mail",
                        "smtp",
                        "a@example.com",
                        "L1",
                        static_cast<int>(r.Below(3)),
                        "",
                        AnyInstant(r),
                        r.Percent(20) ? PageName(r) : ""};
    case 13:
      return PageAttempted{PageName(r),
                           static_cast<int>(1 + r.Below(9)),
                           Pick(r, {"delivered", "retry", "failed"}),
                           "timeout",
                           "",
                           AnyInstant(r),
                           IncidentName(r)};
    case 14:
      return PageDead{PageName(r), "exhausted", "", IncidentName(r)};
    case 15:
      return PersonErased{"5a17", Numbered(r, "commitment", 4)};
    case 16:
      return ClockSetBack{Duration::Seconds(static_cast<int64_t>(1 + r.Below(900)))};
    case 17:
      return ServiceDeclared{ServiceName(r), static_cast<int>(2 + r.Below(3)), 1,
                             static_cast<int>(4 + r.Below(3)), r.Percent(10)};
    case 18:
      return ServiceHealthChanged{ServiceName(r), static_cast<int>(r.Below(5)) - 1};
    case 19:
      return AnyScaled(r);
    case 20:
      return ServiceScalingDeclined{ServiceName(r),
                                    3,
                                    Pick(r, {"out", "in"}),
                                    Pick(r, {"step", "recovery"}),
                                    AlarmName(r),
                                    Pick(r, {"cooldown", "at_maximum"}),
                                    "because",
                                    AnyInstant(r)};
    case 21:
      return ServiceScaleAttempted{ServiceName(r),
                                   Numbered(r, "SC-", 6),
                                   static_cast<int>(r.Below(6)),
                                   static_cast<int>(1 + r.Below(4)),
                                   Pick(r, {"done", "retry", "failed"}),
                                   "refused",
                                   "",
                                   AnyInstant(r)};
    case 22: {
      AlarmContributorMoved moved;
      moved.alarm = AlarmName(r);
      moved.contributor = Pick(r, {"{host=\"a\"}", "{host=\"b\"}", "{}"});
      moved.rule = Pick(r, {"f;g;a", "f;g;b"});
      moved.to = r.Percent(50) ? AlarmState::kOk : AlarmState::kAlarm;
      moved.value = 0.5;
      moved.active_at = AnyInstant(r);
      moved.labels = {{"host", "a"}};
      moved.action = Pick(r, {"alert", ""});
      return moved;
    }
    case 23:
      return IncidentUnacknowledged{IncidentName(r), "sato",
                                    Pick(r, {"asked", "acknowledgement_timeout", "snooze_over"})};
    case 24:
      return IncidentSnoozed{IncidentName(r), "sato", AnyInstant(r), "cli"};
    case 25:
      return IncidentSeverityChanged{IncidentName(r), AnySeverity(r), AnySeverity(r), "sato", ""};
    case 26:
      return EscalationLadderChanged{IncidentName(r), AnySeverity(r), SomeSteps(r),
                                     r.Percent(30) ? Duration::Minutes(90) : Duration()};
    case 27:
      return EscalationPassBegan{IncidentName(r), static_cast<int>(2 + r.Below(3))};
    case 28:
      return IncidentMerged{IncidentName(r), IncidentName(r), "sato"};
    case 29:
      return IncidentLinked{IncidentName(r), "sato", IncidentName(r), ""};
    case 30:
      return IncidentTimeCorrected{IncidentName(r), "sato",
                                   Pick(r, {"impact_start", "detected", "mitigated", "resolved"}),
                                   AnyInstant(r), ""};
    default:
      return PageSuppressed{IncidentName(r), ContactName(r), "resolved_before_sending",
                            PageName(r)};
  }
}

std::vector<Event> RandomEvents(Random& random, size_t count, Instant start) {
  std::vector<Event> events;
  Instant at = start;
  for (uint64_t sequence = 1; sequence <= count; ++sequence) {
    at = at + Duration::Seconds(static_cast<int64_t>(random.Below(300)));
    events.push_back({sequence, at, "hinomi", RandomBody(random)});
  }
  return events;
}

}  // namespace hinomi::ops_model
