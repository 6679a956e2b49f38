#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.h"
#include "metrics/probe_testing.h"

namespace hinomi::metrics {
namespace {

using std::string;
using testing::HasSubstr;

string Message(char type, const string& body) {
  const size_t length = body.size() + 4;
  return string{type, '\0', '\0', static_cast<char>(length >> 8),
                static_cast<char>(length & 0xFF)} +
         body;
}
string AskFor(char kind, const string& data = "") {
  return Message('R', string{'\0', '\0', '\0', kind} + data);
}
string Refuse(const string& code, const string& words) {
  return Message('E', "SFATAL" + string(1, '\0') + "C" + code + string(1, '\0') + "M" + words +
                          string(2, '\0'));
}
const string kWelcome = AskFor(0) + Message('S', string("a\0b\0", 4)) + Message('Z', "I");
const string kSasl = AskFor(10, string("SCRAM-SHA-256\0\0", 15));

/// Answers "no" to the wish for TLS, and then each message with the next of
/// `answers`.
http::ScriptedServer::Script Plain(std::vector<string> answers) {
  return [answers = std::move(answers)](http::RawConnection& connection) {
    if (connection.ReadSome().size() != 8) return;
    connection.Send("N");
    for (const string& answer : answers) {
      if (connection.ReadSome().empty()) return;
      connection.Send(answer);
    }
    connection.ReadToEnd();
  };
}

class PostgresProbeTest : public testing::Test {
 protected:
  Probe At(uint16_t port) const {
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kPostgres, port);
    probe.postgres.user = "watcher";
    probe.postgres.password = "geheim";
    return probe;
  }
  const ProbeWorldUnderTest world_;
};

TEST_F(PostgresProbeTest, ServersThatRefuseAreToldApartByLayerAndReason) {
  const struct {
    const char* what;
    std::vector<string> answers;
    const char* layer;
    const char* reason;
    const char* error;
  } cases[] = {
      {"lets in", {kWelcome}, "", "", ""},
      {"a notice first", {Message('N', "x") + kWelcome}, "", "", ""},
      {"wrong password", {Refuse("28P01", "no")}, "authentication", "password", "no (28P01)"},
      {"no such role",
       {AskFor(0) + Refuse("28000", "no role")},
       "authentication",
       "user",
       "no role (28000)"},
      {"no such database",
       {AskFor(0) + Refuse("3D000", "none")},
       "database",
       "database",
       "none (3D000)"},
      {"may not connect", {AskFor(0) + Refuse("42501", "no")}, "database", "denied", "(42501)"},
      {"starts up", {Refuse("57P03", "starting up")}, "authentication", "starting", "starting up"},
      {"full", {Refuse("53300", "too many clients")}, "authentication", "full", "too many"},
      {"full for this database", {AskFor(0) + Refuse("53300", "x")}, "database", "full", "x"},
      {"something else", {AskFor(0) + Refuse("XX000", "x")}, "database", "refused", "x (XX000)"},
      {"Kerberos", {AskFor(7)}, "authentication", "denied", "GSSAPI"},
      {"something new", {AskFor(99)}, "authentication", "denied", "type 99"},
      {"another mechanism",
       {AskFor(10, string("SCRAM-SHA-512\0\0", 15))},
       "authentication",
       "denied",
       "SCRAM-SHA-512 and not SCRAM-SHA-256"},
      {"the password as it is", {AskFor(3)}, "authentication", "plain", "nothing was sent"},
      {"lies about SCRAM",
       {kSasl, AskFor(0) + Message('Z', "I")},
       "authentication",
       "denied",
       "without having proven"},
      {"SCRAM of another",
       {kSasl, AskFor(11, "r=other,s=AAAA,i=4096")},
       "authentication",
       "garbage",
       "another one than ours"},
      {"SCRAM from its middle",
       {AskFor(11, "r=a,s=AAAA,i=4096")},
       "authentication",
       "garbage",
       "before it began"},
      {"SCRAM from its end",
       {AskFor(12, "v=AAAA")},
       "authentication",
       "garbage",
       "before it began"},
      {"ready at once", {Message('Z', "I")}, "authentication", "garbage", "before it knew"},
      {"asks twice", {AskFor(0) + AskFor(0)}, "database", "garbage", "asks again"},
      {"an HTTP server",
       {"HTTP/1.1 400 Bad Request\r\n\r\n"},
       "authentication",
       "garbage",
       "none of PostgreSQL's"},
      {"nothing after all", {AskFor(0)}, "database", "timeout", "no answer"},
      {"an error without a code",
       {Message('E', string(1, '\0'))},
       "authentication",
       "garbage",
       "SQLSTATE"},
  };
  for (const auto& c : cases) {
    const http::ScriptedServer server(Plain(c.answers));
    Probe probe = At(server.port());
    probe.timeout = TimeoutFor(c.reason);
    const ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.failed_layer, c.layer) << c.what << ": " << result.error;
    EXPECT_EQ(result.reason, c.reason) << c.what << ": " << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error)) << c.what;
    EXPECT_THAT(result.error, testing::Not(HasSubstr("geheim"))) << c.what;
  }
}

