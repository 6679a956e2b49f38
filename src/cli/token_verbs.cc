#include <cstdio>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int Create(const Invocation& call) {
  const auto days = ParseInt(call["days"]);
  if (!days) {
    std::fprintf(stderr, "hinomi: --days: expected a number, not '%s'\n",
                 Printable(call["days"]).c_str());
    return kWrongUse;
  }
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Post(
      "tokens",
      Json::MakeObject().Set("user", call["user"]).Set("role", call["role"]).Set("days", *days));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    std::printf("%s\n", (*answer)["token"].as_string().c_str());
    std::fprintf(stderr, "Shown once. %s has the role %s until %s.\n", call["user"].c_str(),
                 call["role"].c_str(), (*answer)["expires_at"].as_string().c_str());
  }
  return kDone;
}

int ListTokens(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Get("tokens");
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
    return kDone;
  }
  Table table({"ID", "USER", "ROLE", "EXPIRES", "LAST USED"});
  for (const Json& token : (*answer)["tokens"].as_array())
    table.Add({token["id"].as_string(), token["user"].as_string(), token["role"].as_string(),
               token["expires_at"].as_string(), token["last_used_at"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
  return kDone;
}

int Revoke(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Delete("tokens/" + UrlEncode(call["ID"]));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    std::printf("%s revoked.\n", Printable(call["ID"]).c_str());
  }
  return kDone;
}

int Link(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  auto answer = remote->Post("tokens/link", Json::MakeObject().Set("user", call["user"]));
  if (!answer) return Fail(answer.error());
  const std::string url = remote->url() + (*answer)["path"].as_string();
  if (call.json) {
    std::puts(answer->Set("url", url).Dump().c_str());
  } else {
    std::puts(url.c_str());
    std::fprintf(stderr, "Signs %s in once, within 15 minutes.\n", Printable(call["user"]).c_str());
  }
  return kDone;
}

}  // namespace

void AddTokenVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({"token create",
                   "Makes a token for a user; it is shown once",
                   "hinomi token create --user sato --role on-call --days 90",
                   {{Kind::kOption, "user", "whose token", true, ""},
                    {Kind::kOption,
                     "role",
                     "what it may do",
                     true,
                     "",
                     {"admin", "on-call", "devops", "security", "team-lead", "architect",
                      "management", "viewer"}},
                    {Kind::kOption, "days", "days until it expires", false, "90"},
                    DataArgument()},
                   Create});
  verbs.push_back({"token list",
                   "Tokens, without their secrets",
                   "hinomi token list",
                   {DataArgument()},
                   ListTokens});
  verbs.push_back({"token link",
                   "A link that signs a user in to the console, once",
                   "hinomi token link --user sato",
                   {{Kind::kOption, "user", "who signs in", false, "admin"}, DataArgument()},
                   Link});
  verbs.push_back(
      {"token revoke",
       "Ends a token at once",
       "hinomi token revoke k3f9",
       {{Kind::kPositional, "ID", "the token's id", true, "", {}, Names::kToken}, DataArgument()},
       Revoke});
}

}  // namespace hinomi::cli
