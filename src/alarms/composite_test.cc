// Composite alarms, their suppressors, mute and inhibit rules, flapping: what is kept back and
// when it is let through.
#include "alarms/composite.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "alarms/alarms.h"
#include "ops_model/testing.h"

namespace hinomi::alarms {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.

const Instant kZero = *ParseRfc3339("2026-11-24T00:00:00Z");

/// A small control loop: folds what follows from each input to rest, and keeps what acted.
class CompositeAlarmTest : public testing::Test {
 protected:
  CompositeAlarmTest() {
    policy_.server.observe_new_alarms = Duration();
    policy_.server.time_zone = "Asia/Tokyo";
    policy_.routes.push_back({.action = "alert", .severity = "error"});
    for (const char* name : {"a", "b", "s"}) policy_.alarms.push_back(Metric(name));
  }

  static policy::AlarmDocument Metric(const std::string& name) {
    policy::AlarmDocument alarm;
    alarm.name = alarm.metric = name;
    alarm.threshold = 1;
    return alarm;
  }
  policy::AlarmDocument& AddComposite(const std::string& name, const std::string& rule) {
    policy::AlarmDocument alarm;
    alarm.name = name;
    alarm.rule = rule;
    alarm.parsed_rule = std::make_shared<const policy::AlarmRule>(*policy::ParseAlarmRule(rule));
    alarm.action = "alert";
    alarm.ok_action = "alert";
    policy_.alarms.push_back(std::move(alarm));
    return policy_.alarms.back();
  }
  /// The composite "c" of alarm a, with a suppressor that is waited for over 2 s and counts for 3
  /// more: the guide's example.
  void AddSuppressed() {
    AddComposite("c", "ALARM(a)").suppressor = {"s", Duration::Seconds(2), Duration::Seconds(3)};
  }
  void LoadPolicy() {
    OpsLoaded loaded{"d", {}};
    for (const policy::AlarmDocument& alarm : policy_.alarms) loaded.alarms.push_back(alarm.name);
    Fold({loaded});
  }
  /// At `second` the metric alarm gets a point that is good or bad.
  void Point(int second, const char* alarm, bool bad) {
    Until(second);
    Fold(Decide(state_, AlarmEvaluation{alarm, {{now_, bad ? 1.0 : 0.0}}}, now_, policy_).events);
  }
  /// Goes on to `second`; the timers that are due on the way go off.
  void Until(int second) {
    const Instant to = kZero + Duration::Seconds(second);
    for (auto next = NextWakeup(state_); next && *next <= to; next = NextWakeup(state_)) {
      now_ = std::max(now_, *next);
      Fold(Decide(state_, TimerInput{}, now_, policy_).events);
      if (NextWakeup(state_) == next) return ADD_FAILURE() << "a timer that does not end";
    }
    now_ = to;
  }
  void Fold(std::vector<EventBody> bodies) {
    for (EventBody& body : bodies) {
      const Event event{++sequence_, now_, "hinomi", std::move(body)};
      Apply(state_, event);
      Note(event);
      Fold(Decide(state_, EventInput{event}, now_, policy_).events);
    }
    // Snapshots lose nothing.
    EXPECT_EQ(Save(Load(Save(state_))).Dump(), Save(state_).Dump());
    EXPECT_EQ(Load(Save(state_)).held, state_.held);
  }
  void Note(const Event& event) {
    const auto* moved = std::get_if<AlarmTransitioned>(&event.body);
    if (moved == nullptr || moved->action.empty()) return;
    const int64_t second = (event.at - kZero).seconds();
    if (moved->acts())
      acted_ += (acted_.empty() ? "" : " ") + moved->alarm + "=" +
                std::string(AlarmStateName(moved->to)) + "@" + std::to_string(second);
    else
      held_ += (held_.empty() ? "" : " ") + moved->held_by + "@" + std::to_string(second);
  }
  std::string StateOfAlarm(const char* alarm) {
    return std::string(AlarmStateName(state_.alarms.at(alarm).state));
  }

