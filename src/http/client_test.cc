#include "http/client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <zlib.h>

#include "http/testing.h"

namespace hinomi::http {
namespace {

/// What holds whether libcurl makes the exchange or, as its place is kept, `PlainExchange`.
class ClientTest : public testing::TestWithParam<bool> {
 protected:
  ClientRequest Request(std::string url = "") {
    ClientRequest request;
    request.url = std::move(url);
    if (GetParam()) request.kept = &kept_;
    return request;
  }
  ClientRequest Get(const ScriptedServer& server, Duration timeout = Duration::Seconds(10)) {
    ClientRequest request = Request(server.url() + "/metrics");
    request.timeout = timeout;
    return request;
  }

 private:
  std::shared_ptr<KeptExchange> kept_;
};

INSTANTIATE_TEST_SUITE_P(OnceOrKept, ClientTest, testing::Bool(),
                         [](const auto& of) { return of.param ? "kept" : "once"; });

std::string Gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string GzipAnswer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Waits between bytes without keeping a connection that the other side left.
bool PauseOrGone(RawConnection& connection, int ms) {
  pollfd p{connection.fd(), POLLIN, 0};
  return poll(&p, 1, ms) > 0;
}

TEST_P(ClientTest, BringsStatusHeadersBodyAndPhases) {
  const ScriptedServer server(ScriptedServer::Answering(
      "HTTP/1.1 404 Not Found\r\nX-Thing:  a b \r\nSet-Cookie: x=1\r\nSet-Cookie: y=2\r\n"
      "Content-Length: 4\r\n\r\ngone"));
  const auto answer = Fetch(Get(server));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "gone");
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"x-thing", "a b"}, {"set-cookie", "x=1"}, {"set-cookie", "y=2"}, {"content-length", "4"}};
  EXPECT_EQ(answer->headers, headers);
  EXPECT_LE(answer->connect, answer->first_byte);
  EXPECT_LE(answer->first_byte, answer->total);
  EXPECT_GT(answer->total, Duration());
  EXPECT_EQ(answer->certificate_expiry_s, 0);
}

TEST_P(ClientTest, SendsWhatTheCallerSaysAndNothingOfAForm) {
  std::string seen;
  {
    ScriptedServer server([&seen](RawConnection& connection) {
      seen = connection.ReadAnswer();
      connection.Send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    });
    ClientRequest request = Get(server);
    request.method = "POST";
    request.body = std::string("a\0b", 3);
    request.headers = {{"Authorization", "Bearer t"}, {"X-Empty", ""}};
    const auto answer = Fetch(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 202);
  }
  EXPECT_TRUE(seen.starts_with("POST /metrics HTTP/1.1\r\n")) << seen;
  EXPECT_EQ(HeaderOf(seen, "authorization"), "Bearer t");
  EXPECT_NE(seen.find("X-Empty:\r\n"), std::string::npos) << seen;
  EXPECT_EQ(HeaderOf(seen, "content-type"), "");
  EXPECT_EQ(HeaderOf(seen, "expect"), "");
  EXPECT_EQ(BodyOf(seen), std::string("a\0b", 3));
}

TEST_P(ClientTest, SendsEachMethodAsItIs) {
  for (const char* method : {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    std::string seen;
    {
      ScriptedServer server([&seen](RawConnection& connection) {
        seen = connection.ReadAnswer();
        connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
      ClientRequest request = Get(server);
      request.method = method;
      ASSERT_TRUE(Fetch(request).has_value()) << method;
    }
    EXPECT_TRUE(seen.starts_with(std::string(method) + " /metrics HTTP/1.1")) << seen;
  }
}

TEST_P(ClientTest, EndsOneByteAtATimeAtTheWholeTimeout) {
  const ScriptedServer server([](RawConnection& connection) {
    connection.ReadAnswer();
    connection.Send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.Send("x") && !PauseOrGone(connection, 20)) {
    }
  });
  const auto answer = Fetch(Get(server, Duration::Millis(300)));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kTimeout) << answer.error().message;
}

TEST_P(ClientTest, EndsSilenceAtTheTimeout) {
  const ScriptedServer server([](RawConnection& connection) { connection.ReadToEnd(); });
  const auto answer = Fetch(Get(server, Duration::Millis(200)));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kTimeout) << answer.error().message;
}

