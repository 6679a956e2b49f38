#include "identity/credentials.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "base/check.h"
#include "base/digest.h"
#include "base/strings.h"

namespace hinomi::identity {
namespace {

constexpr std::string_view kPrefix = "hnm_";
constexpr size_t kIdDigits = 12;
constexpr size_t kSecretDigits = 40;
constexpr size_t kChecksumDigits = 8;
constexpr size_t kTokenSize = kPrefix.size() + kIdDigits + 1 + kSecretDigits + kChecksumDigits;

std::string Hex(std::string_view bytes) {
  return HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

std::string Checksum(std::string_view text) {
  char digits[kChecksumDigits + 1];
  std::snprintf(digits, sizeof digits, "%08x", Crc32c(text));
  return digits;
}

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

TokenText MakeTokenText(std::string_view random) {
  HN_CHECK(random.size() == (kIdDigits + kSecretDigits) / 2);
  TokenText token;
  token.id = Hex(random.substr(0, kIdDigits / 2));
  token.text = std::string(kPrefix) + token.id + "_" + Hex(random.substr(kIdDigits / 2));
  token.text += Checksum(token.text);
  return token;
}

std::optional<TokenText> ParseTokenText(std::string_view text) {
  if (text.size() != kTokenSize || !text.starts_with(kPrefix)) return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kIdDigits);
  const std::string_view secret = text.substr(kPrefix.size() + kIdDigits + 1);
  if (text[kPrefix.size() + kIdDigits] != '_' || !std::ranges::all_of(id, IsHexDigit) ||
      !std::ranges::all_of(secret, IsHexDigit)) {
    return std::nullopt;
  }
  const size_t before = text.size() - kChecksumDigits;
  if (Checksum(text.substr(0, before)) != text.substr(before)) return std::nullopt;
  return TokenText{std::string(id), std::string(text)};
}

Credentials ReadCredentials(const http::Request& request) {
  Credentials credentials;
  const std::string_view header = Trim(request.Header("authorization"));
  if (!header.empty()) {
    const size_t blank = std::min(header.find(' '), header.size());
    const std::string_view scheme = header.substr(0, blank);
    const std::string_view value = Trim(header.substr(blank));
    if (EqualsIgnoreCase(scheme, "bearer")) {
      credentials.token = std::string(value);
    } else if (EqualsIgnoreCase(scheme, "basic")) {
      const auto pair = Base64Decode(value);
      const size_t colon = pair.has_value() ? pair->find(':') : std::string::npos;
      if (colon != std::string::npos) credentials.token = pair->substr(colon + 1);
    }
    credentials.malformed = credentials.token.empty();
    return credentials;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads || request.path.starts_with("/api/hinomi/")) {
    credentials.session =
        std::string(CookieValue(request.Header("cookie"), SessionCookieName(request.secure)));
  }
  return credentials;
}

std::string_view SessionCookieName(bool secure) {
  return secure ? "__Host-hinomi" : "hinomi_session";
}

std::string SessionCookie(std::string_view value, bool secure) {
  std::string cookie(SessionCookieName(secure));
  cookie.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Lax");
  if (secure) cookie += "; Secure";
  cookie += value.empty() ? "; Max-Age=0" : "; Max-Age=604800";
  return cookie;
}

std::string_view CookieValue(std::string_view header, std::string_view name) {
  for (const std::string_view part : Split(header, ';')) {
    const std::string_view pair = Trim(part);
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return pair.substr(equals + 1);
    }
  }
  return {};
}

}  // namespace hinomi::identity
