// 'hinomi explain' and 'hinomi service scale' against a server that answers as ours does.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/json.h"
#include "cli/verb.h"
#include "http/testing.h"

namespace hinomi::cli {
namespace {

struct Asked {
  int code = 0;
  std::string out, error, request;
};

class ExplainTest : public ::testing::Test {
 protected:
  ~ExplainTest() override { ::unsetenv("HINOMI_URL"); }

  Asked Call(const std::string& path, std::map<std::string, std::string> values,
             const std::string& status, const std::string& body, bool json = false) {
    Asked ran;
    {
      http::ScriptedServer server([&](http::RawConnection& connection) {
        ran.request = connection.ReadUntil("\r\n\r\n");
        if (const size_t at = ran.request.find("Content-Length: "); at != std::string::npos)
          ran.request += connection.ReadUntil("}");
        connection.Send("HTTP/1.1 " + status +
                        "\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
      });
      ::setenv("HINOMI_URL", server.url().c_str(), 1);
      for (const Verb& verb : AllVerbs()) {
        if (verb.path != path) continue;
        Invocation call;
        for (const Argument& argument : verb.arguments)
          call.values[argument.name] = argument.fallback;
        for (auto& [name, value] : values) call.values[name] = value;
        call.json = json;
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        ran.code = verb.run(call);
        ran.out = testing::internal::GetCapturedStdout();
        ran.error = testing::internal::GetCapturedStderr();
      }
    }
    return ran;
  }
};

constexpr const char* kExplanation =
    R"({"kind":"alarm","id":"High CPU","sentence":"High CPU has been ALARM.","at":null,)"
    R"("rule":{"metric":"CPUUtilization","threshold":80.5,"dimensions":{"ServiceName":"app"}},)"
    R"("datapoints":[{"at":"2026-11-25T00:00:00Z","value":91.5},)"
    R"({"at":"2026-11-24T23:59:00Z","value":null}],)"
    R"("entries":[{"sequence":41,"at":"2026-11-25T00:01:00Z","type":"alarm.transitioned",)"
    R"("actor":"hinomi","subject":"alarm:High CPU","summary":"it moved"}]})";

TEST_F(ExplainTest, PrintsTheSentenceAndTheEvidence) {
  const Asked ran = Call("explain", {{"NAME", "High CPU"}, {"lang", "en"}}, "200 OK", kExplanation);
  EXPECT_EQ(ran.code, kDone) << ran.error;
  EXPECT_TRUE(ran.request.starts_with("GET /api/hinomi/v1/explain/High%20CPU?lang=en "))
      << ran.request;
  EXPECT_TRUE(ran.out.starts_with("High CPU has been ALARM.\n")) << ran.out;
  for (const char* part : {"threshold            80.5", "dimensions           ServiceName=app",
                           "2026-11-25T00:00:00Z  91.5", "2026-11-24T23:59:00Z  -",
                           "41       2026-11-25T00:01:00Z  hinomi  it moved"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
  EXPECT_EQ(ran.out.find("EXPECTED"), std::string::npos) << "no alarm with a band";
  const Asked banded =
      Call("explain", {{"NAME", "High CPU"}}, "200 OK",
           R"({"kind":"alarm","sentence":"s","rule":null,"entries":[],"datapoints":[)"
           R"({"at":"2026-11-25T00:00:00Z","value":91.5,"lower":10,"expected":15,"upper":20.5}]})");
  EXPECT_NE(banded.out.find("2026-11-25T00:00:00Z  91.5   10     15        20.5"),
            std::string::npos)
      << banded.out;
  const Asked json = Call("explain", {{"NAME", "High CPU"}}, "200 OK", kExplanation, true);
  EXPECT_EQ(json.code, kDone);
  EXPECT_EQ(json.out, std::string(kExplanation) + "\n");
}

TEST_F(ExplainTest, ANameThatIsNotThereIsAnsweredWithTheNearest) {
  const Asked ran =
      Call("explain", {{"NAME", "HighCPU"}}, "404 Not Found",
           R"({"error":{"code":"not_found","message":"there is none; did you mean HighCPUs?"}})");
  EXPECT_EQ(ran.code, kAnswerIsNo);
  EXPECT_EQ(ran.error, "hinomi: there is none; did you mean HighCPUs?\n");
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(Call("explain", {{"NAME", " "}}, "200 OK", "{}").code, kWrongUse);
  EXPECT_EQ(Call("explain", {{"NAME", "x"}}, "503 Service Unavailable", "{}").code, kCouldNot);
}

TEST_F(ExplainTest, ScalingSaysWhatItDoes) {
  const auto answer = [](bool dry_run, bool already) {
    return Json::MakeObject()
        .Set("ok", true)
        .Set("scaling", Json::MakeObject()
                            .Set("scaling", "SC-3")
                            .Set("service", "app")
                            .Set("from", 3)
                            .Set("to", already ? 3 : 5)
                            .Set("minimum", 1)
                            .Set("maximum", 6)
                            .Set("healthy", 3)
                            .Set("already", already)
                            .Set("dry_run", dry_run)
                            .Set("rests_until", "2026-11-25T00:05:00Z"))
        .Dump();
  };
  Asked ran =
      Call("service scale", {{"NAME", "app"}, {"COUNT", "5"}}, "200 OK", answer(false, false));
  EXPECT_EQ(ran.code, kDone) << ran.error;
  EXPECT_NE(ran.request.find("POST /api/hinomi/v1/services/app/scale "), std::string::npos);
  EXPECT_NE(ran.request.find(R"({"count":5,"dry_run":false,"via":"cli"})"), std::string::npos)
      << ran.request;
  EXPECT_EQ(ran.out,
            "app: 3 → 5 replicas (min_count 1, max_count 6; healthy now: 3).\n"
            "Alarms that ask for the same direction wait until 2026-11-25T00:05:00Z.\n"
            "Its story: hinomi explain SC-3\n");
  ran = Call("service scale", {{"NAME", "app"}, {"COUNT", "5"}, {"dry-run", "1"}}, "200 OK",
             answer(true, false));
  EXPECT_NE(ran.request.find(R"("dry_run":true)"), std::string::npos) << ran.request;
  EXPECT_TRUE(ran.out.starts_with("Would scale app: 3 → 5 replicas")) << ran.out;
  EXPECT_EQ(ran.out.find("explain"), std::string::npos);
  ran = Call("service scale", {{"NAME", "app"}, {"COUNT", "3"}}, "200 OK", answer(false, true));
  EXPECT_TRUE(ran.out.starts_with("app is to have 3 replicas already")) << ran.out;
  ran = Call("service scale", {{"NAME", "app"}, {"COUNT", "9"}}, "409 Conflict",
             R"({"error":{"message":"app can have 1 to 6 replicas, not 9."}})");
  EXPECT_EQ(ran.code, kAnswerIsNo);
  EXPECT_EQ(ran.error, "hinomi: app can have 1 to 6 replicas, not 9.\n");
  EXPECT_EQ(Call("service scale", {{"NAME", "app"}, {"COUNT", "many"}}, "200 OK", "{}").code,
            kWrongUse);
}

}  // namespace
}  // namespace hinomi::cli
