#include "drivers/channels/smtp.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "drivers/channels/mail.h"
#include "drivers/testing.h"

namespace hinomi::drivers {
namespace {

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:04Z");

Message Page() {
  return {.id = "PG-12",
          .kind = "page",
          .incident = "INC-7",
          .incident_opened = kNow - Duration::Minutes(30),
          .queued_at = kNow,
          .destination = "on-call@example.com",
          .subject = "[critical] app のレスポンスタイムが 1000ms を超えました (INC-7)",
          .text = "しきい値 1000ms\n.\n..two dots\n"};
}

std::unique_ptr<Channel> To(const SmtpReceiver& receiver, SmtpSettings settings = {}) {
  settings.server = receiver.server();
  if (settings.from.empty()) settings.from = "火の見 <hinomi@ops.example.com>";
  auto channel = MakeSmtpChannel(settings);
  EXPECT_TRUE(channel) << (channel ? "" : channel.error().message);
  return channel ? *std::move(channel) : nullptr;
}

TEST(SmtpTest, AMailArrivesWithItsThreadAndMarks) {
  SmtpReceiver receiver;
  const Outcome outcome = To(receiver)->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kDelivered) << outcome.detail;
  EXPECT_EQ(outcome.reason_code, "accepted");
  ASSERT_EQ(receiver.arrived().size(), 1u);
  ArrivedMail mail = receiver.arrived()[0];
  EXPECT_EQ(mail.hello, "ops.example.com");
  EXPECT_EQ(mail.from, "hinomi@ops.example.com");
  EXPECT_EQ(mail.to, std::vector<std::string>{"on-call@example.com"});
  EXPECT_EQ(mail.headers["from"], "=?UTF-8?B?54Gr44Gu6KaL?= <hinomi@ops.example.com>");
  EXPECT_EQ(mail.headers["to"], "on-call@example.com");
  EXPECT_EQ(mail.headers["date"], "Tue, 24 Nov 2026 03:12:04 +0000");
  EXPECT_EQ(mail.headers["message-id"], "<PG-12.1795489924000@ops.example.com>");
  EXPECT_EQ(mail.headers["references"], "<INC-7.1795488124000@ops.example.com>");
  EXPECT_EQ(mail.headers["in-reply-to"], mail.headers["references"]);
  EXPECT_EQ(mail.headers["auto-submitted"], "auto-generated");
  EXPECT_EQ(mail.headers["content-transfer-encoding"], "base64");
  std::string encoded;
  for (const std::string_view line : Split(mail.body, '\n')) {
    EXPECT_LE(line.size(), 77u);
    encoded += Trim(line);
  }
  EXPECT_EQ(*Base64Decode(encoded), "しきい値 1000ms\r\n.\r\n..two dots\r\n");
}

TEST(SmtpTest, PlainTextStaysReadableAndItsDotsArrive) {
  SmtpReceiver receiver;
  Message message = Page();
  message.text = "CPU at 91.5 %\n.\n..two dots\n";
  message.subject = "CPU";
  To(receiver, {.from = "hinomi@example.com"})->Send(message, kNow);
  ASSERT_EQ(receiver.arrived().size(), 1u);
  ArrivedMail mail = receiver.arrived()[0];
  EXPECT_EQ(mail.headers["content-transfer-encoding"], "7bit");
  EXPECT_EQ(mail.headers["subject"], "CPU");
  EXPECT_EQ(mail.headers["from"], "hinomi@example.com");
  EXPECT_EQ(mail.body, "CPU at 91.5 %\r\n.\r\n..two dots\r\n");
}

TEST(SmtpTest, RepliesFourHundredAreForLaterFiveHundredForGood) {
  struct Case {
    SmtpAnswer answer;
    Delivery delivery;
    const char* reason_code;
    const char* detail;  // its beginning
  };
  const Case cases[] = {
      {{.greeting = "421 too busy"}, Delivery::kRetry, "throttled", "421 too busy"},
      {{.greeting = "554 go away"}, Delivery::kFailed, "refused", "554 go away"},
      {{.greeting = "close"}, Delivery::kRetry, "bad_answer", ""},
      {{.greeting = "hello?"}, Delivery::kRetry, "timeout", ""},
      {{.mail = "451 later"}, Delivery::kRetry, "throttled", "451 later"},
      {{.mail = "550 not you"}, Delivery::kFailed, "refused", "550 not you"},
      {{.recipient = "450 greylisted"}, Delivery::kRetry, "throttled", "450 greylisted"},
      {{.recipient = "550 nobody here"}, Delivery::kFailed, "refused", "550 nobody here"},
      {{.data = "452 disk full"}, Delivery::kRetry, "throttled", "452 disk full"},
      {{.data = "554 no"}, Delivery::kFailed, "refused", "554 no"},
      {{.end = "451 4.3.0 later"}, Delivery::kRetry, "throttled", "451 4.3.0 later"},
      {{.end = "432 queue"}, Delivery::kRetry, "server_error", "432 queue"},
      {{.end = "554 5.7.1 spam"}, Delivery::kFailed, "refused", "554 5.7.1 spam"},
      {{.end = "close"}, Delivery::kRetry, "bad_answer", ""},
  };
  for (const Case& c : cases) {
    SmtpReceiver receiver;
    receiver.AnswerNext({c.answer});
    const Outcome outcome = To(receiver, {.timeout = Duration::Seconds(2)})->Send(Page(), kNow);
    const std::string where = c.answer.greeting + c.answer.mail + c.answer.recipient +
                              c.answer.data + c.answer.end + ": " + outcome.detail;
    EXPECT_EQ(outcome.delivery, c.delivery) << where;
    EXPECT_EQ(outcome.reason_code, c.reason_code) << where;
    EXPECT_TRUE(outcome.detail.starts_with(c.detail)) << where;
    EXPECT_TRUE(receiver.TakenById().empty());
  }
}

TEST(SmtpTest, AServerThatHangsIsCutOff) {
  for (const SmtpAnswer& answer : {SmtpAnswer{.greeting = "hang"}, SmtpAnswer{.end = "hang"}}) {
    SmtpReceiver receiver;
    receiver.AnswerNext({answer});
    const Outcome outcome = To(receiver, {.timeout = Duration::Millis(300)})->Send(Page(), kNow);
    EXPECT_EQ(outcome.delivery, Delivery::kRetry);
    EXPECT_EQ(outcome.reason_code, "timeout");
  }
}

TEST(SmtpTest, AfterAnEndWithoutAnswerTheSameMailComesAgainUnderItsId) {
  SmtpReceiver receiver;
  receiver.AnswerNext({{.end = "close"}});
  const auto channel = To(receiver);
  EXPECT_EQ(channel->Send(Page(), kNow).delivery, Delivery::kRetry);
  EXPECT_EQ(channel->Send(Page(), kNow + Duration::Seconds(5)).delivery, Delivery::kDelivered);
  const auto arrived = receiver.arrived();
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_EQ(arrived[0].headers, arrived[1].headers);
  EXPECT_EQ(receiver.TakenById(),
            (std::map<std::string, int>{{"<PG-12.1795489924000@ops.example.com>", 1}}));
}

TEST(SmtpTest, NobodyListensIsForLater) {
  std::string server;
  {
    const SmtpReceiver receiver;
    server = receiver.server();
  }
  auto channel = MakeSmtpChannel({.server = server, .from = "hinomi@example.com"});
  ASSERT_TRUE(channel);
  const Outcome outcome = (*channel)->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kRetry);
  EXPECT_EQ(outcome.reason_code, "unreachable");
}

