// Alarms that are held against a band: how they are written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;

class AlarmBandTest : public ::testing::Test {
 protected:
  AlarmBandTest() {
    folder_.Write("hinomi.yml", "time_zone: Asia/Tokyo\nwatched_by: https://example.org/\n");
    folder_.Write("routes.yml", "routes:\n  alert: {severity: info}\n");
  }
  /// The only alarm, with these keys beside its metrics.
  AlarmDocument Load(const std::string& keys,
                     const std::string& band = "ANOMALY_DETECTION_BAND(m1)") {
    folder_.Write("alarms.yml",
                  "alarms:\n"
                  "  - name: a\n"
                  "    metrics:\n"
                  "      - {id: m1, metric: RequestCount, returnData: true}\n"
                  "      - {id: e1, expression: m1 / 2}\n"
                  "      - {id: band, expression: '" +
                      band + "'}\n    thresholdMetricId: band\n    action: alert\n" + keys);
    loaded_ = *folder_.Load();
    for (const Finding& finding : loaded_.findings)
      if (finding.level == Finding::Level::kMistake) ADD_FAILURE() << FormatFinding(finding);
    return loaded_.folder ? loaded_.folder->alarms.at(0) : AlarmDocument();
  }

  TestFolder folder_;
  LoadedFolder loaded_;
};

TEST_F(AlarmBandTest, ItsDefaultsArePrinted) {
  const AlarmDocument alarm = Load("");
  EXPECT_TRUE(alarm.has_band());
  EXPECT_EQ(alarm.threshold_metric_id, "band");
  EXPECT_EQ(alarm.band_of, "m1");
  EXPECT_EQ(alarm.spreads, 2);
  EXPECT_EQ(alarm.comparison, Comparison::kOutsideBand);
  EXPECT_EQ(alarm.metric_zone, "Asia/Tokyo");
  EXPECT_EQ(alarm.metric, "RequestCount");
  EXPECT_EQ(alarm.Metrics().size(), 1u);
  std::vector<std::string> filled;
  for (const FilledDefault& value : loaded_.defaults)
    if (value.path == "alarms[0].comparisonOperator" || value.path == "alarms[0].metricTimezone")
      filled.push_back(value.path + " " + value.value);
  EXPECT_THAT(filled,
              ElementsAre("alarms[0].comparisonOperator LessThanLowerOrGreaterThanUpperThreshold",
                          "alarms[0].metricTimezone Asia/Tokyo"));
}

TEST_F(AlarmBandTest, WhatIsWrittenIsTaken) {
  const AlarmDocument alarm = Load(
      "    comparisonOperator: GreaterThanUpperThreshold\n"
      "    metricTimezone: UTC\n"
      "    period: 5m\n"
      "    excludedTimeRanges:\n"
      "      - {startTime: 2026-11-24T03:00:00+09:00, endTime: '2026-11-24T04:00:00+09:00'}\n",
      "ANOMALY_DETECTION_BAND(e1, 2.5)");
  EXPECT_EQ(alarm.comparison, Comparison::kAboveBand);
  EXPECT_EQ(alarm.metric_zone, "UTC");
  EXPECT_EQ(alarm.band_of, "e1");
  EXPECT_EQ(alarm.spreads, 2.5);
  EXPECT_THAT(alarm.excluded,
              ElementsAre(TimeRangeDocument{*ParseRfc3339("2026-11-23T18:00:00Z"),
                                            *ParseRfc3339("2026-11-23T19:00:00Z")}));
}

TEST_F(AlarmBandTest, ABandOfSomethingElseThanWhatIsWatchedIsWarnedOf) {
  Load("", "ANOMALY_DETECTION_BAND(e1)");
  bool warned = false;
  for (const Finding& finding : loaded_.findings)
    warned =
        warned || finding.message == "the alarm watches m1 and holds it against the band of e1";
  EXPECT_TRUE(warned);
}

TEST_F(AlarmBandTest, AThresholdNeedsNoBand) {
  folder_.Write("alarms.yml",
                "alarms: [{name: a, metric: CPUUtilization, threshold: 80, action: alert}]\n");
  const auto loaded = folder_.Load();
  ASSERT_TRUE(loaded && loaded->folder);
  EXPECT_FALSE(loaded->folder->alarms.at(0).has_band());
  EXPECT_EQ(loaded->folder->alarms.at(0).metric_zone, "");
}

}  // namespace
}  // namespace hinomi::policy
