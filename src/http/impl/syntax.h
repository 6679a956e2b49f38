#ifndef HINOMI_HTTP_IMPL_SYNTAX_H_
#define HINOMI_HTTP_IMPL_SYNTAX_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hinomi::http {

/// RFC 9110 5.6.2: at least one tchar; methods and header names.
bool IsToken(std::string_view text);
/// RFC 9110 5.5: no CR, LF, NUL or other control characters but tab.
bool IsFieldValue(std::string_view text);

/// Percent-decoding; `+` is a blank where `plus_is_blank` (queries and forms).
/// Nothing for a broken escape or a NUL byte.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_blank);

/// "a=1&b" as decoded pairs, in order. Nothing if an escape is broken.
std::optional<std::vector<std::pair<std::string, std::string>>> ParseQuery(std::string_view text);

/// Path and query of a request target in origin form ("/a%20b?c=d").
struct Target {
  std::string path;                   ///< Decoded.
  std::vector<std::string> segments;  ///< Of the path, each decoded: "%2F" stays inside one.
  std::vector<std::pair<std::string, std::string>> query;
};
/// Nothing unless it begins with one "/" and holds no fragment, control
/// characters, broken escapes, "//", "\" or "." and ".." segments (RFC 9112 3.2.1).
std::optional<Target> ParseTarget(std::string_view target);

/// Host without its port, in lower case, without the brackets of IPv6;
/// nothing if it is no host at all.
std::optional<std::string> HostName(std::string_view host);
/// True for "127.0.0.1" and "::1" alike.
bool IsIpLiteral(const std::string& host);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_SYNTAX_H_
