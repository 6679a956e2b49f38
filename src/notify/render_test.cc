#include "notify/render.h"

#include <gtest/gtest.h>

namespace hinomi::notify {
namespace {

Topic Example() {
  Topic topic;
  topic.opened.incident = "INC-7";
  topic.opened.title = "HighErrorRate (app)";
  topic.opened.severity = ops_model::Severity::kCritical;
  topic.opened.service = "app";
  topic.opened.alarm = "HighErrorRate";
  topic.opened_at = *ParseRfc3339("2026-11-24T03:12:00Z");
  topic.reason = "Threshold Crossed: 1 datapoint [12.0 (24/11/26 03:11:00)] was …";
  return topic;
}

RenderOptions Options(const char* language) {
  return {language, "Asia/Tokyo", "https://hinomi.example.com"};
}

TEST(RenderTest, APageSaysWhatWhereSinceWhenAndWhatToDo) {
  const Message en = Render(Example(), "page", "L2", "not_resolved_in_time", Options("en"));
  EXPECT_EQ(en.subject, "[critical] HighErrorRate (app) – INC-7 (L2)");
  EXPECT_EQ(en.body,
            "Incident: INC-7 HighErrorRate (app)\n"
            "Severity: critical\n"
            "Service: app\n"
            "Alarm: HighErrorRate\n"
            "Reason: Threshold Crossed: 1 datapoint [12.0 (24/11/26 03:11:00)] was …\n"
            "Since: 2026-11-24 12:12 JST\n"
            "Level: L2\n"
            "\n"
            "It was not resolved in time.\n"
            "Acknowledge: {{acknowledge_link}}\n"
            "Show: https://hinomi.example.com/incidents/INC-7\n");
  const Message ja = Render(Example(), "page", "L2", "not_resolved_in_time", Options("ja"));
  EXPECT_EQ(ja.subject, "[緊急] HighErrorRate (app) – INC-7 (L2)");
  EXPECT_EQ(ja.body,
            "インシデント: INC-7 HighErrorRate (app)\n"
            "重大度: 緊急\n"
            "サービス: app\n"
            "アラーム: HighErrorRate\n"
            "理由: Threshold Crossed: 1 datapoint [12.0 (24/11/26 03:11:00)] was …\n"
            "発生: 2026-11-24 12:12 JST\n"
            "レベル: L2\n"
            "\n"
            "時間内に解決しませんでした。\n"
            "確認する: {{acknowledge_link}}\n"
            "詳細: https://hinomi.example.com/incidents/INC-7\n");
}

TEST(RenderTest, ALaterLevelReadsThatItIsAcknowledgedAndStillOpen) {
  Topic topic = Example();
  topic.acknowledged.by = "sato";
  topic.acknowledged_at = *ParseRfc3339("2026-11-24T03:13:00Z");
  EXPECT_NE(Render(topic, "page", "L2", "", Options("en"))
                .body.find("Acknowledged by sato at 2026-11-24 12:13 JST, still open.\n"),
            std::string::npos);
  const Message notice = Render(topic, "acknowledged", "", "", Options("ja"));
  EXPECT_EQ(notice.subject, "[対応中] HighErrorRate (app) – INC-7:sato が対応しています");
  EXPECT_NE(notice.body.find("2026-11-24 12:13 JST に sato が確認しました。\n"), std::string::npos);
  EXPECT_EQ(notice.body.find(kAcknowledgeLink), std::string::npos);
}

TEST(RenderTest, TheEndSaysHowLongItLastedAndWhy) {
  Topic topic = Example();
  topic.resolved = {"INC-7", "sato", "human", "deleted old logs"};
  topic.resolved_at = topic.opened_at + Duration::Minutes(95);
  const Message en = Render(topic, "resolved", "", "", Options("en"));
  EXPECT_EQ(en.subject, "[resolved] HighErrorRate (app) – INC-7");
  EXPECT_NE(en.body.find("Resolved by sato at 2026-11-24 13:47 JST.\nIt lasted 1h35m.\nNote: "
                         "deleted old logs\n"),
            std::string::npos)
      << en.body;
  topic.resolved = {"INC-7", "hinomi", "source_recovered", ""};
  EXPECT_NE(Render(topic, "resolved", "", "", Options("ja"))
                .body.find("2026-11-24 13:47 JST にアラームが正常に戻りました。\n"),
            std::string::npos);
}

TEST(RenderTest, AnIncidentThatIsATestSaysSoWhoeverReadsIt) {
  Topic topic = Example();
  topic.opened.reason_code = ops_model::kTestReason;
  topic.reason = "sato";
  for (const char* kind : {"page", "acknowledged", "resolved"}) {
    EXPECT_NE(Render(topic, kind, "", "", Options("en"))
                  .body.find("This is a test, fired by sato. Nothing is wrong.\n"),
              std::string::npos)
        << kind;
    EXPECT_NE(Render(topic, kind, "", "", Options("ja"))
                  .body.find("これは sato によるテストです。障害は発生していません。\n"),
              std::string::npos)
        << kind;
  }
}

TEST(RenderTest, TextOfOthersCannotForgeLinesOrFillPlaces) {
  Topic topic = Example();
  topic.opened.title = "x\r\nBcc: all@example.com {severity}";
  const Message message = Render(topic, "page", "", "", Options("en"));
  EXPECT_EQ(message.subject, "[critical] x  Bcc: all@example.com {severity} – INC-7");
  EXPECT_EQ(message.body.find("\nBcc:"), std::string::npos);
}

TEST(RenderTest, ATestSaysThatItIsOne) {
  EXPECT_EQ(Render(Topic{}, "test", "", "", Options("en")).subject,
            "[test] Hinomi reaches you here");
  EXPECT_EQ(Render(Topic{}, "test", "", "", Options("ja")).body,
            "これはテストです。障害は発生しておらず、対応は不要です。\n");
}

}  // namespace
}  // namespace hinomi::notify
