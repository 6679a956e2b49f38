#include "api/console/impl/words.h"

#include <gtest/gtest.h>

namespace hinomi::api::impl {
namespace {

using text::Language;

policy::AlarmDocument Alarm(const char* metric, double threshold, const char* written,
                            policy::Comparison comparison) {
  policy::AlarmDocument alarm;
  alarm.metric = metric;
  alarm.threshold = threshold;
  alarm.threshold_text = written;
  alarm.comparison = comparison;
  alarm.dimensions = {{"ServiceName", "app"}};
  return alarm;
}

TEST(WordsTest, AnAlarmIsOneSentenceInTheReadersLanguage) {
  const auto errors =
      Alarm("HTTPCode_Target_5XX_Count", 10, "10", policy::Comparison::kGreaterThanOrEqual);
  EXPECT_EQ(AlarmSentence(errors, 37, Language::kJapanese),
            "app の 5xx エラーは 37\u00a0件です。しきい値は 10\u00a0件です。");
  EXPECT_EQ(AlarmSentence(errors, 37, Language::kEnglish),
            "5xx errors of app: 37. The limit is 10.");
  EXPECT_EQ(AlarmSentence(errors, std::nullopt, Language::kEnglish),
            "No value of 5xx errors has arrived. The limit is 10.");
  const auto hosts = Alarm("HealthyHostCount", 1, "1", policy::Comparison::kLessThan);
  EXPECT_EQ(AlarmSentence(hosts, 0, Language::kJapanese),
            "app のヘルシーホスト数は 0\u00a0台です。下限は 1\u00a0台です。");
}

TEST(WordsTest, ALimitInMillisecondsIsReadInMilliseconds) {
  const auto slow = Alarm("TargetResponseTime", 1, "1000ms", policy::Comparison::kGreaterThan);
  EXPECT_EQ(UnitOf(slow), "Seconds");
  EXPECT_EQ(AlarmSentence(slow, 1.24, Language::kEnglish),
            "Response time of app: 1240\u00a0ms. The limit is 1000\u00a0ms.");
  auto seconds = slow;
  seconds.threshold_text = "1";
  EXPECT_EQ(AlarmSentence(seconds, 1.24, Language::kEnglish),
            "Response time of app: 1.2\u00a0s. The limit is 1\u00a0s.");
}

TEST(WordsTest, AnAlarmWithABandSaysWhatIsUsual) {
  auto alarm = Alarm("CPUUtilization", 0, "", policy::Comparison::kOutsideBand);
  alarm.threshold_metric_id = "band";
  const ops_model::Band band{12.34, 20, 41};
  EXPECT_EQ(AlarmSentence(alarm, 91.5, Language::kEnglish, band),
            "CPU: 91.5\u00a0%. Usual at this time is 12.3\u00a0% to 41\u00a0%.");
  EXPECT_EQ(AlarmSentence(alarm, 91.5, Language::kJapanese, band),
            "CPU 使用率は 91.5\u00a0% です。いつもの範囲は 12.3\u00a0% 〜 41\u00a0% です。");
  EXPECT_EQ(AlarmSentence(alarm, 91.5, Language::kEnglish),
            "CPU: 91.5\u00a0%. What is usual is not known yet.");
  EXPECT_EQ(AlarmSentence(alarm, std::nullopt, Language::kEnglish), "No value of CPU has arrived.");
}

TEST(WordsTest, AMetricOfOthersKeepsItsNameAndHasNoUnit) {
  auto alarm = Alarm("queue_depth", 5, "5", policy::Comparison::kGreaterThan);
  alarm.dimensions.clear();
  EXPECT_EQ(UnitOf(alarm), "");
  EXPECT_EQ(AlarmSentence(alarm, 7.3, Language::kEnglish), "queue_depth: 7.3. The limit is 5.");
}

TEST(WordsTest, NumbersHaveTheDigitsThatAReaderCanUse) {
  EXPECT_EQ(Quantity(82.5917, "%"), "82.6\u00a0%");
  EXPECT_EQ(Quantity(0.4093, "s"), "0.409\u00a0s");
  EXPECT_EQ(Quantity(0, ""), "0");
  EXPECT_EQ(Quantity(1240.4, "ms"), "1240\u00a0ms");
}

}  // namespace
}  // namespace hinomi::api::impl
