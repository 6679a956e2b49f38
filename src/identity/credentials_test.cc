#include "identity/credentials.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace hinomi::identity {
namespace {

http::Request Asking(std::vector<std::pair<std::string, std::string>> headers,
                     std::string method = "GET", std::string path = "/api/v1/query") {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

TEST(CredentialsTest, MakesTokensThatProveTheirOwnSpelling) {
  const TokenText token = MakeTokenText(std::string(26, '\x5a'));
  EXPECT_EQ(token.id, "5a5a5a5a5a5a");
  EXPECT_TRUE(token.text.starts_with("hnm_5a5a5a5a5a5a_5a5a5a5a5a5a5a5a")) << token.text;
  EXPECT_EQ(token.text.size(), 65u);
  EXPECT_EQ(ParseTokenText(token.text)->id, token.id);
  for (size_t i = 0; i < token.text.size(); ++i) {
    std::string wrong = token.text;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    EXPECT_FALSE(ParseTokenText(wrong).has_value()) << i;
  }
  EXPECT_FALSE(ParseTokenText(token.text + "0").has_value());
  EXPECT_FALSE(ParseTokenText(token.text.substr(1)).has_value());
  EXPECT_FALSE(ParseTokenText("").has_value());
}

TEST(CredentialsTest, ReadsBearerAndBasic) {
  EXPECT_EQ(ReadCredentials(Asking({{"Authorization", "Bearer hnm_x"}})).token, "hnm_x");
  EXPECT_EQ(ReadCredentials(Asking({{"authorization", "bearer  hnm_x "}})).token, "hnm_x");
  const std::string basic = "Basic " + Base64Encode("anybody:hnm_x:y");
  EXPECT_EQ(ReadCredentials(Asking({{"Authorization", basic}})).token, "hnm_x:y");
  for (const char* wrong : {"Bearer", "Bearer ", "Basic ???", "Digest a", "hnm_x", "Basic Og=="}) {
    const Credentials credentials = ReadCredentials(Asking({{"Authorization", wrong}}));
    EXPECT_TRUE(credentials.malformed) << wrong;
    EXPECT_EQ(credentials.token, "") << wrong;
  }
}

TEST(CredentialsTest, TakesTheCookieOnlyForThePage) {
  const std::vector<std::pair<std::string, std::string>> cookie = {
      {"Cookie", "a=b; hinomi_session=s1;c"}};
  EXPECT_EQ(ReadCredentials(Asking(cookie)).session, "s1");
  EXPECT_EQ(ReadCredentials(Asking(cookie, "POST", "/api/hinomi/v1/incidents/1/ack")).session,
            "s1");
  EXPECT_EQ(ReadCredentials(Asking(cookie, "POST", "/")).session, "");
  EXPECT_EQ(ReadCredentials(Asking(cookie, "POST", "/api/v1/write")).session, "");
  // A header that is there decides: nobody falls back to a cookie.
  auto both = cookie;
  both.emplace_back("Authorization", "Digest x");
  EXPECT_EQ(ReadCredentials(Asking(both)).session, "");
  // Over TLS the name that a neighbour host cannot set.
  http::Request secure = Asking({{"Cookie", "hinomi_session=planted; __Host-hinomi=mine"}});
  secure.secure = true;
  EXPECT_EQ(ReadCredentials(secure).session, "mine");
}

TEST(CredentialsTest, WritesCookiesThatScriptsAndNeighboursCannotReach) {
  EXPECT_EQ(SessionCookie("s", false),
            "hinomi_session=s; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800");
  EXPECT_EQ(SessionCookie("s", true),
            "__Host-hinomi=s; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=604800");
  EXPECT_EQ(SessionCookie("", false), "hinomi_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

}  // namespace
}  // namespace hinomi::identity
