#include "api/console/impl/render.h"

#include <gtest/gtest.h>

namespace hinomi::api::impl {
namespace {

std::string ReasonOf(const policy::AlarmDocument& alarm) {
  Picture picture;
  picture.policy = std::make_shared<policy::OpsFolder>();
  return RenderAlarm(picture, alarm, {}, text::Language::kEnglish)["reason"].as_string();
}

TEST(RenderAlarmTest, WhatIsSaidOfAnAlarmThatNeverMovedIsTrue) {
  EXPECT_EQ(ReasonOf({.name = "A", .metric = "m"}), "Not evaluated yet.");
  EXPECT_EQ(ReasonOf({.name = "A", .expr = "m > 1"}),
            "Its state has not changed since it came into use.");
}

}  // namespace
}  // namespace hinomi::api::impl
