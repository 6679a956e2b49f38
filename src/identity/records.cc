#include "identity/records.h"

#include <algorithm>

namespace hinomi::identity {
namespace {

Instant ReadInstant(const Json& json) {
  return Instant::FromNanos(json.as_int());
}

}  // namespace

bool User::Has(std::string_view right) const {
  return !disabled &&
         std::ranges::any_of(roles, [right](Role role) { return RoleHas(role, right); });
}

Json User::ToJson() const {
  Json names = Json::MakeArray();
  for (const Role role : roles) names.Append(RoleName(role));
  return Json::MakeObject().Set("name", name).Set("roles", names).Set("disabled", disabled);
}

User User::FromJson(const Json& json) {
  User user;
  user.name = json["name"].as_string();
  for (const Json& name : json["roles"].as_array()) {
    // A role that this release does not know gives no rights.
    const auto role = ParseRole(name.as_string());
    if (role.has_value()) user.roles.push_back(*role);
  }
  user.disabled = json["disabled"].as_bool();
  return user;
}

bool Token::Covers(std::string_view right) const {
  return scopes.empty() || std::ranges::find(scopes, right) != scopes.end();
}

Json Token::ToJson() const {
  Json list = Json::MakeArray();
  for (const std::string& scope : scopes) list.Append(scope);
  return Json::MakeObject()
      .Set("id", id)
      .Set("user", user)
      .Set("name", name)
      .Set("scopes", list)
      .Set("created", created.nanos())
      .Set("expires", expires.nanos())
      .Set("last_used", last_used.nanos())
      .Set("revoked", revoked)
      .Set("hash", hash);
}

Token Token::FromJson(const Json& json) {
  Token token;
  token.id = json["id"].as_string();
  token.user = json["user"].as_string();
  token.name = json["name"].as_string();
  for (const Json& scope : json["scopes"].as_array()) token.scopes.push_back(scope.as_string());
  token.created = ReadInstant(json["created"]);
  token.expires = ReadInstant(json["expires"]);
  token.last_used = ReadInstant(json["last_used"]);
  token.revoked = json["revoked"].as_bool(true);
  token.hash = json["hash"].as_string();
  return token;
}

Json Session::ToJson() const {
  return Json::MakeObject()
      .Set("user", user)
      .Set("created", created.nanos())
      .Set("last_seen", last_seen.nanos());
}

Session Session::FromJson(const Json& json) {
  return {json["user"].as_string(), ReadInstant(json["created"]), ReadInstant(json["last_seen"])};
}

Json SignInLink::ToJson() const {
  return Json::MakeObject().Set("user", user).Set("expires", expires.nanos());
}

SignInLink SignInLink::FromJson(const Json& json) {
  return {json["user"].as_string(), ReadInstant(json["expires"])};
}

Json AcknowledgeLink::ToJson() const {
  return Json::MakeObject()
      .Set("id", id)
      .Set("incident", incident)
      .Set("contact", contact)
      .Set("expires", expires.nanos())
      .Set("used", used.nanos());
}

AcknowledgeLink AcknowledgeLink::FromJson(const Json& json) {
  return {json["id"].as_string(), json["incident"].as_string(), json["contact"].as_string(),
          ReadInstant(json["expires"]), ReadInstant(json["used"])};
}

}  // namespace hinomi::identity
