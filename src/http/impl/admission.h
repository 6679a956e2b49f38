#ifndef HINOMI_HTTP_IMPL_ADMISSION_H_
#define HINOMI_HTTP_IMPL_ADMISSION_H_

#include <optional>
#include <string>
#include <vector>

#include "http/server.h"

namespace hinomi::http {

/// Why a request is turned away before its body is read.
struct Refusal {
  int status = 400;
  std::string code;     ///< For JSON and metrics: "bad_host".
  std::string message;  ///< For the person or program that asked.
};

/// Method, target and the rules of RFC 9112 on which two readers of the same
/// bytes could part: Host, Content-Length and Transfer-Encoding. 400.
std::optional<Refusal> CheckForm(const Request& request, int http_minor_version);

/// Host must be an IP literal, localhost, *.localhost or a configured name:
/// a name that somebody else points here (DNS rebinding) is none of them. 421.
std::optional<Refusal> CheckHost(const Request& request,
                                 const std::vector<std::string>& host_names);

/// Requests that a page of another origin makes, by Sec-Fetch-Site and Origin.
/// `open_page` routes are shown to whoever follows a link. 403.
std::optional<Refusal> CheckOrigin(const Request& request, bool open_page);
/// `GET /`, assets and /healthz: no secrets, no effects.
bool IsOpenPage(const Request& request);

/// State-changing requests must carry the route's media type, which a form of
/// another origin cannot send. 415.
std::optional<Refusal> CheckContentType(const Request& request, const Route& route);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_ADMISSION_H_
