// What arrives at the port is not always a request: raw bytes over loopback.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>

#include "http/testing.h"

namespace hinomi::http {
namespace {

using std::string;

std::vector<Route> SampleRoutes(std::atomic<int>* calls = nullptr) {
  Route in = Fixed("POST", "/in", "public");
  in.content_type = "";
  in.body_limit_bytes = 1000;
  in.handler = [calls](const Request& request) {
    if (calls != nullptr) ++*calls;
    Response response;
    response.body = std::to_string(request.body.size());
    return response;
  };
  return {in, Fixed("GET", "/out", "public", "out")};
}

void ShortTimers(ServerConfig& config) {
  config.header_timeout = Duration::Millis(200);
  config.body_timeout = Duration::Millis(400);
  config.progress_timeout = Duration::Millis(200);
  config.idle_timeout = Duration::Millis(200);
}

// Sends a byte every 20 ms until the other side answers or `bytes` are out.
void Drip(RawConnection& connection, std::string_view bytes) {
  for (const char c : bytes) {
    pollfd answered{connection.fd(), POLLIN, 0};
    if (poll(&answered, 1, 20) > 0 || !connection.Send({&c, 1})) return;
  }
}

TEST(ServerAbuseTest, RefusesWhatTwoReadersCouldReadDifferently) {
  std::atomic<int> calls{0};
  const ServerUnderTest server(SampleRoutes(&calls));
  const string host = "Host: localhost\r\n";
  const string hidden = "GET /out HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const struct {
    const char* what;
    string bytes;
  } cases[] = {
      {"CL and TE", "POST /in HTTP/1.1\r\n" + host +
                        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
                        hidden},
      {"TE and CL", "POST /in HTTP/1.1\r\n" + host +
                        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" +
                        hidden},
      {"two lengths",
       "POST /in HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + hidden},
      {"same length twice",
       "POST /in HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + hidden},
      {"list of lengths", "POST /in HTTP/1.1\r\n" + host + "Content-Length: 0, 0\r\n\r\n" + hidden},
      {"signed length", "POST /in HTTP/1.1\r\n" + host + "Content-Length: +0\r\n\r\n" + hidden},
      {"hex length", "POST /in HTTP/1.1\r\n" + host + "Content-Length: 0x0\r\n\r\n" + hidden},
      {"negative length", "POST /in HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n" + hidden},
      {"huge length",
       "POST /in HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n" + hidden},
      {"other coding", "POST /in HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n" + hidden},
      {"gzip, chunked", "POST /in HTTP/1.1\r\n" + host +
                            "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden},
      {"chunked twice", "POST /in HTTP/1.1\r\n" + host +
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "0\r\n\r\n" +
                            hidden},
      {"xchunked", "POST /in HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n" + hidden},
      {"chunked in 1.0",
       "POST /in HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
      {"blank before colon",
       "POST /in HTTP/1.1\r\n" + host + "Content-Length : 4\r\n\r\nabcd" + hidden},
      {"bad chunk size", "POST /in HTTP/1.1\r\n" + host +
                             "Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd\r\n0\r\n\r\n" + hidden},
      {"chunk longer than said", "POST /in HTTP/1.1\r\n" + host +
                                     "Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n" +
                                     hidden},
      {"chunk size overflow", "POST /in HTTP/1.1\r\n" + host +
                                  "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n" +
                                  hidden},
      {"two hosts", "GET /out HTTP/1.1\r\n" + host + "Host: localhost\r\n\r\n"},
      {"no host", "GET /out HTTP/1.1\r\n\r\n"},
      {"no host in 1.0", "GET /out HTTP/1.0\r\n\r\n"},
      {"whole URL", "GET http://localhost/out HTTP/1.1\r\n" + host + "\r\n"},
      {"authority", "CONNECT localhost:80 HTTP/1.1\r\n" + host + "\r\n"},
      {"dots", "GET /a/../out HTTP/1.1\r\n" + host + "\r\n"},
      {"hidden dots", "GET /a/%2e%2e/out HTTP/1.1\r\n" + host + "\r\n"},
      {"two slashes", "GET //out HTTP/1.1\r\n" + host + "\r\n"},
      {"backslash", "GET /a%5cout HTTP/1.1\r\n" + host + "\r\n"},
      {"NUL", "GET /out%00 HTTP/1.1\r\n" + host + "\r\n"},
      {"broken escape", "GET /out?a=%zz HTTP/1.1\r\n" + host + "\r\n"},
      {"fragment", "GET /out#a HTTP/1.1\r\n" + host + "\r\n"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"HTTP/0.9", "GET /out\r\n"},
      {"TLS", string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + string(64, '\x01')},
      {"blank in header name", "GET /out HTTP/1.1\r\n" + host + "X Y: 1\r\n\r\n"},
      {"control character in value", "GET /out HTTP/1.1\r\n" + host +
                                         "X: a\x01"
                                         "b\r\n\r\n"},
      {"bare CR", "GET /out HTTP/1.1\r\n" + host + "X: a\rb\r\n\r\n"},
      {"garbage", "\x01\x02\x03\x04 garbage \xff\xfe\r\n\r\n"},
      {"empty lines", "\r\n\r\n\r\n\r\n"},
  };
  for (const auto& c : cases) {
    const string answer = server.Talk(c.bytes);
    EXPECT_EQ(StatusOf(answer), 400) << c.what << ": " << answer;
    // One answer only: what was hidden in the body was not taken for a request.
    EXPECT_EQ(answer.find("HTTP/1.1 2"), string::npos) << c.what << ": " << answer;
    EXPECT_EQ(HeaderOf(answer, "connection"), "close") << c.what;
  }
  EXPECT_EQ(calls, 0);
}

TEST(ServerAbuseTest, ForgetsRequestsThatBreakOff) {
  std::atomic<int> calls{0};
  const ServerUnderTest server(SampleRoutes(&calls));
  const string whole = "POST /in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd";
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(server.Talk(whole.substr(0, size)), "") << size;
  }
  const string chunked =
      "POST /in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n";
  for (size_t size = 0; size < chunked.size(); ++size) {
    EXPECT_EQ(server.Talk(chunked.substr(0, size)), "") << size;
  }
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(BodyOf(server.Talk(whole)), "4");
  EXPECT_EQ(BodyOf(server.Talk(chunked)), "4");
}

// Beast before 1.86 asserts that the last chunk comes in one piece with two more bytes.
TEST(ServerAbuseTest, AnEmptyChunkedBodyMayComeByteByByte) {
  const ServerUnderTest server(SampleRoutes());
  RawConnection connection(server.port());
  connection.Send("POST /in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  Drip(connection, "0\r\nX-Trailer: a\r\n\r\n");
  EXPECT_EQ(BodyOf(connection.ReadAnswer()), "0");
}

TEST(ServerAbuseTest, TakesChunkedBodiesUpToTheLimit) {
  const ServerUnderTest server(SampleRoutes());
  const auto send = [&server](size_t chunks) {
    string bytes =
        "POST /in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    for (size_t i = 0; i < chunks; ++i) bytes += "64;ext=1\r\n" + string(100, 'x') + "\r\n";
    return server.Talk(bytes + "0\r\nX-Trailer: a\r\n\r\n");
  };
  EXPECT_EQ(BodyOf(send(10)), "1000");
  EXPECT_EQ(StatusOf(send(11)), 413);
}

TEST(ServerAbuseTest, RefusesALargeBodyBeforeReadingIt) {
  std::atomic<int> calls{0};
  const ServerUnderTest server(SampleRoutes(&calls));
  const auto head = [](const string& length) {
    return "POST /in HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n";
  };
  EXPECT_EQ(StatusOf(server.Talk(head("1001"))), 413);
  EXPECT_EQ(StatusOf(server.Talk(head("10737418240"))), 413);
  EXPECT_EQ(StatusOf(server.Talk(head("18446744073709551615"))), 413);
  // The sender of much gets its answer although it went on sending.
  EXPECT_EQ(StatusOf(server.Talk(head("500000") + string(500'000, 'x'))), 413);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(server.Metric("hinomi_http_refused_total{reason=\"body_too_large\"}"), 4);
}

TEST(ServerAbuseTest, RefusesHeadersOver32KiBOr100Fields) {
  const ServerUnderTest server(SampleRoutes());
  const string start = "GET /out HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  EXPECT_EQ(StatusOf(server.Talk(start + "X: " + string(30'000, 'a') + "\r\n\r\n")), 200);
  EXPECT_EQ(StatusOf(server.Talk(start + "X: " + string(64u << 10, 'a') + "\r\n\r\n")), 431);
  EXPECT_EQ(StatusOf(server.Talk("GET /" + string(64u << 10, 'a') + " HTTP/1.1\r\n\r\n")), 431);
  string fields;
  for (int i = 0; i < 98; ++i) fields += "X: a\r\n";
  EXPECT_EQ(StatusOf(server.Talk(start + fields + "\r\n")), 200);
  EXPECT_EQ(StatusOf(server.Talk(start + fields + "X: a\r\n\r\n")), 431);
}

TEST(ServerAbuseTest, CutsOffSlowHeadsAtAFixedTime) {
  const ServerUnderTest server(SampleRoutes(), ShortTimers);
  RawConnection connection(server.port());
  Drip(connection, "GET /out HTTP/1.1\r\nHost: localhost\r\nX: " + string(200, 'a'));
  const string answer = connection.ReadToEnd();
  EXPECT_EQ(StatusOf(answer), 408) << answer;
  EXPECT_EQ(server.Metric("hinomi_http_refused_total{reason=\"slow_header\"}"), 1);
}

TEST(ServerAbuseTest, CutsOffBodiesThatDripOrStop) {
  const ServerUnderTest server(SampleRoutes(), ShortTimers);
  const string head = "POST /in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n";
  RawConnection dripping(server.port());
  dripping.Send(head);
  Drip(dripping, string(900, 'x'));
  EXPECT_EQ(StatusOf(dripping.ReadToEnd()), 408);
  RawConnection stopped(server.port());
  stopped.Send(head + "abc");
  EXPECT_EQ(StatusOf(stopped.ReadToEnd()), 408);
  EXPECT_EQ(server.Metric("hinomi_http_refused_total{reason=\"slow_body\"}"), 2);
}

TEST(ServerAbuseTest, ClosesConnectionsThatSayNothing) {
  const ServerUnderTest server(SampleRoutes(), ShortTimers);
  RawConnection silent(server.port());
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_FALSE(silent.timed_out());
  RawConnection idle(server.port());
  idle.Send("GET /out HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(BodyOf(idle.ReadAnswer()), "out");
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_FALSE(idle.timed_out());
}

TEST(ServerAbuseTest, CutsOffReadersThatDoNotRead) {
  Route big = Fixed("GET", "/big", "public", string(32u << 20, 'x'));
  const ServerUnderTest server({big}, ShortTimers);
  RawConnection connection(server.port());
  connection.Send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
  pollfd begun{connection.fd(), POLLIN, 0};
  poll(&begun, 1, 10'000);
  // The answer does not fit into the sockets' buffers; the server gives up and
  // the connection count falls to none.
  for (int i = 0; i < 500 && server.Metric("hinomi_http_connections") > 0; ++i) {
    poll(nullptr, 0, 10);
  }
  EXPECT_EQ(server.Metric("hinomi_http_connections"), 0);
  EXPECT_LT(connection.ReadToEnd().size(), 32u << 20);
}

TEST(ServerAbuseTest, AnswersToItsOwnNamesOnly) {
  const ServerUnderTest server(
      SampleRoutes(), [](ServerConfig& config) { config.host_names = {"hinomi.example.org"}; });
  const auto status = [&server](const string& host) {
    return StatusOf(
        server.Talk("GET /out HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n\r\n"));
  };
  for (const char* own :
       {"127.0.0.1", "127.0.0.1:9140", "[::1]:9140", "localhost", "LOCALHOST:1", "app.localhost",
        "10.1.2.3", "hinomi.example.org", "Hinomi.Example.org:443"}) {
    EXPECT_EQ(status(own), 200) << own;
  }
  for (const char* other :
       {"evil.example.org", "localhost.evil.org", "127.0.0.1.evil.org", "xlocalhost",
        "hinomi.example.org.evil.org", "", "a@localhost", "localhost/x", "[::1", "[localhost]",
        "localhost:port", "localhost:99999", "127.0.0.1:80:80"}) {
    EXPECT_EQ(status(other), 421) << other;
  }
  EXPECT_EQ(server.Metric("hinomi_http_refused_total{reason=\"bad_host\"}"), 13);
}

TEST(ServerAbuseTest, TurnsAwayConnectionsBeyondItsLimit) {
  const ServerUnderTest server(SampleRoutes(),
                               [](ServerConfig& config) { config.max_connections = 2; });
  RawConnection first(server.port());
  RawConnection second(server.port());
  const string ask = "GET /out HTTP/1.1\r\nHost: localhost\r\n\r\n";
  first.Send(ask);
  second.Send(ask);
  EXPECT_EQ(BodyOf(first.ReadAnswer()), "out");
  EXPECT_EQ(BodyOf(second.ReadAnswer()), "out");
  RawConnection third(server.port());
  EXPECT_EQ(StatusOf(third.ReadToEnd()), 503);
  EXPECT_EQ(server.Metric("hinomi_http_connections_refused_total"), 1);
  first.Send(ask);
  EXPECT_EQ(BodyOf(first.ReadAnswer()), "out");
}

}  // namespace
}  // namespace hinomi::http
