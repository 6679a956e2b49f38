#include "app/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace hinomi::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HeartbeatTest : public testing::Test {
 protected:
  /// Everything goes round, for so long.
  void Live(Duration time) {
    clock_.Advance(time);
    heartbeat_.Controlled();
    heartbeat_.Evaluated();
  }

  ManualClock clock_;
  Telemetry telemetry_;
  std::vector<std::string> asked_;
  Status answer_;
  Heartbeat heartbeat_{[this](const std::string& url) {
                         asked_.push_back(url);
                         return answer_;
                       },
                       clock_, telemetry_};
};

TEST_F(HeartbeatTest, TellsTheAddressThatItIsGiven) {
  EXPECT_TRUE(heartbeat_.Beat());
  EXPECT_THAT(asked_, ElementsAre());
  heartbeat_.UseUrl("https://watch.example/ping/1");
  EXPECT_TRUE(heartbeat_.Beat());
  heartbeat_.UseUrl("a-peer");
  EXPECT_TRUE(heartbeat_.Beat());
  EXPECT_THAT(asked_, ElementsAre("https://watch.example/ping/1"));
  EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_heartbeats_sent_total 1\n"));
}

TEST_F(HeartbeatTest, IsWithheldWhereOnlyTheProcessLives) {
  heartbeat_.UseUrl("https://watch.example/ping/1");
  Live(Duration::Minutes(10));
  EXPECT_TRUE(heartbeat_.Beat());
  clock_.Advance(Duration::Seconds(61));
  heartbeat_.Evaluated();
  const Status still = heartbeat_.Beat();
  ASSERT_FALSE(still);
  EXPECT_EQ(still.error().message, "no heartbeat was sent: the control thread stands still");
  heartbeat_.Controlled();
  EXPECT_TRUE(heartbeat_.Beat());
  clock_.Advance(Duration::Seconds(61));
  heartbeat_.Controlled();
  const Status blind = heartbeat_.Beat();
  ASSERT_FALSE(blind);
  EXPECT_EQ(blind.error().message, "no heartbeat was sent: alarms are not looked at");
  EXPECT_EQ(asked_.size(), 2u);
  EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_heartbeats_withheld_total 2\n"));
}

TEST_F(HeartbeatTest, WhatDoesNotArriveIsCounted) {
  heartbeat_.UseUrl("https://watch.example/ping/1");
  answer_ = Unavailable("it answered 503");
  EXPECT_FALSE(heartbeat_.Beat());
  EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_heartbeats_failed_total 1\n"));
}

}  // namespace
}  // namespace hinomi::app
