#include "metrics/probes/scram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

// RFC 7677 section 3, but for the user's name: PostgreSQL's stands elsewhere.
constexpr const char* kNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr const char* kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

TEST(ScramTest, ProvesThePasswordWithoutSendingIt) {
  ScramClient client("pencil", kNonce);
  EXPECT_EQ(client.First(), "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
  const auto final = client.Final(kServerFirst);
  ASSERT_TRUE(final) << final.error().message;
  // Reckoned with Python's hashlib and hmac over the same messages.
  EXPECT_EQ(*final,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=qvT2SWdEH5Q06albL+hjSYuUhCG7VndFyzIb7CK4n9k=");
  EXPECT_TRUE(client.Verify("v=3HO6Qt1M4MKJrmlKaoOqLAI0/0TV0HZe7J9H3MBtSOg="));
}

TEST(ScramTest, AServerThatDoesNotKnowThePasswordIsFoundOut) {
  ScramClient client("pencil", kNonce);
  ASSERT_TRUE(client.Final(kServerFirst));
  const Status wrong = client.Verify("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kDenied);
  for (const char* broken : {"", "e=other-error", "v=%%%"}) EXPECT_FALSE(client.Verify(broken));
}

TEST(ScramTest, BrokenAndCostlyMessagesAreRefused) {
  const struct {
    const char* message;
    const char* error;
  } cases[] = {
      {"", "not whole"},
      {"r=rOprNGfwEbeRWgbNEkqOx,s=AAAA", "not whole"},
      {"r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096", "another one than ours"},
      {"r=other,s=AAAA,i=4096", "another one than ours"},
      {"r=rOprNGfwEbeRWgbNEkqOx,s=%,i=4096", "no salt or count"},
      {"r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "no salt or count"},
      {"r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=0", "no salt or count"},
      {"r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=-1", "no salt or count"},
      {"r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=2000000000", "2000000000 SCRAM iterations"},
  };
  for (const auto& c : cases) {
    ScramClient client("pencil", kNonce);
    const auto final = client.Final(c.message);
    ASSERT_FALSE(final) << c.message;
    EXPECT_EQ(final.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(final.error().message, HasSubstr(c.error)) << c.message;
  }
}

}  // namespace
}  // namespace hinomi::metrics
