#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/strings.h"
#include "cli/command_line.h"
#include "http/testing.h"
#include "os/files.h"
#include "store/testing.h"

namespace hinomi::cli {
namespace {

constexpr const char* kTasks = R"({"tasks":[
  {"id":"aa11","last_status":"STOPPED","health":"UNKNOWN","host":"local","port":9150,
   "started_at":null,"exit_code":137,"stop_code":"EssentialContainerExited",
   "stopped_reason":"Essential process in task exited","health_reason":""},
  {"id":"aa22","last_status":"RUNNING","health":"UNHEALTHY","host":"local","port":null,
   "started_at":"2026-11-25T09:00:00Z","exit_code":null,"stop_code":null,"stopped_reason":"",
   "health_reason":"port 9151 refuses connections"}]})";

/// The words of a line of a table, each with one blank behind it.
std::string Words(std::string_view line) {
  std::string words;
  for (const std::string_view word : Split(line, ' '))
    if (!word.empty()) words += std::string(word) + " ";
  return words;
}

/// The real verbs against a server that answers each target with given bytes.
class ServiceVerbsTest : public ::testing::Test {
 protected:
  struct Ran {
    int code = 0;
    std::string out, error;
  };

  ServiceVerbsTest() {
    ::unsetenv("HINOMI_URL");
    ::unsetenv("HINOMI_TOKEN");
    PosixFiles files;
    EXPECT_TRUE(files.WriteAtomically(directory_.path() + "/address", server_.url() + "/\n"));
    answers_["services/app/tasks"] = kTasks;
  }

  Ran Call(const std::string& line) {
    std::vector<std::string> words{"hinomi", "service"};
    for (const std::string_view word : Split(line, ' ')) words.emplace_back(word);
    words.insert(words.end(), {"--data", directory_.path()});
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Ran ran;
    ran.code = RunCommandLine(AllVerbs(), "0.1.0", static_cast<int>(argv.size()), argv.data());
    ran.out = ::testing::internal::GetCapturedStdout();
    ran.error = ::testing::internal::GetCapturedStderr();
    return ran;
  }

  /// By what stands behind /api/hinomi/v1/; others are 404.
  std::map<std::string, std::string> answers_;

 private:
  void Serve(http::RawConnection& connection) const {
    const std::string head = connection.ReadUntil("\r\n\r\n");
    const auto words = Split(head, ' ');
    const std::string_view prefix = "/api/hinomi/v1/";
    std::string status = "404 Not Found";
    std::string body = R"({"error":{"message":"there is nothing of this name"}})";
    if (words.size() > 1 && words[1].starts_with(prefix)) {
      const auto found = answers_.find(std::string(words[1].substr(prefix.size())));
      if (found != answers_.end()) {
        status = "200 OK";
        body = found->second;
      }
    }
    connection.Send("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\nConnection: close\r\n\r\n" + body);
  }

  store::TempDirectory directory_;
  http::ScriptedServer server_{[this](http::RawConnection& connection) { Serve(connection); }};
};

TEST_F(ServiceVerbsTest, ListSaysNoWhenOneServiceIsNotWell) {
  const struct {
    const char* state;
    int healthy;
    const char* balancer;
    const char* reason;
    int code;
    const char* shown;  ///< As the reason.
  } cases[] = {
      {"active", 2, "null", "", kDone, ""},
      {"active", 1, "null", "why", kAnswerIsNo, "why "},
      {"failing", 2, "null", "why", kAnswerIsNo, "why "},
      {"active", 2, R"({"state":"behind","reason":""})", "", kDone, ""},
      {"active", 2, R"({"state":"unreachable","reason":"gone"})", "", kAnswerIsNo, "gone "},
      {"active", 2, R"({"state":"unreachable","reason":"gone"})", "why", kAnswerIsNo, "why "},
  };
  for (const auto& c : cases) {
    answers_["services"] = R"({"services":[{"state":")" + std::string(c.state) +
                           R"(","name":"app","cluster":"production","desired":2,"running":2,)" +
                           R"("healthy":)" + std::to_string(c.healthy) +
                           R"(,"cpu_percent":12.34,"memory_percent":null,"reason":")" + c.reason +
                           R"(","balancer":)" + c.balancer + "}]}";
    const Ran ran = Call("list");
    EXPECT_EQ(ran.code, c.code) << answers_["services"];
    EXPECT_EQ(Words(Split(ran.out, '\n').at(1)), std::string(c.state) + " app production 2 2 " +
                                                     std::to_string(c.healthy) + " 12.3 % - " +
                                                     c.shown);
  }
  EXPECT_EQ(Call("list --output json").out, answers_["services"] + "\n");
}

TEST_F(ServiceVerbsTest, TasksSayWhyTheyStoppedOrAreNotWell) {
  const Ran ran = Call("tasks app");
  EXPECT_EQ(ran.code, kDone);
  const auto lines = Split(ran.out, '\n');
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(Words(lines[1]),
            "aa11 STOPPED UNKNOWN local 9150 - 137 EssentialContainerExited Essential process in "
            "task exited ");
  EXPECT_EQ(Words(lines[2]),
            "aa22 RUNNING UNHEALTHY local - 2026-11-25T09:00:00Z - - port 9151 refuses "
            "connections ");
  const Ran none = Call("tasks shop");
  EXPECT_EQ(none.code, kAnswerIsNo);
  EXPECT_EQ(none.error, "hinomi: there is nothing of this name\n");
}

TEST_F(ServiceVerbsTest, LogsAreThoseOfTheNewestOrOfTheNamedTaskAndWhole) {
  answers_["tasks/aa22/log?tail=100"] = R"({"text":"one\n","cursor":"7:4","lost":false})";
  answers_["tasks/aa22/log?cursor=7%3A4"] = R"({"text":"two\n","cursor":"7:8","lost":true})";
  answers_["tasks/aa22/log?cursor=7%3A8"] = R"({"text":"","cursor":"7:8","lost":false})";
  answers_["tasks/aa11/log?tail=5"] = R"({"text":"","cursor":"","lost":false})";
  const Ran newest = Call("logs app");
  EXPECT_EQ(newest.code, kDone) << newest.error;
  EXPECT_EQ(newest.out, "one\ntwo\n");
  EXPECT_EQ(newest.error, "… older output is not kept …\n");
  const Ran named = Call("logs app --task aa1 --tail 5");
  EXPECT_EQ(named.code, kDone) << named.error;
  EXPECT_EQ(named.out, "");
}

TEST_F(ServiceVerbsTest, ATaskThatIsNotOneIsRefused) {
  const struct {
    const char* line;
    const char* says;
  } cases[] = {{"logs app --task aa", "2 tasks begin with aa; give more of the id"},
               {"logs app --task bb", "service app has no task bb"},
               {"logs app --tail 0", "--tail is a number of lines from 1"},
               {"logs app --tail all", "--tail is a number of lines from 1"}};
  for (const auto& c : cases) {
    const Ran ran = Call(c.line);
    EXPECT_NE(ran.code, kDone) << c.line;
    EXPECT_NE(ran.error.find(c.says), std::string::npos) << ran.error;
  }
}

}  // namespace
}  // namespace hinomi::cli
