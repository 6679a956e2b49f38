#include "cli/remote.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/verb.h"
#include "http/testing.h"
#include "os/files.h"
#include "store/testing.h"

namespace hinomi::cli {
namespace {

std::string Answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

class RemoteTest : public ::testing::Test {
 protected:
  RemoteTest() {
    ::unsetenv("HINOMI_URL");
    ::unsetenv("HINOMI_TOKEN");
  }
  ~RemoteTest() override {
    ::unsetenv("HINOMI_URL");
    ::unsetenv("HINOMI_TOKEN");
  }
  // A server that answers so, found by the data directory.
  Result<Json> Get(const std::string& answer) {
    http::ScriptedServer server(http::ScriptedServer::Answering(answer));
    EXPECT_TRUE(files_.WriteAtomically(directory_.path() + "/address", server.url() + "/\n"));
    return Remote::Find(directory_.path())->Get("now");
  }

  PosixFiles files_;
  store::TempDirectory directory_;
};

TEST_F(RemoteTest, WithoutAServerItSaysHowToNameOne) {
  const auto found = Remote::Find(directory_.path());
  ASSERT_FALSE(found);
  EXPECT_EQ(Fail(found.error()), kCouldNot);
  EXPECT_NE(found.error().message.find("HINOMI_URL"), std::string::npos);
  ::setenv("HINOMI_URL", "http://127.0.0.1:1", 1);
  const auto nobody = Remote::Find(directory_.path())->Get("now");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(Fail(nobody.error()), kCouldNot);
  EXPECT_NE(nobody.error().message.find("http://127.0.0.1:1"), std::string::npos);
}

TEST_F(RemoteTest, TheServersOwnWordsAndTheExitCodeThatFits) {
  const struct {
    const char* status;
    const char* body;
    int exit;
    const char* says;
  } cases[] = {
      {"400 Bad Request", R"({"error":{"message":"title: expected one line"}})", kAnswerIsNo,
       "title: expected one line"},
      {"401 Unauthorized", R"({"error":{"message":"sign in"}})", kAnswerIsNo, "HINOMI_TOKEN"},
      {"403 Forbidden", R"({"error":"you may not"})", kAnswerIsNo, "you may not"},
      {"404 Not Found", R"({"error":{"message":"there is no incident INC-9"}})", kAnswerIsNo,
       "INC-9"},
      {"409 Conflict", R"({"error":{"message":"it is resolved"}})", kAnswerIsNo, "it is resolved"},
      {"503 Service Unavailable", R"({"error":{"message":"busy"}})", kCouldNot, "busy"},
      {"500 Internal Server Error", "<html>", kCouldNot, "HTTP 500"},
      {"200 OK", "<html>", kCouldNot, "the server's answer is"},
  };
  for (const auto& c : cases) {
    const auto answer = Get(Answer(c.status, c.body));
    ASSERT_FALSE(answer) << c.status;
    EXPECT_EQ(Fail(answer.error()), c.exit) << c.status;
    EXPECT_NE(answer.error().message.find(c.says), std::string::npos) << answer.error().message;
  }
  EXPECT_EQ(Get(Answer("200 OK", R"({"a":1})"))->Dump(), R"({"a":1})");
}

TEST_F(RemoteTest, TheRequestCarriesTokenAndEncodedWords) {
  std::string head;
  http::ScriptedServer server([&](http::RawConnection& connection) {
    head = connection.ReadUntil("\r\n\r\n");
    connection.Send(Answer("200 OK", "{}"));
  });
  ASSERT_TRUE(files_.WriteAtomically(directory_.path() + "/admin-token", "hnm_a_b\n"));
  ::setenv("HINOMI_URL", server.url().c_str(), 1);
  ASSERT_TRUE(Remote::Find(directory_.path())
                  ->Get("journal", {{"subject", "alarm:a b&c"}, {"before", ""}}));
  EXPECT_TRUE(head.starts_with("GET /api/hinomi/v1/journal?subject=alarm%3Aa%20b%26c HTTP/1.1"))
      << head;
  EXPECT_NE(head.find("Authorization: Bearer hnm_a_b\r\n"), std::string::npos);
}

TEST_F(RemoteTest, TheInstalledServerIsFoundWhereNoneIsNamed) {
  std::string head;
  http::ScriptedServer server([&](http::RawConnection& connection) {
    head = connection.ReadUntil("\r\n\r\n");
    connection.Send(Answer("200 OK", "{}"));
  });
  ASSERT_TRUE(files_.WriteAtomically(directory_.path() + "/address", server.url() + "\n"));
  ASSERT_TRUE(files_.WriteAtomically(directory_.path() + "/admin-token", "hnm_a_b\n"));
  ASSERT_TRUE(Remote::Find("data", directory_.path())->Get("now"));
  EXPECT_NE(head.find("Authorization: Bearer hnm_a_b\r\n"), std::string::npos);
  EXPECT_FALSE(Remote::Find("other", directory_.path())) << "another one was meant";

  // Its token goes to no other server.
  ::setenv("HINOMI_URL", server.url().c_str(), 1);
  ASSERT_TRUE(Remote::Find("data", directory_.path())->Get("now"));
  EXPECT_EQ(head.find("Authorization"), std::string::npos) << head;
}

TEST_F(RemoteTest, UrlsKeepOnlyUnreservedCharacters) {
  EXPECT_EQ(UrlEncode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(UrlEncode("a/b?c#d%\xff"), "a%2Fb%3Fc%23d%25%FF");
  EXPECT_EQ(UrlEncode("火"), "%E7%81%AB");
}

}  // namespace
}  // namespace hinomi::cli
