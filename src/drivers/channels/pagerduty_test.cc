#include "drivers/channels/pagerduty.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/strings.h"
#include "drivers/channels/answers.h"
#include "drivers/testing.h"

namespace hinomi::drivers {
namespace {

using Way = HttpAnswer::Way;

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:04Z");
constexpr const char* kKey = "0123456789abcdef0123456789ABCDEF";
constexpr const char* kAlert = "hinomi/INC-7.1795488124000/on-call";
constexpr const char* kTestAlert = "hinomi/PG-12.1795489922000";

Message Page(const std::string& kind = "page") {
  return {.id = "PG-12",
          .kind = kind,
          .incident = kind == "test" ? "" : "INC-7",
          .incident_opened = kNow - Duration::Minutes(30),
          .queued_at = kNow - Duration::Seconds(2),
          .destination = "",
          .subject = "[緊急] CPU が高い – INC-7",
          .text = "理由: app 91.5 %\n",
          .language = "ja",
          .data = Json::MakeObject()
                      .Set("severity", "critical")
                      .Set("contact", "on-call")
                      .Set("service", "app")
                      .Set("alarm", "HighCPU")
                      .Set("reason", "91.5 > 80")
                      .Set("acknowledge_url", "https://hinomi.example/ack/s3cret")
                      .Set("url", "https://hinomi.example/incidents/INC-7")};
}

HttpAnswer Accepted(const std::string& key) {
  return {.status = 202,
          .body = R"({"status":"success","message":"Event processed","dedup_key":")" + key + "\"}"};
}

std::unique_ptr<Channel> To(const std::string& base, Duration timeout = Duration::Seconds(10)) {
  auto channel = MakePagerDutyChannel({.routing_key = kKey, .base = base, .timeout = timeout});
  EXPECT_TRUE(channel) << (channel ? "" : channel.error().message);
  return channel ? *std::move(channel) : nullptr;
}

Json BodyOf(const ArrivedRequest& request) {
  const auto body = Json::Parse(request.body);
  EXPECT_TRUE(body) << request.body;
  return body ? *body : Json();
}

TEST(PagerDutyTest, APageTriggersAnAlertWithAllThatIsKnown) {
  HttpReceiver receiver;
  receiver.AnswerNext({Accepted(kAlert)});
  const Outcome outcome = To(receiver.url() + "/")->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kDelivered) << outcome.detail;
  EXPECT_EQ(outcome.reason_code, "accepted");
  EXPECT_EQ(outcome.detail, "HTTP 202: Event processed");
  ASSERT_EQ(receiver.arrived().size(), 1u);
  const ArrivedRequest request = receiver.arrived()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v2/enqueue");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  const Json event = BodyOf(request);
  EXPECT_EQ(event["routing_key"].as_string(), kKey);
  EXPECT_EQ(event["event_action"].as_string(), "trigger");
  EXPECT_EQ(event["dedup_key"].as_string(), kAlert);
  EXPECT_EQ(event["client"].as_string(), "Hinomi");
  EXPECT_EQ(event["client_url"].as_string(), "https://hinomi.example/incidents/INC-7");
  const Json& payload = event["payload"];
  EXPECT_EQ(payload["summary"].as_string(), "[緊急] CPU が高い – INC-7");
  EXPECT_EQ(payload["source"].as_string(), "app");
  EXPECT_EQ(payload["severity"].as_string(), "critical");
  EXPECT_EQ(payload["timestamp"].as_string(), "2026-11-24T02:42:04Z");
  EXPECT_EQ(payload["component"].as_string(), "app");
  EXPECT_EQ(payload["class"].as_string(), "HighCPU");
  EXPECT_EQ(payload["custom_details"]["reason"].as_string(), "91.5 > 80");
  EXPECT_EQ(payload["custom_details"]["text"].as_string(), "理由: app 91.5 %\n");
  EXPECT_FALSE(payload["custom_details"].contains("level")) << "empty ones are left out";
  EXPECT_EQ(event["links"].Dump(),
            R"([{"href":"https://hinomi.example/ack/s3cret","text":"確認する"},)"
            R"({"href":"https://hinomi.example/incidents/INC-7","text":"詳細"}])");
}

TEST(PagerDutyTest, TheNoticesAreAboutTheSameAlert) {
  HttpReceiver receiver;
  receiver.AnswerNext({Accepted(kAlert), Accepted(kAlert)});
  const auto channel = To(receiver.url());
  EXPECT_EQ(channel->Send(Page("acknowledged"), kNow).delivery, Delivery::kDelivered);
  Message later = Page("resolved");
  later.id = "PG-19";
  later.queued_at = kNow + Duration::Hours(1);
  EXPECT_EQ(channel->Send(later, kNow).delivery, Delivery::kDelivered);
  ASSERT_EQ(receiver.arrived().size(), 2u);
  const std::string begin = R"({"routing_key":")" + std::string(kKey) + R"(","event_action":")";
  const std::string end = R"(","dedup_key":")" + std::string(kAlert) + R"("})";
  EXPECT_EQ(receiver.arrived()[0].body, begin + "acknowledge" + end);
  EXPECT_EQ(receiver.arrived()[1].body, begin + "resolve" + end);
}

