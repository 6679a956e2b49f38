#include "alarms/contributors.h"

#include <gmock/gmock.h>

#include "ops_model/testing.h"
#include "policy/alarm_rule.h"
#include "policy/alert_rules.h"

namespace hinomi::alarms {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Instant kBegin = Instant::FromSeconds(1'700'000'000);

/// The PromQL alarm Disk (action alert) and the alert Host of a rule file.
class ContributorsTest : public ::testing::Test {
 protected:
  ContributorsTest() {
    policy_.server.observe_new_alarms = Duration();
    policy_.server.rules.alerts = {{"critical", "call"}, {"warning", "mail"}, {"other", "alert"}};
    policy_.routes.push_back({.action = "alert", .severity = "error"});
    policy_.routes.push_back({.action = "call", .severity = "critical"});
    policy_.routes.push_back({.action = "mail", .severity = "warning"});
    policy_.routes.push_back({.action = "scale-up", .severity = "info", .scale = "up"});
    policy::AlarmDocument disk;
    disk.name = "Disk";
    disk.expr = "disk > 0.9";
    disk.action = "alert";
    policy_.alarms.push_back(disk);
    disk.name = "Host";
    disk.rule_file = "r.yml";
    policy_.alarms.push_back(disk);
    Fold(ServerStarted{"0.1.0", Instant()});
    Fold(OpsLoaded{"d", {"Disk", "Host"}, {"Disk", "Host"}});
  }
  void Fold(EventBody body) {
    events_.push_back({events_.size() + 1, now_, "hinomi", std::move(body)});
    Apply(state_, events_.back());
  }
  static AlertObservation::Contributor One(const std::string& host, bool firing,
                                           std::map<std::string, std::string> labels = {}) {
    AlertObservation::Contributor one;
    one.name = "{host=\"" + host + "\"}";
    one.firing = firing;
    one.value = 0.95;
    one.active_at = kBegin;
    one.labels = std::move(labels);
    one.labels["host"] = host;
    return one;
  }
  static AlertObservation Seen(std::vector<AlertObservation::Contributor> active,
                               const std::string& alarm = "Disk") {
    AlertObservation seen;
    seen.file = alarm == "Disk" ? policy::kAlarmsFile : "r.yml";
    seen.rule = seen.file + ";" + alarm + ";" + alarm;
    seen.alarm = alarm;
    seen.expr = "disk > 0.9";
    seen.active = std::move(active);
    return seen;
  }
  /// "contributor from>to action reason_code" of what follows; folded.
  std::vector<std::string> Take(const Input& input) {
    std::vector<std::string> lines;
    for (const EventBody& body : Decide(state_, input, now_, policy_).events) {
      const auto& moved = std::get<AlarmContributorMoved>(body);
      lines.push_back(moved.contributor + " " + std::string(AlarmStateName(moved.from)) + ">" +
                      std::string(AlarmStateName(moved.to)) + " " + moved.action + " " +
                      moved.reason_code);
      Fold(body);
    }
    return lines;
  }
  AlarmState StateOf(const std::string& alarm = "Disk") const {
    return state_.alarms.at(alarm).state;
  }

  Instant now_ = kBegin;
  policy::OpsFolder policy_;
  State state_;
  std::vector<Event> events_;
};

TEST_F(ContributorsTest, AnAlarmBeginsOkAndIsInAlarmWhileAnyContributorIs) {
  EXPECT_EQ(StateOf(), AlarmState::kOk);
  EXPECT_THAT(Take(Seen({One("a", true), One("b", false)})),
              ElementsAre("{host=\"a\"} OK>ALARM alert expression_true"));
  EXPECT_EQ(StateOf(), AlarmState::kAlarm);
  EXPECT_THAT(Take(Seen({One("a", true), One("b", true)})),
              ElementsAre("{host=\"b\"} OK>ALARM alert expression_true"));
  EXPECT_THAT(Take(Seen({One("b", true)})), ElementsAre("{host=\"a\"} ALARM>OK  expression_false"));
  EXPECT_EQ(StateOf(), AlarmState::kAlarm);
  EXPECT_THAT(Take(Seen({})), ElementsAre("{host=\"b\"} ALARM>OK  expression_false"));
  EXPECT_EQ(StateOf(), AlarmState::kOk);
  EXPECT_THAT(state_.alarms.at("Disk").contributors, IsEmpty());
}

TEST_F(ContributorsTest, TheSameFindingTwiceIsPublishedOnce) {
  Take(Seen({One("a", true)}));
  EXPECT_THAT(Take(Seen({One("a", true)})), IsEmpty());
  Take(Seen({}));
  EXPECT_THAT(Take(Seen({})), IsEmpty());
}

TEST_F(ContributorsTest, AfterAStartNobodyIsOkBeforeTheRulesHaveSettled) {
  Take(Seen({One("a", true), One("b", true)}));
  AlertObservation early = Seen({One("b", false), One("c", true)});
  early.settled = false;
  EXPECT_THAT(Take(early), ElementsAre("{host=\"c\"} OK>ALARM alert expression_true"));
  // b fired before and is pending for a while again: that is no recovery.
  EXPECT_THAT(Take(Seen({One("b", false), One("c", true)})),
              ElementsAre("{host=\"a\"} ALARM>OK  expression_false"));
}

TEST_F(ContributorsTest, TheActionOfARuleFilesAlertGoesByItsLabels) {
  EXPECT_THAT(Take(Seen({One("a", true, {{"severity", "critical"}}),
                         One("b", true, {{"severity", "warning"}, {"action", "call"}}),
                         One("c", true, {{"severity", "sev3"}}),
                         One("d", true, {{"severity", "warning"}, {"action", "scale-up"}}),
                         One("e", true, {{"action", "unknown"}})},
                        "Host")),
              ElementsAre("{host=\"a\"} OK>ALARM call expression_true",
                          "{host=\"b\"} OK>ALARM call expression_true",
                          "{host=\"c\"} OK>ALARM alert expression_true",
                          "{host=\"d\"} OK>ALARM mail expression_true",
                          "{host=\"e\"} OK>ALARM alert expression_true"));
}

TEST_F(ContributorsTest, AnInhibitRuleHoldsContributorsOfItsSourcesService) {
  policy_.inhibit_rules.push_back({.name = "gone", .sources = {"Host"}, .targets = {"Disk"}});
  Take(Seen({One("h", true, {{"service", "app"}})}, "Host"));
  EXPECT_THAT(Take(Seen({One("a", true, {{"service", "app"}}), One("b", true)})),
              ElementsAre("{host=\"a\"} OK>ALARM alert expression_true",
                          "{host=\"b\"} OK>ALARM alert expression_true"));
  const auto held_by = [&](const char* name) {
    return state_.alarms.at("Disk").contributors.at(name).last.held_by;
  };
  EXPECT_EQ(held_by("{host=\"a\"}"), "inhibit:gone");
  EXPECT_EQ(held_by("{host=\"b\"}"), "");
  Take(Seen({}, "Host"));
  EXPECT_THAT(Take(Seen({One("a", true, {{"service", "app"}}), One("b", true)})),
              ElementsAre("{host=\"a\"} ALARM>ALARM alert inhibition_ended"));
}

TEST_F(ContributorsTest, ContributorsOfARuleThatIsGoneAreOk) {
  Take(Seen({One("a", true)}));
  Take(Seen({One("a", true)}, "Host"));
  EXPECT_THAT(Take(AlertRulesInForce{{"alarms.yml;Disk;Disk"}}),
              ElementsAre("{host=\"a\"} ALARM>OK  rule_removed"));
  EXPECT_EQ(StateOf("Host"), AlarmState::kOk);
  EXPECT_EQ(StateOf("Disk"), AlarmState::kAlarm);
}

TEST_F(ContributorsTest, TwoRulesOfOneNameSpeakForTheirOwnContributorsOnly) {
  AlertObservation other = Seen({One("z", true)}, "Host");
  other.rule = "r.yml;other;Host";
  Take(Seen({One("a", true)}, "Host"));
  Take(other);
  other.active.clear();
  EXPECT_THAT(Take(other), ElementsAre("{host=\"z\"} ALARM>OK  expression_false"));
  EXPECT_EQ(StateOf("Host"), AlarmState::kAlarm);
}

TEST_F(ContributorsTest, AnAlertWithTheNameOfAnAlarmIsAnAlarmOfItsOwn) {
  AlertObservation other = Seen({One("a", true)});
  other.file = "beside.yml";
  other.rule = "beside.yml;g;Disk";
  Take(Seen({One("a", true)}));
  EXPECT_THAT(Take(other), ElementsAre("{host=\"a\"} OK>ALARM alert expression_true"));
  EXPECT_EQ(StateOf("Disk (beside.yml)"), AlarmState::kAlarm);
  Take(Seen({}));
  EXPECT_EQ(StateOf("Disk"), AlarmState::kOk);
  EXPECT_EQ(StateOf("Disk (beside.yml)"), AlarmState::kAlarm);
  // The folder's alarm is gone: what was published under the longer name ends, once.
  std::erase_if(policy_.alarms, [](const policy::AlarmDocument& a) { return a.name == "Disk"; });
  Fold(OpsLoaded{"e", {"Host"}, {"Host"}});
  EXPECT_THAT(Take(other), ElementsAre("{host=\"a\"} ALARM>OK  rule_removed",
                                       "{host=\"a\"} OK>ALARM alert expression_true"));
  EXPECT_EQ(StateOf("Disk"), AlarmState::kAlarm);
  EXPECT_FALSE(state_.alarms.contains("Disk (beside.yml)"));
  EXPECT_THAT(Take(other), IsEmpty());
}

TEST_F(ContributorsTest, WhatStillFiresWhenObservationEndsIsPublishedOnceMore) {
  policy_.server.observe_new_alarms = Duration::Minutes(10);
  Take(Seen({One("a", true)}));
  EXPECT_TRUE(state_.alarms.at("Disk").last.observing);
  EXPECT_THAT(Take(Seen({One("a", true)})), IsEmpty());
  now_ = kBegin + Duration::Minutes(11);
  EXPECT_THAT(Take(Seen({One("a", true)})),
              ElementsAre("{host=\"a\"} ALARM>ALARM alert observation_ended"));
  EXPECT_THAT(Take(Seen({One("a", true)})), IsEmpty());
}

TEST_F(ContributorsTest, WhatStillFiresWhenAMuteEndsIsPublishedOnceMore) {
  policy_.mute_rules.push_back({.name = "night",
                                .alarms = {"Disk"},
                                .schedule = "at(2023-11-14T22:00)",
                                .time_zone = "UTC",
                                .duration = Duration::Hours(1)});
  EXPECT_THAT(Take(Seen({One("a", true), One("b", true)})),
              ElementsAre("{host=\"a\"} OK>ALARM alert expression_true",
                          "{host=\"b\"} OK>ALARM alert expression_true"));
  const auto& last = state_.alarms.at("Disk").contributors.at("{host=\"a\"}").last;
  EXPECT_EQ(last.held_by, "mute:night");
  EXPECT_FALSE(last.acts());
  EXPECT_THAT(Take(Seen({One("a", true), One("b", true)})), IsEmpty());
  EXPECT_EQ(NextWakeup(state_), std::nullopt) << "each evaluation looks at them";
  EXPECT_THAT(Take(Seen({One("a", true)})), ElementsAre("{host=\"b\"} ALARM>OK  expression_false"));
  now_ = kBegin + Duration::Hours(1);
  EXPECT_THAT(Take(Seen({One("a", true)})),
              ElementsAre("{host=\"a\"} ALARM>ALARM alert mute_ended"));
  EXPECT_TRUE(last.acts());
  EXPECT_THAT(Take(Seen({One("a", true)})), IsEmpty());
}

TEST_F(ContributorsTest, AlarmsOfAlarmsFollowContributors) {
  policy::AlarmDocument both;
  both.name = "Both";
  both.rule = "ALARM(Disk) AND NOT ALARM(Host)";
  both.parsed_rule = std::make_shared<const policy::AlarmRule>(*policy::ParseAlarmRule(both.rule));
  policy_.alarms.push_back(both);
  const auto state_of_both = [&] {
    const auto decision = Decide(state_, EventInput{events_.back()}, now_, policy_);
    for (const EventBody& body : decision.events) Fold(body);
    return decision.events.empty() ? "" : AlarmStateName(StateOf("Both"));
  };
  Take(Seen({One("a", true)}));
  EXPECT_EQ(state_of_both(), "ALARM");
  Take(Seen({One("a", true), One("b", true)}));
  EXPECT_EQ(state_of_both(), "");
  Take(Seen({One("a", true)}, "Host"));
  EXPECT_EQ(state_of_both(), "OK");
}

TEST_F(ContributorsTest, NoMoreThanTheBoundArePublished) {
  std::vector<AlertObservation::Contributor> many;
  for (size_t i = 0; i < kMostContributors + 50; ++i) many.push_back(One(std::to_string(i), true));
  EXPECT_EQ(Take(Seen(many)).size(), kMostContributors);
  EXPECT_THAT(Take(Seen(many)), IsEmpty());
}

TEST_F(ContributorsTest, AlertsBesideTheFolderAreForgottenWhenTheyAreOk) {
  Take(Seen({One("a", true)}, "Elsewhere"));
  Fold(OpsLoaded{"e", {"Disk"}, {"Disk"}});
  EXPECT_EQ(StateOf("Elsewhere"), AlarmState::kAlarm);
  EXPECT_FALSE(state_.alarms.contains("Host"));
  Take(Seen({}, "Elsewhere"));
  EXPECT_FALSE(state_.alarms.contains("Elsewhere"));
}

TEST_F(ContributorsTest, WhatIsSavedIsReadBack) {
  Take(Seen({One("a", true)}));
  Take(Seen({One("b", true)}, "Elsewhere"));
  State read = Load(Save(state_));
  EXPECT_EQ(Save(read).Dump(), Save(state_).Dump());
  Take(Seen({}, "Elsewhere"));
  Apply(read, events_.back());
  EXPECT_EQ(Save(read).Dump(), Save(state_).Dump());
}

}  // namespace
}  // namespace hinomi::alarms
