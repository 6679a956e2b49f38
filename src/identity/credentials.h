#ifndef HINOMI_IDENTITY_CREDENTIALS_H_
#define HINOMI_IDENTITY_CREDENTIALS_H_

#include <optional>
#include <string>
#include <string_view>

#include "http/server.h"

namespace hinomi::identity {

/// A token as people hold it: `hnm_<id>_<secret>`. The id is 12 hex digits, the
/// secret 40 random ones and 8 of a checksum (CRC-32C of all before), so that a
/// mistyped token is told from a revoked one and secret scanners can be sure.
struct TokenText {
  std::string id;
  std::string text;
};

/// `random` is 26 unpredictable bytes.
TokenText MakeTokenText(std::string_view random);
/// Nothing if the form or the checksum is wrong.
std::optional<TokenText> ParseTokenText(std::string_view text);

/// What a request shows of itself. At most one is set.
struct Credentials {
  std::string token;       ///< Bearer, or the password of Basic.
  std::string session;     ///< Value of our cookie.
  bool malformed = false;  ///< An Authorization header that is neither.
};

/// Reads Authorization, else the session cookie. The cookie counts for the UI's
/// own API and for reading; never for what other programs' protocols write.
Credentials ReadCredentials(const http::Request& request);

/// `__Host-hinomi` over TLS, where the browser then holds it to this host.
std::string_view SessionCookieName(bool secure);
/// Set-Cookie's value for a session, or to delete it (empty value).
std::string SessionCookie(std::string_view value, bool secure);

/// A cookie's value from a Cookie header; "" if absent.
std::string_view CookieValue(std::string_view header, std::string_view name);

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_CREDENTIALS_H_
