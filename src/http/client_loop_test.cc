#include "http/client_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "http/testing.h"

namespace hinomi::http {
namespace {

constexpr Duration kStep = Duration::Millis(50);
constexpr int kMostSteps = 200;

ClientRequest To(const ScriptedServer& server) {
  ClientRequest request;
  request.url = server.url() + "/x";
  return request;
}

template <typename Condition>
bool WaitFor(ClientLoop& loop, Condition condition) {
  for (int i = 0; i < kMostSteps && !condition(); ++i) loop.Wait({}, kStep);
  return condition();
}

ScriptedServer::Script Streaming() {
  return [](RawConnection& connection) {
    connection.ReadUntil("\r\n\r\n");
    connection.Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\none ");
    connection.Send("two");
    connection.ReadSome();  // Until the other side goes.
  };
}

TEST(ClientLoopTest, ExchangesGoOnBesideOneAnother) {
  const ScriptedServer stream(Streaming());
  const ScriptedServer quick(
      ScriptedServer::Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  ClientLoop loop;
  std::string streamed;
  ClientRequest endless = To(stream);
  endless.on_data = [&](std::string_view piece) { streamed += piece; };
  bool ended = false;
  loop.Start(endless, [&](const auto&) { ended = true; });
  std::string body;
  loop.Start(To(quick), [&](const Result<ClientResponse>& answer) {
    body = answer ? answer->body : answer.error().message;
  });
  EXPECT_TRUE(WaitFor(loop, [&] { return body == "ok" && streamed == "one two"; }))
      << body << " / " << streamed;
  EXPECT_FALSE(ended);
}

TEST(ClientLoopTest, AStreamOutlivesTheTimeoutOfConnecting) {
  const ScriptedServer stream(Streaming());
  ClientLoop loop;
  std::string streamed;
  ClientRequest endless = To(stream);
  endless.timeout = Duration::Millis(100);
  endless.on_data = [&](std::string_view piece) { streamed += piece; };
  bool ended = false;
  loop.Start(endless, [&](const auto&) { ended = true; });
  EXPECT_TRUE(WaitFor(loop, [&] { return streamed == "one two"; }));
  for (int i = 0; i < 6; ++i) loop.Wait({}, kStep);
  EXPECT_FALSE(ended);
}

TEST(ClientLoopTest, WhatIsCancelledSaysNothingAndWhatCannotBeSaysWhy) {
  const ScriptedServer silent([](RawConnection& connection) { connection.ReadToEnd(); });
  ClientLoop loop;
  int called = 0;
  const ClientLoop::Id id = loop.Start(To(silent), [&](const auto&) { ++called; });
  loop.Wait({}, kStep);
  loop.Cancel(id);
  loop.Cancel(id);
  ClientRequest bad;
  bad.url = "gopher://x";
  ErrorCode code{};
  loop.Start(bad, [&](const auto& answer) { code = answer.error().code; });
  ClientRequest refused;
  refused.url = "http://127.0.0.1:1/";
  std::string why;
  loop.Start(refused, [&](const auto& answer) {
    why = answer ? "" : answer.error().message;
    loop.Cancel(id);  // Calls from within are allowed.
  });
  EXPECT_TRUE(WaitFor(loop, [&] { return !why.empty() && code == ErrorCode::kInvalidArgument; }));
  EXPECT_EQ(called, 0);
}

TEST(ClientLoopTest, AFileThatCanBeReadEndsTheWait) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  ClientLoop loop;
  const int files[] = {ends[0]};
  loop.Wait(files, Duration::Minutes(10));  // CTest's patience is less.
  close(ends[0]);
  close(ends[1]);
}

TEST(ClientLoopTest, EndsAtOnceWithWhatIsUnderWay) {
  const ScriptedServer silent([](RawConnection& connection) { connection.ReadToEnd(); });
  ClientLoop loop;
  bool called = false;
  loop.Start(To(silent), [&](const auto&) { called = true; });
  loop.Wait({}, kStep);
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace hinomi::http
