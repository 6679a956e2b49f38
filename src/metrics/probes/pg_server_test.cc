#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>

#include "http/certificate_testing.h"
#include "metrics/probe_testing.h"
#include "os/files.h"
#include "os/process.h"
#include "os/testing.h"

/// The probe of PostgreSQL against the real server.
namespace hinomi::metrics {
namespace {

using std::string;
using testing::HasSubstr;

/// One line a way of signing in.
constexpr const char* kHostRules =
    "local   all all                   trust\n"
    "host    all by_trust 127.0.0.1/32 trust\n"
    "host    all full     127.0.0.1/32 trust\n"
    "host    all gone     127.0.0.1/32 trust\n"
    "host    all by_scram 127.0.0.1/32 scram-sha-256\n"
    "host    all nobody   127.0.0.1/32 scram-sha-256\n"
    "host    all by_md5   127.0.0.1/32 md5\n"
    "host    all by_text  127.0.0.1/32 password\n"
    "hostssl all by_tls   127.0.0.1/32 scram-sha-256\n";
constexpr const char* kRoles =
    "CREATE ROLE by_trust LOGIN;"
    "CREATE ROLE full LOGIN CONNECTION LIMIT 0;"
    "CREATE ROLE by_scram LOGIN PASSWORD 'geheim';"
    "CREATE ROLE by_text LOGIN PASSWORD 'geheim';"
    "CREATE ROLE by_tls LOGIN PASSWORD 'geheim';"
    "SET password_encryption = 'md5';"
    "CREATE ROLE by_md5 LOGIN PASSWORD 'geheim'";

/// A server on loopback, as an unprivileged user; ends with the object, and by
/// the kernel if this process dies.
class Server {
 public:
  Server() {
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored_)) {
      const string bin = entry.path().string() + "/bin";
      if (std::filesystem::exists(bin + "/initdb") && bin > programs_) programs_ = bin;
    }
    if (programs_.empty()) return;
    // The port of a listener that is gone; nobody else asks for it by number.
    port_ = http::ScriptedServer([](http::RawConnection&) {}).port();
    started_ = Prepare() && Start();
  }
  ~Server() {
    if (!thread_.joinable()) return;
    (void)Run({"pg_ctl", "stop", "-D", Data(), "-m", "immediate"});
    thread_.join();
  }

  bool found() const { return !programs_.empty(); }
  bool started() const { return started_; }
  uint16_t port() const { return port_; }
  string certificate() const { return directory_.path() + "/cert.pem"; }
  bool Sql(const string& sql) {
    return Run({"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", directory_.path(), "-p",
                std::to_string(port_), "-U", "admin", "-d", "postgres", "-c", sql});
  }

 private:
  string Data() const { return directory_.path() + "/data"; }

  /// The command of one of PostgreSQL's programs as somebody it accepts.
  Command As(std::vector<string> argv) const {
    argv[0] = programs_ + "/" + argv[0];
    Command command;
    command.directory = "/";
    if (geteuid() == 0) {
      const passwd* account = ::getpwnam("postgres");
      if (account == nullptr) account = ::getpwnam("nobody");
      command.argv = {"setpriv",
                      "--reuid",
                      std::to_string(account->pw_uid),
                      "--regid",
                      std::to_string(account->pw_gid),
                      "--clear-groups"};
    } else {
      command.argv = {"setpriv"};
    }
    command.argv.insert(command.argv.end(), {"--pdeathsig", "QUIT"});
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    return command;
  }
  bool Run(std::vector<string> argv) const {
    const string name = argv[0];
    const auto run = RunProcess(As(std::move(argv)), {.timeout = Duration::Seconds(60)});
    if (run && run->ok()) return true;
    ADD_FAILURE() << name << ": "
                  << (run ? run->HowItEnded() + ": " + run->error_output : run.error().message);
    return false;
  }
  bool Give(const string& path) const {
    if (geteuid() != 0) return true;
    const passwd* account = ::getpwnam("postgres");
    if (account == nullptr) account = ::getpwnam("nobody");
    return ::chown(path.c_str(), account->pw_uid, account->pw_gid) == 0;
  }

