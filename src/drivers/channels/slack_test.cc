#include "drivers/channels/slack.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "drivers/channels/answers.h"
#include "drivers/testing.h"

namespace hinomi::drivers {
namespace {

using Way = HttpAnswer::Way;

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:04Z");
constexpr const char* kPath = "/services/T000/B000/s3cr3tt0ken";

Message Page() {
  return {.id = "PG-12",
          .kind = "page",
          .incident = "INC-7",
          .incident_opened = kNow - Duration::Minutes(30),
          .queued_at = kNow,
          .destination = "#incidents",
          .subject = "[critical] R&D <app> is down – INC-7",
          .text =
              "Reason: 5 > 4 & rising <!channel>\nAcknowledge: https://h.example/ack/x?a=1&b=2\n"
              "Show: https://h.example/incidents/INC-7\n\nNote\n",
          .language = "en",
          .data = Json::MakeObject()
                      .Set("acknowledge_url", "https://h.example/ack/x?a=1&b=2")
                      .Set("url", "https://h.example/incidents/INC-7")};
}

std::unique_ptr<Channel> To(const std::string& url, Duration timeout = Duration::Seconds(10)) {
  auto channel = MakeSlackChannel({.url = url, .timeout = timeout});
  EXPECT_TRUE(channel) << (channel ? "" : channel.error().message);
  return channel ? *std::move(channel) : nullptr;
}

Json Parsed(const std::string& body) {
  const auto json = Json::Parse(body);
  EXPECT_TRUE(json) << body;
  return json ? *json : Json();
}

TEST(SlackTest, APageArrivesWithBlocksLinksAndAShortText) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.status = 200, .body = "ok"}});
  const Outcome outcome = To(receiver.url() + kPath)->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kDelivered) << outcome.detail;
  ASSERT_EQ(receiver.arrived().size(), 1u);
  const ArrivedRequest request = receiver.arrived()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, kPath);
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  const Json body = Parsed(request.body);
  EXPECT_EQ(body["text"].as_string(), "[critical] R&amp;D &lt;app&gt; is down – INC-7");
  EXPECT_FALSE(body["unfurl_links"].as_bool(true)) << "no preview opens the link";
  const Json::Array& blocks = body["blocks"].as_array();
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[0].Dump(),
            R"({"type":"header","text":{"type":"plain_text","text":"[critical] R&D <app> is down )"
            R"(– INC-7","emoji":false}})");
  EXPECT_EQ(blocks[1].Dump(),
            R"({"type":"section","text":{"type":"mrkdwn","text":"Reason: 5 &gt; 4 &amp; rising )"
            R"(&lt;!channel&gt;\n\nNote","verbatim":true}})");
  EXPECT_EQ(blocks[2]["text"]["text"].as_string(),
            "<https://h.example/ack/x?a=1&amp;b=2|Acknowledge>   "
            "<https://h.example/incidents/INC-7|Show>");
}

TEST(SlackTest, TheWordsAreOfTheMessagesLanguageAndLinksOnlyWhereThereAreSome) {
  Message message = Page();
  message.language = "ja";
  message.data = Json::MakeObject().Set("url", "https://h.example/i");
  const Json body = Parsed(SlackBody(message));
  ASSERT_EQ(body["blocks"].as_array().size(), 3u);
  EXPECT_EQ(body["blocks"].as_array()[2]["text"]["text"].as_string(), "<https://h.example/i|詳細>");
  message.data = Json::MakeObject();
  EXPECT_EQ(Parsed(SlackBody(message))["blocks"].as_array().size(), 2u);
  message.data.Set("url", "https://h.example/" + std::string(300, '&'));
  EXPECT_EQ(Parsed(SlackBody(message))["blocks"].as_array().size(), 2u) << "longer than it looks";
  message.data.Set("url", "https://h.example/|<!channel>");
  EXPECT_EQ(Parsed(SlackBody(message))["blocks"].as_array().size(), 2u) << "no link to forge with";
}

