#include "drivers/channels/channel.h"

#include <gtest/gtest.h>

#include "drivers/channels/outbox.h"
#include "os/testing.h"

namespace hinomi::drivers {
namespace {

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:04Z");

Message Page() {
  return {.id = "PG-12",
          .kind = "page",
          .incident = "INC-7",
          .incident_opened = kNow,
          .queued_at = kNow,
          .destination = "on-call@example.com",
          .subject = "CPU が高い",
          .text = "app: 91.5 %"};
}

TEST(OutboxTest, OneFileAPageThatSurvivesAPowerCut) {
  FaultFiles disk;
  const auto outbox = MakeOutboxChannel("/data/outbox", disk);
  const Outcome outcome = outbox->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kDelivered);
  EXPECT_EQ(outcome.reason_code, "written");
  EXPECT_EQ(outcome.detail, "/data/outbox/PG-12.1795489924000.txt");
  disk.PowerCut();
  // Again, as after a crash before the result was kept.
  outbox->Send(Page(), kNow + Duration::Seconds(9));
  EXPECT_EQ(disk.List("/data/outbox")->size(), 1u);
  EXPECT_EQ(*disk.ReadAll(outcome.detail),
            "Page: PG-12\nKind: page\nDate: 2026-11-24T03:12:04Z\nIncident: INC-7\n"
            "To: on-call@example.com\nSubject: CPU が高い\n\napp: 91.5 %\n");
}

TEST(OutboxTest, AFullDiskIsForLater) {
  FaultFiles disk;
  const auto outbox = MakeOutboxChannel("/data/outbox", disk);
  disk.FailFrom(2, DiskFault::kFull);
  const Outcome outcome = outbox->Send(Page(), kNow);
  EXPECT_EQ(outcome.delivery, Delivery::kRetry);
  EXPECT_EQ(outcome.reason_code, "disk_full");
  EXPECT_EQ(outbox->Send(Page(), kNow).delivery, Delivery::kDelivered);
}

TEST(OutboxTest, NoNameLeadsOutOfTheDirectory) {
  FaultFiles disk;
  Message message = Page();
  message.id = "../../etc/passwd";
  const Outcome outcome = MakeOutboxChannel("/data/outbox", disk)->Send(message, kNow);
  EXPECT_EQ(outcome.detail, "/data/outbox/_._.._etc_passwd.1795489924000.txt");
}

TEST(ChannelTest, IsMadeFromItsSettings) {
  FaultFiles disk;
  EXPECT_TRUE(MakeChannel("outbox", {{"directory", "/o"}}, disk));
  EXPECT_TRUE(MakeChannel("webhook", {{"url", "https://example.com/x"}}, disk));
  EXPECT_TRUE(MakeChannel("slack", {{"url", "https://hooks.slack.com/services/T/B/x"}}, disk));
  const std::string key(32, 'a');
  EXPECT_TRUE(MakeChannel("pagerduty", {{"routing_key", key}}, disk));
  EXPECT_TRUE(MakeChannel(
      "pagerduty", {{"routing_key", key}, {"url", "https://events.eu.pagerduty.com"}}, disk));
  EXPECT_TRUE(MakeChannel("smtp", {{"server", "mail:587"}, {"from", "a@b"}}, disk));
  struct Case {
    const char* type;
    std::map<std::string, std::string> settings;
    ErrorCode code;
    const char* begins;
  };
  const Case cases[] = {
      {"smtp", {{"server", "mail:587"}}, ErrorCode::kInvalidArgument, "from: "},
      {"smtp",
       {{"server", "mail:587"}, {"from", "a@b"}, {"tls", "maybe"}},
       ErrorCode::kInvalidArgument,
       "tls: "},
      {"webhook", {}, ErrorCode::kInvalidArgument, "url: "},
      {"slack", {}, ErrorCode::kInvalidArgument, "url: "},
      {"pagerduty", {}, ErrorCode::kInvalidArgument, "routing_key: "},
      {"pagerduty",
       {{"routing_key", key}, {"url", "ftp://x"}},
       ErrorCode::kInvalidArgument,
       "url: "},
      {"outbox", {}, ErrorCode::kInvalidArgument, "directory: "},
      {"pigeon", {}, ErrorCode::kNotFound, "this release has no sender"},
  };
  for (const Case& c : cases) {
    const auto channel = MakeChannel(c.type, c.settings, disk);
    ASSERT_FALSE(channel) << c.type;
    EXPECT_EQ(channel.error().code, c.code);
    EXPECT_TRUE(channel.error().message.starts_with(c.begins)) << channel.error().message;
  }
}

TEST(OneLineTest, CutsBetweenCharactersAndFlattens) {
  EXPECT_EQ(OneLine(" a\r\nb\t"), "a  b");
  EXPECT_EQ(OneLine("火の見", 7), "火の");
  EXPECT_EQ(OneLine("火の見", 9), "火の見");
}

}  // namespace
}  // namespace hinomi::drivers
