#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "metrics/probes/pg_message.h"
#include "metrics/probes/run.h"
#include "metrics/probes/scram.h"
#include "os/entropy.h"

namespace hinomi::metrics {
namespace {

constexpr std::string_view kScram = "SCRAM-SHA-256";
constexpr size_t kNonceBytes = 18;

/// A failure that has a word of its own.
struct Refusal {
  std::string layer;
  std::string reason;
  std::string message;
};

/// What the server's SQLSTATE (its manual, appendix A) says about the layer.
Refusal RefusalOf(const pg::ServerError& error, std::string layer) {
  static constexpr struct {
    std::string_view code, layer, reason;
  } kCodes[] = {
      {"28P01", "authentication", "password"},
      {"28000", "authentication", "user"},
      {"3D000", "database", "database"},
      {"42501", "database", "denied"},
      {"53300", "", "full"},
      {"57P03", "", "starting"},
  };
  Refusal refusal{std::move(layer), "refused", error.message + " (" + error.code + ")"};
  for (const auto& known : kCodes) {
    if (known.code != error.code) continue;
    refusal.reason = known.reason;
    if (!known.layer.empty()) refusal.layer = known.layer;
  }
  return refusal;
}

struct ServerMessage {
  char type = 0;
  std::string body;
};

/// Signs in over a connection that is made.
class SignIn {
 public:
  SignIn(const PostgresProbe& probe, std::string password, Wire& wire, const Deadline& deadline)
      : probe_(probe), password_(std::move(password)), wire_(wire), deadline_(deadline) {}

  /// Up to the server's "you are who you say".
  Status Authenticate();
  /// Up to the server's "ask".
  Status AwaitReady();
  /// The server's own words, if it was the server that refused.
  const std::optional<pg::ServerError>& server_error() const { return server_error_; }
  /// True where it needs a password and has none, or must not send it.
  bool lacks_password() const { return lacks_password_; }
  bool would_show_password() const { return would_show_password_; }

 private:
  Result<ServerMessage> Next();
  /// Answers one request. What goes on is kOk.
  Status Answer(const pg::Authentication& request);
  Result<std::string> AnswerTo(const pg::Authentication& request);
  Result<std::string> StartSasl(const pg::Authentication& request);

