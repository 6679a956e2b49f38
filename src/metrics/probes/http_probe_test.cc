#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/strings.h"
#include "http/certificate_testing.h"
#include "metrics/probe_testing.h"
#include "os/files.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Answers each path as the test says, and remembers which were asked for.
class Site {
 public:
  explicit Site(std::map<std::string, std::string> answers)
      : answers_(std::move(answers)), server_([this](http::RawConnection& connection) {
          const std::string request = connection.ReadAnswer();
          const std::string path(Split(request, ' ')[1]);
          {
            const std::lock_guard lock(mutex_);
            paths_.push_back(path);
          }
          connection.Send("HTTP/1.1 " + answers_.at(path) + "\r\nContent-Length: 2\r\n\r\nok");
        }) {}
  static std::string To(const std::string& location) {
    return "302 Found\r\nLocation: " + location;
  }
  std::vector<std::string> paths() const {
    const std::lock_guard lock(mutex_);
    return paths_;
  }
  uint16_t port() const { return server_.port(); }

 private:
  std::map<std::string, std::string> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> paths_;
  http::ScriptedServer server_;
};

TEST(HttpProbeTest, FollowsAsManyRedirectsAsWantedAndAddsTheirPhasesUp) {
  const Site site({{"/", Site::To("/a/b")}, {"/a/b", Site::To("../c?d")}, {"/c?d", "200 OK"}});
  const ProbeWorldUnderTest world;
  Probe probe = ProbeWorldUnderTest::At(ProbeType::kHttp, site.port());
  probe.redirects = 2;
  const ProbeResult result = world.Ask(probe);
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.redirects, 2);
  EXPECT_EQ(result.status, 200);
  EXPECT_THAT(site.paths(), ElementsAre("/", "/a/b", "/c?d"));
  ASSERT_EQ(result.phases.size(), 5u);
  Duration sum;
  for (const auto& [phase, length] : result.phases) sum = sum + length;
  EXPECT_GT(sum, Duration());
  EXPECT_LE(sum, result.duration);
}

TEST(HttpProbeTest, RedirectsThatLeadNowhereFailAsWhatTheyAre) {
  const struct {
    const char* location;
    int redirects;
    int expected_status;
    const char* layer;
    const char* error;
  } cases[] = {
      {"/loop", 3, 0, "redirect", "3 were followed"},
      {"/loop", 0, 0, "status", "answered HTTP 302, expected 2xx"},
      {"/loop", 3, 302, "", ""},
      {"ftp://127.0.0.1/", 3, 0, "redirect", "neither http nor https"},
      {"file:///etc/passwd", 3, 0, "redirect", "neither http nor https"},
      {"http://[", 3, 0, "redirect", "no URL"},
      {"http://169.254.169.254/latest/", 3, 0, "connect", "169.254.169.254"},
  };
  const ProbeWorldUnderTest world;
  for (const auto& c : cases) {
    const Site site({{"/", Site::To(c.location)}, {"/loop", Site::To("/loop")}});
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kHttp, site.port());
    probe.redirects = c.redirects;
    probe.expected_status = c.expected_status;
    const ProbeResult result = world.Ask(probe);
    EXPECT_EQ(result.failed_layer, c.layer) << c.location << ": " << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error));
  }
}

TEST(HttpProbeTest, ARedirectFromHttpsToHttpIsNotFollowed) {
  const ProbeFunction ask = [](const Probe& probe) {
    static const SystemClock clock;
    return ProbeOverNetwork(clock, [](const http::ClientRequest&) {
      http::ClientResponse response;
      response.status = 301;
      response.headers = {{"location", "http://web.example.com/"}};
      return Result<http::ClientResponse>(response);
    })(probe);
  };
  Probe probe;
  probe.target = "https://web.example.com/";
  probe.redirects = 5;
  const ProbeResult result = ask(probe);
  EXPECT_EQ(result.failed_layer, "redirect");
  EXPECT_EQ(result.redirects, 0);
  EXPECT_THAT(result.error, HasSubstr("not encrypted"));
}

