#include "api/console/impl/alarm_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::api::impl {
namespace {

using ops_model::AlarmState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AlarmListTest : public ::testing::Test {
 protected:
  AlarmListTest() {
    Declare("Calm", "CPUUtilization", AlarmState::kOk);
    Declare("Silent", "MemoryUtilization", AlarmState::kInsufficientData);
    Declare("Firing", "TargetResponseTime", AlarmState::kAlarm);
    Declare("AlsoFiring", "CPUUtilization", AlarmState::kAlarm);
    policy_->alarms.push_back({.name = "New"});  // Not folded yet.
    picture_.policy = policy_;
  }

  void Declare(const std::string& name, const std::string& metric, AlarmState state) {
    policy_->alarms.push_back({.name = name, .metric = metric});
    picture_.world.alarms.alarms.Edit(name).state = state;
  }

  static std::vector<std::string> Names(const AlarmList& list) {
    std::vector<std::string> names;
    for (const policy::AlarmDocument* alarm : list) names.push_back(alarm->name);
    return names;
  }

  std::shared_ptr<policy::OpsFolder> policy_ = std::make_shared<policy::OpsFolder>();
  Picture picture_;
};

TEST_F(AlarmListTest, ThoseThatNeedSomebodyComeFirst) {
  EXPECT_THAT(Names(ListAlarms(picture_)),
              ElementsAre("Firing", "AlsoFiring", "Silent", "New", "Calm"));
}

TEST_F(AlarmListTest, FindsByStateAndByWordsOfNameOrMetric) {
  EXPECT_THAT(Names(ListAlarms(picture_, "OK")), ElementsAre("Calm"));
  EXPECT_THAT(Names(ListAlarms(picture_, "", "FIRING")), ElementsAre("Firing", "AlsoFiring"));
  EXPECT_THAT(Names(ListAlarms(picture_, "", "cpu")), ElementsAre("AlsoFiring", "Calm"));
  EXPECT_THAT(Names(ListAlarms(picture_, "OK", "firing")), IsEmpty());
}

TEST_F(AlarmListTest, FewAreShownAsTheDocumentOrdersThem) {
  EXPECT_THAT(Names(UrgentAlarms(picture_, 5)),
              ElementsAre("Calm", "Silent", "Firing", "AlsoFiring", "New"));
}

TEST_F(AlarmListTest, OfManyTheUrgentOnesAndThoseOfOpenIncidents) {
  picture_.world.incidents.open["INC-1"].opened.alarm = "Calm";
  EXPECT_THAT(Names(UrgentAlarms(picture_, 2)), ElementsAre("Firing", "AlsoFiring", "Calm"));
}

TEST_F(AlarmListTest, CountsEveryAlarmOfTheFolder) {
  picture_.world.alarms.alarms.Edit("Calm").last.observing = true;
  EXPECT_EQ(CountAlarms(picture_).Dump(),
            R"({"ALARM":2,"INSUFFICIENT_DATA":2,"OK":1,"observing":1})");
}

}  // namespace
}  // namespace hinomi::api::impl