TEST(SlackTest, NoPartIsLongerThanSlackTakes) {
  const std::string texts[] = {std::string(20'000, '&'), std::string(20'000, '"'),
                               std::string(20'000, '\n') + "x", std::string(20'000, '\xff')};
  for (std::string text : texts) {
    Message message = Page();
    for (int i = 0; i < 3000; ++i) text += "火🔥";
    message.subject = message.text = text;
    message.data = Json::MakeObject()
                       .Set("url", "https://h.example/" + std::string(190, '&'))
                       .Set("acknowledge_url", "https://h.example/" + std::string(982, 'a'));
    const std::string whole = SlackBody(message);
    EXPECT_LE(CharacterCount(whole), 9'000u);
    EXPECT_TRUE(IsValidUtf8(whole));
    const Json body = Parsed(whole);
    EXPECT_LE(CharacterCount(body["text"].as_string()), 1'000u);
    ASSERT_EQ(body["blocks"].as_array().size(), 3u);
    EXPECT_LE(CharacterCount(body["blocks"].as_array()[0]["text"]["text"].as_string()), 150u);
    EXPECT_FALSE(body["blocks"].as_array()[0]["text"]["text"].as_string().empty());
    for (size_t i = 1; i < 3; ++i)
      EXPECT_LE(CharacterCount(body["blocks"].as_array()[i]["text"]["text"].as_string()), 3'000u);
  }
}

TEST(SlackTest, EscapesAndCutsBetweenCharactersAndEntities) {
  struct Case {
    const char* text;
    size_t limit;
    const char* escaped;
  };
  const Case cases[] = {
      {"", 1, ""},
      {"a<b>&c", 20, "a&lt;b&gt;&amp;c"},
      {"a<b", 6, "a&lt;b"},
      {"a<b", 5, "a…"},
      {"a<b", 4, "a…"},
      {"&amp;", 20, "&amp;amp;"},
      {"火の見", 3, "火の見"},
      {"火の見", 2, "火…"},
      {"🔥🔥", 4, "🔥🔥"},
      {"🔥🔥", 3, "🔥…"},
      {"abc", 1, "…"},
  };
  for (const Case& c : cases) EXPECT_EQ(SlackEscape(c.text, c.limit), c.escaped) << c.text;
}

TEST(SlackTest, EachAnswerHasItsClass) {
  struct Case {
    HttpAnswer answer;
    Delivery delivery;
    const char* reason_code;
    int retry_after_s;
  };
  const Case cases[] = {
      {{.status = 200, .body = "ok"}, Delivery::kDelivered, "accepted", 0},
      {{.status = 200, .body = "ok\n"}, Delivery::kDelivered, "accepted", 0},
      {{.status = 200, .body = "<html>ok</html>"}, Delivery::kRetry, "bad_answer", 0},
      {{.status = 200}, Delivery::kRetry, "bad_answer", 0},
      {{.status = 202, .body = "ok"}, Delivery::kRetry, "bad_answer", 0},
      {{.status = 204}, Delivery::kRetry, "bad_answer", 0},
      {{.status = 400, .body = "invalid_payload"}, Delivery::kFailed, "refused", 0},
      {{.status = 400, .body = "invalid_blocks"}, Delivery::kFailed, "refused", 0},
      {{.status = 400, .body = "no_text"}, Delivery::kFailed, "refused", 0},
      {{.status = 403, .body = "action_prohibited"}, Delivery::kFailed, "auth_failed", 0},
      {{.status = 403, .body = "invalid_token"}, Delivery::kFailed, "auth_failed", 0},
      {{.status = 404, .body = "channel_not_found"}, Delivery::kFailed, "gone", 0},
      {{.status = 404, .body = "no_service"}, Delivery::kFailed, "gone", 0},
      {{.status = 404, .body = "no_team"}, Delivery::kFailed, "gone", 0},
      {{.status = 410, .body = "channel_is_archived"}, Delivery::kFailed, "gone", 0},
      {{.status = 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
       Delivery::kFailed,
       "redirected",
       0},
      {{.status = 429, .headers = "Retry-After: 30\r\n"}, Delivery::kRetry, "throttled", 30},
      {{.status = 500, .body = "rollup_error"}, Delivery::kRetry, "server_error", 0},
      {{.status = 503, .body = "no_service"}, Delivery::kRetry, "server_error", 0},
      {{.way = Way::kClose}, Delivery::kRetry, "unreachable", 0},
      {{.way = Way::kGarbage}, Delivery::kRetry, "unreachable", 0},
      {{.status = 200, .body = std::string(100'000, 'x')}, Delivery::kRetry, "bad_answer", 0},
  };
  for (const Case& c : cases) {
    HttpReceiver receiver;
    receiver.AnswerNext({c.answer});
    const Outcome outcome = To(receiver.url() + kPath)->Send(Page(), kNow);
    EXPECT_EQ(outcome.delivery, c.delivery) << c.answer.body << " " << outcome.detail;
    EXPECT_EQ(outcome.reason_code, c.reason_code) << c.answer.body << " " << outcome.detail;
    EXPECT_EQ(outcome.retry_after, Duration::Seconds(c.retry_after_s)) << c.answer.headers;
    if (c.answer.body.size() > 100) continue;
    EXPECT_NE(outcome.detail.find(Trim(c.answer.body)), std::string::npos) << outcome.detail;
  }
}

TEST(SlackTest, TheWebhooksAddressIsInNoWords) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.status = 404, .body = "no " + receiver.url() + kPath + " here"},
                       {.status = 404, .body = "no " + std::string(kPath) + " here"},
                       {.way = Way::kClose}});
  const auto channel = To(receiver.url() + kPath);
  EXPECT_EQ(channel->Send(Page(), kNow).detail, "HTTP 404: no [secret] here");
  EXPECT_EQ(channel->Send(Page(), kNow).detail, "HTTP 404: no [secret] here");
  const std::string closed = channel->Send(Page(), kNow).detail;
  EXPECT_FALSE(closed.empty());
  EXPECT_EQ(closed.find("s3cr3tt0ken"), std::string::npos) << closed;
  const Outcome nowhere = To("http://127.0.0.1:1" + std::string(kPath))->Send(Page(), kNow);
  EXPECT_EQ(nowhere.delivery, Delivery::kRetry);
  EXPECT_EQ(nowhere.detail.find("s3cr3tt0ken"), std::string::npos) << nowhere.detail;
  const auto wrong = MakeSlackChannel({.url = "hooks.slack.example" + std::string(kPath)});
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().message.starts_with("url: "));
  EXPECT_EQ(wrong.error().message.find("s3cr3tt0ken"), std::string::npos);
}

TEST(SlackTest, OneThatHangsIsCutOff) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.way = Way::kHang}});
  const Outcome outcome = To(receiver.url(), Duration::Millis(300))->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kRetry);
  EXPECT_EQ(outcome.reason_code, "timeout");
}

TEST(CutCharactersTest, CountsAsTheServicesDoAndNeverTears) {
  EXPECT_EQ(CharacterCount("aé火🔥"), 5u);
  EXPECT_EQ(CharacterCount("\xff\xe7\x81"), 3u) << "each byte becomes a replacement character";
  EXPECT_EQ(CutCharacters("a\xff\xe7\x81", 3), "a\uFFFD…");
  EXPECT_EQ(CutCharacters("aé火🔥", 5), "aé火🔥");
  EXPECT_EQ(CutCharacters("aé火🔥", 4), "aé火…");
  EXPECT_EQ(CutCharacters("aé火🔥", 3), "aé…");
  EXPECT_EQ(CutCharacters("火の", 1), "…");
}

}  // namespace
}  // namespace hinomi::drivers
