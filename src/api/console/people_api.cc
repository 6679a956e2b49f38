#include <algorithm>

#include "api/console/access_api.h"
#include "api/console/console_api.h"

namespace hinomi::api {
namespace {

using http::Request;
using AccessPtr = std::shared_ptr<const AccessContext>;
using AccessAnswer = Result<Json> (*)(const AccessContext&, const Request&);

void Add(http::Server& server, const AccessPtr& context, const char* method,
         const std::string& path, const char* right, AccessAnswer answer) {
  http::Route route;
  route.method = method;
  route.pattern = "/api/hinomi/v1/" + path;
  route.right = right;
  route.handler = [context, answer](const Request& request) {
    const Result<Json> body = answer(*context, request);
    return body ? JsonResponse(*body) : ErrorResponse(body.error());
  };
  server.Add(std::move(route));
}

Json RenderUser(const identity::User& user, identity::Identity& identity) {
  Json roles = Json::MakeArray();
  for (const identity::Role role : user.roles) roles.Append(identity::RoleName(role));
  const auto tokens = identity.Tokens(user.name);
  const auto living =
      std::ranges::count_if(tokens, [](const identity::Token& token) { return !token.revoked; });
  return Json::MakeObject()
      .Set("name", user.name)
      .Set("roles", std::move(roles))
      .Set("disabled", user.disabled)
      .Set("tokens", static_cast<int64_t>(living))
      .Set("sessions", identity.Sessions(user.name).size());
}

Result<Json> ListUsers(const AccessContext& context, const Request&) {
  identity::Identity& identity = context.identity;
  Json users = Json::MakeArray();
  for (const identity::User& user : identity.Users()) users.Append(RenderUser(user, identity));
  return Json::MakeObject().Set("users", std::move(users));
}

Result<Json> ChangeUser(const AccessContext& context, const Request& request) {
  HN_TRY(const Json body, Json::Parse(request.body));
  HN_TRY(identity::User user, context.identity.FindUser(std::string(request.PathValue("name"))));
  if (body.contains("roles")) {
    user.roles.clear();
    for (const Json& name : body["roles"].as_array()) {
      HN_TRY(const identity::Role role, identity::ParseRole(name.as_string()));
      if (std::ranges::find(user.roles, role) == user.roles.end()) user.roles.push_back(role);
    }
  }
  user.disabled = body["disabled"].as_bool(user.disabled);
  HN_TRY(user, context.identity.ChangeUser(user));
  return RenderUser(user, context.identity);
}

// What each role may do: the table of identity/rights.
Result<Json> ListRights(const AccessContext&, const Request&) {
  Json roles = Json::MakeArray();
  for (const identity::Role role : identity::kAllRoles) roles.Append(identity::RoleName(role));
  Json rights = Json::MakeArray();
  for (const identity::RightRow& row : identity::RightTable()) {
    Json having = Json::MakeArray();
    for (const identity::Role role : identity::kAllRoles)
      if (identity::RoleHas(role, row.right)) having.Append(identity::RoleName(role));
    rights.Append(Json::MakeObject()
                      .Set("right", row.right)
                      .Set("what", row.what)
                      .Set("roles", std::move(having)));
  }
  return Json::MakeObject().Set("roles", std::move(roles)).Set("rights", std::move(rights));
}

Json RenderSessions(const AccessContext& context, const Request& request, const std::string& user) {
  const std::string own = context.identity.SessionOf(request);
  Json sessions = Json::MakeArray();
  for (const auto& session : context.identity.Sessions(user))
    sessions.Append(Json::MakeObject()
                        .Set("id", session.id)
                        .Set("user", session.user)
                        .Set("created_at", FormatRfc3339(session.created))
                        .Set("last_seen_at", FormatRfc3339(session.last_seen))
                        .Set("ends_at", FormatRfc3339(session.ends))
                        .Set("current", session.id == own));
  return Json::MakeObject().Set("sessions", std::move(sessions));
}

Result<Json> OwnSessions(const AccessContext& context, const Request& request) {
  return RenderSessions(context, request, request.user);
}

Result<Json> EndOwnSession(const AccessContext& context, const Request& request) {
  HN_TRY_VOID(context.identity.EndSession(std::string(request.PathValue("id")), request.user));
  return Json::MakeObject().Set("ok", true);
}

Result<Json> SessionsOfUser(const AccessContext& context, const Request& request) {
  HN_TRY(const identity::User user,
         context.identity.FindUser(std::string(request.PathValue("name"))));
  return RenderSessions(context, request, user.name);
}

Result<Json> EndSessionsOfUser(const AccessContext& context, const Request& request) {
  HN_TRY(const identity::User user,
         context.identity.FindUser(std::string(request.PathValue("name"))));
  HN_TRY_VOID(context.identity.SignOutEverywhere(user.name));
  return Json::MakeObject().Set("ok", true);
}

}  // namespace

void AddPeopleRoutes(http::Server& server, AccessPtr context) {
  Add(server, context, "GET", "rights", "console:read", ListRights);
  Add(server, context, "GET", "users", "users:manage", ListUsers);
  Add(server, context, "POST", "users/{name}", "users:manage", ChangeUser);
  Add(server, context, "GET", "users/{name}/sessions", "users:manage", SessionsOfUser);
  Add(server, context, "DELETE", "users/{name}/sessions", "users:manage", EndSessionsOfUser);
  Add(server, context, "GET", "sessions", "self:read", OwnSessions);
  Add(server, context, "DELETE", "sessions/{id}", "self:read", EndOwnSession);
}

}  // namespace hinomi::api
