#include "metrics/probes/pg_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::metrics::pg {
namespace {

using std::string;
using testing::ElementsAre;

TEST(PgMessageTest, WhatIsSentIsAsTheManualSays) {
  EXPECT_EQ(SslRequest(), string("\0\0\0\x08\x04\xD2\x16\x2F", 8));
  EXPECT_EQ(StartupMessage("me", "db"), string("\0\0\0\x3B\0\x03\0\0user\0me\0database\0db\0"
                                               "application_name\0hinomi-probe\0\0",
                                               59));
  EXPECT_EQ(PasswordMessage("ab"), string("p\0\0\0\x07"
                                          "ab\0",
                                          8));
  EXPECT_EQ(SaslInitialResponse("M", "xy"), string("p\0\0\0\x0CM\0\0\0\0\x02xy", 13));
  EXPECT_EQ(SaslResponse("xy"), string("p\0\0\0\x06xy", 7));
  EXPECT_EQ(Terminate(), string("X\0\0\0\x04", 5));
  // select 'md5' || md5(md5('geheim' || 'me') || 'salt')
  EXPECT_EQ(*Md5Password("me", "geheim", "salt"), "md5d131836e020106027368d051662f014b");
}

TEST(PgMessageTest, AHeadIsOneOfThoseThatComeWhileSigningIn) {
  const auto head = ParseHead(string("R\0\0\0\x08", 5));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->type, 'R');
  EXPECT_EQ(head->body_bytes, 4u);
  for (const string& bad : {string("R\0\0\0", 4), string("R\0\0\0\x03", 5), string("HTTP/"),
                            string("D\0\0\0\x08", 5), string("R\0\x01\0\x05", 5)})
    EXPECT_FALSE(ParseHead(bad)) << bad;
  EXPECT_TRUE(ParseHead(string("R\0\x01\0\x04", 5)));
}

TEST(PgMessageTest, AnErrorHasItsCodeAndItsWords) {
  const auto error = ParseServerError(string("SFATAL\0C28P01\0Mwrong\0\0", 22));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "28P01");
  EXPECT_EQ(error->message, "wrong");
  for (const string& bad :
       {string(), string("\0", 1), string("C28P01"), string("C28\0\0", 5), string("Mwrong\0\0", 8)})
    EXPECT_FALSE(ParseServerError(bad)) << bad;
}

TEST(PgMessageTest, ARequestForAuthenticationSaysWhatItWants) {
  EXPECT_EQ(ParseAuthentication(string("\0\0\0\0", 4))->kind, Authentication::kOk);
  EXPECT_EQ(ParseAuthentication(string("\0\0\0\x05salt", 8))->data, "salt");
  EXPECT_THAT(ParseAuthentication(string("\0\0\0\x0A"
                                         "A-PLUS\0A\0\0",
                                         14))
                  ->mechanisms,
              ElementsAre("A-PLUS", "A"));
  for (const string& bad : {string("\0\0\0", 3), string("\0\0\0\x05sal", 7),
                            string("\0\0\0\x0A"
                                   "A-PLUS",
                                   10)})
    EXPECT_FALSE(ParseAuthentication(bad));
}

}  // namespace
}  // namespace hinomi::metrics::pg