TEST_F(PostgresProbeTest, TheTlsThatIsWantedIsAskedForFirst) {
  const struct {
    PostgresTls tls;
    string answer;  // To the wish for TLS.
    const char* layer;
    const char* reason;
    const char* error;
  } cases[] = {
      {PostgresTls::kRequire, "N", "ssl_request", "denied", "does not encrypt"},
      {PostgresTls::kVerify, "N", "ssl_request", "denied", "does not encrypt"},
      {PostgresTls::kPrefer, "H", "ssl_request", "garbage", "another program"},
      {PostgresTls::kPrefer, "E", "ssl_request", "garbage", "another program"},
      // What is stuffed in behind the answer must not be read as if it had
      // come through TLS.
      {PostgresTls::kPrefer, "S" + kWelcome, "tls", "garbage", "no TLS handshake"},
  };
  for (const auto& c : cases) {
    const http::ScriptedServer server([&](http::RawConnection& connection) {
      connection.ReadSome();
      connection.Send(c.answer);
      connection.ReadToEnd();
    });
    Probe probe = At(server.port());
    probe.postgres.tls = c.tls;
    const ProbeResult result = world_.Ask(probe);
    EXPECT_EQ(result.failed_layer, c.layer) << result.error;
    EXPECT_EQ(result.reason, c.reason) << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error));
  }
  const http::ScriptedServer server([](http::RawConnection& connection) {
    // Without TLS the startup message is the first.
    if (connection.ReadSome().size() > 8) connection.Send(kWelcome);
    connection.ReadToEnd();
  });
  Probe probe = At(server.port());
  probe.postgres.tls = PostgresTls::kDisable;
  EXPECT_TRUE(world_.Ask(probe).success);
}

TEST_F(PostgresProbeTest, BadServersFailInTimeWithTheirReason) {
  const struct {
    const char* behaviour;
    PostgresTls tls;
    const char* layer;
    const char* reason;
  } cases[] = {
      {"garbage", PostgresTls::kPrefer, "ssl_request", "garbage"},
      {"silence", PostgresTls::kPrefer, "ssl_request", "timeout"},
      {"slow", PostgresTls::kPrefer, "tls", "garbage"},
      {"closes", PostgresTls::kPrefer, "ssl_request", "unreachable"},
      {"closes when asked", PostgresTls::kPrefer, "ssl_request", "unreachable"},
      {"garbage", PostgresTls::kDisable, "authentication", "garbage"},
      {"silence", PostgresTls::kDisable, "authentication", "timeout"},
      {"slow", PostgresTls::kDisable, "authentication", "garbage"},
      {"closes", PostgresTls::kDisable, "authentication", "unreachable"},
      {"closes when asked", PostgresTls::kDisable, "authentication", "unreachable"},
  };
  for (const auto& c : cases) {
    for (const BadServer& bad : BadServers()) {
      if (std::string_view(c.behaviour) != bad.behaviour) continue;
      const http::ScriptedServer server(bad.script);
      Probe probe = At(server.port());
      probe.postgres.tls = c.tls;
      probe.timeout = TimeoutFor(c.reason);
      const ProbeResult result = world_.Ask(probe);
      EXPECT_EQ(result.failed_layer, c.layer) << c.behaviour << ": " << result.error;
      EXPECT_EQ(result.reason, c.reason) << c.behaviour << ": " << result.error;
      EXPECT_LT(result.duration, probe.timeout + Duration::Seconds(2)) << c.behaviour;
    }
  }
}

TEST_F(PostgresProbeTest, AMessageThatComesByteByByteEndsAtTheTimeout) {
  const http::ScriptedServer server([](http::RawConnection& connection) {
    connection.ReadSome();
    connection.Send("N");
    connection.ReadSome();
    const string message = Message('N', string(1000, 'x'));
    for (const char c : message)
      if (!connection.Send(string(1, c)) || PauseOrGone(connection, 10)) return;
  });
  Probe probe = At(server.port());
  probe.timeout = Duration::Millis(1000);
  const ProbeResult result = world_.Ask(probe);
  EXPECT_EQ(result.failed_layer, "authentication");
  EXPECT_EQ(result.reason, "timeout");
  EXPECT_LT(result.duration, Duration::Millis(3000));
}

TEST_F(PostgresProbeTest, ASecretThatIsNotThereIsAMistakeOfTheConfiguration) {
  const SystemClock clock;
  const ProbeFunction ask =
      ProbeOverNetwork(clock, http::Fetch, [](const string& reference) -> Result<string> {
        return NotFound("the environment variable " + reference + " is not set");
      });
  Probe probe = At(1);
  probe.postgres.password = "PGPASSWORD";
  const ProbeResult result = ask(probe);
  EXPECT_EQ(result.failed_layer, "configuration");
  EXPECT_EQ(result.reason, "configuration");
  EXPECT_EQ(result.error,
            "configuration: password: the environment variable PGPASSWORD is not set");
}

}  // namespace
}  // namespace hinomi::metrics
