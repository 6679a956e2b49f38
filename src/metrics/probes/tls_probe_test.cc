#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/certificate_testing.h"
#include "metrics/probe_testing.h"
#include "os/files.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::Each;
using testing::Field;
using testing::HasSubstr;

constexpr int64_t kYear2001 = 978'307'200;
constexpr int64_t kDay = 86'400;

std::vector<std::string> PhasesOf(const ProbeResult& result) {
  std::vector<std::string> names;
  for (const auto& [phase, duration] : result.phases) names.push_back(phase);
  return names;
}

TEST(TcpProbeTest, ConnectsToAListenerAndTellsARefusal) {
  const ProbeWorldUnderTest world;
  uint16_t port = 0;
  {
    const http::ScriptedServer server([](http::RawConnection&) {});
    port = server.port();
    const ProbeResult result = world.Ask(ProbeWorldUnderTest::At(ProbeType::kTcp, port));
    EXPECT_TRUE(result.success) << result.error;
    EXPECT_THAT(PhasesOf(result), testing::ElementsAre("resolve", "connect"));
    EXPECT_EQ(result.failed_layer, "");
  }
  const ProbeResult refused = world.Ask(ProbeWorldUnderTest::At(ProbeType::kTcp, port));
  EXPECT_FALSE(refused.success);
  EXPECT_EQ(refused.failed_layer, "connect");
  EXPECT_EQ(refused.reason, "unreachable");
  EXPECT_EQ(refused.error,
            "connect: 127.0.0.1:" + std::to_string(port) + ": cannot connect: Connection refused");
}

TEST(TcpProbeTest, ATargetThatIsNoHostAndPortIsAMistakeOfTheConfiguration) {
  const ProbeWorldUnderTest world;
  for (const char* target : {"", "host", "host:", ":80", "host:0", "host:65536", "host:http"}) {
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kTcp, 1);
    probe.target = target;
    const ProbeResult result = world.Ask(probe);
    EXPECT_EQ(result.failed_layer, "configuration") << target;
    EXPECT_EQ(result.reason, "configuration") << target;
  }
}

TEST(TcpProbeTest, ANameThatDoesNotExistFailsInResolve) {
  const ProbeWorldUnderTest world;
  Probe probe = ProbeWorldUnderTest::At(ProbeType::kTcp, 1);
  probe.target = "no-such-host.invalid:80";
  const ProbeResult result = world.Ask(probe);
  EXPECT_EQ(result.failed_layer, "resolve");
  EXPECT_THAT(result.error, HasSubstr("no-such-host.invalid"));
}

class TlsProbeTest : public testing::Test {
 protected:
  std::unique_ptr<http::ServerUnderTest> Serve(const char* name, int64_t until = kYear2100) {
    const http::TestCertificate made = http::MakeCertificate(name, kYear2000, until);
    EXPECT_TRUE(PosixFiles().WriteAtomically(CertificatePath(), made.certificate));
    EXPECT_TRUE(PosixFiles().WriteAtomically(directory_.path() + "/key.pem", made.key, 0600));
    return std::make_unique<http::ServerUnderTest>(
        std::vector<http::Route>{}, [this](http::ServerConfig& config) {
          config.tls_certificate = CertificatePath();
          config.tls_key = directory_.path() + "/key.pem";
        });
  }
  Probe At(uint16_t port) const {
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kTls, port);
    probe.ca_file = CertificatePath();
    return probe;
  }
  std::string CertificatePath() const { return directory_.path() + "/cert.pem"; }

  const ProbeWorldUnderTest world_;
  const TempDirectory directory_;
};

TEST_F(TlsProbeTest, TellsTheVersionAndWhenTheCertificateEnds) {
  const auto server = Serve("IP:127.0.0.1");
  const ProbeResult result = world_.Ask(At(server->port()));
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.tls_version, "TLSv1.3");
  EXPECT_EQ(result.certificate_expiry_s, kYear2100);
  EXPECT_THAT(PhasesOf(result), testing::ElementsAre("resolve", "connect", "tls"));
  EXPECT_THAT(result.phases, Each(testing::Pair(testing::_, testing::Gt(Duration()))));
}

