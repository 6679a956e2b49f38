#include "drivers/channels/webhook.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "drivers/testing.h"

namespace hinomi::drivers {
namespace {

using Way = HttpAnswer::Way;

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:04Z");
// The example of the Standard Webhooks specification.
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

Message Page() {
  return {.id = "PG-12",
          .kind = "page",
          .incident = "INC-7",
          .incident_opened = kNow - Duration::Minutes(30),
          .queued_at = kNow - Duration::Seconds(2),
          .destination = "",
          .subject = "CPU が高い",
          .text = "app: 91.5 %\n",
          .data = Json::MakeObject().Set("severity", "critical")};
}

std::unique_ptr<Channel> To(const std::string& url, const std::string& secret = kSecret,
                            Duration timeout = Duration::Seconds(10)) {
  auto channel = MakeWebhookChannel({.url = url, .secret = secret, .timeout = timeout});
  EXPECT_TRUE(channel) << (channel ? "" : channel.error().message);
  return channel ? *std::move(channel) : nullptr;
}

TEST(WebhookTest, SignsAsTheSpecificationsExample) {
  const auto signature = SignWebhook(kSecret, "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                     Instant::FromSeconds(1614265330), R"({"test": 2432232314})");
  ASSERT_TRUE(signature);
  EXPECT_EQ(*signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookTest, SignsWithEverySecretWhileTheyAreExchanged) {
  const auto both = SignWebhook(std::string("other ") + kSecret, "a", kNow, "{}");
  const auto first = SignWebhook("other", "a", kNow, "{}");
  const auto second = SignWebhook(kSecret, "a", kNow, "{}");
  ASSERT_TRUE(both);
  EXPECT_EQ(*both, *first + " " + *second);
}

TEST(WebhookTest, ArrivesSignedAndWhole) {
  HttpReceiver receiver;
  const Outcome outcome = To(receiver.url() + "/hook?key=1")->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kDelivered);
  EXPECT_EQ(outcome.reason_code, "accepted");
  const auto arrived = receiver.arrived();
  ASSERT_EQ(arrived.size(), 1u);
  ArrivedRequest request = arrived[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hook?key=1");
  EXPECT_EQ(request.headers["content-type"], "application/json");
  EXPECT_EQ(request.headers["webhook-id"], "PG-12.1795489922000");
  EXPECT_EQ(request.headers["webhook-timestamp"], "1795489924");
  EXPECT_EQ(request.headers["webhook-signature"],
            *SignWebhook(kSecret, "PG-12.1795489922000", kNow, request.body));
  const auto body = Json::Parse(request.body);
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["type"].as_string(), "incident.page");
  EXPECT_EQ((*body)["timestamp"].as_string(), "2026-11-24T03:12:02Z");
  EXPECT_EQ((*body)["data"]["page"].as_string(), "PG-12");
  EXPECT_EQ((*body)["data"]["incident"].as_string(), "INC-7");
  EXPECT_EQ((*body)["data"]["subject"].as_string(), "CPU が高い");
  EXPECT_EQ((*body)["data"]["severity"].as_string(), "critical");
}

TEST(WebhookTest, WithoutASecretNothingIsSigned) {
  HttpReceiver receiver;
  To(receiver.url(), "")->Send(Page(), kNow);
  ASSERT_EQ(receiver.arrived().size(), 1u);
  EXPECT_FALSE(receiver.arrived()[0].headers.contains("webhook-signature"));
}

TEST(WebhookTest, EachAnswerHasItsClass) {
  struct Case {
    HttpAnswer answer;
    Delivery delivery;
    const char* reason_code;
    int retry_after_s;
  };
  const Case cases[] = {
      {{.status = 200, .body = "ok"}, Delivery::kDelivered, "accepted", 0},
      {{.status = 299}, Delivery::kDelivered, "accepted", 0},
      {{.status = 429, .headers = "Retry-After: 7\r\n"}, Delivery::kRetry, "throttled", 7},
      {{.status = 429, .headers = "Retry-After: Tue, 24 Nov 2026 03:13:04 GMT\r\n"},
       Delivery::kRetry,
       "throttled",
       60},
      {{.status = 429, .headers = "Retry-After: Mon, 23 Nov 2026 03:13:04 GMT\r\n"},
       Delivery::kRetry,
       "throttled",
       0},
      {{.status = 429, .headers = "Retry-After: soon\r\n"}, Delivery::kRetry, "throttled", 0},
      {{.status = 408}, Delivery::kRetry, "timeout", 0},
      {{.status = 500}, Delivery::kRetry, "server_error", 0},
      {{.status = 503, .headers = "Retry-After: 120\r\n"}, Delivery::kRetry, "server_error", 120},
      {{.status = 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
       Delivery::kFailed,
       "redirected",
       0},
      {{.status = 400}, Delivery::kFailed, "refused", 0},
      {{.status = 401}, Delivery::kFailed, "auth_failed", 0},
      {{.status = 404}, Delivery::kFailed, "refused", 0},
      {{.status = 410}, Delivery::kFailed, "gone", 0},
      {{.way = Way::kClose}, Delivery::kRetry, "unreachable", 0},
      {{.way = Way::kTakeClose}, Delivery::kRetry, "unreachable", 0},
      {{.way = Way::kGarbage}, Delivery::kRetry, "unreachable", 0},
      {{.status = 200, .body = std::string(100'000, 'x')}, Delivery::kRetry, "bad_answer", 0},
  };
  for (const Case& c : cases) {
    HttpReceiver receiver;
    receiver.AnswerNext({c.answer});
    const Outcome outcome = To(receiver.url())->Send(Page(), kNow);
    EXPECT_EQ(outcome.delivery, c.delivery) << c.answer.status << " " << outcome.detail;
    EXPECT_EQ(outcome.reason_code, c.reason_code) << c.answer.status << " " << outcome.detail;
    EXPECT_EQ(outcome.retry_after, Duration::Seconds(c.retry_after_s)) << c.answer.headers;
    EXPECT_FALSE(outcome.detail.empty());
  }
}

TEST(WebhookTest, AReceiverThatHangsIsCutOff) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.way = Way::kHang}});
  const Outcome outcome = To(receiver.url(), "", Duration::Millis(300))->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kRetry);
  EXPECT_EQ(outcome.reason_code, "timeout");
}

TEST(WebhookTest, ARepetitionHasTheSameIdAndBodySoThatTheReceiverCountsOne) {
  HttpReceiver receiver;
  receiver.AnswerNext({{.way = Way::kTakeClose}, {.status = 503}});
  const auto channel = To(receiver.url());
  EXPECT_EQ(channel->Send(Page(), kNow).delivery, Delivery::kRetry);
  EXPECT_EQ(channel->Send(Page(), kNow + Duration::Seconds(1)).delivery, Delivery::kRetry);
  EXPECT_EQ(channel->Send(Page(), kNow + Duration::Seconds(3)).delivery, Delivery::kDelivered);
  const auto arrived = receiver.arrived();
  ASSERT_EQ(arrived.size(), 3u);
  EXPECT_EQ(arrived[0].body, arrived[2].body);
  EXPECT_EQ(arrived[0].headers.at("webhook-id"), arrived[2].headers.at("webhook-id"));
  EXPECT_NE(arrived[0].headers.at("webhook-timestamp"), arrived[2].headers.at("webhook-timestamp"));
  EXPECT_EQ(receiver.TakenById(), (std::map<std::string, int>{{"PG-12.1795489922000", 1}}));
}

TEST(WebhookTest, MetadataAddressesAreNotReached) {
  const Outcome outcome = To("http://169.254.169.254/latest")->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kFailed);
  EXPECT_EQ(outcome.reason_code, "address_denied");
}

TEST(WebhookTest, WrongSettingsAreNamed) {
  EXPECT_TRUE(MakeWebhookChannel({.url = "ftp://x"}).error().message.starts_with("url: "));
  for (const char* secret : {"whsec_###", "whsec_c2hvcnQ="}) {
    const auto channel = MakeWebhookChannel({.url = "https://x", .secret = secret});
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(channel.error().message.starts_with("secret: "));
    EXPECT_EQ(channel.error().message.find(secret), std::string::npos);
  }
}

TEST(RetryAfterTest, ReadsSecondsAndDatesAndNothingElse) {
  struct Case {
    const char* value;
    int64_t seconds;  // -1: nothing
  };
  const Case cases[] = {{"0", 0},
                        {" 120 ", 120},
                        {"99999999999999", 30 * 86'400},
                        {"Tue, 24 Nov 2026 03:12:34 GMT", 30},
                        {"Tue, 24 Nov 2020 03:12:34 GMT", 0},
                        {"Tue, 24 Nov 2099 03:12:34 GMT", 30 * 86'400},
                        {"Tue, 32 Nov 2026 03:12:34 GMT", -1},
                        {"Tue, 24 Foo 2026 03:12:34 GMT", -1},
                        {"-1", -1},
                        {"1.5", -1},
                        {"", -1},
                        {"tomorrow", -1}};
  for (const Case& c : cases) {
    const auto asked = ParseRetryAfter(c.value, kNow);
    EXPECT_EQ(asked ? asked->seconds() : -1, c.seconds) << c.value;
  }
}

}  // namespace
}  // namespace hinomi::drivers