  const PostgresProbe& probe_;
  std::string password_;
  Wire& wire_;
  const Deadline& deadline_;
  std::optional<ScramClient> scram_;
  std::optional<pg::ServerError> server_error_;
  bool proven_ = false;  // The server has shown that it knows the password.
  bool lacks_password_ = false;
  bool would_show_password_ = false;
};

Result<ServerMessage> SignIn::Next() {
  HN_TRY(const std::string head_bytes, wire_.ReceiveAll(pg::kHeadBytes, deadline_));
  HN_TRY(const pg::Head head, pg::ParseHead(head_bytes));
  ServerMessage message{head.type, {}};
  HN_TRY(message.body, wire_.ReceiveAll(head.body_bytes, deadline_));
  if (message.type == 'E') {
    HN_TRY(server_error_, pg::ParseServerError(message.body));
    return Denied(server_error_->message);
  }
  return message;
}

Result<std::string> SignIn::StartSasl(const pg::Authentication& request) {
  const auto& offered = request.mechanisms;
  if (std::find(offered.begin(), offered.end(), kScram) == offered.end())
    return Denied("the server takes " + Join(offered, ", ") + " and not " + std::string(kScram));
  scram_.emplace(password_, Base64Encode(SecureRandomBytes(kNonceBytes)));
  return pg::SaslInitialResponse(kScram, scram_->First());
}

Result<std::string> SignIn::AnswerTo(const pg::Authentication& request) {
  using Kind = pg::Authentication::Kind;
  const bool wants_password =
      request.kind == Kind::kCleartext || request.kind == Kind::kMd5 || request.kind == Kind::kSasl;
  if (wants_password && password_.empty()) {
    lacks_password_ = true;
    return Denied("the server wants a password and the probe has none; set password: ${env:NAME}");
  }
  switch (request.kind) {
    case Kind::kCleartext:
      if (!wire_.encrypted()) {
        would_show_password_ = true;
        return Denied(
            "the server wants the password as plain text and the connection is not encrypted; "
            "nothing was sent: set tls: require, or scram-sha-256 in pg_hba.conf");
      }
      return pg::PasswordMessage(password_);
    case Kind::kMd5: {
      HN_TRY(const std::string digest, pg::Md5Password(probe_.user, password_, request.data));
      return pg::PasswordMessage(digest);
    }
    case Kind::kSasl:
      return StartSasl(request);
    case Kind::kSaslContinue: {
      if (!scram_) return Corrupt("the server goes on with SCRAM before it began");
      HN_TRY(const std::string final, scram_->Final(request.data));
      return pg::SaslResponse(final);
    }
    case Kind::kKerberos:
    case Kind::kGss:
    case Kind::kSspi:
      return Denied("the server wants Kerberos, GSSAPI or SSPI, which a probe does not speak");
    default:
      return Denied("the server wants the authentication of type " + std::to_string(request.kind) +
                    ", which a probe does not speak");
  }
}

Status SignIn::Answer(const pg::Authentication& request) {
  if (request.kind == pg::Authentication::kSaslFinal) {
    if (!scram_) return Corrupt("the server ends SCRAM before it began");
    HN_TRY_VOID(scram_->Verify(request.data));
    proven_ = true;
    return {};
  }
  HN_TRY(const std::string answer, AnswerTo(request));
  return wire_.Send(answer, deadline_);
}

Status SignIn::Authenticate() {
  const std::string& database = probe_.database.empty() ? probe_.user : probe_.database;
  HN_TRY_VOID(wire_.Send(pg::StartupMessage(probe_.user, database), deadline_));
  for (;;) {
    HN_TRY(const ServerMessage message, Next());
    if (message.type == 'N' || message.type == 'v') continue;  // Notices.
    if (message.type != 'R') return Corrupt("the server went on before it knew who asks");
    HN_TRY(const pg::Authentication request, pg::ParseAuthentication(message.body));
    if (request.kind == pg::Authentication::kOk) {
      if (scram_ && !proven_)
        return Denied("the server lets in without having proven that it knows the password");
      return {};
    }
    HN_TRY_VOID(Answer(request));
  }
}

Status SignIn::AwaitReady() {
  for (;;) {
    HN_TRY(const ServerMessage message, Next());
    if (message.type == 'R') return Corrupt("the server asks again who asks");
    if (message.type == 'Z') break;
  }
  // Politeness; the answer is known.
  (void)wire_.Send(pg::Terminate(), deadline_).has_value();
  return {};
}

ProbeResult FailSignIn(const SignIn& sign_in, const Error& error, std::string layer,
                       ProbeRun& run) {
  if (sign_in.server_error()) {
    const Refusal refusal = RefusalOf(*sign_in.server_error(), std::move(layer));
    run.Judge(refusal.layer);
    return run.Fail(refusal.reason, refusal.message);
  }
  if (sign_in.lacks_password()) return run.Fail("password", error.message);
  if (sign_in.would_show_password()) return run.Fail("plain", error.message);
  return run.Fail(error);
}

/// The layers "ssl_request" and "tls"; what went wrong, or nothing.
std::optional<ProbeResult> Encrypt(const Probe& probe, const std::string& host, Wire& wire,
                                   ProbeRun& run) {
  if (probe.postgres.tls == PostgresTls::kDisable) return std::nullopt;
  run.Enter("ssl_request");
  const Status sent = wire.Send(pg::SslRequest(), run.deadline());
  if (!sent) return run.Fail(sent.error());
  // One byte and no more: what follows must come through TLS already.
  const auto answer = wire.ReceiveAll(1, run.deadline());
  if (!answer) return run.Fail(answer.error());
  if (*answer == "N") {
    if (probe.postgres.tls == PostgresTls::kPrefer) return std::nullopt;
    return run.Fail("denied", "the server does not encrypt; set ssl = on in its configuration");
  }
  if (*answer != "S")
    return run.Fail("garbage",
                    "the answer is none of PostgreSQL's; does another program listen there?");
  run.Enter("tls");
  const auto facts = wire.StartTls({host, probe.ca_file}, run.deadline());
  if (!facts) return run.Fail(facts.error());
  NoteTls(*facts, run.result());
  if (probe.postgres.tls == PostgresTls::kVerify && !facts->not_verified.empty()) {
    run.Judge("certificate");
    return run.Fail("certificate",
                    "the certificate for " + host + " proves nothing: " + facts->not_verified);
  }
  return std::nullopt;
}

}  // namespace

ProbeResult RunPostgresProbe(const Probe& probe, ProbeWorld& world) {
  ProbeRun run(probe, world.clock);
  const auto target = SplitHostPort(probe.target);
  if (!target) return run.Fail(target.error());
  const auto password = world.secret(probe.postgres.password);
  if (!password) return run.Fail("configuration", "password: " + password.error().message);
  auto wire = ConnectToTarget(probe, *target, Transport::kTcp, world, run);
  if (!wire) return run.Fail(wire.error());
  if (auto failed = Encrypt(probe, target->host, *wire, run)) return *std::move(failed);
  SignIn sign_in(probe.postgres, *password, *wire, run.deadline());
  run.Enter("authentication");
  const Status authenticated = sign_in.Authenticate();
  if (!authenticated) return FailSignIn(sign_in, authenticated.error(), "authentication", run);
  run.Enter("database");
  const Status ready = sign_in.AwaitReady();
  if (!ready) return FailSignIn(sign_in, ready.error(), "database", run);
  return run.SucceedIfCertificateLasts();
}

}  // namespace hinomi::metrics
