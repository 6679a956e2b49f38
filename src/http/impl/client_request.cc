#include "http/impl/client_request.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "base/strings.h"
#include "http/impl/gunzip.h"
#include "http/impl/syntax.h"

namespace hinomi::http {
namespace {

struct UrlCleanup {
  void operator()(CURLU* u) const { curl_url_cleanup(u); }
  void operator()(char* text) const { curl_free(text); }
};

}  // namespace

std::string UrlParts::Place() const {
  return scheme + "://" + host + (port.empty() ? "" : ":" + port);
}

Result<UrlParts> ParseUrl(const std::string& url) {
  const std::unique_ptr<CURLU, UrlCleanup> parsed(curl_url());
  if (parsed == nullptr) return Exhausted("no memory for a URL");
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK || url.find('\0') != std::string::npos) {
    return InvalidArgument(std::string("no request was made: the URL cannot be read (") +
                           curl_url_strerror(code) + "); it must begin with http:// or https://");
  }
  const auto part = [&parsed](CURLUPart which) {
    char* text = nullptr;
    curl_url_get(parsed.get(), which, &text, 0);
    const std::unique_ptr<char, UrlCleanup> owned(text);
    return std::string(text == nullptr ? "" : text);
  };
  UrlParts parts{part(CURLUPART_SCHEME), part(CURLUPART_USER), part(CURLUPART_HOST),
                 part(CURLUPART_PORT),   part(CURLUPART_PATH), part(CURLUPART_QUERY)};
  if (parts.scheme != "http" && parts.scheme != "https") {
    return InvalidArgument("no request was made: the scheme \"" + parts.scheme +
                           "\" is not supported; use http or https");
  }
  return parts;
}

Status CheckRequest(const ClientRequest& request) {
  if (!IsToken(request.method))
    return InvalidArgument("no request was made: \"" + request.method + "\" is no HTTP method");
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || !IsFieldValue(value)) {
      return InvalidArgument("no request was made: the header \"" + name +
                             "\" has characters that a header must not have");
    }
  }
  return {};
}

bool SameRequest(const ClientRequest& a, const ClientRequest& b) {
  const auto what = [](const ClientRequest& one) {
    return std::tie(one.method, one.url, one.headers, one.body, one.timeout, one.body_limit_bytes,
                    one.accept_gzip, one.guard_addresses, one.allow_loopback, one.ca_file,
                    one.verify_tls, one.tls_certificate, one.tls_key, one.tls_server_name);
  };
  return what(a) == what(b) && !a.on_data && !b.on_data;
}

Error AnswerTooLarge(uint64_t limit_bytes) {
  return Exhausted("the answer is larger than the limit of " + std::to_string(limit_bytes) +
                   " bytes; raise the limit of this target or let it answer less");
}

Status UnpackBody(const ClientRequest& request, ClientResponse& response) {
  const auto packed = [](const auto& header) {
    return header.first == "content-encoding" && EqualsIgnoreCase(header.second, "gzip");
  };
  if (!request.accept_gzip || response.body.empty() ||
      std::ranges::none_of(response.headers, packed))
    return {};
  auto body = Gunzip(response.body, request.body_limit_bytes);
  if (!body && body.error().code == ErrorCode::kExhausted)
    return AnswerTooLarge(request.body_limit_bytes);
  if (!body) return std::move(body).error();
  response.body = *std::move(body);
  return {};
}

}  // namespace hinomi::http