TEST(SmtpTest, RequiredTlsThatIsNotOfferedSendsNothing) {
  for (const SmtpSettings& settings :
       {SmtpSettings{.tls = SmtpTls::kStartTls},
        SmtpSettings{.username = "hinomi", .password = "secret-word"}}) {
    SmtpReceiver receiver;
    const Outcome outcome = To(receiver, settings)->Send(Page(), kNow);
    EXPECT_EQ(outcome.delivery, Delivery::kFailed);
    EXPECT_EQ(outcome.reason_code, "tls_failed");
    EXPECT_TRUE(receiver.arrived().empty());
    for (const std::string& command : receiver.commands())
      EXPECT_FALSE(command.starts_with("AUTH")) << command;
  }
}

TEST(SmtpTest, NoAddressGetsLinesIntoTheEnvelope) {
  SmtpReceiver receiver;
  for (const char* address :
       {"", "nobody", "a@b c", "a@b\r\nRCPT TO:<x@y>", "a@b>", "@b", "a@", "a,b@c"}) {
    Message message = Page();
    message.destination = address;
    const Outcome outcome = To(receiver)->Send(message, kNow);
    EXPECT_EQ(outcome.delivery, Delivery::kFailed) << address;
    EXPECT_EQ(outcome.reason_code, "bad_address") << address;
  }
  EXPECT_TRUE(receiver.commands().empty());
}

TEST(SmtpTest, WrongSettingsAreNamed) {
  struct Case {
    SmtpSettings settings;
    const char* begins;
  };
  const Case cases[] = {
      {{.server = "mail.example.com", .from = "a@b"}, "server: "},
      {{.server = "mail:99999", .from = "a@b"}, "server: "},
      {{.server = "mail:25/x", .from = "a@b"}, "server: "},
      {{.server = "mail:25", .from = "hinomi"}, "from: "},
      {{.server = "mail:25", .from = "a@b", .username = "u", .tls = SmtpTls::kNone}, "tls: "},
  };
  for (const Case& c : cases) {
    const auto channel = MakeSmtpChannel(c.settings);
    ASSERT_FALSE(channel) << c.begins;
    EXPECT_EQ(channel.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(channel.error().message.starts_with(c.begins)) << channel.error().message;
  }
}

TEST(MailTest, LongSubjectsAreCutIntoEncodedWordsBetweenCharacters) {
  const std::string subject(
      "データベースの空き容量が少なくなっています。保守担当者は手順書を開いて確認してください。");
  const std::string encoded = EncodeHeaderText(subject);
  std::string decoded;
  for (const std::string_view line : Split(encoded, '\n')) {
    const std::string_view word = Trim(line);
    EXPECT_LE(word.size(), 75u);
    ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?="));
    const auto part = Base64Decode(word.substr(10, word.size() - 12));
    ASSERT_TRUE(part);
    EXPECT_TRUE(IsValidUtf8(*part));
    decoded += *part;
  }
  EXPECT_EQ(decoded, subject);
}

TEST(MailTest, NoSubjectGetsALineIntoTheHeader) {
  Message message = Page();
  message.subject = "one\r\nBcc: everybody@example.com";
  const std::string mail = ComposeMail(message, "hinomi@example.com");
  EXPECT_EQ(mail.find("\r\nBcc:"), std::string::npos);
  EXPECT_NE(mail.find("Subject: one  Bcc: everybody@example.com\r\n"), std::string::npos);
}

TEST(MailTest, DatesAreOfTheForm) {
  EXPECT_EQ(FormatMailDate(Instant()), "Thu, 01 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(FormatMailDate(*ParseRfc3339("2028-02-29T23:59:59.5Z")),
            "Tue, 29 Feb 2028 23:59:59 +0000");
}

}  // namespace
}  // namespace hinomi::drivers