TEST_F(TlsProbeTest, NamesWhyACertificateProvesNothingAndStillTellsItsEnd) {
  const struct {
    const char* name;
    int64_t until;
    bool known;
    const char* server_name;
    const char* error;  // "": success
  } cases[] = {
      {"IP:127.0.0.1", kYear2100, true, "", ""},
      {"IP:192.0.2.1", kYear2100, true, "", "IP address mismatch"},
      {"IP:127.0.0.1", kYear2001, true, "", "certificate has expired"},
      {"IP:127.0.0.1", kYear2100, false, "", "self-signed certificate"},
      {"DNS:db.example.com", kYear2100, true, "db.example.com", ""},
      {"DNS:db.example.com", kYear2100, true, "web.example.com", "hostname mismatch"},
  };
  for (const auto& c : cases) {
    const auto server = Serve(c.name, c.until);
    Probe probe = At(server->port());
    if (!c.known) probe.ca_file = "";
    probe.server_name = c.server_name;
    ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.success, *c.error == '\0') << c.name << ": " << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error));
    EXPECT_EQ(result.failed_layer, *c.error == '\0' ? "" : "certificate");
    EXPECT_EQ(result.certificate_expiry_s, c.until);
    probe.verify_tls = false;
    result = world_.Ask(probe);
    EXPECT_TRUE(result.success) << result.error;
  }
}

TEST_F(TlsProbeTest, FailsWhenTheCertificateHasFewerDaysLeftThanWanted) {
  const int64_t now_s = SystemClock().Now().seconds();
  const auto server = Serve("IP:127.0.0.1", now_s + 10 * kDay + 3600);
  Probe probe = At(server->port());
  for (const int days : {0, 9, 10}) {
    probe.certificate_days = days;
    EXPECT_TRUE(world_.Ask(probe).success) << days;
  }
  probe.certificate_days = 11;
  const ProbeResult result = world_.Ask(probe);
  EXPECT_EQ(result.failed_layer, "certificate");
  EXPECT_EQ(result.reason, "certificate");
  EXPECT_THAT(result.error, HasSubstr("in 10 days; 11 are wanted"));
}

TEST_F(TlsProbeTest, ACaFileThatCannotBeUsedIsNamed) {
  const auto server = Serve("IP:127.0.0.1");
  Probe probe = At(server->port());
  probe.ca_file = directory_.path() + "/none.pem";
  const ProbeResult result = world_.Ask(probe);
  EXPECT_EQ(result.reason, "configuration");
  EXPECT_THAT(result.error, HasSubstr(probe.ca_file));
}

TEST_F(TlsProbeTest, BadServersFailInTimeWithTheirReason) {
  const std::map<std::string, std::string> reasons = {{"garbage", "garbage"},
                                                      {"silence", "timeout"},
                                                      {"slow", "garbage"},
                                                      {"closes", "unreachable"},
                                                      {"closes when asked", "unreachable"}};
  for (const BadServer& bad : BadServers()) {
    const http::ScriptedServer server(bad.script);
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kTls, server.port());
    probe.timeout = TimeoutFor(reasons.at(bad.behaviour));
    const ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.failed_layer, "tls") << bad.behaviour;
    EXPECT_EQ(result.reason, reasons.at(bad.behaviour)) << bad.behaviour << ": " << result.error;
    EXPECT_LT(result.duration, probe.timeout + Duration::Seconds(2)) << bad.behaviour;
  }
}

TEST_F(TlsProbeTest, ARefusedHandshakeIsNoGarbage) {
  const http::ScriptedServer server([](http::RawConnection& connection) {
    connection.ReadSome();
    connection.Send(std::string("\x15\x03\x03\0\x02\x02\x28", 7));  // Alert: handshake_failure.
    connection.ReadToEnd();
  });
  const ProbeResult result = world_.Ask(ProbeWorldUnderTest::At(ProbeType::kTls, server.port()));
  EXPECT_EQ(result.failed_layer, "tls");
  EXPECT_EQ(result.reason, "denied");
  EXPECT_THAT(result.error, HasSubstr("handshake failure"));
}

}  // namespace
}  // namespace hinomi::metrics
