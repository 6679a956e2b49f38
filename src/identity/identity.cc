#include "identity/identity.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/strings.h"
#include "identity/credentials.h"
#include "identity/impl/failure_limiter.h"
#include "identity/impl/record_table.h"
#include "os/entropy.h"

namespace hinomi::identity {
namespace {

constexpr std::string_view kAdministrator = "admin";

std::string HashOf(std::string_view secret) {
  return ToHex(Sha256(secret));
}

std::string RandomSecret() {
  const std::string bytes = SecureRandomBytes(32);
  return HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

// The table's key is the hash of a random secret: its beginning names a session
// and opens nothing.
std::string IdOf(const std::string& key) {
  return key.substr(0, 16);
}

std::string RolesWith(std::string_view right) {
  std::vector<std::string> names;
  for (const Role role : kAllRoles) {
    if (RoleHas(role, right)) names.emplace_back(RoleName(role));
  }
  return names.empty() ? "no role" : Join(names, ", ");
}

// Who asks, and what their token narrows it to.
struct Caller {
  std::string user;
  std::vector<std::string> scopes;
};

class StoredIdentity final : public Identity {
 public:
  StoredIdentity(ValueTable& store, const Clock& clock, Telemetry& telemetry, IdentityConfig config)
      : clock_(clock),
        config_(config),
        users_(store, "users"),
        tokens_(store, "tokens"),
        sessions_(store, "sessions"),
        links_(store, "sign_in_links"),
        limiter_(config.failures_a_minute, clock),
        failed_(telemetry.Counter("hinomi_sign_in_failures_total")),
        denied_(telemetry.Counter("hinomi_rights_denied_total")) {}

  Result<FirstStart> Bootstrap(Files& files, const std::string& data_directory) override {
    if (!users_.All().empty()) return FirstStart{};
    // The user comes last: as long as there is none, the next start does all
    // of this again.
    const TokenText text = MakeTokenText(SecureRandomBytes(26));
    FirstStart first;
    first.token_path = data_directory + "/admin-token";
    HN_TRY_VOID(files.WriteAtomically(first.token_path, text.text + "\n", 0600));
    Token token;
    token.id = text.id;
    token.user = kAdministrator;
    token.name = "first start";
    token.created = clock_.Now();
    token.hash = HashOf(text.text);
    HN_TRY_VOID(tokens_.Put(token.id, token));
    HN_TRY_VOID(PutUser({std::string(kAdministrator), {Role::kAdmin, Role::kDevOps}, false}));
    HN_TRY(first.link_secret, CreateSignInLink(std::string(kAdministrator)));
    return first;
  }

  Result<std::string> Authorize(const http::Request& request, const std::string& right) override {
    // Default deny holds in every mode: a right that is in no row is nobody's.
    if (!IsRight(right)) return Denied("the table of rights does not know \"" + right + "\"");
    if (config_.no_auth) return std::string("local");
    HN_TRY(const Caller caller, Identify(request));
    const auto user = users_.Find(caller.user);
    if (!user.has_value() || user->disabled) {
      return Failure(request.peer, "the user " + caller.user + " is disabled");
    }
    if (!user->Has(right)) {
      denied_.Add();
      return Denied("the user " + user->name + " lacks the right " + right +
                    ", which these roles have: " + RolesWith(right));
    }
    const bool in_scope =
        caller.scopes.empty() || std::ranges::find(caller.scopes, right) != caller.scopes.end();
    if (!in_scope) {
      denied_.Add();
      return Denied("this token's scopes (" + Join(caller.scopes, ", ") + ") do not hold " + right);
    }
    return user->name;
  }

  Status PutUser(const User& user) override {
    if (user.name.empty() || !IsValidUtf8(user.name) || user.name.size() > 100) {
      return InvalidArgument("a user's name has 1 to 100 bytes of text");
    }
    return users_.Put(user.name, user);
  }

  Result<User> ChangeUser(const User& user) override {
    HN_TRY_VOID(users_.Update(user.name, [&](std::optional<User>& row) -> Status {
      if (!row.has_value()) return NotFound("there is no user \"" + user.name + "\"");
      const bool somebody = std::ranges::any_of(users_.All(), [&](const auto& known) {
        return (known.first == user.name ? user : known.second).Has("users:manage");
      });
      if (!somebody) {
        return Conflict("then nobody could manage users any more; give another user the role " +
                        RolesWith("users:manage") + " first");
      }
      row = user;
      return {};
    }));
    if (user.disabled) HN_TRY_VOID(SignOutEverywhere(user.name));
    return user;
  }

  Result<User> FindUser(const std::string& name) override {
    auto user = users_.Find(name);
    if (!user.has_value()) return NotFound("there is no user \"" + name + "\"");
    return *std::move(user);
  }

  std::vector<User> Users() override {
    std::vector<User> users;
    for (auto& [name, user] : users_.All()) users.push_back(std::move(user));
    return users;
  }

  Result<NewToken> CreateToken(const std::string& user, const std::string& name,
                               const std::vector<std::string>& scopes, Instant expires) override {
    HN_TRY(const User owner, FindUser(user));
    for (const std::string& scope : scopes) {
      if (!IsRight(scope)) {
        return InvalidArgument("there is no right \"" + scope + "\" that a token could hold");
      }
      if (!owner.Has(scope)) {
        return Denied("a token of " + user + " cannot hold " + scope +
                      ", which the user does not have");
      }
    }
    if (expires <= clock_.Now()) return InvalidArgument("the token would have run out already");
    const TokenText text = MakeTokenText(SecureRandomBytes(26));
    NewToken made;
    made.text = text.text;
    made.token.id = text.id;
    made.token.user = user;
    made.token.name = name;
    made.token.scopes = scopes;
    made.token.created = clock_.Now();
    made.token.expires = expires;
    made.token.hash = HashOf(text.text);
    HN_TRY_VOID(tokens_.Put(text.id, made.token));
    return made;
  }

  Status RevokeToken(const std::string& id) override {
    return tokens_.Update(id, [&id](std::optional<Token>& token) -> Status {
      if (!token.has_value()) return NotFound("there is no token " + id);
      token->revoked = true;
      return {};
    });
  }

  std::vector<Token> Tokens(const std::string& user) override {
    std::vector<Token> tokens;
    for (auto& [id, token] : tokens_.All()) {
      if (user.empty() || token.user == user) tokens.push_back(std::move(token));
    }
    return tokens;
  }

  Result<NewSession> SignIn(const std::string& text, const std::string& peer) override {
    HN_TRY(const Caller caller, IdentifyToken(text, peer));
    const auto user = users_.Find(caller.user);
    if (!user.has_value() || user->disabled) {
      return Failure(peer, "the user " + caller.user + " is disabled");
    }
    // A session has all rights of its user; it must not widen a token.
    if (!caller.scopes.empty()) {
      return Denied("a token with scopes is for programs; sign in with one without");
    }
    return StartSession(caller.user);
  }

  Result<std::string> CreateSignInLink(const std::string& user) override {
    HN_TRY(const User owner, FindUser(user));
    std::string secret = RandomSecret();
    HN_TRY_VOID(links_.Put(HashOf(secret), {owner.name, clock_.Now() + config_.sign_in_link}));
    return secret;
  }

  Result<NewSession> RedeemSignInLink(const std::string& secret, const std::string& peer) override {
    std::string user;
    const Instant now = clock_.Now();
    const std::string key = HashOf(secret);
    // Only what is there is touched: guesses must not reach the store.
    if (links_.Find(key).has_value()) {
      HN_TRY_VOID(links_.Update(key, [&user, now](std::optional<SignInLink>& link) -> Status {
        if (link.has_value() && now < link->expires) user = link->user;
        link.reset();
        return {};
      }));
    }
    const auto owner = users_.Find(user);
    if (!owner.has_value() || owner->disabled) {
      failed_.Add();
      const std::string why =
          "this link was used already, is too old, or never was one; make a new one with: hinomi "
          "token link";
      if (limiter_.Failed(peer)) return TooMany();
      return Denied(why);
    }
    return StartSession(user);
  }

  Status SignOut(const http::Request& request) override {
    const Credentials credentials = ReadCredentials(request);
    if (credentials.session.empty()) return {};
    const std::string key = HashOf(credentials.session);
    return sessions_.Find(key).has_value() ? sessions_.Delete(key) : Status();
  }

  std::vector<SessionInfo> Sessions(const std::string& user) override {
    std::vector<SessionInfo> found;
    const Instant now = clock_.Now();
    for (const auto& [key, session] : sessions_.All()) {
      if ((!user.empty() && session.user != user) || RanOut(session, now)) continue;
      found.push_back({IdOf(key), session.user, session.created, session.last_seen,
                       std::min(session.last_seen + config_.session_idle,
                                session.created + config_.session_absolute)});
    }
    std::ranges::stable_sort(
        found, [](const auto& a, const auto& b) { return a.last_seen > b.last_seen; });
    return found;
  }

  std::string SessionOf(const http::Request& request) override {
    const Credentials credentials = ReadCredentials(request);
    return credentials.session.empty() ? std::string() : IdOf(HashOf(credentials.session));
  }

  Status EndSession(const std::string& id, const std::string& user) override {
    for (const auto& [key, session] : sessions_.All())
      if (IdOf(key) == id && (user.empty() || session.user == user)) return sessions_.Delete(key);
    return NotFound("there is no session " + id);
  }

  Status SignOutEverywhere(const std::string& user) override {
    for (const auto& [key, session] : sessions_.All()) {
      if (session.user == user) HN_TRY_VOID(sessions_.Delete(key));
    }
    return {};
  }

  Status Flush() override {
    const Instant now = clock_.Now();
    for (const auto& [key, session] : sessions_.All()) {
      if (RanOut(session, now)) HN_TRY_VOID(sessions_.Delete(key));
    }
    for (const auto& [key, link] : links_.All()) {
      if (link.expires <= now) HN_TRY_VOID(links_.Delete(key));
    }
    HN_TRY_VOID(sessions_.Flush());
    return tokens_.Flush();
  }

  Status Reload() override {
    HN_TRY_VOID(users_.Load());
    HN_TRY_VOID(tokens_.Load());
    HN_TRY_VOID(sessions_.Load());
    return links_.Load();
  }

 private:
  bool RanOut(const Session& session, Instant now) const {
    return now - session.last_seen >= config_.session_idle ||
           now - session.created >= config_.session_absolute;
  }

  static Error TooMany() {
    return Exhausted("too many failed sign-ins from this address; wait a minute");
  }

  Error Failure(const std::string& peer, std::string message) {
    failed_.Add();
    if (limiter_.Failed(peer)) return TooMany();
    return InvalidArgument(std::move(message));
  }

  Result<Caller> Identify(const http::Request& request) {
    const Credentials credentials = ReadCredentials(request);
    if (!credentials.token.empty()) return IdentifyToken(credentials.token, request.peer);
    if (!credentials.session.empty()) return IdentifySession(credentials.session, request.peer);
    if (credentials.malformed) {
      return Failure(request.peer,
                     "the Authorization header is not understood; send \"Bearer TOKEN\", or Basic "
                     "with the token as password");
    }
    return InvalidArgument(
        "sign in first: send \"Authorization: Bearer TOKEN\"; the administrator's token is in the "
        "file admin-token of the data directory");
  }

  Result<Caller> IdentifyToken(const std::string& text, const std::string& peer) {
    const auto parsed = ParseTokenText(text);
    if (!parsed.has_value()) {
      return Failure(peer,
                     "this is no token of Hinomi, or it is mistyped; tokens read hnm_ID_SECRET");
    }
    const auto token = tokens_.Find(parsed->id);
    const bool valid = token.has_value() && EqualsConstantTime(token->hash, HashOf(text)) &&
                       !token->revoked && clock_.Now() < token->expires;
    if (!valid) {
      return Failure(peer,
                     "this token is unknown, revoked or has run out; make a new one with: "
                     "hinomi token create");
    }
    tokens_.Touch(parsed->id, [now = clock_.Now()](Token& used) { used.last_used = now; });
    return Caller{token->user, token->scopes};
  }

  Result<Caller> IdentifySession(const std::string& cookie, const std::string& peer) {
    const std::string key = HashOf(cookie);
    const Instant now = clock_.Now();
    const auto session = sessions_.Find(key);
    if (!session.has_value() || RanOut(*session, now)) {
      return Failure(peer, "the session has ended; sign in again");
    }
    sessions_.Touch(key, [now](Session& used) { used.last_seen = now; });
    return Caller{session->user, {}};
  }

  Result<NewSession> StartSession(const std::string& user) {
    const Instant now = clock_.Now();
    NewSession made{user, RandomSecret()};
    HN_TRY_VOID(sessions_.Put(HashOf(made.cookie), {user, now, now}));
    return made;
  }

  const Clock& clock_;
  const IdentityConfig config_;
  RecordTable<User> users_;
  RecordTable<Token> tokens_;
  RecordTable<Session> sessions_;
  RecordTable<SignInLink> links_;
  FailureLimiter limiter_;
  Instrument& failed_;
  Instrument& denied_;
};

}  // namespace

Result<std::unique_ptr<Identity>> Identity::Open(ValueTable& store, const Clock& clock,
                                                 Telemetry& telemetry, IdentityConfig config) {
  auto identity = std::make_unique<StoredIdentity>(store, clock, telemetry, config);
  HN_TRY_VOID(identity->Reload());
  return std::unique_ptr<Identity>(std::move(identity));
}

}  // namespace hinomi::identity
