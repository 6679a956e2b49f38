#ifndef HINOMI_HTTP_IMPL_EXCHANGE_H_
#define HINOMI_HTTP_IMPL_EXCHANGE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/impl/connection_context.h"
#include "http/server.h"

namespace hinomi::http {

/// What is decided about a request from its head alone.
struct Admission {
  const Route* route = nullptr;
  std::optional<Response> refusal;  ///< Set: answer this, do not read the body.
};

/// Fills in `request.path`, `query`, parameters and `user`, and runs every
/// check that needs no body: form, Host, route, origin, media type, right.
Admission Admit(const ServerContext& context, int http_minor_version, Request& request);

/// An answer to a request that could not even be read, counted by reason.
Response Refuse(const ServerContext& context, const Request& request, int status,
                std::string_view code, std::string_view message);

/// Runs `ask`, the handler or what it left for later; what it throws becomes a 500 and a line in
/// the log.
Response Invoke(const ServerContext& context, const Route& route, const Request& request,
                const std::function<Response()>& ask);

/// Counts an answered request.
void CountAnswer(const ServerContext& context, const Route* route, int status, Duration took);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_IMPL_EXCHANGE_H_
