#include "app/tsdb_settings.h"

#include <gtest/gtest.h>

namespace hinomi::app {
namespace {

TEST(TsdbSettingsTest, AShareOfTheDiskBecomesBytes) {
  policy::MetricsDocument document;
  EXPECT_EQ(TsdbSettingsOf(document, 1000).retention.max_bytes, 250u);
  EXPECT_EQ(TsdbSettingsOf(document, 0).retention.max_bytes, 0u);
  document.retention.size = {0, 77};
  EXPECT_EQ(TsdbSettingsOf(document, 1000).retention.max_bytes, 77u);
}

TEST(TsdbSettingsTest, EverythingElseIsTakenOver) {
  policy::MetricsDocument document;
  EXPECT_EQ(TsdbSettingsOf(document, 0).durability, metrics::Durability::kSync);
  document.durability = "interval";
  document.head_memory_bytes = 99;
  document.retention.time = Duration::Days(2);
  document.retention.rules = {{"up{job=\"a\"}", Duration::Hours(1)}};
  const metrics::TsdbSettings settings = TsdbSettingsOf(document, 0);
  EXPECT_EQ(settings.durability, metrics::Durability::kInterval);
  EXPECT_EQ(settings.head_memory_bytes, 99u);
  EXPECT_EQ(settings.retention.max_age_ms, 2 * 86'400'000);
  ASSERT_EQ(settings.retention.rules.size(), 1u);
  EXPECT_EQ(settings.retention.rules[0].max_age_ms, 3'600'000);
  EXPECT_EQ(settings.retention.rules[0].matchers.size(), 2u);
}

TEST(TsdbSettingsTest, WindowsThatAreAskedForAreMade) {
  policy::MetricsDocument document;
  EXPECT_TRUE(TsdbSettingsOf(document, 0).downsampling.empty());
  document.downsampling.hour = {true, Duration::Days(400)};
  const metrics::TsdbSettings settings = TsdbSettingsOf(document, 0);
  ASSERT_EQ(settings.downsampling.size(), 1u);
  EXPECT_EQ(settings.downsampling[0].window_ms, metrics::kResolutionsMs[1]);
  EXPECT_EQ(settings.downsampling[0].max_age_ms, 400 * int64_t{86'400'000});
  document.downsampling.five_minutes.made = true;
  EXPECT_EQ(TsdbSettingsOf(document, 0).downsampling[0].window_ms, metrics::kResolutionsMs[0]);
}

}  // namespace
}  // namespace hinomi::app
