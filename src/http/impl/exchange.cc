#include "http/impl/exchange.h"

#include <exception>
#include <utility>

#include "http/answer.h"
#include "http/impl/admission.h"
#include "http/impl/syntax.h"

namespace hinomi::http {
namespace {

Response Refuse(const ServerContext& context, const Request& request, const Refusal& refusal) {
  return Refuse(context, request, refusal.status, refusal.code, refusal.message);
}

bool HasCredentials(const Request& request) {
  return !request.Header("authorization").empty() || !request.Header("cookie").empty();
}

Response RefuseByAuthorizer(const ServerContext& context, const Request& request,
                            const Error& error) {
  const bool unknown = error.code == ErrorCode::kInvalidArgument ||
                       (error.code == ErrorCode::kDenied && !HasCredentials(request));
  if (unknown) {
    Response response = Refuse(context, request, 401, "not_signed_in", error.message);
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"hinomi\"");
    return response;
  }
  Response response =
      Refuse(context, request, StatusOfError(error.code), ErrorCodeName(error.code), error.message);
  if (IsRetryable(error.code)) response.headers.emplace_back("Retry-After", "30");
  return response;
}

Response RefuseUnrouted(const ServerContext& context, const Request& request,
                        const std::string& allow) {
  if (allow.empty()) {
    return Refuse(context, request, 404, "not_found", "there is nothing at this path");
  }
  Response response = Refuse(context, request, 405, "method_not_allowed",
                             "this path does not take " + request.method + "; it takes " + allow);
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace

Response Refuse(const ServerContext& context, const Request& request, int status,
                std::string_view code, std::string_view message) {
  context.telemetry.Counter("hinomi_http_refused_total", {{"reason", std::string(code)}}).Add();
  return ErrorAnswer(request, status, code, message);
}

Admission Admit(const ServerContext& context, int http_minor_version, Request& request) {
  Admission admission;
  const auto refused = [&](const std::optional<Refusal>& refusal) {
    if (refusal.has_value()) admission.refusal = Refuse(context, request, *refusal);
    return refusal.has_value();
  };
  std::optional<Target> target = ParseTarget(request.target);
  if (target.has_value()) {
    request.path = std::move(target->path);
    request.query = std::move(target->query);
  }
  if (refused(CheckForm(request, http_minor_version))) return admission;
  if (refused(CheckHost(request, context.config.host_names))) return admission;

  Router::Match match = context.router.Find(request.method, target->segments);
  const bool open_page = IsOpenPage(request) || (match.route != nullptr && match.route->open_page);
  if (refused(CheckOrigin(request, open_page))) return admission;
  if (match.route == nullptr) {
    admission.refusal = RefuseUnrouted(context, request, match.allow);
    return admission;
  }
  admission.route = match.route;
  request.path_parameters = std::move(match.path_parameters);
  if (match.route->right != "public") {
    Result<std::string> user = context.authorizer(request, match.route->right);
    if (!user.has_value()) {
      admission.refusal = RefuseByAuthorizer(context, request, user.error());
      return admission;
    }
    request.user = *std::move(user);
  }
  refused(CheckContentType(request, *match.route));
  return admission;
}

Response Invoke(const ServerContext& context, const Route& route, const Request& request,
                const std::function<Response()>& ask) {
  std::string what;
  try {
    return ask();
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
    what = "unknown";
  }
  context.log.Failed("a request could not be answered: its handler threw",
                     {{"route", route.pattern}, {"exception", what}});
  return ErrorAnswer(request, 500, "internal",
                     "the request could not be answered; Hinomi's log says why");
}

void CountAnswer(const ServerContext& context, const Route* route, int status, Duration took) {
  // The pattern, not the path: a scanner must not be able to make series.
  const std::string pattern = route == nullptr ? "none" : route->pattern;
  const std::string method = route == nullptr ? "none" : route->method;
  context.telemetry
      .Counter("hinomi_http_requests_total",
               {{"method", method}, {"route", pattern}, {"code", std::to_string(status)}})
      .Add();
  context.telemetry
      .Counter("hinomi_http_request_seconds_total", {{"method", method}, {"route", pattern}})
      .Add(took.ToSeconds());
}

}  // namespace hinomi::http
