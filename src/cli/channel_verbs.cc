#include <cstdio>

#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int ListChannels(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto overview = remote->Get("now", {{"lang", "en"}});
  if (!overview) return Fail(overview.error());
  const Json& channels = (*overview)["channels"];
  if (call.json) {
    std::puts(channels.Dump().c_str());
    return kDone;
  }
  Table table({"CHANNEL", "TYPE", "CONFIGURED", "WHY NOT"});
  for (const Json& channel : channels.as_array())
    table.Add({channel["name"].as_string(), channel["type"].as_string(),
               channel["configured"].as_bool() ? "yes" : "no", channel["reason"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
  return kDone;
}

int Test(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer =
      remote->Post("channels/" + UrlEncode(call["NAME"]) + "/test",
                   Json::MakeObject().Set("address", call["address"]).Set("via", "cli"));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
    return kDone;
  }
  for (const Json& page : (*answer)["page"]["pages"].as_array())
    std::printf(
        "Test page %s is on its way by %s. How it went: hinomi journal show --subject "
        "page:%s\n",
        page.as_string().c_str(), call["NAME"].c_str(), page.as_string().c_str());
  return kDone;
}

}  // namespace

void AddChannelVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({"channel list",
                   "The ways to people, and which of them are configured",
                   "hinomi channel list",
                   {DataArgument()},
                   ListChannels});
  verbs.push_back({"channel test",
                   "Sends a page that says it is a test by one channel",
                   "hinomi channel test mail --address me@example.com",
                   {{Kind::kPositional,
                     "NAME",
                     "the channel, as in contacts.yml",
                     true,
                     "",
                     {},
                     Names::kChannel},
                    {Kind::kOption, "address", "where to, for channels that need it", false, ""},
                    DataArgument()},
                   Test});
}

}  // namespace hinomi::cli
