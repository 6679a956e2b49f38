#ifndef HINOMI_IDENTITY_IDENTITY_H_
#define HINOMI_IDENTITY_IDENTITY_H_

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "http/server.h"
#include "identity/records.h"
#include "identity/rights.h"
#include "identity/value_table.h"
#include "os/files.h"

namespace hinomi::identity {

struct IdentityConfig {
  /// Everybody is "local" with every right. The caller has made sure of
  /// `CheckListen`.
  bool no_auth = false;
  Duration session_idle = Duration::Hours(12);
  Duration session_absolute = Duration::Days(7);
  Duration sign_in_link = Duration::Minutes(15);
  int failures_a_minute = 10;  ///< From one address; then 429 for what is not valid.
};

/// A token just made: the only moment at which its text exists.
struct NewToken {
  Token token;
  std::string text;
};

/// A session just made: `cookie` is the value for Set-Cookie (credentials.h).
struct NewSession {
  std::string user;
  std::string cookie;
};

/// A session as people see it.
struct SessionInfo {
  std::string id;  ///< Names it; it cannot be signed in with.
  std::string user;
  Instant created;
  Instant last_seen;
  Instant ends;  ///< Without a request until then.
};

/// What the first start tells the operator. Both empty at later starts.
struct FirstStart {
  std::string token_path;   ///< DATA/admin-token
  std::string link_secret;  ///< Signs in once, within `sign_in_link`.
};

/// Who asks, and whether they may: users, tokens, sessions. All state is in
/// memory and, hashed, in the value tables; nothing here waits for the store
/// but what changes it. Threads: any.
class Identity {
 public:
  /// `store`, `clock` and `telemetry` must outlive it. Errors of the store.
  static Result<std::unique_ptr<Identity>> Open(ValueTable& store, const Clock& clock,
                                                Telemetry& telemetry, IdentityConfig config = {});
  virtual ~Identity() = default;

  /// If there is no user yet: makes the user "admin" (roles admin and devops:
  /// whoever installs Hinomi runs it at first), writes a token to
  /// `data_directory`/admin-token with mode 0600, and makes a sign-in link. A
  /// crash in between is made good by the next start.
  virtual Result<FirstStart> Bootstrap(Files& files, const std::string& data_directory) = 0;

  /// The user's name if the request may use `right`; see http::Authorizer for
  /// the errors. Does not block.
  virtual Result<std::string> Authorize(const http::Request& request, const std::string& right) = 0;
  /// `Authorize` as the server wants it. This must outlive the server.
  http::Authorizer AsAuthorizer() {
    return [this](const http::Request& request, const std::string& right) {
      return Authorize(request, right);
    };
  }

  virtual Status PutUser(const User& user) = 0;
  /// Gives a user other roles, or shuts them out and in again; who is shut out
  /// has no session any more. Holds from the next request on. kNotFound;
  /// kConflict if nobody could manage users afterwards.
  virtual Result<User> ChangeUser(const User& user) = 0;
  /// kNotFound.
  virtual Result<User> FindUser(const std::string& name) = 0;
  virtual std::vector<User> Users() = 0;

  /// `scopes` must be rights; `expires` may be Instant::Max().
  virtual Result<NewToken> CreateToken(const std::string& user, const std::string& name,
                                       const std::vector<std::string>& scopes, Instant expires) = 0;
  /// Holds from the next request on. kNotFound.
  virtual Status RevokeToken(const std::string& id) = 0;
  /// Of one user, or all with "".
  virtual std::vector<Token> Tokens(const std::string& user) = 0;

  /// A browser's sign-in with a token; `peer` counts failures.
  virtual Result<NewSession> SignIn(const std::string& token, const std::string& peer) = 0;
  /// The secret of a link that signs `user` in, once.
  virtual Result<std::string> CreateSignInLink(const std::string& user) = 0;
  /// kDenied if it is unknown, used or too old: which of them is not told.
  virtual Result<NewSession> RedeemSignInLink(const std::string& secret,
                                              const std::string& peer) = 0;
  /// Ends the session of the request, if any.
  virtual Status SignOut(const http::Request& request) = 0;
  /// Of one user, or all with ""; the newest first.
  virtual std::vector<SessionInfo> Sessions(const std::string& user) = 0;
  /// The id of the request's own session; "" if it comes with none.
  virtual std::string SessionOf(const http::Request& request) = 0;
  /// Ends one session by its id; only of `user` unless that is "". kNotFound.
  virtual Status EndSession(const std::string& id, const std::string& user) = 0;
  /// Ends all sessions of a user.
  virtual Status SignOutEverywhere(const std::string& user) = 0;

  /// Stores when tokens and sessions were last used, and removes what ran out.
  /// Call about once a minute, and at the stop.
  virtual Status Flush() = 0;
  /// Reads what other replicas changed. Call now and then.
  virtual Status Reload() = 0;
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_IDENTITY_H_
