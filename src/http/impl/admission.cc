#include "http/impl/admission.h"

#include <algorithm>

#include "base/strings.h"
#include "http/impl/syntax.h"

namespace hinomi::http {
namespace {

size_t Count(const Request& request, std::string_view name) {
  return static_cast<size_t>(std::ranges::count_if(request.headers, [name](const auto& header) {
    return EqualsIgnoreCase(header.first, name);
  }));
}

bool ChangesState(const Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

// "host" or "host:port", in lower case, without the port that the scheme implies.
std::string Authority(std::string_view text, std::string_view scheme) {
  std::string authority = ToLowerAscii(text);
  const std::string_view implied = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(implied)) authority.resize(authority.size() - implied.size());
  return authority;
}

bool IsOwnOrigin(const Request& request, std::string_view origin) {
  const size_t slashes = origin.find("://");
  if (slashes == std::string_view::npos) return false;  // "null" too.
  const std::string_view scheme = origin.substr(0, slashes);
  if (scheme != "https" && scheme != "http") return false;
  // A plain listener may stand behind a proxy that ends TLS.
  if (request.secure && scheme != "https") return false;
  return Authority(origin.substr(slashes + 3), scheme) == Authority(request.Header("host"), scheme);
}

}  // namespace

std::optional<Refusal> CheckForm(const Request& request, int http_minor_version) {
  const auto bad = [](std::string message) {
    return Refusal{400, "bad_request", std::move(message)};
  };
  if (!IsToken(request.method)) return bad("the method is no HTTP method");
  if (Count(request, "host") != 1) return bad("exactly one Host header is required");
  if (Count(request, "content-length") > 1) return bad("more than one Content-Length header");
  const std::string_view length = request.Header("content-length");
  if (!length.empty() && !ParseUint(length).has_value()) {
    return bad("the Content-Length header is no number");
  }
  const size_t codings = Count(request, "transfer-encoding");
  if (codings > 1) return bad("more than one Transfer-Encoding header");
  if (codings == 1) {
    if (Count(request, "content-length") > 0) {
      return bad("both Content-Length and Transfer-Encoding: the end of the body is ambiguous");
    }
    if (http_minor_version == 0 ||
        !EqualsIgnoreCase(request.Header("transfer-encoding"), "chunked")) {
      return bad("the only transfer coding understood is \"chunked\", in HTTP/1.1");
    }
  }
  if (request.path.empty()) {
    return bad("the request target must be a plain path, such as /api/v1/query?query=up");
  }
  return std::nullopt;
}

std::optional<Refusal> CheckHost(const Request& request,
                                 const std::vector<std::string>& host_names) {
  const auto name = HostName(request.Header("host"));
  const bool known = name.has_value() &&
                     (*name == "localhost" || name->ends_with(".localhost") || IsIpLiteral(*name) ||
                      std::ranges::any_of(host_names, [&name](const std::string& configured) {
                        return EqualsIgnoreCase(*name, configured);
                      }));
  if (known) return std::nullopt;
  return Refusal{421, "bad_host",
                 "this server does not go by the name in the Host header; use its address, or add "
                 "the name to server.host_names in hinomi.yml"};
}

bool IsOpenPage(const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  return request.path == "/" || request.path == "/healthz" || request.path.starts_with("/assets/");
}

std::optional<Refusal> CheckOrigin(const Request& request, bool open_page) {
  if (open_page && !ChangesState(request)) return std::nullopt;
  const Refusal foreign{403, "foreign_origin",
                        "requests from pages of other origins are refused; open Hinomi's own page"};
  for (const auto& [name, value] : request.headers) {
    if (EqualsIgnoreCase(name, "sec-fetch-site") && value != "same-origin" && value != "none") {
      return foreign;
    }
    if (EqualsIgnoreCase(name, "origin") && !IsOwnOrigin(request, value)) return foreign;
  }
  return std::nullopt;
}

std::optional<Refusal> CheckContentType(const Request& request, const Route& route) {
  if (!ChangesState(request) || route.content_type.empty()) return std::nullopt;
  const std::string_view given = request.Header("content-type");
  const std::string_view media = Trim(given.substr(0, given.find(';')));
  for (const std::string_view taken : Split(route.content_type, ',')) {
    if (EqualsIgnoreCase(media, Trim(taken))) return std::nullopt;
  }
  return Refusal{415, "unsupported_media_type",
                 "send this request with Content-Type: " + route.content_type};
}

}  // namespace hinomi::http
