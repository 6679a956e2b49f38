#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kApp =
    "services:\n"
    "  app:\n"
    "    cluster: production\n"
    "    driver: process\n"
    "    command: [/bin/app]\n"
    "    desired_count: 3\n"
    "    min_count: 2\n"
    "    max_count: 6\n";

TEST(ScalingTest, AServiceWithoutTheKeyHasEveryDefaultPrinted) {
  TestFolder folder;
  folder.Write("targets.yml", kApp);
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded && loaded->folder);
  const ScalingDocument& scaling = loaded->folder->targets.services.at(0).scaling;
  ASSERT_EQ(scaling.steps.size(), 1u);
  EXPECT_EQ(scaling.steps[0].beyond, 0);
  EXPECT_EQ(scaling.steps[0].add, 1);
  EXPECT_EQ(scaling.target.metric, "");
  EXPECT_EQ(scaling.healthy_minimum, 2);
  std::vector<std::string> filled;
  for (const FilledDefault& value : loaded->defaults)
    if (value.path.starts_with("services.app.scaling"))
      filled.push_back(value.path + " " + value.value);
  EXPECT_THAT(filled, ElementsAre("services.app.scaling.cooldown_out 5m",
                                  "services.app.scaling.cooldown_in 5m",
                                  "services.app.scaling.scale_in desired_count",
                                  "services.app.scaling.scale_in_after 10m",
                                  "services.app.scaling.steps [{beyond: 0, add: 1}]",
                                  "services.app.scaling.healthy_minimum 2"));
}

TEST(ScalingTest, ATargetGetsAnAlarmThatPagesNobody) {
  TestFolder folder;
  folder.Write("targets.yml", kApp +
                                  "    scaling:\n"
                                  "      target: {metric: CPUUtilization, value: 60}\n"
                                  "      steps: [{add: 1}, {beyond: 10, percent: 50}]\n"
                                  "      cooldown_out: 30s\n"
                                  "      scale_in: never\n"
                                  "      healthy_minimum: 0\n");
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded && loaded->folder) << FormatFinding(loaded->findings.at(0));
  const ScalingDocument& scaling = loaded->folder->targets.services.at(0).scaling;
  EXPECT_EQ(scaling.cooldown_out, Duration::Seconds(30));
  EXPECT_EQ(scaling.scale_in, "never");
  EXPECT_EQ(scaling.healthy_minimum, 0);
  ASSERT_EQ(scaling.steps.size(), 2u);
  EXPECT_EQ(scaling.steps[1].percent, 50);
  const AlarmDocument& alarm = loaded->folder->alarms.back();
  EXPECT_EQ(alarm.name, "TargetTracking-app");
  EXPECT_EQ(alarm.metric, "CPUUtilization");
  EXPECT_EQ(alarm.threshold, 60);
  EXPECT_EQ(alarm.look_back, 15);
  EXPECT_EQ(alarm.action, "");
}

TEST(ScalingTest, MistakesAreToldWithTheirPlace) {
  struct Mistake {
    const char* scaling;
    const char* path;
    const char* says;
  };
  const Mistake cases[] = {
      {"steps: [{beyond: 5, add: 1}]", "services.app.scaling.steps[0]", "beyond: 0"},
      {"steps: [{add: 1}, {beyond: 0, add: 2}]", "services.app.scaling.steps[1].beyond",
       "more than 0"},
      {"steps: [{add: 1, percent: 10}]", "services.app.scaling.steps[0]", "either"},
      {"steps: [{beyond: -1, add: 1}]", "services.app.scaling.steps[0].beyond", "0 or more"},
      {"target: {metric: CPUUtilization, value: 0}", "services.app.scaling.target.value",
       "above 0"},
      {"cooldown: 5m", "services.app.scaling.cooldown", "unknown key"},
      {"scale_in: desired", "services.app.scaling.scale_in", "desired_count"},
      {"healthy_minimum: -1", "services.app.scaling.healthy_minimum", "expected"},
  };
  for (const Mistake& c : cases) {
    TestFolder folder;
    folder.Write("targets.yml", kApp + "    scaling: {" + c.scaling + "}\n");
    const Result<LoadedFolder> loaded = folder.Load();
    ASSERT_TRUE(loaded) << c.scaling;
    EXPECT_FALSE(loaded->folder) << c.scaling;
    std::string all;
    for (const Finding& finding : loaded->findings)
      if (finding.path == c.path) all += finding.message + "\n";
    EXPECT_THAT(all, HasSubstr(c.says)) << c.scaling;
  }
  TestFolder unmanaged;
  unmanaged.Write("targets.yml",
                  "services: {app: {cluster: c, driver: process, scaling: {scale_in: never}}}\n");
  const Result<LoadedFolder> loaded = unmanaged.Load();
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->folder);
}

}  // namespace
}  // namespace hinomi::policy
