#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/strings.h"
#include "http/testing.h"
#include "os/system_clock.h"

namespace hinomi::http {
namespace {

using std::string;

// Answers with what arrived, so that a test can see it.
Route Echo(string method, string pattern, string right = "public") {
  Route route = Fixed(std::move(method), std::move(pattern), std::move(right));
  route.content_type = "";
  route.handler = [](const Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + "|" + request.path + "|";
    for (const auto& [name, value] : request.path_parameters)
      response.body += name + "=" + value + ";";
    response.body += "|";
    for (const auto& [name, value] : request.query) response.body += name + "=" + value + ";";
    response.body += "|" + request.user + "|" + request.body;
    return response;
  };
  return route;
}

TEST(ServerTest, HandsTheHandlerWhatWasAsked) {
  const ServerUnderTest server(
      {Echo("GET", "/a/{id}/b"), Echo("POST", "/in", "things:act"), Echo("GET", "/rest/*")});
  EXPECT_EQ(BodyOf(server.Ask("GET", "/a/x%2Fy%20z/b?q=1+2&e=%3D&empty&q=3")),
            "GET|/a/x/y z/b|id=x/y z;|q=1 2;e==;empty=;q=3;||");
  EXPECT_EQ(BodyOf(server.Ask("POST", "/in", "Authorization: Bearer good\r\n", "the body")),
            "POST|/in|||ann|the body");
  EXPECT_EQ(BodyOf(server.Ask("GET", "/rest/a/b.css")), "GET|/rest/a/b.css|*=a/b.css;|||");
}

TEST(ServerTest, SendsTheSecurityHeadersWithEveryAnswer) {
  const ServerUnderTest server({Echo("GET", "/x")});
  for (const char* path : {"/x", "/nothing"}) {
    const string answer = server.Ask("GET", path);
    EXPECT_EQ(HeaderOf(answer, "content-security-policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
              "font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; "
              "base-uri 'none'; form-action 'self'");
    EXPECT_EQ(HeaderOf(answer, "x-content-type-options"), "nosniff");
    EXPECT_EQ(HeaderOf(answer, "referrer-policy"), "same-origin");
    EXPECT_EQ(HeaderOf(answer, "x-frame-options"), "DENY");
    EXPECT_EQ(HeaderOf(answer, "cache-control"), "no-store");
    EXPECT_TRUE(HeaderOf(answer, "date").ends_with(" GMT")) << answer;
  }
}

TEST(ServerTest, LetsAnAnswerSetItsOwnHeadersButNeverSplitThem) {
  Route route = Fixed("GET", "/x", "public");
  route.handler = [](const Request&) {
    Response response;
    response.headers = {{"Cache-Control", "max-age=60"},
                        {"X-Evil", "a\r\nSet-Cookie: b"},
                        {"Content-Length", "7"},
                        {"X-Good", "yes"}};
    response.body = "12";
    return response;
  };
  const ServerUnderTest server({route});
  const string answer = server.Ask("GET", "/x");
  EXPECT_EQ(HeaderOf(answer, "cache-control"), "max-age=60");
  EXPECT_EQ(HeaderOf(answer, "x-evil"), "");
  EXPECT_EQ(HeaderOf(answer, "set-cookie"), "");
  EXPECT_EQ(HeaderOf(answer, "content-length"), "2");
  EXPECT_EQ(HeaderOf(answer, "x-good"), "yes");
}

TEST(ServerTest, AnswersUnknownPathsAndMethodsInTheFormOfTheirApi) {
  const ServerUnderTest server({Fixed("GET", "/api/v1/query", "public"),
                                Fixed("POST", "/api/v1/query", "public"),
                                Fixed("DELETE", "/api/hinomi/v1/x", "public")});
  const string unknown = server.Ask("GET", "/api/v2/nothing");
  EXPECT_EQ(StatusOf(unknown), 404);
  EXPECT_EQ(BodyOf(unknown), "there is nothing at this path\n");
  const string method = server.Ask("PUT", "/api/v1/query");
  EXPECT_EQ(StatusOf(method), 405);
  EXPECT_EQ(HeaderOf(method, "allow"), "GET, HEAD, POST");
  const string rest = server.Ask("GET", "/api/hinomi/v1/x");
  EXPECT_EQ(StatusOf(rest), 405);
  EXPECT_EQ(HeaderOf(rest, "content-type"), "application/json");
  EXPECT_EQ(
      BodyOf(rest),
      "{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"this path does not take GET; "
      "it takes DELETE\"}}");
}

TEST(ServerTest, AsksWhoComesBeforeItReadsTheBody) {
  const ServerUnderTest server({Fixed("POST", "/api/hinomi/v1/x", "things:act")});
  const string json = "Content-Type: application/json\r\n";
  const string nobody = server.Ask("POST", "/api/hinomi/v1/x", json, "{}");
  EXPECT_EQ(StatusOf(nobody), 401);
  EXPECT_EQ(HeaderOf(nobody, "www-authenticate"), "Bearer realm=\"hinomi\"");
  EXPECT_EQ(BodyOf(nobody),
            "{\"error\":{\"code\":\"not_signed_in\",\"message\":\"sign in first\"}}");
  const string poor =
      server.Ask("POST", "/api/hinomi/v1/x", json + "Authorization: Bearer poor\r\n", "{}");
  EXPECT_EQ(StatusOf(poor), 403);
  EXPECT_EQ(BodyOf(poor),
            "{\"error\":{\"code\":\"denied\",\"message\":\"the right things:act is missing\"}}");
  const string good =
      server.Ask("POST", "/api/hinomi/v1/x", json + "Authorization: Bearer good\r\n", "{}");
  EXPECT_EQ(StatusOf(good), 200);
  // Ten gigabytes are announced, none is read.
  EXPECT_EQ(
      StatusOf(server.Ask("POST", "/api/hinomi/v1/x", json + "Content-Length: 10737418240\r\n")),
      401);
}

TEST(ServerTest, WantsTheMediaTypeOfTheRoute) {
  Route two = Fixed("POST", "/two", "public");
  two.content_type = "application/x-protobuf, application/json";
  Route any = Fixed("POST", "/any", "public");
  any.content_type = "";
  const ServerUnderTest server({Fixed("POST", "/json", "public"),
                                Fixed("DELETE", "/json", "public"), Fixed("GET", "/json", "public"),
                                two, any});
  const auto status = [&server](const char* method, const char* path, const string& type) {
    return StatusOf(server.Ask(method, path, type.empty() ? "" : "Content-Type: " + type + "\r\n"));
  };
  EXPECT_EQ(status("POST", "/json", "application/json"), 200);
  EXPECT_EQ(status("POST", "/json", "Application/JSON ; charset=utf-8"), 200);
  EXPECT_EQ(status("GET", "/json", ""), 200);
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data; boundary=application/json", "application/jsonx"}) {
    EXPECT_EQ(status("POST", "/json", type), 415) << type;
    EXPECT_EQ(status("DELETE", "/json", type), 415) << type;
  }
  EXPECT_EQ(status("POST", "/two", "application/json"), 200);
  EXPECT_EQ(status("POST", "/two", "application/x-protobuf"), 200);
  EXPECT_EQ(status("POST", "/two", "text/plain"), 415);
  EXPECT_EQ(status("POST", "/any", ""), 200);
}

TEST(ServerTest, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  const ServerUnderTest server({Echo("GET", "/r/{n}"), Echo("POST", "/r/{n}")});
  RawConnection connection(server.port());
  string all;
  for (int i = 0; i < 20; ++i) {
    all += "POST /r/" + std::to_string(i) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n";
    all += std::to_string(100 + i);
  }
  connection.Send(all);
  for (int i = 0; i < 20; ++i) {
    const string n = std::to_string(i);
    const string answer = connection.ReadAnswer();
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_EQ(HeaderOf(answer, "connection"), "keep-alive");
    EXPECT_EQ(BodyOf(answer), "POST|/r/" + n + "|n=" + n + ";|||" + std::to_string(100 + i));
  }
  connection.Send("GET /r/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(HeaderOf(connection.ReadAnswer(), "connection"), "close");
  EXPECT_EQ(connection.ReadToEnd(), "");
  EXPECT_FALSE(connection.timed_out());
}

TEST(ServerTest, AnswersHeadWithTheLengthAndNoBody) {
  const ServerUnderTest server({Fixed("GET", "/x", "public", "12345")});
  RawConnection connection(server.port());
  connection.Send(
      "HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const string head = connection.ReadAnswer(true);
  EXPECT_EQ(StatusOf(head), 200);
  EXPECT_EQ(HeaderOf(head, "content-length"), "5");
  const string rest = connection.ReadToEnd();
  EXPECT_EQ(StatusOf(rest), 200);
  EXPECT_EQ(BodyOf(rest), "12345");
}

TEST(ServerTest, AsksForTheBodyOfThoseWhoWait) {
  const ServerUnderTest server({Echo("POST", "/in")});
  RawConnection connection(server.port());
  connection.Send(
      "POST /in HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 4\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(connection.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.Send("body");
  EXPECT_EQ(BodyOf(connection.ReadToEnd()), "POST|/in||||body");
}

TEST(ServerTest, CountsByRoutePatternAndNeverByPath) {
  const ServerUnderTest server({Fixed("GET", "/a/{id}", "public")});
  server.Ask("GET", "/a/1");
  server.Ask("GET", "/a/2");
  server.Ask("GET", "/secret-scan");
  EXPECT_EQ(
      server.Metric("hinomi_http_requests_total{method=\"GET\",route=\"/a/{id}\",code=\"200\"}"),
      2);
  EXPECT_EQ(
      server.Metric("hinomi_http_requests_total{method=\"none\",route=\"none\",code=\"404\"}"), 1);
  EXPECT_EQ(server.Metric("hinomi_http_refused_total{reason=\"not_found\"}"), 1);
}

TEST(ServerTest, TurnsAThrowingHandlerIntoA500) {
  Route route = Fixed("GET", "/api/hinomi/v1/x", "public");
  route.handler = [](const Request&) -> Response { throw std::runtime_error("secret detail"); };
  const ServerUnderTest server({route});
  const string answer = server.Ask("GET", "/api/hinomi/v1/x");
  EXPECT_EQ(StatusOf(answer), 500);
  EXPECT_EQ(answer.find("secret"), string::npos);
}

TEST(ServerTest, SaysWhyItCannotListen) {
  const ServerUnderTest first({});
  SystemClock clock;
  Telemetry telemetry;
  NullLog log;
  const auto start = [&](const string& address) {
    ServerConfig config;
    config.listen = {address};
    const auto server = MakeServer(
        config, [](const Request&, const string&) -> Result<string> { return Denied(""); }, clock,
        telemetry, log);
    return server->Start();
  };
  const string taken = "127.0.0.1:" + std::to_string(first.port());
  const Status status = start(taken);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message, "cannot listen on " + taken +
                                        ": Address already in use; another program, perhaps "
                                        "another Hinomi, has the port");
  for (const char* wrong :
       {"", "9140", "127.0.0.1", "127.0.0.1:99999", "example.org:80", "[::1]"}) {
    EXPECT_EQ(start(wrong).error().code, ErrorCode::kInvalidArgument) << wrong;
  }
}

TEST(ServerTest, FinishesRequestsAtHandWhenItStops) {
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false;
  bool release = false;
  Route slow = Fixed("GET", "/slow", "public");
  slow.handler = [&](const Request&) {
    std::unique_lock lock(mutex);
    entered = true;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
    Response response;
    response.body = "done";
    return response;
  };
  ServerUnderTest server({slow});
  RawConnection idle(server.port());
  auto busy = std::make_unique<RawConnection>(server.port());
  busy->Send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
  std::thread stopper([&server] { server.server().Stop(); });
  EXPECT_EQ(idle.ReadToEnd(), "");  // The idle one ends at once.
  {
    std::unique_lock lock(mutex);
    release = true;
    changed.notify_all();
  }
  const string answer = busy->ReadToEnd();
  EXPECT_EQ(BodyOf(answer), "done");
  EXPECT_EQ(HeaderOf(answer, "connection"), "close");
  busy.reset();
  stopper.join();
}

/// Puts every answer off until it is told to answer.
class PutOff {
 public:
  Response operator()() const {
    Response response;
    ++asked_;
    if (ready) {
      response.body = "at last";
    } else {
      response.later = [this] { return (*this)(); };
    }
    return response;
  }
  int asked() const { return asked_; }
  std::atomic<bool> ready{false};

 private:
  mutable std::atomic<int> asked_{0};
};

TEST(ServerTest, WhoIsPutOffHoldsNoWorker) {
  PutOff put_off;
  Route slow = Fixed("GET", "/slow", "public");
  slow.lane = Lane::kBackground;
  slow.handler = [&](const Request&) { return put_off(); };
  Route quick = Fixed("GET", "/quick", "public", "here");
  quick.lane = Lane::kBackground;
  const ServerUnderTest server({slow, quick},
                               [](ServerConfig& config) { config.worker_threads = 3; });
  std::vector<std::unique_ptr<RawConnection>> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(std::make_unique<RawConnection>(server.port()));
    waiting.back()->Send("GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  while (put_off.asked() < 20) EXPECT_EQ(BodyOf(server.Ask("GET", "/quick")), "here");
  put_off.ready = true;
  for (const auto& connection : waiting) EXPECT_EQ(BodyOf(connection->ReadToEnd()), "at last");
}

TEST(ServerTest, WhoIsPutOffIsToldWhenItStops) {
  PutOff put_off;
  Route slow = Fixed("GET", "/slow", "public");
  slow.handler = [&](const Request&) { return put_off(); };
  ServerUnderTest server({slow});
  RawConnection waiting(server.port());
  waiting.Send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (put_off.asked() < 2) std::this_thread::yield();
  server.server().Stop();
  const string answer = waiting.ReadToEnd();
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_EQ(HeaderOf(answer, "retry-after"), "1");
}

}  // namespace
}  // namespace hinomi::http