TEST(HttpProbeTest, BadServersFailInTheirPhaseAndInTime) {
  const struct {
    const char* behaviour;
    const char* layer;
    const char* reason;
  } cases[] = {
      {"garbage", "transfer", "garbage"},
      {"silence", "processing", "timeout"},
      {"slow", "transfer", "garbage"},
      {"closes", "processing", "unreachable"},
      {"closes when asked", "processing", "unreachable"},
  };
  const ProbeWorldUnderTest world;
  for (const BadServer& bad : BadServers()) {
    const auto* expected = std::find_if(std::begin(cases), std::end(cases), [&](const auto& c) {
      return std::string_view(c.behaviour) == bad.behaviour;
    });
    ASSERT_NE(expected, std::end(cases));
    const http::ScriptedServer server(bad.script);
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kHttp, server.port());
    probe.timeout = TimeoutFor(expected->reason);
    const ProbeResult result = world.Ask(probe);
    EXPECT_EQ(result.failed_layer, expected->layer) << bad.behaviour << ": " << result.error;
    EXPECT_EQ(result.reason, expected->reason) << bad.behaviour << ": " << result.error;
    EXPECT_LT(result.duration, probe.timeout + Duration::Seconds(2)) << bad.behaviour;
  }
}

TEST(HttpProbeTest, AnAnswerThatStopsInTheMiddleFailsInTransfer) {
  const http::ScriptedServer server([](http::RawConnection& connection) {
    connection.ReadAnswer();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.ReadToEnd();
  });
  const ProbeWorldUnderTest world;
  Probe probe = ProbeWorldUnderTest::At(ProbeType::kHttp, server.port());
  probe.timeout = Duration::Millis(1000);
  const ProbeResult result = world.Ask(probe);
  EXPECT_EQ(result.failed_layer, "transfer");
  EXPECT_EQ(result.reason, "timeout");
}

TEST(HttpProbeTest, ARefusalAndAnUnknownNameAreToldApart) {
  const ProbeWorldUnderTest world;
  uint16_t port = 0;
  {
    port = http::ScriptedServer([](http::RawConnection&) {}).port();
  }
  EXPECT_EQ(world.Ask(ProbeWorldUnderTest::At(ProbeType::kHttp, port)).failed_layer, "connect");
  Probe probe = ProbeWorldUnderTest::At(ProbeType::kHttp, port);
  probe.target = "http://no-such-host.invalid/";
  EXPECT_EQ(world.Ask(probe).failed_layer, "resolve");
  probe.target = "nothing";
  EXPECT_EQ(world.Ask(probe).failed_layer, "configuration");
}

TEST(HttpProbeTest, CertificatesAreJudgedByTheirProofAndTheirDays) {
  constexpr int64_t kYear2000 = 946'684'800;
  const int64_t now_s = SystemClock().Now().seconds();
  const TempDirectory directory;
  const std::string pem = directory.path() + "/cert.pem";
  const http::TestCertificate made =
      http::MakeCertificate("IP:127.0.0.1", kYear2000, now_s + 20 * 86'400 + 3600);
  ASSERT_TRUE(PosixFiles().WriteAtomically(pem, made.certificate));
  ASSERT_TRUE(PosixFiles().WriteAtomically(directory.path() + "/key.pem", made.key, 0600));
  const http::ServerUnderTest server({http::Fixed("GET", "/", "public", "fine")},
                                     [&](http::ServerConfig& config) {
                                       config.tls_certificate = pem;
                                       config.tls_key = directory.path() + "/key.pem";
                                     });
  const ProbeWorldUnderTest world;
  Probe probe = ProbeWorldUnderTest::At(ProbeType::kHttp, server.port());
  probe.target = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  probe.ca_file = pem;
  probe.certificate_days = 20;
  ProbeResult result = world.Ask(probe);
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_TRUE(result.tls);
  probe.certificate_days = 21;
  result = world.Ask(probe);
  EXPECT_EQ(result.failed_layer, "certificate");
  EXPECT_THAT(result.error, HasSubstr("in 20 days; 21 are wanted"));
  probe.ca_file = "";
  result = world.Ask(probe);
  EXPECT_EQ(result.failed_layer, "certificate");
  EXPECT_EQ(result.reason, "certificate");
  EXPECT_THAT(result.error, HasSubstr("self-signed"));
}

}  // namespace
}  // namespace hinomi::metrics
