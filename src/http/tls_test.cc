#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "http/certificate_testing.h"
#include "http/client.h"
#include "http/testing.h"
#include "os/files.h"
#include "os/system_clock.h"

namespace hinomi::http {
namespace {

using std::string;

constexpr int64_t kYear2000 = 946'684'800;
constexpr int64_t kYear2001 = 978'307'200;
constexpr int64_t kYear2100 = 4'102'444'800;

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    char path[] = "/tmp/hinomi_tls_XXXXXX";
    directory_ = mkdtemp(path);
  }
  ~TlsTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<ServerUnderTest> Serve(const char* name, int64_t until = kYear2100) {
    const TestCertificate made = MakeCertificate(name, kYear2000, until);
    EXPECT_TRUE(PosixFiles().WriteAtomically(CertificatePath(), made.certificate));
    EXPECT_TRUE(PosixFiles().WriteAtomically(KeyPath(), made.key, 0600));
    return std::make_unique<ServerUnderTest>(
        std::vector<Route>{Fixed("GET", "/x", "public", string(100'000, 'x')), SecureRoute()},
        [this](ServerConfig& config) {
          config.tls_certificate = CertificatePath();
          config.tls_key = KeyPath();
          config.header_timeout = Duration::Millis(500);
        });
  }
  ClientRequest Get(const ServerUnderTest& server, const string& path = "/x") const {
    ClientRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(server.port()) + path;
    request.ca_file = CertificatePath();
    request.body_limit_bytes = 1u << 20;
    return request;
  }
  static Route SecureRoute() {
    Route route = Fixed("GET", "/secure", "public");
    route.handler = [](const Request& request) {
      Response response;
      response.body = request.secure ? "secure" : "plain";
      return response;
    };
    return route;
  }
  string CertificatePath() const { return directory_ + "/cert.pem"; }
  string KeyPath() const { return directory_ + "/key.pem"; }

  string directory_;
};

TEST_F(TlsTest, ServesAndTellsWhenTheCertificateEnds) {
  const auto server = Serve("IP:127.0.0.1");
  const auto answer = Fetch(Get(*server));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, string(100'000, 'x'));
  EXPECT_EQ(answer->certificate_expiry_s, kYear2100);
  EXPECT_LT(answer->connect, answer->tls);
  EXPECT_LE(answer->tls, answer->first_byte);
  EXPECT_EQ(Fetch(Get(*server, "/secure"))->body, "secure");
}

TEST_F(TlsTest, RefusesCertificatesThatProveNothing) {
  const auto code = [](const ClientRequest& request) {
    const auto answer = Fetch(request);
    return answer.has_value() ? std::optional<ErrorCode>() : answer.error().code;
  };
  {
    const auto other_name = Serve("IP:192.0.2.1");
    EXPECT_EQ(code(Get(*other_name)), ErrorCode::kUnavailable);
    ClientRequest trusting = Get(*other_name);
    trusting.verify_tls = false;
    EXPECT_EQ(code(trusting), std::nullopt);
  }
  {
    const auto expired = Serve("IP:127.0.0.1", kYear2001);
    EXPECT_EQ(code(Get(*expired)), ErrorCode::kUnavailable);
  }
  const auto unknown = Serve("IP:127.0.0.1");
  ClientRequest request = Get(*unknown);
  request.ca_file = "";
  const auto answer = Fetch(request);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(answer.error().message.find("certificate"), string::npos) << answer.error().message;
}

TEST_F(TlsTest, AnotherNameMayBeAskedForAtTheAddress) {
  const auto server = Serve("DNS:metrics.example");
  ClientRequest request = Get(*server);
  EXPECT_FALSE(Fetch(request).has_value());
  request.tls_server_name = "other.example";
  EXPECT_FALSE(Fetch(request).has_value());
  request.tls_server_name = "metrics.example";
  const auto answer = Fetch(request);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body.size(), 100'000u);
}

TEST_F(TlsTest, ClosesOnThoseWhoSpeakPlainOrNothing) {
  const auto server = Serve("IP:127.0.0.1");
  EXPECT_EQ(server->Talk("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n").find("HTTP/1.1"),
            string::npos);
  RawConnection silent(server->port());
  silent.ReadToEnd();
  EXPECT_FALSE(silent.timed_out());
  EXPECT_TRUE(Fetch(Get(*server)).has_value());
}

TEST_F(TlsTest, SaysWhichFileItCannotUse) {
  Serve("IP:127.0.0.1").reset();
  SystemClock clock;
  Telemetry telemetry;
  NullLog log;
  const auto start = [&](const string& certificate, const string& key) {
    ServerConfig config;
    config.listen = {"127.0.0.1:0"};
    config.tls_certificate = certificate;
    config.tls_key = key;
    const auto server = MakeServer(
        config, [](const Request&, const string&) -> Result<string> { return Denied(""); }, clock,
        telemetry, log);
    return server->Start();
  };
  EXPECT_TRUE(start(CertificatePath(), KeyPath()).has_value());
  for (const auto& [certificate, key] : {std::pair{directory_ + "/none.pem", KeyPath()},
                                         {KeyPath(), KeyPath()},
                                         {string(), KeyPath()},
                                         {CertificatePath(), directory_ + "/none.pem"},
                                         {CertificatePath(), CertificatePath()},
                                         {CertificatePath(), string()}}) {
    const Status status = start(certificate, key);
    ASSERT_FALSE(status.has_value()) << certificate << " " << key;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace hinomi::http