TEST(PagerDutyTest, ATestIsAnAlertOfItsOwnThatIsResolvedAtOnce) {
  HttpReceiver receiver;
  receiver.AnswerNext({Accepted(kTestAlert), Accepted(kTestAlert)});
  EXPECT_EQ(To(receiver.url())->Send(Page("test"), kNow).delivery, Delivery::kDelivered);
  ASSERT_EQ(receiver.arrived().size(), 2u);
  const Json trigger = BodyOf(receiver.arrived()[0]), resolve = BodyOf(receiver.arrived()[1]);
  EXPECT_EQ(trigger["event_action"].as_string(), "trigger");
  EXPECT_EQ(trigger["dedup_key"].as_string(), kTestAlert);
  EXPECT_EQ(trigger["payload"]["severity"].as_string(), "info");
  EXPECT_EQ(trigger["payload"]["timestamp"].as_string(), "2026-11-24T03:12:02Z");
  EXPECT_EQ(resolve["event_action"].as_string(), "resolve");
  EXPECT_EQ(resolve["dedup_key"].as_string(), kTestAlert);
}

TEST(PagerDutyTest, ATestThatCouldNotBeResolvedIsNotDone) {
  HttpReceiver receiver;
  receiver.AnswerNext({Accepted(kTestAlert), {.status = 503}});
  const Outcome outcome = To(receiver.url())->Send(Page("test"), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kRetry);
  EXPECT_EQ(outcome.reason_code, "server_error");
  receiver.AnswerNext({{.status = 400}});
  EXPECT_EQ(To(receiver.url())->Send(Page("test"), kNow).delivery, Delivery::kFailed);
  EXPECT_EQ(receiver.arrived().size(), 3u) << "nothing to resolve after a refusal";
}