  policy::OpsFolder policy_;
  State state_;
  Instant now_ = kZero;
  uint64_t sequence_ = 0;
  std::string acted_;
  std::string held_;
};

TEST_F(CompositeAlarmTest, RulesAreTrueOrFalseOfTheStates) {
  const std::map<std::string, AlarmState> states = {
      {"a", AlarmState::kAlarm}, {"o", AlarmState::kOk}, {"i", AlarmState::kInsufficientData}};
  const std::pair<const char*, bool> cases[] = {
      {"TRUE", true},
      {"FALSE", false},
      {"ALARM(a)", true},
      {"ALARM(o)", false},
      {"OK(o) AND INSUFFICIENT_DATA(i)", true},
      {"ALARM(o) OR NOT ALARM(o)", true},
      {"ALARM(a) AND ALARM(o)", false},
      {"AT_LEAST(1, ALARM, (a, o, i))", true},
      {"AT_LEAST(2, ALARM, (a, o, i))", false},
      {"AT_LEAST(2, NOT ALARM, (a, o, i))", true},
      {"AT_LEAST(3, NOT ALARM, (a, o, i))", false},
      {"AT_LEAST(33%, OK, (a, o, i))", true},
      {"AT_LEAST(34%, OK, (a, o, i))", false},
      {"AT_LEAST(100%, NOT OK, (a, i))", true},
      {"INSUFFICIENT_DATA(unknown)", true},
  };
  for (const auto& [rule, holds] : cases)
    EXPECT_EQ(Holds(*policy::ParseAlarmRule(rule),
                    [&states](const std::string& alarm) {
                      const auto found = states.find(alarm);
                      return found == states.end() ? AlarmState::kInsufficientData : found->second;
                    }),
              holds)
        << rule;
}

TEST_F(CompositeAlarmTest, ItIsDecidedFromItsCreationOnAndFollowsItsAlarms) {
  AddComposite("outer", "ALARM(inner)");
  AddComposite("inner", "ALARM(a) AND NOT OK(b)");
  LoadPolicy();
  EXPECT_EQ(StateOfAlarm("inner"), "OK");
  EXPECT_EQ(StateOfAlarm("outer"), "OK");
  Point(1, "a", true);
  EXPECT_EQ(StateOfAlarm("inner"), "ALARM");  // b has no data: it is not OK.
  EXPECT_EQ(StateOfAlarm("outer"), "ALARM");
  EXPECT_EQ(state_.alarms.at("inner").last.reason,
            "The rule ALARM(a) AND NOT OK(b) is true: a is ALARM.");
  Point(2, "b", false);
  EXPECT_EQ(StateOfAlarm("outer"), "OK");
  EXPECT_EQ(acted_, "outer=OK@0 inner=OK@0 inner=ALARM@1 outer=ALARM@1 inner=OK@2 outer=OK@2");
}

TEST_F(CompositeAlarmTest, ANewRuleIsDecidedWhenItIsLoaded) {
  AddComposite("c", "ALARM(a)");
  LoadPolicy();
  Point(1, "a", true);
  policy_.alarms.back().parsed_rule =
      std::make_shared<const policy::AlarmRule>(*policy::ParseAlarmRule("NOT ALARM(a)"));
  LoadPolicy();
  EXPECT_EQ(StateOfAlarm("c"), "OK");
}

// The six cases of the guide, "Composite alarm action suppression", and what follows from them.
TEST_F(CompositeAlarmTest, ASuppressorIsWaitedForAndCountsAWhileAfterItsEnd) {
  struct Step {
    int second;
    const char* alarm;
    bool bad;
  };
  const struct {
    const char* what;
    std::vector<Step> steps;
    const char* held;
    const char* acted;
  } cases[] = {
      {"it does not come", {{12, "a", true}}, "wait@12", "c=ALARM@14"},
      {"it comes in time", {{12, "a", true}, {13, "s", true}}, "wait@12 suppressor@13", ""},
      {"each transition is waited for",
       {{12, "a", true}, {13, "a", false}},
       "wait@12 wait@13",
       "c=OK@15"},
      {"it stands already", {{10, "s", true}, {12, "a", true}}, "suppressor@12", ""},
      {"it ends, and counts a while",
       {{12, "a", true}, {13, "s", true}, {16, "s", false}},
       "wait@12 suppressor@13 extension@16",
       "c=ALARM@19"},
      {"a transition in the extension is waited for instead",
       {{12, "a", true}, {13, "s", true}, {16, "s", false}, {17, "a", false}},
       "wait@12 suppressor@13 extension@16 wait@17",
       "c=OK@19"},
      {"it comes too late",
       {{12, "a", true}, {15, "s", true}, {16, "s", false}},
       "wait@12",
       "c=ALARM@14"},
  };
  AddSuppressed();
  for (const auto& c : cases) {
    state_ = State();
    now_ = kZero;
    LoadPolicy();
    Until(9);  // What followed from the creation is over.
    acted_ = held_ = "";
    for (const Step& step : c.steps) Point(step.second, step.alarm, step.bad);
    Until(60);
    EXPECT_EQ(held_, c.held) << c.what;
    EXPECT_EQ(acted_, c.acted) << c.what;
  }
}

TEST_F(CompositeAlarmTest, AnotherSuppressorDropsWhatTheFirstOneHeld) {
  AddSuppressed();
  LoadPolicy();
  Point(10, "s", true);
  acted_ = held_ = "";
  Point(12, "a", true);
  Until(20);
  policy_.alarms.back().suppressor.alarm = "b";
  LoadPolicy();
  EXPECT_EQ(acted_, "c=ALARM@20");
}

TEST_F(CompositeAlarmTest, AClockThatIsSetBackMovesWhatIsWaitedFor) {
  AddSuppressed();
  LoadPolicy();
  Until(1000);
  acted_ = held_ = "";
  Point(1000, "a", true);
  now_ = kZero + Duration::Seconds(500);
  Fold({ClockSetBack{Duration::Seconds(500)}});
  Until(600);
  EXPECT_EQ(acted_, "c=ALARM@502");
}

/// Alarm a acts, and is muted from 00:10 to 00:20 UTC.
class MuteRuleTest : public CompositeAlarmTest {
 protected:
  MuteRuleTest() {
    policy_.alarms[0].action = policy_.alarms[0].ok_action = "alert";
    policy_.mute_rules.push_back(
        {"work", "", {"a", "c"}, "cron(10 9 * * *)", "", Duration::Minutes(10)});
  }
};

TEST_F(MuteRuleTest, WhatIsAnotherStateWhenItEndsActsOnce) {
  LoadPolicy();
  Point(60, "a", false);
  Point(700, "a", true);
  EXPECT_EQ(StateOfAlarm("a"), "ALARM");  // The state is looked at all the same.
  EXPECT_EQ(held_, "mute:work@700");
  Until(4000);
  EXPECT_EQ(acted_, "a=OK@60 a=ALARM@1200");
  EXPECT_EQ(state_.alarms.at("a").last.reason_code, "mute_ended");
}

TEST_F(MuteRuleTest, WhatCameAndWentIsNotTold) {
  LoadPolicy();
  Point(60, "a", false);
  Point(700, "a", true);
  Point(800, "a", false);
  Until(4000);
  EXPECT_EQ(acted_, "a=OK@60");
  EXPECT_TRUE(state_.held.empty());
}

TEST_F(MuteRuleTest, OutsideItsTimesItChangesNothing) {
  LoadPolicy();
  Point(599, "a", true);
  Point(1200, "a", false);
  EXPECT_EQ(acted_, "a=ALARM@599 a=OK@1200");
}

TEST_F(MuteRuleTest, ARuleThatIsTakenAwayLetsThroughAtOnce) {
  LoadPolicy();
  Point(700, "a", true);
  policy_.mute_rules.clear();
  LoadPolicy();
  EXPECT_EQ(acted_, "a=ALARM@700");
}

TEST_F(MuteRuleTest, OneBeginningAfterAnotherIsOneTime) {
  policy_.mute_rules.push_back(
      {"more", "", {"a"}, "at(2026-11-24T09:15)", "Asia/Tokyo", Duration::Minutes(10)});
  LoadPolicy();
  Point(700, "a", true);
  Until(4000);
  EXPECT_EQ(held_, "mute:work@700 mute:more@1200");
  EXPECT_EQ(acted_, "a=ALARM@1500");
}

TEST_F(MuteRuleTest, AnActionThatWasSwitchedOffMeanwhileIsNotMadeUpFor) {
  LoadPolicy();
  Point(700, "a", true);
  policy_.alarms[0].actions_enabled = false;
  LoadPolicy();
  Until(4000);
  policy_.alarms[0].actions_enabled = true;
  LoadPolicy();
  Until(5000);
  EXPECT_EQ(acted_, "");
  Point(5001, "a", false);
  EXPECT_EQ(acted_, "a=OK@5001");
}

/// "hosts" explains "errors" of the same service.
class InhibitRuleTest : public CompositeAlarmTest {
 protected:
  InhibitRuleTest() {
    policy_.alarms.clear();
    for (const auto& [name, service] :
         {std::pair{"hosts", "app"}, {"errors", "app"}, {"others", "shop"}}) {
      policy::AlarmDocument alarm = Metric(name);
      alarm.dimensions = {{"ServiceName", service}};
      alarm.action = "alert";
      policy_.alarms.push_back(alarm);
    }
    policy_.inhibit_rules.push_back(
        {.name = "gone", .sources = {"hosts"}, .targets = {"errors", "others"}});
  }
  void Begin() {
    LoadPolicy();
    for (const char* name : {"hosts", "errors", "others"}) Point(0, name, false);
    acted_ = held_ = "";
  }
};

TEST_F(InhibitRuleTest, ASymptomIsHeldWhileItsCauseStandsAndAWhileAfter) {
  Begin();
  Point(10, "hosts", true);
  Point(20, "errors", true);
  EXPECT_EQ(held_, "inhibit:gone@20");
  Point(60, "hosts", false);
  Until(179);
  EXPECT_EQ(acted_, "hosts=ALARM@10");
  Until(200);
  EXPECT_EQ(acted_, "hosts=ALARM@10 errors=ALARM@180");
  EXPECT_EQ(state_.alarms.at("errors").last.reason_code, "inhibition_ended");
}

TEST_F(InhibitRuleTest, WhatRecoversWithItsCauseIsNeverHeardOf) {
  Begin();
  Point(10, "hosts", true);
  Point(20, "errors", true);
  Point(60, "hosts", false);
  Point(100, "errors", false);
  Until(1'000);
  EXPECT_EQ(acted_, "hosts=ALARM@10");
  EXPECT_EQ(StateOfAlarm("errors"), "OK");
}

TEST_F(InhibitRuleTest, OtherServicesAreOtherMattersUnlessTheRuleSaysOtherwise) {
  Begin();
  Point(10, "hosts", true);
  Point(20, "others", true);
  EXPECT_EQ(acted_, "hosts=ALARM@10 others=ALARM@20");
  Point(30, "others", false);
  policy_.inhibit_rules[0].same_service = false;
  Point(40, "others", true);
  EXPECT_EQ(held_, "inhibit:gone@40");
}

TEST_F(InhibitRuleTest, WhatWentOffFirstWasHeardOfAndAWaitWaits) {
  Begin();
  Point(10, "errors", true);
  Point(11, "hosts", true);
  EXPECT_EQ(acted_, "errors=ALARM@10 hosts=ALARM@11");
  Point(12, "errors", false);
  Point(12, "hosts", false);
  Until(500);
  acted_ = "";
  policy_.inhibit_rules[0].wait = Duration::Seconds(30);
  Point(510, "errors", true);
  Point(520, "hosts", true);
  Until(600);
  EXPECT_EQ(acted_, "hosts=ALARM@520");
  Point(610, "errors", false);
  Point(610, "hosts", false);
  Until(1'000);
  acted_ = "";
  Point(1'010, "errors", true);
  Until(1'100);
  EXPECT_EQ(acted_, "errors=ALARM@1040");
}

TEST_F(InhibitRuleTest, AnAlarmOnBothSidesIsHeldBackByNone) {
  policy_.inhibit_rules[0].sources.push_back("errors");
  Begin();
  Point(10, "hosts", true);
  Point(20, "errors", true);
  EXPECT_EQ(acted_, "hosts=ALARM@10 errors=ALARM@20");
}

TEST_F(InhibitRuleTest, ARuleThatIsTakenAwayLetsThrough) {
  Begin();
  Point(10, "hosts", true);
  Point(20, "errors", true);
  policy_.inhibit_rules.clear();
  Until(30);
  LoadPolicy();
  EXPECT_EQ(acted_, "hosts=ALARM@10 errors=ALARM@30");
}

class FlappingAlarmTest : public CompositeAlarmTest {
 protected:
  FlappingAlarmTest() {
    policy_.alarms[0].flap_detection = true;
    policy_.alarms[0].action = "alert";
    policy_.alarms[0].ok_action = "alert";
    LoadPolicy();
    Point(0, "a", false);
    Until(3'600);
    acted_ = held_ = "";
  }
  /// Another state each minute, `times` times, the first of them ALARM; returns when it began.
  int Flap(int times) {
    for (int i = 0; i < times; ++i) Point(3'600 + 60 * i, "a", i % 2 == 0);
    return 3'600;
  }
};

TEST_F(FlappingAlarmTest, ARecoveryIsHeldUntilTheStateHasComeToRest) {
  Flap(6);
  EXPECT_EQ(acted_, "a=ALARM@3600 a=OK@3660 a=ALARM@3720 a=OK@3780 a=ALARM@3840");
  EXPECT_EQ(held_, "flapping@3900");
  EXPECT_EQ(StateOfAlarm("a"), "OK");  // Published as it is.
  acted_ = "";
  Until(3'900 + 15 * 60 - 1);
  EXPECT_EQ(acted_, "");
  Until(3'900 + 15 * 60);
  EXPECT_EQ(acted_, "a=OK@4800");
  EXPECT_EQ(state_.alarms.at("a").last.reason_code, "flapping_ended");
  EXPECT_EQ(state_.held.size(), 0u);
}

TEST_F(FlappingAlarmTest, GoingOffIsNeverHeld) {
  Flap(7);
  EXPECT_EQ(acted_, "a=ALARM@3600 a=OK@3660 a=ALARM@3720 a=OK@3780 a=ALARM@3840 a=ALARM@3960");
  Point(4'020, "a", false);
  EXPECT_EQ(held_, "flapping@3900 flapping@4020");
}

TEST_F(FlappingAlarmTest, WithoutAnActionOfOkItIsHeldAllTheSame) {
  policy_.alarms[0].ok_action.clear();
  Flap(6);
  EXPECT_TRUE(state_.held.contains("a"));
  Until(5'000);
  EXPECT_FALSE(state_.held.contains("a"));
  EXPECT_EQ(state_.alarms.at("a").last.reason_code, "flapping_ended");
}

TEST_F(FlappingAlarmTest, NoneIsHeldWhereItIsSwitchedOff) {
  policy_.alarms[0].flap_detection = false;
  Flap(8);
  EXPECT_EQ(held_, "");
}

}  // namespace
}  // namespace hinomi::alarms
