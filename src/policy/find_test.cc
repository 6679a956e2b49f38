#include "policy/find.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/alarm_rule.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

AlarmDocument Composite(const std::string& name, const std::string& rule) {
  AlarmDocument alarm;
  alarm.name = name;
  alarm.rule = rule;
  alarm.parsed_rule = std::make_shared<const AlarmRule>(ParseAlarmRule(rule).value());
  return alarm;
}

OpsFolder FolderOfFive() {
  OpsFolder folder;
  folder.alarms = {{.name = "A"},
                   Composite("AnyOf", "ALARM(A) OR ALARM(B)"),
                   {.name = "B"},
                   {.name = "A", .metric = "second"},
                   Composite("Deep", "ALARM(AnyOf) AND NOT OK(B)")};
  return folder;
}

std::vector<std::string> Names(const std::vector<const AlarmDocument*>& alarms) {
  std::vector<std::string> names;
  for (const AlarmDocument* alarm : alarms) names.push_back(alarm->name);
  return names;
}

void ExpectAllFound(const OpsFolder& folder) {
  EXPECT_EQ(FindAlarm(folder, "A"), &folder.alarms[0]);
  EXPECT_EQ(FindAlarm(folder, "B"), &folder.alarms[2]);
  EXPECT_EQ(FindAlarm(folder, "C"), nullptr);
  EXPECT_THAT(Names(CompositeAlarms(folder)), ElementsAre("AnyOf", "Deep"));
  EXPECT_THAT(Names(CompositeAlarmsOf(folder, "B")), ElementsAre("AnyOf", "Deep"));
  EXPECT_THAT(Names(CompositeAlarmsOf(folder, "AnyOf")), ElementsAre("Deep"));
  EXPECT_THAT(CompositeAlarmsOf(folder, "Deep"), IsEmpty());
}

TEST(FindTest, TheServiceIsThatOfTheFirstMetricThatNamesOne) {
  EXPECT_EQ(ServiceOf(std::map<std::string, std::string>{{"service", "a"}, {"host", "h"}}), "a");
  EXPECT_EQ(ServiceOf(std::map<std::string, std::string>{{"service", "a"}, {"ServiceName", "b"}}),
            "b");
  EXPECT_EQ(ServiceOf(std::map<std::string, std::string>{{"service", ""}}), "");
  AlarmDocument alarm;
  alarm.queries = {{.id = "x", .metric = "m"},
                   {.id = "y", .metric = "n", .dimensions = {{"service", "s"}}}};
  EXPECT_EQ(ServiceOf(alarm), "s");
}

TEST(FindTest, SaysTheSameAsGoingThroughTheFolder) {
  OpsFolder folder = FolderOfFive();
  ExpectAllFound(folder);
  IndexAlarms(folder);
  ExpectAllFound(folder);
  const OpsFolder copy = folder;  // Its alarms stand where the index says.
  ExpectAllFound(copy);
}

}  // namespace
}  // namespace hinomi::policy