TEST(PagerDutyTest, EachAnswerHasItsClass) {
  struct Case {
    HttpAnswer answer;
    Delivery delivery;
    const char* reason_code;
    int retry_after_s;
    const char* says;
  };
  const Case cases[] = {
      {Accepted(kAlert), Delivery::kDelivered, "accepted", 0, "Event processed"},
      // Answers that look fine and are not PagerDuty's.
      {{.status = 200, .body = "<html>Sign in</html>"},
       Delivery::kRetry,
       "bad_answer",
       0,
       "not taken for delivered"},
      {{.status = 200, .body = Accepted(kAlert).body}, Delivery::kRetry, "bad_answer", 0, ""},
      {{.status = 202}, Delivery::kRetry, "bad_answer", 0, ""},
      {{.status = 202, .body = "[]"}, Delivery::kRetry, "bad_answer", 0, ""},
      {{.status = 202, .body = R"({"status":"success"})"}, Delivery::kRetry, "bad_answer", 0, ""},
      {Accepted("another alert"), Delivery::kRetry, "bad_answer", 0, ""},
      {{.status = 202,
        .body = R"({"status":"ok","dedup_key":"hinomi/INC-7.1795488124000/on-call"})"},
       Delivery::kRetry,
       "bad_answer",
       0,
       ""},
      {{.status = 204}, Delivery::kRetry, "bad_answer", 0, ""},
      {{.status = 400,
        .body = R"({"status":"invalid event","message":"Event object is invalid",)"
                R"("errors":["'payload.severity' is missing","too long"]})"},
       Delivery::kFailed,
       "refused",
       0,
       "HTTP 400: Event object is invalid; 'payload.severity' is missing; too long"},
      {{.status = 400, .body = "Bad Request"}, Delivery::kFailed, "refused", 0, "Bad Request"},
      {{.status = 403}, Delivery::kFailed, "auth_failed", 0, "HTTP 403"},
      {{.status = 404}, Delivery::kFailed, "refused", 0, "HTTP 404"},
      {{.status = 307, .headers = "Location: http://127.0.0.1:1/\r\n"},
       Delivery::kFailed,
       "redirected",
       0,
       ""},
      {{.status = 429, .headers = "Retry-After: 12\r\n"}, Delivery::kRetry, "throttled", 12, ""},
      {{.status = 429}, Delivery::kRetry, "throttled", 0, ""},
      {{.status = 500}, Delivery::kRetry, "server_error", 0, ""},
      {{.status = 503, .headers = "Retry-After: 120\r\n"},
       Delivery::kRetry,
       "server_error",
       120,
       ""},
      {{.way = Way::kClose}, Delivery::kRetry, "unreachable", 0, ""},
      {{.way = Way::kTakeClose}, Delivery::kRetry, "unreachable", 0, ""},
      {{.way = Way::kGarbage}, Delivery::kRetry, "unreachable", 0, ""},
      {{.status = 202, .body = std::string(100'000, ' ')}, Delivery::kRetry, "bad_answer", 0, ""},
  };
  for (const Case& c : cases) {
    HttpReceiver receiver;
    receiver.AnswerNext({c.answer});
    const Outcome outcome = To(receiver.url())->Send(Page(), kNow);
    EXPECT_EQ(outcome.delivery, c.delivery) << c.answer.status << " " << outcome.detail;
    EXPECT_EQ(outcome.reason_code, c.reason_code) << c.answer.status << " " << outcome.detail;
    EXPECT_EQ(outcome.retry_after, Duration::Seconds(c.retry_after_s)) << c.answer.headers;
    EXPECT_NE(outcome.detail.find(c.says), std::string::npos) << outcome.detail;
  }
}

TEST(PagerDutyTest, OneThatHangsIsCutOff) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.way = Way::kHang}});
  const Outcome outcome = To(receiver.url(), Duration::Millis(300))->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kRetry);
  EXPECT_EQ(outcome.reason_code, "timeout");
}

TEST(PagerDutyTest, NeitherTheKeyNorTheLinkComesBackInWords) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.status = 400,
                        .body = R"({"message":"no integration )" + std::string(kKey) +
                                R"(","errors":["https://hinomi.example/ack/s3cret is bad"]})"}});
  EXPECT_EQ(To(receiver.url())->Send(Page(), kNow).detail,
            "HTTP 400: no integration [secret]; [secret] is bad");
}

TEST(PagerDutyTest, TheSummaryHasAtMost1024WholeCharacters) {
  Message message = Page();
  const auto summary = [&message] {
    return (*Json::Parse(PagerDutyEvent(message, kKey, "trigger")))["payload"]["summary"]
        .as_string();
  };
  for (int i = 0; i < 2000; ++i) message.subject += "火";
  EXPECT_EQ(CharacterCount(summary()), 1024u);
  EXPECT_TRUE(IsValidUtf8(summary()));
  EXPECT_TRUE(summary().ends_with("火…"));
  message.subject = std::string(1024, 'a');
  EXPECT_EQ(summary(), std::string(1024, 'a'));
  message.subject = "two\nlines";
  EXPECT_EQ(summary(), "two lines");
  message.subject = "";
  EXPECT_EQ(summary(), "Hinomi PG-12") << "it is required";
}

