#ifndef HINOMI_IDENTITY_RECORDS_H_
#define HINOMI_IDENTITY_RECORDS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "identity/rights.h"

namespace hinomi::identity {

/// Somebody, or some program, that may do things.
struct User {
  std::string name;
  std::vector<Role> roles;
  bool disabled = false;

  bool Has(std::string_view right) const;
  Json ToJson() const;
  static User FromJson(const Json& json);
  void KeepTouched(const User&) {}
};

/// A token without its secret: that is known to its holder only.
struct Token {
  std::string id;
  std::string user;
  std::string name;                 ///< What it is for, in the maker's words.
  std::vector<std::string> scopes;  ///< Rights; empty for all that the user has.
  Instant created;
  Instant expires = Instant::Max();
  Instant last_used;  ///< Zero if never.
  bool revoked = false;
  std::string hash;  ///< SHA-256 of the whole text, hex.

  bool Covers(std::string_view right) const;
  Json ToJson() const;
  static Token FromJson(const Json& json);
  void KeepTouched(const Token& other) { last_used = std::max(last_used, other.last_used); }
};

/// A signed-in browser. The key in its table is the SHA-256 of the cookie.
struct Session {
  std::string user;
  Instant created;
  Instant last_seen;

  Json ToJson() const;
  static Session FromJson(const Json& json);
  void KeepTouched(const Session& other) { last_seen = std::max(last_seen, other.last_seen); }
};

/// A link that signs in once. The key is the SHA-256 of its secret.
struct SignInLink {
  std::string user;
  Instant expires;

  Json ToJson() const;
  static SignInLink FromJson(const Json& json);
  void KeepTouched(const SignInLink&) {}
};

/// A link that acknowledges one incident for one contact, once.
struct AcknowledgeLink {
  std::string id;  ///< SHA-256 of the secret, hex: serves as the command's idempotency key.
  std::string incident;
  std::string contact;
  Instant expires;
  Instant used;  ///< Zero if not yet.

  Json ToJson() const;
  static AcknowledgeLink FromJson(const Json& json);
  void KeepTouched(const AcknowledgeLink&) {}
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_RECORDS_H_