  bool Prepare() {
    const http::TestCertificate made = http::MakeCertificate("IP:127.0.0.1", kYear2000, kYear2100);
    const string key = directory_.path() + "/key.pem";
    PosixFiles files;
    return Give(directory_.path()) &&
           Run({"initdb", "-D", Data(), "-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C",
                "--no-sync", "--no-instructions"}) &&
           files.WriteAtomically(certificate(), made.certificate).has_value() &&
           files.WriteAtomically(key, made.key, 0600).has_value() && Give(certificate()) &&
           Give(key) && files.WriteAtomically(Data() + "/pg_hba.conf", kHostRules).has_value() &&
           Give(Data() + "/pg_hba.conf");
  }
  bool Start() {
    const Command command =
        As({"postgres", "-D", Data(), "-p", std::to_string(port_), "-k", directory_.path(), "-c",
            "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c",
            "ssl=on", "-c", "ssl_cert_file=" + certificate(), "-c",
            "ssl_key_file=" + directory_.path() + "/key.pem"});
    thread_ = std::thread(
        [command] { (void)RunProcess(command, {.timeout = Duration::Minutes(10)}).has_value(); });
    // -w: waits until it answers.
    for (int i = 0; i < 600; ++i) {
      const auto ready = RunProcess(
          As({"pg_isready", "-q", "-h", directory_.path(), "-p", std::to_string(port_)}));
      if (ready && ready->ok()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return Sql(kRoles) && Sql("CREATE DATABASE shut") &&
           Sql("REVOKE CONNECT ON DATABASE shut FROM PUBLIC");
  }

  std::error_code ignored_;
  const TempDirectory directory_;
  string programs_;
  uint16_t port_ = 0;
  bool started_ = false;
  std::thread thread_;
};

TEST(PostgresServerTest, EachWayIntoARealServerSucceedsOrSaysWhichLayerFailed) {
  Server server;
  ASSERT_TRUE(server.found()) << "install the Debian package postgresql-15";
  ASSERT_TRUE(server.started());
  const ProbeWorldUnderTest world;
  using enum PostgresTls;
  const struct {
    const char* user;
    const char* password;
    const char* database;
    PostgresTls tls;
    const char* layer;
    const char* reason;
    const char* error;
  } cases[] = {
      {"by_trust", "", "postgres", kPrefer, "", "", ""},
      {"by_trust", "", "postgres", kDisable, "", "", ""},
      {"by_scram", "geheim", "postgres", kPrefer, "", "", ""},
      {"by_scram", "geheim", "postgres", kDisable, "", "", ""},
      {"by_scram", "geheim", "postgres", kVerify, "", "", ""},
      {"by_scram", "wrong", "postgres", kPrefer, "authentication", "password",
       "password authentication failed for user \"by_scram\" (28P01)"},
      {"by_scram", "", "postgres", kPrefer, "authentication", "password", "set password:"},
      {"by_scram", "geheim", "none", kPrefer, "database", "database",
       "database \"none\" does not exist (3D000)"},
      {"by_scram", "geheim", "shut", kPrefer, "database", "denied",
       "permission denied for database \"shut\" (42501)"},
      {"by_scram", "wrong", "none", kPrefer, "authentication", "password", "(28P01)"},
      {"nobody", "geheim", "postgres", kPrefer, "authentication", "password", "(28P01)"},
      {"gone", "", "postgres", kPrefer, "authentication", "user", "\"gone\" does not exist"},
      {"unlisted", "", "postgres", kPrefer, "authentication", "user", "no pg_hba.conf entry"},
      {"full", "", "postgres", kPrefer, "database", "full", "(53300)"},
      {"by_md5", "geheim", "postgres", kPrefer, "", "", ""},
      {"by_md5", "wrong", "postgres", kPrefer, "authentication", "password", "(28P01)"},
      {"by_text", "geheim", "postgres", kRequire, "", "", ""},
      {"by_text", "wrong", "postgres", kRequire, "authentication", "password", "(28P01)"},
      {"by_text", "geheim", "postgres", kDisable, "authentication", "plain", "nothing was sent"},
      {"by_tls", "geheim", "postgres", kPrefer, "", "", ""},
      {"by_tls", "geheim", "postgres", kDisable, "authentication", "user", "no encryption"},
  };
  for (const auto& c : cases) {
    Probe probe = ProbeWorldUnderTest::At(ProbeType::kPostgres, server.port());
    probe.timeout = Duration::Seconds(20);
    probe.ca_file = server.certificate();
    probe.postgres = {c.user, c.password, c.database, c.tls};
    const ProbeResult result = world.Ask(probe);
    EXPECT_EQ(result.failed_layer, c.layer) << c.user << ": " << result.error;
    EXPECT_EQ(result.reason, c.reason) << c.user << ": " << result.error;
    EXPECT_THAT(result.error, HasSubstr(c.error)) << c.user;
    EXPECT_EQ(result.certificate_expiry_s, c.tls == kDisable ? 0 : kYear2100) << c.user;
  }
  // The server's certificate signs itself: the system trusts it for nothing.
  Probe probe = ProbeWorldUnderTest::At(ProbeType::kPostgres, server.port());
  probe.timeout = Duration::Seconds(20);
  probe.postgres = {"by_trust", "", "postgres", kVerify};
  const ProbeResult result = world.Ask(probe);
  EXPECT_EQ(result.failed_layer, "certificate");
  EXPECT_THAT(result.error, HasSubstr("self-signed"));
}

}  // namespace
}  // namespace hinomi::metrics