TEST(PagerDutyTest, BeyondTheSizeOfAnEventTheDetailsAreLeftOut) {
  Message message = Page();
  const auto event = [&message] { return PagerDutyEvent(message, kKey, "trigger"); };
  const size_t rest = event().size() - message.text.size() + 1;  // Its line break takes two bytes.
  message.text = std::string(512'000 - rest + 2, 'x');
  EXPECT_EQ(event().size(), 512'000u);
  EXPECT_TRUE((*Json::Parse(event()))["payload"].contains("custom_details"));
  message.text += 'x';
  EXPECT_LT(event().size(), 2'000u);
  EXPECT_FALSE((*Json::Parse(event()))["payload"].contains("custom_details"));
  EXPECT_EQ((*Json::Parse(event()))["links"].as_array().size(), 2u) << "what one acts by stays";
}

TEST(PagerDutyTest, WhatIsNotKnownIsFilledInSoThatTheEventIsValid) {
  Message message = Page();
  message.data = Json::MakeObject().Set("severity", "disaster").Set("url", "javascript:alert(1)");
  message.language = "en";
  const Json event = *Json::Parse(PagerDutyEvent(message, kKey, "trigger"));
  EXPECT_EQ(event["payload"]["severity"].as_string(), "error");
  EXPECT_EQ(event["payload"]["source"].as_string(), "hinomi");
  EXPECT_FALSE(event["payload"].contains("class"));
  EXPECT_FALSE(event.contains("links"));
  EXPECT_FALSE(event.contains("client_url"));
  message.data.Set("alarm", "HighCPU");
  EXPECT_EQ(
      (*Json::Parse(PagerDutyEvent(message, kKey, "trigger")))["payload"]["source"].as_string(),
      "HighCPU");
}

TEST(PagerDutyTest, TheAlertsNameFitsAndTellsIncidentsAndContactsApart) {
  Message message = Page();
  EXPECT_EQ(DedupKey(message), kAlert);
  message.data.Set("contact", "team-lead");
  EXPECT_EQ(DedupKey(message), "hinomi/INC-7.1795488124000/team-lead");
  message.data.Set("contact", "on-call");
  message.incident_opened = kNow;
  EXPECT_NE(DedupKey(message), kAlert) << "INC-7 of another data directory";
  message.incident = std::string(300, 'x');
  EXPECT_EQ(DedupKey(message).size(), 7u + 64u);
  const std::string first = DedupKey(message);
  message.incident += 'y';
  EXPECT_NE(DedupKey(message), first);
}

TEST(PagerDutyTest, WrongSettingsAreNamedAndNotShown) {
  for (const char* key : {"", "0123456789abcdef", "0123456789abcdef0123456789ABCDEF0",
                          "0123456789abcdef 123456789ABCDEF"}) {
    const auto channel = MakePagerDutyChannel({.routing_key = key});
    ASSERT_FALSE(channel) << key;
    EXPECT_EQ(channel.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(channel.error().message.starts_with("routing_key: ")) << channel.error().message;
    if (*key == '\0') continue;
    EXPECT_EQ(channel.error().message.find(key), std::string::npos);
  }
  for (const char* base : {"ftp://x", "events.pagerduty.com", "https://x/?a=1", "https://x y"}) {
    const auto channel = MakePagerDutyChannel({.routing_key = kKey, .base = base});
    ASSERT_FALSE(channel) << base;
    EXPECT_TRUE(channel.error().message.starts_with("url: ")) << channel.error().message;
  }
}

TEST(PagerDutyTest, TheWholeAddressIsUnderstoodAsWell) {
  HttpReceiver receiver;
  receiver.AnswerNext({Accepted(kAlert)});
  EXPECT_EQ(To(receiver.url() + "/v2/enqueue")->Send(Page(), kNow).delivery, Delivery::kDelivered);
  EXPECT_EQ(receiver.arrived()[0].target, "/v2/enqueue");
}

}  // namespace
}  // namespace hinomi::drivers
