#include "alarms/alarms.h"

#include <gtest/gtest.h>

#include "ops_model/testing.h"

namespace hinomi::alarms {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.

const Instant kStart = Instant::FromSeconds(1'700'000'000);
Instant Minute(int64_t m) {
  return kStart + Duration::Minutes(m);
}

/// The state of the alarms with a small journal, as the control loop folds it.
class AlarmsTest : public testing::Test {
 protected:
  AlarmsTest() {
    policy_.server.observe_new_alarms = Duration();
    policy_.routes.push_back({.action = "scale-up", .severity = "info", .scale = "up"});
    policy_.routes.push_back({.action = "alert", .severity = "error"});
    policy::AlarmDocument errors;
    errors.name = "HighErrorRate";
    errors.metric = "HTTPCode_Target_5XX_Count";
    errors.dimensions = {{"ServiceName", "app"}};
    errors.threshold = 10;
    errors.action = "alert";
    policy_.alarms.push_back(errors);
    policy::AlarmDocument cpu = errors;
    cpu.name = "HighCPUUtilization";
    cpu.metric = "CPUUtilization";
    cpu.threshold = 80;
    cpu.action = "scale-up";
    policy_.alarms.push_back(cpu);
    Fold(ServerStarted{"0.1.0", Instant()}, kStart);
    Fold(OpsLoaded{"d", {"HighErrorRate", "HighCPUUtilization"}}, kStart);
  }

  void Fold(EventBody body, Instant at) {
    events_.push_back({events_.size() + 1, at, "hinomi", std::move(body)});
    Apply(state_, events_.back());
  }

  /// One evaluation with its consequences, as one turn of the loop.
  std::vector<EventBody> Evaluate(const char* alarm, std::optional<double> value, Instant now) {
    Decision decision =
        Decide(state_, AlarmEvaluation{alarm, {{now - Duration::Minutes(1), value}}}, now, policy_);
    std::vector<EventBody> all;
    for (const EventBody& body : decision.events) {
      Fold(body, now);
      all.push_back(body);
      for (const EventBody& next :
           Decide(state_, EventInput{events_.back()}, now, policy_).events) {
        all.push_back(next);
        Fold(next, now);
      }
    }
    return all;
  }

  policy::OpsFolder policy_;
  State state_;
  std::vector<Event> events_;
};

TEST_F(AlarmsTest, BeginsWithInsufficientDataFromCreation) {
  const AlarmStatus& status = state_.alarms.at("HighErrorRate");
  EXPECT_EQ(status.state, AlarmState::kInsufficientData);
  EXPECT_EQ(status.last.reason, "Unchecked: Initial alarm creation");
  EXPECT_EQ(status.since, kStart);
  EXPECT_TRUE(Evaluate("HighErrorRate", std::nullopt, Minute(1)).empty());
}

TEST_F(AlarmsTest, PublishesEachChangeWithItsPointsAndReason) {
  ASSERT_EQ(Evaluate("HighErrorRate", 3, Minute(1)).size(), 1u);
  EXPECT_TRUE(Evaluate("HighErrorRate", 4, Minute(2)).empty());
  const std::vector<EventBody> events = Evaluate("HighErrorRate", 12, Minute(3));
  ASSERT_EQ(events.size(), 1u);
  const auto& event = std::get<AlarmTransitioned>(events[0]);
  EXPECT_EQ(event.from, AlarmState::kOk);
  EXPECT_EQ(event.to, AlarmState::kAlarm);
  EXPECT_EQ(
      event.reason,
      "Threshold Crossed: 1 datapoint [12.0 (14/11/23 22:15:20)] was greater than or equal to "
      "the threshold (10.0).");
  EXPECT_EQ(event.datapoints, (std::vector<Datapoint>{{Minute(2), 12.0}}));
  EXPECT_EQ(event.action, "alert");
  EXPECT_EQ(event.service, "app");
  EXPECT_EQ(event.comparison, "GreaterThanOrEqualToThreshold");
  EXPECT_FALSE(event.observing);
  EXPECT_EQ(state_.alarms.at("HighErrorRate").state, AlarmState::kAlarm);
  EXPECT_EQ(state_.alarms.at("HighErrorRate").since, Minute(3));
  EXPECT_EQ(state_.alarms.at("HighErrorRate").transition, 4u);
  EXPECT_TRUE(Evaluate("HighErrorRate", 13, Minute(4)).empty());
}

TEST_F(AlarmsTest, AStateSetByHandActsAndTheNextEvaluationTakesItBack) {
  Evaluate("HighErrorRate", 3, Minute(1));
  const auto set = [&](const char* arguments, Instant now) {
    const Decision decision =
        Decide(state_, CommandInput{"sato", "cli", "alarm.set_state", *Json::Parse(arguments), 1},
               now, policy_);
    for (const EventBody& body : decision.events) Fold(body, now);
    return decision;
  };
  Decision decision =
      set(R"({"alarm":"HighErrorRate","state":"ALARM","reason":"drill"})", Minute(2));
  ASSERT_EQ(decision.events.size(), 1u);
  const auto& event = std::get<AlarmTransitioned>(decision.events[0]);
  EXPECT_EQ(event.from, AlarmState::kOk);
  EXPECT_EQ(event.to, AlarmState::kAlarm);
  EXPECT_EQ(event.reason, "drill");
  EXPECT_EQ(event.reason_code, "set_by_hand");
  EXPECT_EQ(event.action, "alert");
  EXPECT_EQ(event.service, "app");
  decision = set(R"({"alarm":"HighErrorRate","state":"ALARM","reason":"again"})", Minute(2));
  EXPECT_TRUE(decision.events.empty());
  EXPECT_TRUE(decision.answer["already"].as_bool());
  const std::vector<EventBody> back = Evaluate("HighErrorRate", 3, Minute(3));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(std::get<AlarmTransitioned>(back[0]).to, AlarmState::kOk);

  policy_.alarms[1].expr = "up == 0";
  const std::pair<const char*, const char*> cases[] = {
      {R"({"alarm":"HighErrorRat","state":"OK","reason":"x"})",
       "There is no alarm \"HighErrorRat\". Did you mean \"HighErrorRate\"?"},
      {R"({"alarm":"HighErrorRate","state":"bad","reason":"x"})", "\"bad\" is no state"},
      {R"({"alarm":"HighErrorRate","state":"ALARM","reason":" "})", "set for a reason"},
      {R"({"alarm":"HighCPUUtilization","state":"OK","reason":"x"})", "it cannot be set"},
  };
  for (const auto& [arguments, refusal] : cases) {
    decision = set(arguments, Minute(4));
    EXPECT_TRUE(decision.events.empty()) << arguments;
    EXPECT_NE(decision.refusal.find(refusal), std::string::npos) << decision.refusal;
  }
}

TEST_F(AlarmsTest, ScalingIsAskedForOnceATransition) {
  Evaluate("HighCPUUtilization", 10, Minute(1));
  std::vector<EventBody> events = Evaluate("HighCPUUtilization", 95, Minute(2));
  ASSERT_EQ(events.size(), 2u);
  const auto& action = std::get<AlarmActionTaken>(events[1]);
  EXPECT_EQ(action.action, "scale-up");
  EXPECT_EQ(action.outcome, "unavailable");
  EXPECT_EQ(action.reason_code, "no_service");
  EXPECT_TRUE(Evaluate("HighCPUUtilization", 96, Minute(3)).empty());
  // The same transition told again (a turn that is decided anew) asks nothing.
  const Event transition = events_[events_.size() - 2];
  EXPECT_TRUE(Decide(state_, EventInput{transition}, Minute(3), policy_).events.empty());
  Evaluate("HighCPUUtilization", 10, Minute(4));
  EXPECT_EQ(Evaluate("HighCPUUtilization", 95, Minute(5)).size(), 2u);
}

TEST_F(AlarmsTest, ScalingIsAskedForWhereHinomiRunsTheService) {
  policy::ServiceDocument app;
  app.name = "app";
  policy_.targets.services = {app};
  const auto taken = [this](int minute) {
    Evaluate("HighCPUUtilization", 10, Minute(minute));
    return std::get<AlarmActionTaken>(Evaluate("HighCPUUtilization", 95, Minute(minute + 1)).at(1));
  };
  EXPECT_EQ(taken(1).outcome, "unavailable");
  EXPECT_EQ(taken(3).reason_code, "no_service_runtime");
  policy_.targets.services[0].command = {"/bin/app"};
  EXPECT_EQ(taken(5).outcome, "requested");
  EXPECT_EQ(taken(7).reason_code, "");
}

TEST_F(AlarmsTest, DisabledActionsLeaveTheStateChanging) {
  policy_.alarms[1].actions_enabled = false;
  const std::vector<EventBody> events = Evaluate("HighCPUUtilization", 95, Minute(2));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<AlarmTransitioned>(events[0]).action, "");
  // Switched on again while in ALARM: what was missed is not made up for.
  policy_.alarms[1].actions_enabled = true;
  EXPECT_TRUE(Evaluate("HighCPUUtilization", 95, Minute(3)).empty());
}

TEST_F(AlarmsTest, AClockThatIsSetBackAfterTheInstallMakesNothingOnlyObserved) {
  policy_.server.observe_new_alarms = Duration::Minutes(10);
  Apply(state_,
        {events_.size() + 1, Minute(11), "hinomi", ops_model::ClockSetBack{Duration::Hours(1)}});
  const Instant now = Minute(12) - Duration::Hours(1);
  const std::vector<EventBody> events = Evaluate("HighErrorRate", 12, now);
  ASSERT_FALSE(events.empty());
  EXPECT_FALSE(std::get<AlarmTransitioned>(events[0]).observing);
}

TEST_F(AlarmsTest, AfterAFreshInstallNewAlarmsOnlyObserve) {
  policy_.server.observe_new_alarms = Duration::Minutes(10);
  std::vector<EventBody> events = Evaluate("HighCPUUtilization", 95, Minute(2));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(std::get<AlarmTransitioned>(events[0]).observing);
  EXPECT_TRUE(Evaluate("HighCPUUtilization", 95, Minute(9)).empty());
  // Still bad when the ten minutes are over: now it counts.
  events = Evaluate("HighCPUUtilization", 95, Minute(10));
  ASSERT_EQ(events.size(), 2u);
  const auto& again = std::get<AlarmTransitioned>(events[0]);
  EXPECT_EQ(again.from, AlarmState::kAlarm);
  EXPECT_EQ(again.to, AlarmState::kAlarm);
  EXPECT_EQ(again.reason_code, "observation_ended");
  EXPECT_FALSE(again.observing);
  EXPECT_EQ(state_.alarms.at("HighCPUUtilization").since, Minute(2));
  EXPECT_TRUE(Evaluate("HighCPUUtilization", 95, Minute(11)).empty());
}

TEST_F(AlarmsTest, ALaterStartIsNoFreshInstall) {
  policy_.server.observe_new_alarms = Duration::Minutes(10);
  Fold(ServerStarted{"0.1.0", Minute(60)}, Minute(61));
  const std::vector<EventBody> events = Evaluate("HighErrorRate", 12, Minute(62));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_FALSE(std::get<AlarmTransitioned>(events[0]).observing);
}

TEST_F(AlarmsTest, AnAlarmTakenOutOfThePolicyIsForgotten) {
  Evaluate("HighErrorRate", 12, Minute(1));
  policy_.alarms.erase(policy_.alarms.begin());
  Fold(OpsLoaded{"e", {"HighCPUUtilization"}}, Minute(2));
  EXPECT_FALSE(state_.alarms.contains("HighErrorRate"));
  EXPECT_TRUE(Evaluate("HighErrorRate", 1, Minute(3)).empty());
  Fold(OpsLoaded{"f", {"HighCPUUtilization", "HighErrorRate"}}, Minute(4));
  EXPECT_EQ(state_.alarms.at("HighErrorRate").state, AlarmState::kInsufficientData);
  EXPECT_EQ(state_.alarms.at("HighErrorRate").since, Minute(4));
}

TEST_F(AlarmsTest, LoadingTheSamePolicyAgainKeepsTheStates) {
  Evaluate("HighErrorRate", 12, Minute(1));
  Fold(OpsLoaded{"e", {"HighErrorRate", "HighCPUUtilization"}}, Minute(2));
  EXPECT_EQ(state_.alarms.at("HighErrorRate").state, AlarmState::kAlarm);
  EXPECT_EQ(state_.alarms.at("HighErrorRate").since, Minute(1));
}

TEST(AlarmsPropertyTest, SnapshotAndTailEqualFoldFromZero) {
  EXPECT_EQ(FirstSeedThatForgets<State>(60, kStart, Apply, Save, Load), std::nullopt);
}

}  // namespace
}  // namespace hinomi::alarms
