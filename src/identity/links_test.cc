#include <gtest/gtest.h>

#include "identity/acknowledge_links.h"
#include "identity/listen_rules.h"
#include "identity/testing.h"

namespace hinomi::identity {
namespace {

class AcknowledgeLinksTest : public testing::Test {
 protected:
  MemoryTable table_;
  ManualClock clock_;
  std::unique_ptr<AcknowledgeLinks> links_ = *AcknowledgeLinks::Open(table_, clock_);
  int acts_ = 0;
  Status Act(const std::string& secret) {
    return links_->Act(secret, [this](const AcknowledgeLink& link) -> Status {
      EXPECT_EQ(link.incident, "INC-7");
      EXPECT_EQ(link.contact, "on-call");
      ++acts_;
      return {};
    });
  }
};

TEST_F(AcknowledgeLinksTest, ShowsAsOftenAsAskedAndActsOnce) {
  const std::string secret = *links_->Create("INC-7", "on-call", Duration::Hours(24));
  EXPECT_EQ(table_.Everything().find(secret), std::string::npos);
  EXPECT_EQ(links_->Show(secret)->incident, "INC-7");
  EXPECT_EQ(links_->Show(secret)->used, Instant());
  EXPECT_EQ(acts_, 0);
  const Instant used = clock_.Now();
  EXPECT_TRUE(Act(secret).has_value());
  clock_.Advance(Duration::Minutes(1));
  EXPECT_EQ(Act(secret).error().code, ErrorCode::kConflict);
  EXPECT_EQ(acts_, 1);
  links_ = *AcknowledgeLinks::Open(table_, clock_);
  EXPECT_EQ(Act(secret).error().code, ErrorCode::kConflict);
  EXPECT_EQ(links_->Show(secret)->used, used);
}

TEST_F(AcknowledgeLinksTest, StaysUsableWhenTheActFails) {
  const std::string secret = *links_->Create("INC-7", "on-call", Duration::Hours(24));
  const Status failed =
      links_->Act(secret, [](const AcknowledgeLink&) -> Status { return Unavailable("no"); });
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(Act(secret).has_value());
}

TEST_F(AcknowledgeLinksTest, EndsByTimeAndKnowsNoOtherSecret) {
  const std::string secret = *links_->Create("INC-7", "on-call", Duration::Hours(24));
  EXPECT_EQ(links_->Show("guess").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Act(secret.substr(1)).error().code, ErrorCode::kNotFound);
  clock_.Advance(Duration::Hours(24));
  EXPECT_EQ(links_->Show(secret).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Act(secret).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(links_->Sweep().has_value());
  EXPECT_EQ(table_.Everything(), "");
  EXPECT_EQ(acts_, 0);
}

TEST(ListenRulesTest, WantsSignInAndTlsBeyondLoopback) {
  const std::vector<std::string> loopback = {"127.0.0.1:9140", "[::1]:9140", "localhost:1",
                                             "127.9.9.9:0"};
  EXPECT_TRUE(CheckListen(loopback, {.no_auth = true}).has_value());
  for (const char* open : {"0.0.0.0:9140", "[::]:9140", "192.0.2.1:9140", "127.evil.org:1",
                           "[fe80::1]:1", "example.org:1"}) {
    EXPECT_FALSE(CheckListen({"127.0.0.1:1", open}, {.no_auth = true, .tls = true}).has_value())
        << open;
    EXPECT_FALSE(CheckListen({open}, {}).has_value()) << open;
    EXPECT_TRUE(CheckListen({open}, {.tls = true}).has_value()) << open;
    EXPECT_TRUE(CheckListen({open}, {.insecure = true}).has_value()) << open;
  }
}

TEST(ListenRulesTest, SaysWhatAnAddressLooksLike) {
  for (const char* wrong : {"nonsense", ":9140", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"}) {
    const Status refused = CheckListen({wrong}, {});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().message, "cannot listen on '" + std::string(wrong) +
                                           "': expected an address and a port, such as "
                                           "127.0.0.1:9140");
  }
}

}  // namespace
}  // namespace hinomi::identity
