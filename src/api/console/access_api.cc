#include "api/console/access_api.h"

#include <algorithm>

#include "api/console/assets.h"
#include "api/console/console_api.h"
#include "api/console/impl/texts.h"
#include "identity/credentials.h"

namespace hinomi::api {
namespace {

using http::Request;
using http::Response;
using AccessPtr = std::shared_ptr<const AccessContext>;

http::Route MakeRoute(const char* method, std::string pattern, const char* right,
                      http::Handler handler) {
  http::Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.right = right;
  route.handler = std::move(handler);
  return route;
}

/// `session` is the cookie's value; "" deletes it.
Response WithSession(Response response, const Request& request, const std::string& session) {
  response.headers.emplace_back("Set-Cookie", identity::SessionCookie(session, request.secure));
  return response;
}

Response SignIn(const AccessContext& context, const Request& request) {
  const Result<Json> body = Json::Parse(request.body);
  if (!body) return ErrorResponse(body.error());
  const auto session = context.identity.SignIn((*body)["token"].as_string(), request.peer);
  if (!session) {
    Response refused = ErrorResponse(session.error());
    // A wrong token is "sign in", not "you may not".
    if (refused.status == 400) refused.status = 401;
    return refused;
  }
  return WithSession(JsonResponse(Json::MakeObject().Set("ok", true).Set("user", session->user)),
                     request, session->cookie);
}

Response RedeemLink(const AccessContext& context, const Request& request) {
  const auto session =
      context.identity.RedeemSignInLink(std::string(request.PathValue("code")), request.peer);
  Response response;
  response.status = 303;
  // A person clicked: an old link leads to the page, which says so.
  response.headers.emplace_back("Location", session ? "/" : "/?link=spent");
  if (!session) return response;
  return WithSession(std::move(response), request, session->cookie);
}

Json RenderToken(const identity::Token& token, identity::Identity& identity) {
  std::string roles;
  if (const auto user = identity.FindUser(token.user))
    for (const identity::Role role : user->roles)
      roles += (roles.empty() ? "" : ",") + std::string(identity::RoleName(role));
  return Json::MakeObject()
      .Set("id", token.id)
      .Set("user", token.user)
      .Set("role", roles)
      .Set("name", token.name)
      .Set("created_at", FormatRfc3339(token.created))
      .Set("expires_at",
           token.expires == Instant::Max() ? Json("never") : Json(FormatRfc3339(token.expires)))
      .Set("last_used_at",
           token.last_used == Instant() ? Json() : Json(FormatRfc3339(token.last_used)))
      .Set("revoked", token.revoked);
}

Result<Json> CreateToken(const AccessContext& context, const Request& request) {
  HN_TRY(const Json body, Json::Parse(request.body));
  const std::string& user = body["user"].as_string();
  HN_TRY_VOID(impl::CheckUserName(user));
  HN_TRY_VOID(impl::CheckLine("name", body["name"].as_string()));
  const int64_t days = body["days"].as_int(90);
  if (days < 1 || days > 3650) return InvalidArgument("days: expected 1 to 3650");
  HN_TRY(const identity::Role role, identity::ParseRole(body["role"].as_string()));
  Result<identity::User> known = context.identity.FindUser(user);
  identity::User record = known ? *known : identity::User{user, {}, false};
  if (std::find(record.roles.begin(), record.roles.end(), role) == record.roles.end()) {
    record.roles.push_back(role);
    HN_TRY_VOID(context.identity.PutUser(record));
  }
  HN_TRY(const identity::NewToken made,
         context.identity.CreateToken(user, body["name"].as_string(), {},
                                      context.clock.Now() + Duration::Days(days)));
  Json rendered = RenderToken(made.token, context.identity);
  rendered.Set("token", made.text);
  return rendered;
}

Result<Json> CreateLink(const AccessContext& context, const Request& request) {
  HN_TRY(const Json body, Json::Parse(request.body));
  const std::string& user = body["user"].as_string();
  HN_TRY_VOID(impl::CheckUserName(user));
  HN_TRY(const std::string code, context.identity.CreateSignInLink(user));
  return Json::MakeObject().Set("user", user).Set("path", "/api/hinomi/v1/session/link/" + code);
}

void AddTokenRoutes(http::Server& server, const AccessPtr& context) {
  server.Add(MakeRoute("GET", "/api/hinomi/v1/tokens", "users:manage", [context](const Request&) {
    Json tokens = Json::MakeArray();
    for (const identity::Token& token : context->identity.Tokens(""))
      if (!token.revoked) tokens.Append(RenderToken(token, context->identity));
    return JsonResponse(Json::MakeObject().Set("tokens", tokens));
  }));
  server.Add(
      MakeRoute("POST", "/api/hinomi/v1/tokens", "users:manage", [context](const Request& request) {
        const Result<Json> made = CreateToken(*context, request);
        return made ? JsonResponse(*made) : ErrorResponse(made.error());
      }));
  server.Add(MakeRoute("POST", "/api/hinomi/v1/tokens/link", "users:manage",
                       [context](const Request& request) {
                         const Result<Json> made = CreateLink(*context, request);
                         return made ? JsonResponse(*made) : ErrorResponse(made.error());
                       }));
  server.Add(MakeRoute(
      "DELETE", "/api/hinomi/v1/tokens/{id}", "users:manage", [context](const Request& request) {
        const Status revoked = context->identity.RevokeToken(std::string(request.PathValue("id")));
        return revoked ? JsonResponse(Json::MakeObject().Set("ok", true))
                       : ErrorResponse(revoked.error());
      }));
}

// The table route × right as it is served: what a role may do can be read, and
// tests walk all of it.
void AddRouteTable(http::Server& server) {
  server.Add(MakeRoute("GET", "/api/hinomi/v1/routes", "console:read", [&server](const Request&) {
    Json routes = Json::MakeArray();
    for (const http::Route& route : server.routes())
      routes.Append(Json::MakeObject()
                        .Set("method", route.method)
                        .Set("path", route.pattern)
                        .Set("right", route.right)
                        .Set("content_type", route.content_type)
                        .Set("open_to_other_origins", route.open_page));
    return JsonResponse(Json::MakeObject().Set("routes", routes));
  }));
}

}  // namespace

void AddAccessRoutes(http::Server& server, AccessPtr context) {
  server.Add(MakeRoute("POST", "/api/hinomi/v1/session", "public",
                       [context](const Request& request) { return SignIn(*context, request); }));
  server.Add(
      MakeRoute("DELETE", "/api/hinomi/v1/session", "self:read", [context](const Request& request) {
        const Status out = context->identity.SignOut(request);
        if (!out) return ErrorResponse(out.error());
        return WithSession(JsonResponse(Json::MakeObject().Set("ok", true)), request, "");
      }));
  http::Route link =
      MakeRoute("GET", "/api/hinomi/v1/session/link/{code}", "public",
                [context](const Request& request) { return RedeemLink(*context, request); });
  link.open_page = true;
  server.Add(std::move(link));
  AddTokenRoutes(server, context);
  AddPeopleRoutes(server, context);
  AddRouteTable(server);
}

void AddAssetRoutes(http::Server& server) {
  const auto serve = [](std::string_view path, const Request& request) {
    Response response;
    const Asset* asset = FindAsset(path);
    if (asset == nullptr) {
      response.status = 404;
      response.content_type = "text/plain; charset=utf-8";
      response.body = "There is no such page. Start at /.\n";
      return response;
    }
    const AssetAnswer answer =
        AnswerAsset(*asset, request.Header("accept-encoding"), request.Header("if-none-match"));
    response.status = answer.status;
    response.content_type = answer.content_type;
    response.headers = answer.headers;
    response.body = answer.body;
    return response;
  };
  for (const Asset& asset : Assets()) {
    if (asset.path == "/") continue;
    server.Add(MakeRoute(
        "GET", std::string(asset.path), "public",
        [serve, path = asset.path](const Request& request) { return serve(path, request); }));
  }
  // Deep links are the same page; it reads the address itself.
  for (const char* pattern :
       {"/", "/incidents", "/incidents/{id}", "/alarms", "/alarms/{name}", "/journal", "/services",
        "/services/{name}", "/targets", "/settings", "/settings/{section}"}) {
    http::Route route = MakeRoute("GET", pattern, "public",
                                  [serve](const Request& request) { return serve("/", request); });
    // People come here by links in chats and mails.
    route.open_page = true;
    server.Add(std::move(route));
  }
}

Json DescribeUser(identity::Identity& identity, const std::string& user) {
  Json roles = Json::MakeArray();
  Json rights = Json::MakeArray();
  const Result<identity::User> known = identity.FindUser(user);
  if (known)
    for (const identity::Role role : known->roles) roles.Append(identity::RoleName(role));
  for (const identity::RightRow& row : identity::RightTable())
    if (!known || known->Has(row.right)) rights.Append(row.right);
  return Json::MakeObject().Set("roles", roles).Set("rights", rights);
}

}  // namespace hinomi::api