TEST_P(ClientTest, StopsAnEndlessBodyAtItsLimit) {
  const ScriptedServer server([](RawConnection& connection) {
    connection.ReadAnswer();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n");
    const std::string block(65536, 'x');
    while (connection.Send(block)) {
    }
  });
  ClientRequest request = Get(server);
  request.body_limit_bytes = 100'000;
  const auto answer = Fetch(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kExhausted);
  EXPECT_EQ(answer.error().message,
            "GET " + server.url() +
                ": the answer is larger than the limit of 100000 bytes; raise the limit of this "
                "target or let it answer less");
}

TEST_P(ClientTest, TakesABodyOfExactlyTheLimit) {
  const ScriptedServer server(
      ScriptedServer::Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"));
  ClientRequest request = Get(server);
  request.body_limit_bytes = 5;
  EXPECT_TRUE(Fetch(request).has_value());
  request.body_limit_bytes = 4;
  EXPECT_EQ(Fetch(request).error().code, ErrorCode::kExhausted);
}

TEST_P(ClientTest, CountsTheLimitAfterDecompression) {
  std::string much;
  much.resize(50'000'000, 'a');
  const ScriptedServer server(ScriptedServer::Answering(GzipAnswer(Gzip(much))));
  ClientRequest request = Get(server);
  request.accept_gzip = true;
  request.body_limit_bytes = 1'000'000;
  const auto answer = Fetch(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kExhausted);
}

TEST_P(ClientTest, UnpacksGzipOnlyWhereAsked) {
  const std::string packed = Gzip("hello");
  const ScriptedServer server(ScriptedServer::Answering(GzipAnswer(packed)));
  ClientRequest request = Get(server);
  EXPECT_EQ(Fetch(request)->body, packed);
  request.accept_gzip = true;
  EXPECT_EQ(Fetch(request)->body, "hello");
}

/// Answers so many requests on one connection, then closes it.
ScriptedServer::Script AnsweringInTurn(int requests) {
  return [requests](RawConnection& connection) {
    for (int n = 1; n <= requests && !connection.ReadUntil("\r\n\r\n").empty(); ++n)
      connection.Send("HTTP/1.1 200 OK\r\nX-N: " + std::to_string(n) +
                      "\r\nContent-Length: 2\r\n\r\nok");
  };
}

TEST_P(ClientTest, AKeptExchangeGoesOnOnItsConnection) {
  const ScriptedServer server(AnsweringInTurn(1000));
  std::shared_ptr<KeptExchange> kept;
  ClientRequest request = Get(server);
  request.kept = &kept;
  for (const char* n : {"1", "2", "3"}) {
    const auto answer = Fetch(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "ok");
    ASSERT_EQ(answer->headers.size(), 2u);
    EXPECT_EQ(answer->headers[0].second, n);
  }
  EXPECT_EQ(server.connections(), 1);
  request.headers = {{"X-Other", "1"}};
  EXPECT_TRUE(Fetch(request).has_value());
  EXPECT_EQ(server.connections(), 2);
  EXPECT_TRUE(Fetch(Get(server)).has_value());
  EXPECT_EQ(server.connections(), 3);
}

TEST_P(ClientTest, AKeptExchangeBeginsAnewWhereTheOtherSideHasClosed) {
  const ScriptedServer server(AnsweringInTurn(2));
  std::shared_ptr<KeptExchange> kept;
  ClientRequest request = Get(server);
  request.kept = &kept;
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(Fetch(request).has_value()) << i;
  EXPECT_EQ(server.connections(), 3);
  request.body_limit_bytes = 1;
  EXPECT_EQ(Fetch(request).error().code, ErrorCode::kExhausted);
  EXPECT_EQ(Fetch(request).error().code, ErrorCode::kExhausted);
  request.body_limit_bytes = 2;
  EXPECT_TRUE(Fetch(request).has_value());
}

TEST_P(ClientTest, AsksWithTheHeadersThatServersExpect) {
  std::string seen;
  ScriptedServer server([&seen](RawConnection& connection) {
    seen = connection.ReadAnswer();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  ClientRequest request = Get(server);
  request.url += "?a=b%20c";
  request.accept_gzip = true;
  request.headers = {{"X-Mine", "1"}, {"accept", "text/plain"}};
  ASSERT_TRUE(Fetch(request).has_value());
  EXPECT_TRUE(seen.starts_with("GET /metrics?a=b%20c HTTP/1.1\r\n")) << seen;
  EXPECT_EQ("http://" + HeaderOf(seen, "host"), server.url());
  EXPECT_EQ(HeaderOf(seen, "user-agent"), "hinomi");
  EXPECT_EQ(HeaderOf(seen, "accept"), "text/plain");
  EXPECT_EQ(HeaderOf(seen, "accept-encoding"), "gzip");
  EXPECT_EQ(HeaderOf(seen, "x-mine"), "1");
}

TEST_P(ClientTest, ReadsChunksAndPassesOverWhatGoesBeforeTheAnswer) {
  const ScriptedServer server([](RawConnection& connection) {
    connection.ReadUntil("\r\n\r\n");
    connection.Send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n");
    connection.Send("Transfer-Encoding: chunked\r\n\r\n4\r\none \r\n");
    PauseOrGone(connection, 5);
    connection.Send("3;x=y\r\ntwo\r\n0\r\nTrailer: 1\r\n\r\n");
    connection.ReadUntil("\r\n\r\n");
  });
  const auto answer = Fetch(Get(server));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "one two");
}

TEST(KeptExchangeTest, AConnectionThatIsClosedWhileItIsAskedIsNoFailure) {
  std::atomic<int> asked = 0;
  const ScriptedServer server([&asked](RawConnection& connection) {
    // The second request of a connection is taken, and then nothing is said.
    for (int n = 0; n < 2 && !connection.ReadUntil("\r\n\r\n").empty(); ++n) {
      ++asked;
      if (n == 0) connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  std::shared_ptr<KeptExchange> kept;
  ClientRequest request;
  request.url = server.url();
  request.kept = &kept;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Fetch(request).has_value()) << i;
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(server.connections(), 3);
}

TEST(KeptExchangeTest, BytesThatNobodyAskedForAreNotTheNextAnswer) {
  const ScriptedServer server([](RawConnection& connection) {
    while (!connection.ReadUntil("\r\n\r\n").empty())
      connection.Send(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
          "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  });
  std::shared_ptr<KeptExchange> kept;
  ClientRequest request;
  request.url = server.url();
  request.kept = &kept;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Fetch(request)->body, "ok") << i;
  EXPECT_EQ(server.connections(), 3);
}

TEST(KeptExchangeTest, SaysHowFarItCame) {
  const auto phase = [](ScriptedServer::Script script) {
    const ScriptedServer server(std::move(script));
    std::shared_ptr<KeptExchange> kept;
    ClientTrace trace;
    ClientRequest request;
    request.url = server.url();
    request.timeout = Duration::Millis(200);
    request.kept = &kept;
    request.trace = &trace;
    EXPECT_FALSE(Fetch(request).has_value());
    return trace.failed_phase;
  };
  EXPECT_EQ(phase([](RawConnection& connection) { connection.ReadToEnd(); }), "processing");
  EXPECT_EQ(phase([](RawConnection& connection) {
              connection.ReadUntil("\r\n\r\n");
              connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
              connection.ReadToEnd();
            }),
            "transfer");
}

TEST_P(ClientTest, UnpacksGzipOfSeveralMembersAndRefusesWhatIsCut) {
  const auto fetch = [this](const std::string& packed, uint64_t limit_bytes = 100'000) {
    const ScriptedServer server(ScriptedServer::Answering(GzipAnswer(packed)));
    ClientRequest request = Get(server);
    request.accept_gzip = true;
    request.body_limit_bytes = limit_bytes;
    return Fetch(request);
  };
  const std::string much(100'000, 'a');
  EXPECT_EQ(fetch(Gzip(much))->body, much);
  EXPECT_EQ(fetch(Gzip(much + "b")).error().code, ErrorCode::kExhausted);
  EXPECT_EQ(fetch(Gzip("one ") + Gzip("two"))->body, "one two");
  EXPECT_EQ(fetch(Gzip(much.substr(1)) + Gzip("b"))->body, much.substr(1) + "b");
  EXPECT_EQ(fetch(Gzip(much) + Gzip("b")).error().code, ErrorCode::kExhausted);
  EXPECT_EQ(fetch(Gzip(""))->body, "");
  const std::string packed = Gzip(much);
  for (size_t cut = 1; cut < packed.size(); ++cut)
    EXPECT_EQ(fetch(packed.substr(0, cut), 1u << 20).error().code, ErrorCode::kCorrupt) << cut;
  EXPECT_EQ(fetch(packed + "x").error().code, ErrorCode::kCorrupt);
}

TEST_P(ClientTest, NamesGarbageAsCorrupt) {
  for (const char* garbage : {"\x16\x03\x01\x02\x03 garbage garbage", "SSH-2.0-OpenSSH_9.2\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all"}) {
    const ScriptedServer server(ScriptedServer::Answering(garbage));
    ClientRequest request = Get(server);
    request.accept_gzip = true;
    const auto answer = Fetch(request);
    ASSERT_FALSE(answer.has_value()) << garbage;
    EXPECT_EQ(answer.error().code, ErrorCode::kCorrupt) << answer.error().message;
  }
}

TEST_P(ClientTest, NamesACutAnswerAndARefusedConnectionAsUnavailable) {
  const ScriptedServer cut(
      ScriptedServer::Answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"));
  EXPECT_EQ(Fetch(Get(cut)).error().code, ErrorCode::kUnavailable);
  const ScriptedServer silent([](RawConnection&) {});
  EXPECT_EQ(Fetch(Get(silent)).error().code, ErrorCode::kUnavailable);
  ClientRequest request = Request();
  {
    const ScriptedServer gone([](RawConnection&) {});
    request.url = gone.url();
  }
  EXPECT_EQ(Fetch(request).error().code, ErrorCode::kUnavailable);
}

TEST_P(ClientTest, StopsAnEndlessHeader) {
  const ScriptedServer server([](RawConnection& connection) {
    connection.ReadAnswer();
    connection.Send("HTTP/1.1 200 OK\r\n");
    while (
        connection.Send("X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")) {
    }
  });
  EXPECT_EQ(Fetch(Get(server)).error().code, ErrorCode::kExhausted);
}

TEST_P(ClientTest, FollowsNoRedirect) {
  const ScriptedServer other(ScriptedServer::Answering("HTTP/1.1 200 OK\r\n\r\n"));
  const ScriptedServer server(ScriptedServer::Answering(
      "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + other.url() + "\r\n\r\n"));
  EXPECT_EQ(Fetch(Get(server))->status, 302);
  EXPECT_EQ(other.connections(), 0);
}

TEST_P(ClientTest, GuardsAddressesThatPeopleEnter) {
  const ScriptedServer server(
      ScriptedServer::Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  ClientRequest request = Get(server);
  request.guard_addresses = true;
  EXPECT_TRUE(Fetch(request).has_value());
  request.allow_loopback = false;
  const std::string port = std::to_string(server.port());
  const int before = server.connections();
  for (const std::string& host :
       {std::string("127.0.0.1"), std::string("localhost"), std::string("[::ffff:127.0.0.1]"),
        std::string("2130706433"), std::string("0x7f.1"), std::string("0.0.0.0"),
        std::string("169.254.169.254")}) {
    request.url = "http://" + host + ":" + port + "/";
    const auto answer = Fetch(request);
    ASSERT_FALSE(answer.has_value()) << host;
    EXPECT_EQ(answer.error().code, ErrorCode::kDenied) << host << ": " << answer.error().message;
  }
  EXPECT_EQ(server.connections(), before);
}

TEST_P(ClientTest, RefusesWhatIsNoRequest) {
  const auto code_of = [this](const std::string& url, const std::string& method,
                              std::vector<std::pair<std::string, std::string>> headers) {
    ClientRequest request = Request(url);
    request.method = method;
    request.headers = std::move(headers);
    return Fetch(request).error().code;
  };
  for (const char* url : {"", "nonsense", "ftp://127.0.0.1/", "file:///etc/passwd",
                          "gopher://127.0.0.1/", "http://", "http://a b/", "/metrics"}) {
    EXPECT_EQ(code_of(url, "GET", {}), ErrorCode::kInvalidArgument) << url;
  }
  const char* const url = "http://127.0.0.1:1/";
  EXPECT_EQ(code_of(url, "GET / HTTP/1.1\r\nX: y", {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(url, "GET", {{"X", "a\r\nY: b"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(url, "GET", {{"X: a", "b"}}), ErrorCode::kInvalidArgument);
}

TEST_P(ClientTest, KeepsSecretsOfTheUrlOutOfMessages) {
  ClientRequest request = Request("http://user:hunter2@127.0.0.1:1/hooks/SECRET?token=SECRET");
  const auto answer = Fetch(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message.find("SECRET"), std::string::npos) << answer.error().message;
  EXPECT_EQ(answer.error().message.find("hunter2"), std::string::npos) << answer.error().message;
}

}  // namespace
}  // namespace hinomi::http
