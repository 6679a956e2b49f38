#include "incidents/incidents.h"

#include <gtest/gtest.h>

#include "ops_model/testing.h"

namespace hinomi::incidents {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.

const Instant kStart = Instant::FromSeconds(1'700'000'000);
Instant Minute(int64_t m) {
  return kStart + Duration::Minutes(m);
}

class IncidentsTest : public testing::Test {
 protected:
  IncidentsTest() {
    policy_.routes = {{.action = "scale-up", .severity = "info", .scale = "up"},
                      {.action = "alert", .severity = "error", .escalation = "default"},
                      {.action = "critical-alert", .severity = "critical", .escalation = "default"},
                      {.action = "warning", .severity = "warning"}};
  }

  std::vector<EventBody> Turn(const Input& input, Instant now) {
    last_ = Decide(state_, input, now, policy_);
    for (const EventBody& body : last_.events) Fold(body, now);
    return last_.events;
  }
  void Fold(EventBody body, Instant at) {
    Apply(state_, {++sequence_, at, "hinomi", std::move(body)});
  }

  std::vector<EventBody> Transition(const char* alarm, AlarmState to, const char* action,
                                    Instant now, bool observing = false) {
    AlarmTransitioned t;
    t.alarm = alarm;
    t.to = to;
    t.reason = "Threshold Crossed";
    t.reason_code = "threshold_crossed";
    t.service = "app";
    t.action = action;
    t.observing = observing;
    return Turn(EventInput{{++sequence_, now, "hinomi", t}}, now);
  }
  std::vector<EventBody> Breach(const char* alarm, Instant now) {
    return Transition(alarm, AlarmState::kAlarm, "alert", now);
  }
  std::vector<EventBody> Command(const char* verb, const char* arguments, Instant now,
                                 const char* who = "sato") {
    return Turn(CommandInput{who, "cli", verb, *Json::Parse(arguments), 1}, now);
  }

  policy::OpsFolder policy_;
  State state_;
  Decision last_;
  uint64_t sequence_ = 0;
};

TEST_F(IncidentsTest, ABrokenRuleOpensAnIncidentWithTheSeverityOfItsRoute) {
  const std::vector<EventBody> events =
      Transition("LowHealthyHosts", AlarmState::kAlarm, "critical-alert", Minute(0));
  ASSERT_EQ(events.size(), 1u);
  const auto& opened = std::get<IncidentOpened>(events[0]);
  EXPECT_EQ(opened.incident, "INC-1");
  EXPECT_EQ(opened.dedup_key, "alarm:LowHealthyHosts");
  EXPECT_EQ(opened.title, "LowHealthyHosts (app)");
  EXPECT_EQ(opened.severity, Severity::kCritical);
  EXPECT_EQ(opened.route, "critical-alert");
  EXPECT_EQ(opened.alarm, "LowHealthyHosts");
  EXPECT_EQ(opened.reason_code, "threshold_crossed");
  EXPECT_EQ(opened.recurrence_of, "");
  EXPECT_EQ(state_.open.at("INC-1").opened_at, Minute(0));
}

TEST_F(IncidentsTest, EachContributorOfAnAlarmHasAnIncidentOfItsOwn) {
  const auto move = [&](const char* host, AlarmState to, Instant now) {
    AlarmContributorMoved moved;
    moved.alarm = "Disk";
    moved.contributor = std::string("{host=\"") + host + "\"}";
    moved.to = to;
    moved.reason = "full";
    moved.reason_code = "expression_true";
    moved.annotations = {{"summary", std::string("disk of ") + host}};
    moved.labels = {{"service", "app"}};
    moved.action = to == AlarmState::kAlarm ? "critical-alert" : "";
    return Turn(EventInput{{++sequence_, now, "hinomi", moved}}, now);
  };
  const auto opened = std::get<IncidentOpened>(move("a", AlarmState::kAlarm, Minute(0)).at(0));
  EXPECT_EQ(opened.dedup_key, "alarm:Disk{host=\"a\"}");
  EXPECT_EQ(opened.title, "Disk: disk of a");
  EXPECT_EQ(opened.severity, Severity::kCritical);
  EXPECT_EQ(opened.alarm, "Disk");
  EXPECT_EQ(opened.service, "app");
  move("b", AlarmState::kAlarm, Minute(1));
  EXPECT_EQ(state_.open.size(), 2u);
  EXPECT_TRUE(
      std::holds_alternative<IncidentSignal>(move("a", AlarmState::kAlarm, Minute(2)).at(0)));
  const auto resolved = std::get<IncidentResolved>(move("a", AlarmState::kOk, Minute(3)).at(0));
  EXPECT_EQ(resolved.incident, "INC-1");
  EXPECT_EQ(resolved.reason_code, "source_recovered");
  EXPECT_TRUE(state_.open.contains("INC-2"));
}

TEST_F(IncidentsTest, ARecoveryThatIsNotBelievedYetResolvesNothing) {
  Breach("errors", Minute(0));
  const auto recover = [&](const char* held_by, AlarmState from, Instant now) {
    AlarmTransitioned t;
    t.alarm = "errors";
    t.from = from;
    t.to = AlarmState::kOk;
    t.held_by = held_by;
    return Turn(EventInput{{++sequence_, now, "hinomi", t}}, now);
  };
  const auto events = recover(ops_model::kHeldByFlapping, AlarmState::kAlarm, Minute(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<IncidentSignal>(events[0]).state, AlarmState::kOk);
  // Off again: the same incident, and nobody is called anew.
  EXPECT_TRUE(std::holds_alternative<IncidentSignal>(Breach("errors", Minute(2)).at(0)));
  recover(ops_model::kHeldByFlapping, AlarmState::kAlarm, Minute(3));
  EXPECT_EQ(std::get<IncidentResolved>(recover("", AlarmState::kOk, Minute(20)).at(0)).incident,
            "INC-1");
}

TEST_F(IncidentsTest, SomeTransitionsOpenNothing) {
  EXPECT_TRUE(Transition("cpu", AlarmState::kAlarm, "scale-up", Minute(0)).empty());
  EXPECT_TRUE(Transition("cpu", AlarmState::kAlarm, "", Minute(0)).empty());
  EXPECT_TRUE(Transition("cpu", AlarmState::kAlarm, "alert", Minute(0), true).empty());
  EXPECT_TRUE(Transition("cpu", AlarmState::kOk, "alert", Minute(0)).empty());
  EXPECT_TRUE(Transition("cpu", AlarmState::kInsufficientData, "alert", Minute(0)).empty());
  EXPECT_TRUE(state_.open.empty());
}

TEST_F(IncidentsTest, TheSameKeyAgainJoinsTheOpenIncident) {
  Breach("errors", Minute(0));
  const std::vector<EventBody> events = Breach("errors", Minute(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<IncidentSignal>(events[0]).incident, "INC-1");
  EXPECT_EQ(state_.open.at("INC-1").signals, 1u);
  EXPECT_EQ(std::get<IncidentOpened>(Breach("latency", Minute(1))[0]).incident, "INC-2");
}

TEST_F(IncidentsTest, RecoveryOfTheAlarmResolvesAndSilenceDoesNot) {
  Breach("errors", Minute(0));
  std::vector<EventBody> events =
      Transition("errors", AlarmState::kInsufficientData, "", Minute(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<IncidentSignal>(events[0]).state, AlarmState::kInsufficientData);
  EXPECT_TRUE(state_.open.contains("INC-1"));
  events = Transition("errors", AlarmState::kOk, "", Minute(2));
  ASSERT_EQ(events.size(), 1u);
  const auto& resolved = std::get<IncidentResolved>(events[0]);
  EXPECT_EQ(resolved.by, "hinomi");
  EXPECT_EQ(resolved.reason_code, "source_recovered");
  EXPECT_TRUE(state_.open.empty());
  EXPECT_EQ(state_.Find("INC-1")->resolved_at, Minute(2));
  EXPECT_EQ(state_.Find("INC-1")->state_name(), "resolved");
}

TEST_F(IncidentsTest, ARetriggerIsANewIncidentLinkedInsideTheReopenWindow) {
  Breach("errors", Minute(0));
  Transition("errors", AlarmState::kOk, "", Minute(5));
  const auto inside = std::get<IncidentOpened>(Breach("errors", Minute(15))[0]);
  EXPECT_EQ(inside.incident, "INC-2");
  EXPECT_EQ(inside.recurrence_of, "INC-1");
  Transition("errors", AlarmState::kOk, "", Minute(20));
  const auto outside = std::get<IncidentOpened>(Breach("errors", Minute(31))[0]);
  EXPECT_EQ(outside.incident, "INC-3");
  EXPECT_EQ(outside.recurrence_of, "");
}

TEST_F(IncidentsTest, PeopleAcknowledgeNoteAndResolve) {
  Breach("errors", Minute(0));
  std::vector<EventBody> events =
      Command("incident.acknowledge", R"({"incident":"inc-1"})", Minute(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<IncidentAcknowledged>(events[0]).by, "sato");
  EXPECT_EQ(std::get<IncidentAcknowledged>(events[0]).via, "cli");
  EXPECT_EQ(last_.answer.Dump(), R"({"incident":"INC-1","state":"acknowledged"})");
  EXPECT_EQ(state_.open.at("INC-1").state_name(), "acknowledged");
  // Twice by the same person is no new fact; another one joins.
  EXPECT_TRUE(Command("incident.acknowledge", R"({"incident":"1"})", Minute(2)).empty());
  EXPECT_EQ(last_.answer["already"].as_bool(), true);
  EXPECT_EQ(Command("incident.acknowledge", R"({"incident":"1"})", Minute(2), "ito").size(), 1u);
  events = Command("incident.note", R"({"incident":"INC-1","text":" disk was full "})", Minute(3));
  EXPECT_EQ(std::get<IncidentNoted>(events[0]).text, "disk was full");
  events = Command("incident.resolve", R"({"incident":"INC-1","text":"deleted logs"})", Minute(4));
  EXPECT_EQ(std::get<IncidentResolved>(events[0]).reason_code, "human");
  EXPECT_EQ(std::get<IncidentResolved>(events[0]).text, "deleted logs");
  // A note may still be added, for the review.
  EXPECT_EQ(Command("incident.note", R"({"incident":"INC-1","text":"x"})", Minute(5)).size(), 1u);
}

TEST_F(IncidentsTest, RefusalsSayWhyInWords) {
  for (int i = 0; i < 12; ++i) Breach(("alarm" + std::to_string(i)).c_str(), Minute(0));
  Command("incident.resolve", R"({"incident":"INC-12"})", Minute(1));
  struct Case {
    const char* verb;
    const char* arguments;
    const char* refusal;
  };
  const Case cases[] = {
      {"incident.acknowledge", R"({"incident":"INC-12"})",
       "INC-12 was already resolved by sato at 2023-11-14T22:14:20Z; resolved is final. A new "
       "problem opens a new incident."},
      {"incident.resolve", R"({"incident":"INC-12"})", "INC-12 was already resolved by sato"},
      {"incident.acknowledge", R"({"incident":"INC-13"})", "Did you mean INC-1"},
      {"incident.acknowledge", R"({"incident":"disk"})",
       "There is no incident \"disk\". Open: INC-1, INC-10"},
      {"incident.acknowledge", R"({})", "Which incident? Name it, for example INC-7."},
      {"incident.note", R"({"incident":"INC-1","text":" "})", "A note needs a text."},
      {"incident.open", R"({"title":""})", "An incident needs a title"},
      {"incident.open", R"({"title":"x","severity":"bad"})",
       "\"bad\" is no severity; they are critical, error, warning, info."},
      {"incident.open", R"({"title":"x","route":"alrt"})", "Did you mean \"alert\"?"},
  };
  for (const Case& c : cases) {
    EXPECT_TRUE(Command(c.verb, c.arguments, Minute(2)).empty()) << c.arguments;
    EXPECT_NE(last_.refusal.find(c.refusal), std::string::npos) << last_.refusal;
  }
}

TEST_F(IncidentsTest, OpenedByHandTheSeverityFindsTheRoute) {
  std::vector<EventBody> events = Command(
      "incident.open", R"({"title":"DB is gone","severity":"critical","service":"db"})", Minute(0));
  const auto& opened = std::get<IncidentOpened>(events[0]);
  EXPECT_EQ(opened.route, "critical-alert");
  EXPECT_EQ(opened.alarm, "");
  EXPECT_EQ(opened.dedup_key, "manual:INC-1");
  EXPECT_EQ(opened.reason_code, "human");
  EXPECT_EQ(last_.answer["incident"].as_string(), "INC-1");
  // A route alone brings its severity.
  events = Command("incident.open", R"({"title":"slow","route":"warning"})", Minute(0));
  EXPECT_EQ(std::get<IncidentOpened>(events[0]).severity, Severity::kWarning);
}

TEST_F(IncidentsTest, AnAlarmFiredAsATestOpensWhatItWouldOpenAndStaysAsItIs) {
  policy_.alarms.push_back({.name = "errors",
                            .metric = "Errors",
                            .dimensions = {{"ServiceName", "app"}},
                            .action = "critical-alert"});
  const std::vector<EventBody> events =
      Command("alarm.fire_test", R"({"alarm":"errors"})", Minute(0));
  ASSERT_EQ(events.size(), 1u);
  const auto& opened = std::get<IncidentOpened>(events[0]);
  EXPECT_TRUE(opened.is_test());
  EXPECT_EQ(opened.title, "[TEST] errors (app)");
  EXPECT_EQ(opened.severity, Severity::kCritical);
  EXPECT_EQ(opened.route, "critical-alert");
  EXPECT_EQ(opened.alarm, "errors");
  EXPECT_EQ(opened.service, "app");
  EXPECT_EQ(last_.answer["incident"].as_string(), "INC-1");
  // Once is enough.
  EXPECT_TRUE(Command("alarm.fire_test", R"({"alarm":"errors"})", Minute(1)).empty());
  EXPECT_EQ(last_.answer["incident"].as_string(), "INC-1");
  EXPECT_TRUE(last_.answer["already"].as_bool());
  // The alarm itself is another matter: its recovery does not end the test, its breach is no test.
  EXPECT_TRUE(Transition("errors", AlarmState::kOk, "", Minute(2)).empty());
  const auto real = std::get<IncidentOpened>(
      Transition("errors", AlarmState::kAlarm, "critical-alert", Minute(3)).at(0));
  EXPECT_EQ(real.incident, "INC-2");
  EXPECT_FALSE(real.is_test());
}

TEST_F(IncidentsTest, ATestThatWouldReachNobodyIsRefused) {
  policy_.alarms.push_back({.name = "silent"});
  policy_.alarms.push_back({.name = "cpu", .action = "scale-up"});
  struct Case {
    const char* arguments;
    const char* refusal;
  };
  const Case cases[] = {
      {R"({"alarm":"silnt"})", "There is no alarm \"silnt\". Did you mean \"silent\"?"},
      {R"({"alarm":"silent"})", "The alarm \"silent\" has no action"},
      {R"({"alarm":"cpu"})", "The action \"scale-up\" of \"cpu\" scales a service"},
  };
  for (const Case& c : cases) {
    EXPECT_TRUE(Command("alarm.fire_test", c.arguments, Minute(0)).empty()) << c.arguments;
    EXPECT_NE(last_.refusal.find(c.refusal), std::string::npos) << last_.refusal;
  }
}

TEST_F(IncidentsTest, AKeyGivenByHandIsDeduplicatedToo) {
  Command("incident.open", R"({"title":"a","key":"k"})", Minute(0));
  const std::vector<EventBody> events =
      Command("incident.open", R"({"title":"b","key":"k"})", Minute(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<IncidentSignal>(events[0]).incident, "INC-1");
  EXPECT_EQ(last_.answer["incident"].as_string(), "INC-1");
}

TEST_F(IncidentsTest, AnAcknowledgementIsTakenBackOrRunsOut) {
  Breach("errors", Minute(0));
  EXPECT_TRUE(Command("incident.unacknowledge", R"({"incident":"1"})", Minute(1)).empty());
  Command("incident.acknowledge", R"({"incident":"1"})", Minute(1));
  const auto events = Command("incident.unacknowledge", R"({"incident":"1"})", Minute(2), "ito");
  EXPECT_EQ(std::get<IncidentUnacknowledged>(events.at(0)).by, "ito");
  EXPECT_EQ(state_.open.at("INC-1").state_name(), "triggered");
  // The same person can take it again.
  EXPECT_EQ(Command("incident.acknowledge", R"({"incident":"1"})", Minute(3)).size(), 1u);
  Fold(IncidentUnacknowledged{"INC-1", "hinomi", "acknowledgement_timeout"}, Minute(9));
  EXPECT_EQ(state_.open.at("INC-1").state_name(), "triggered");
}

TEST_F(IncidentsTest, ASnoozeTakesTheIncidentUntilItsEnd) {
  Breach("errors", Minute(0));
  auto events = Command("incident.snooze", R"({"incident":"1","for":"2h"})", Minute(0));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<IncidentAcknowledged>(events[0]).by, "sato");
  EXPECT_EQ(std::get<IncidentSnoozed>(events[1]).until, Minute(120));
  EXPECT_EQ(state_.open.at("INC-1").snoozed_until, Minute(120));
  // Longer, by the same person; and until a time.
  events =
      Command("incident.snooze", R"({"incident":"1","until":"2023-11-15T00:00:00Z"})", Minute(1));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(FormatRfc3339(std::get<IncidentSnoozed>(events[0]).until).substr(0, 19),
            "2023-11-15T00:00:00");
  // Who acknowledges it means: now.
  EXPECT_EQ(Command("incident.acknowledge", R"({"incident":"1"})", Minute(2)).size(), 1u);
  EXPECT_EQ(state_.open.at("INC-1").snoozed_until, std::nullopt);
  for (const auto& [arguments, says] :
       {std::pair(R"({"incident":"1"})", "For how long?"),
        std::pair(R"({"incident":"1","for":"2h","until":"2023-11-15T00:00:00Z"})", "how long?"),
        std::pair(R"({"incident":"1","for":"25h"})", "put off for 1d at most"),
        std::pair(R"({"incident":"1","for":"soon"})", "duration"),
        std::pair(R"({"incident":"1","until":"2023-11-14T00:00:00Z"})", "in the past")}) {
    EXPECT_TRUE(Command("incident.snooze", arguments, Minute(2)).empty());
    EXPECT_NE(last_.refusal.find(says), std::string::npos) << last_.refusal;
  }
}

TEST_F(IncidentsTest, TheSeverityFollowsWhatIsKnown) {
  Breach("errors", Minute(0));
  auto events = Command("incident.severity",
                        R"({"incident":"1","severity":"critical","text":"all users"})", Minute(1));
  const auto& changed = std::get<IncidentSeverityChanged>(events.at(0));
  EXPECT_EQ(changed.from, Severity::kError);
  EXPECT_EQ(changed.to, Severity::kCritical);
  EXPECT_EQ(changed.text, "all users");
  EXPECT_EQ(state_.open.at("INC-1").opened.severity, Severity::kCritical);
  EXPECT_TRUE(
      Command("incident.severity", R"({"incident":"1","severity":"critical"})", Minute(2)).empty());
  Command("incident.severity", R"({"incident":"1","severity":"bad"})", Minute(2));
  EXPECT_NE(last_.refusal.find("they are critical, error"), std::string::npos);
}

TEST_F(IncidentsTest, AMergedIncidentsProblemsCountForTheOther) {
  Breach("errors", Minute(0));
  Breach("latency", Minute(1));
  const auto events = Command("incident.merge", R"({"incident":"2","into":"1"})", Minute(2));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<IncidentMerged>(events[0]).into, "INC-1");
  EXPECT_EQ(std::get<IncidentResolved>(events[1]).reason_code, "merged");
  EXPECT_EQ(state_.Find("INC-2")->merged_into, "INC-1");
  // It is told as a part, and no new incident.
  const auto joined = std::get<IncidentSignal>(Breach("latency", Minute(3)).at(0));
  EXPECT_EQ(joined.incident, "INC-1");
  EXPECT_EQ(joined.member, "alarm:latency");
  EXPECT_EQ(Transition("errors", AlarmState::kOk, "", Minute(4)).size(), 1u);
  EXPECT_TRUE(state_.open.contains("INC-1"));
  EXPECT_EQ(Transition("latency", AlarmState::kInsufficientData, "", Minute(5)).size(), 1u);
  const auto last = Transition("latency", AlarmState::kOk, "", Minute(6));
  ASSERT_EQ(last.size(), 2u);
  EXPECT_EQ(std::get<IncidentResolved>(last[1]).reason_code, "source_recovered");
  EXPECT_TRUE(state_.open.empty());
  EXPECT_TRUE(state_.by_key.empty());
}

TEST_F(IncidentsTest, WhatAPersonOpenedIsNotEndedByWhatWasMergedIntoIt) {
  Command("incident.open", R"({"title":"slow"})", Minute(0));
  Breach("latency", Minute(1));
  Command("incident.merge", R"({"incident":"2","into":"inc-1"})", Minute(2));
  EXPECT_EQ(Transition("latency", AlarmState::kOk, "", Minute(3)).size(), 1u);
  EXPECT_TRUE(state_.open.contains("INC-1"));
  for (const auto& [into, says] :
       {std::pair("1", "is already itself"), std::pair("2", "was already resolved"),
        std::pair("7", "There is no incident \"INC-7\"")}) {
    const std::string arguments = std::string(R"({"incident":"1","into":")") + into + "\"}";
    EXPECT_TRUE(Command("incident.merge", arguments.c_str(), Minute(4)).empty());
    EXPECT_NE(last_.refusal.find(says), std::string::npos) << last_.refusal;
  }
}

TEST_F(IncidentsTest, LinksAndTimesAreAddedAfterTheEndToo) {
  Breach("errors", Minute(0));
  Breach("latency", Minute(1));
  Transition("errors", AlarmState::kOk, "", Minute(5));
  auto events =
      Command("incident.link",
              R"({"incident":"1","target":"https://example.com/t/9","text":"ticket"})", Minute(6));
  EXPECT_EQ(std::get<IncidentLinked>(events.at(0)).target, "https://example.com/t/9");
  events = Command("incident.link", R"({"incident":"1","target":"2"})", Minute(6));
  EXPECT_EQ(std::get<IncidentLinked>(events.at(0)).target, "INC-2");
  events =
      Command("incident.correct",
              R"({"incident":"1","what":"impact_start","time":"2023-11-14T22:00:00Z"})", Minute(7));
  EXPECT_EQ(std::get<IncidentTimeCorrected>(events.at(0)).what, "impact_start");
  EXPECT_EQ(state_.Find("INC-1")->corrected.count("impact_start"), 1u);
  events = Command("incident.correct", R"({"incident":"2","what":"mitigated"})", Minute(8));
  EXPECT_EQ(std::get<IncidentTimeCorrected>(events.at(0)).time, Minute(8));
  const std::tuple<const char*, const char*, const char*> refused[] = {
      {"incident.link", R"({"incident":"1","target":"ticket 9"})", "begins with https://"},
      {"incident.correct", R"({"incident":"1","what":"begin"})", "is no time of an incident"},
      {"incident.correct", R"({"incident":"2","what":"resolved"})", "still open"},
      {"incident.correct", R"({"incident":"1","what":"detected","time":"2033-11-14T22:00:00Z"})",
       "in the future"},
  };
  for (const auto& [verb, arguments, says] : refused) {
    EXPECT_TRUE(Command(verb, arguments, Minute(9)).empty());
    EXPECT_NE(last_.refusal.find(says), std::string::npos) << last_.refusal;
  }
}

// E15
class StormTest : public IncidentsTest {
 protected:
  StormTest() { policy_.storm = {3, Duration::Minutes(5)}; }
  std::vector<EventBody> BreachNumber(int i, Instant now) {
    return Breach(("alarm" + std::to_string(i)).c_str(), now);
  }
};

TEST_F(StormTest, FromSoManyOnFurtherProblemsJoinOneIncident) {
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(BreachNumber(i, Minute(0)).size(), 1u);
  auto events = BreachNumber(4, Minute(1));
  ASSERT_EQ(events.size(), 2u);
  const auto& opened = std::get<IncidentOpened>(events[0]);
  EXPECT_EQ(opened.incident, "INC-4");
  EXPECT_EQ(opened.title, "同時多発：5m のうちに 3 件、多くは app");
  EXPECT_EQ(opened.service, "app");
  EXPECT_EQ(std::get<IncidentSignal>(events[1]).member, "alarm:alarm4");
  for (int i = 5; i <= 500; ++i) EXPECT_EQ(BreachNumber(i, Minute(2)).size(), 1u);
  EXPECT_EQ(state_.open.size(), 4u);
  EXPECT_EQ(state_.open.at("INC-4").members.size(), 497u);
  // Something worse raises it.
  events = Transition("worse", AlarmState::kAlarm, "critical-alert", Minute(3));
  EXPECT_EQ(std::get<IncidentSeverityChanged>(events.at(0)).by, "hinomi");
  EXPECT_EQ(state_.open.at("INC-4").opened.severity, Severity::kCritical);
  // It is over when all are.
  for (int i = 4; i <= 500; ++i)
    EXPECT_EQ(
        Transition(("alarm" + std::to_string(i)).c_str(), AlarmState::kOk, "", Minute(4)).size(),
        1u);
  EXPECT_EQ(Transition("worse", AlarmState::kOk, "", Minute(4)).size(), 2u);
  EXPECT_FALSE(state_.open.contains("INC-4"));
}

TEST_F(StormTest, WhatComesAfterTheStormHasGoneQuietStandsAlone) {
  for (int i = 1; i <= 4; ++i) BreachNumber(i, Minute(0));
  BreachNumber(5, Minute(4));
  Transition("alarm4", AlarmState::kOk, "", Minute(9));  // A recovery keeps no storm alive.
  EXPECT_EQ(std::get<IncidentOpened>(BreachNumber(6, Minute(10)).at(0)).alarm, "alarm6");
  // Another gust is another storm, though the first one is still open.
  BreachNumber(7, Minute(10));
  BreachNumber(8, Minute(10));
  const auto opened = std::get<IncidentOpened>(BreachNumber(9, Minute(10)).at(0));
  EXPECT_EQ(opened.reason_code, kStormReason);
  EXPECT_TRUE(state_.open.contains("INC-4"));
}

TEST_F(StormTest, SlowOnesPeopleAndTestsMakeNoStorm) {
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(BreachNumber(i, Minute(6 * i)).size(), 1u);
  for (int i = 0; i < 4; ++i) Command("incident.open", R"({"title":"slow"})", Minute(24));
  EXPECT_EQ(BreachNumber(5, Minute(25)).size(), 1u);
  policy_.storm.incidents = 0;
  for (int i = 6; i <= 60; ++i) EXPECT_EQ(BreachNumber(i, Minute(25)).size(), 1u);
}

TEST_F(IncidentsTest, VerbsOfOthersAreLeftToThem) {
  EXPECT_TRUE(Command("incident.escalate", R"({"incident":"INC-1"})", Minute(0)).empty());
  EXPECT_TRUE(last_.refusal.empty());
  EXPECT_TRUE(last_.answer.is_null());
}

TEST_F(IncidentsTest, OnlyTheNewestResolvedIncidentsStayInMemory) {
  for (int i = 0; i < 600; ++i) {
    Breach("errors", Minute(i));
    Transition("errors", AlarmState::kOk, "", Minute(i));
  }
  EXPECT_EQ(state_.resolved.size(), kResolvedKept);
  EXPECT_EQ(state_.resolved.back().opened.incident, "INC-600");
  EXPECT_EQ(state_.Find("INC-1"), nullptr);
}

TEST(IncidentsPropertyTest, SnapshotAndTailEqualFoldFromZero) {
  EXPECT_EQ(FirstSeedThatForgets<State>(80, kStart, Apply, Save, Load), std::nullopt);
}

}  // namespace
}  // namespace hinomi::incidents
