#include "http/pending_answer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/testing.h"

namespace hinomi::http {
namespace {

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers the first request of each connection; what comes of the others is up to the script.
ScriptedServer::Script FirstOk(ScriptedServer::Script then) {
  return [then = std::move(then)](RawConnection& connection) {
    if (connection.ReadUntil("\r\n\r\n").empty()) return;
    connection.Send(kOk);
    while (!connection.ReadUntil("\r\n\r\n").empty()) then(connection);
  };
}

/// Somebody who asks one server again and again, and has asked once.
struct Asker {
  explicit Asker(const ScriptedServer& server, Duration timeout = Duration::Seconds(30)) {
    request.url = server.url();
    request.timeout = timeout;
    request.kept = &kept;
    EXPECT_TRUE(Fetch(request).has_value());
  }
  std::shared_ptr<KeptExchange> kept;
  ClientRequest request;
};

bool CanBeRead(const PendingAnswer& answer, int patience_ms) {
  pollfd wait{answer.fd(), POLLIN, 0};
  return ::poll(&wait, 1, patience_ms) == 1;
}

Result<ClientResponse> Await(PendingAnswer& answer) {
  for (;;) {
    if (auto over = answer.Receive()) return *std::move(over);
    CanBeRead(answer, static_cast<int>(answer.Left().millis()) + 1);
  }
}

TEST(PendingAnswerTest, ThereIsNoneWhereNothingIsOpen) {
  const ScriptedServer server(FirstOk([](RawConnection& connection) { connection.Send(kOk); }));
  std::shared_ptr<KeptExchange> kept;
  ClientRequest request;
  request.url = server.url();
  EXPECT_EQ(PendingAnswer::Send(request), nullptr);
  request.kept = &kept;
  EXPECT_EQ(PendingAnswer::Send(request), nullptr);
  ASSERT_TRUE(Fetch(request).has_value());
  ClientRequest other = request;
  other.headers = {{"X-Other", "1"}};
  EXPECT_EQ(PendingAnswer::Send(other), nullptr);
  EXPECT_NE(PendingAnswer::Send(request), nullptr);
}

TEST(PendingAnswerTest, AnAnswerIsOverWhenItIsWholeAndTheConnectionGoesOn) {
  std::atomic<bool> go_on = false;
  const ScriptedServer server(FirstOk([&](RawConnection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\nContent-Le");
    while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    connection.Send("ngth: 4\r\n\r\nok");
    connection.Send("ok");
  }));
  Asker asker(server);
  for (int n = 0; n < 3; ++n) {
    go_on = false;
    const auto answer = PendingAnswer::Send(asker.request);
    ASSERT_NE(answer, nullptr) << n;
    ASSERT_TRUE(CanBeRead(*answer, 60'000));
    EXPECT_FALSE(answer->Receive().has_value());
    go_on = true;
    const auto response = Await(*answer);
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->body, "okok");
    EXPECT_GE(response->total, response->first_byte);
  }
  EXPECT_TRUE(Fetch(asker.request).has_value());
  EXPECT_EQ(server.connections(), 1);
}

TEST(PendingAnswerTest, OneThreadAwaitsMany) {
  const ScriptedServer silent(FirstOk([](RawConnection&) {}));
  const ScriptedServer server(FirstOk([](RawConnection& connection) { connection.Send(kOk); }));
  Asker hangs(silent);
  std::list<Asker> askers;  // They stay where they are.
  for (int n = 0; n < 5; ++n) askers.emplace_back(server);
  const auto never = PendingAnswer::Send(hangs.request);
  std::vector<std::unique_ptr<PendingAnswer>> answers;
  for (Asker& asker : askers) answers.push_back(PendingAnswer::Send(asker.request));
  for (const auto& answer : answers) EXPECT_EQ(Await(*answer)->body, "ok");
  EXPECT_FALSE(never->Receive().has_value());
  EXPECT_EQ(server.connections(), 5);
}

TEST(PendingAnswerTest, AConnectionThatIsClosedMeanwhileIsLostAndAskedAnew) {
  const ScriptedServer server([](RawConnection& connection) {
    if (connection.ReadUntil("\r\n\r\n").empty()) return;
    connection.Send(kOk);
    connection.ReadUntil("\r\n\r\n");  // Taken, and then nothing is said.
  });
  Asker asker(server);
  auto answer = PendingAnswer::Send(asker.request);
  ASSERT_NE(answer, nullptr);
  EXPECT_FALSE(Await(*answer).has_value());
  EXPECT_TRUE(answer->lost());
  answer = nullptr;
  EXPECT_EQ(PendingAnswer::Send(asker.request), nullptr);
  EXPECT_TRUE(Fetch(asker.request).has_value());
  EXPECT_EQ(server.connections(), 2);
}

TEST(PendingAnswerTest, TheTimeOfARequestEndsItAsItEndsFetch) {
  const ScriptedServer server(FirstOk([](RawConnection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok");
  }));
  Asker asker(server, Duration::Millis(200));
  const auto answer = PendingAnswer::Send(asker.request);
  ASSERT_NE(answer, nullptr);
  const auto response = Await(*answer);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(answer->lost());
  EXPECT_EQ(response.error().message,
            "GET " + server.url() +
                ": timed out: the answer did not end within 200ms; 40 bytes had come");
}

TEST(PendingAnswerTest, WhatIsGivenUpOrNoAnswerLeavesNoConnection) {
  const ScriptedServer server(FirstOk([](RawConnection& connection) {
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  }));
  Asker asker(server);
  EXPECT_NE(PendingAnswer::Send(asker.request), nullptr);  // And given up.
  EXPECT_EQ(PendingAnswer::Send(asker.request), nullptr);
  ASSERT_TRUE(Fetch(asker.request).has_value());
  const auto answer = PendingAnswer::Send(asker.request);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(Await(*answer).error().code, ErrorCode::kExhausted);
  EXPECT_EQ(PendingAnswer::Send(asker.request), nullptr);
}

}  // namespace
}  // namespace hinomi::http
