#include <cstdio>

#include "base/strings.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

std::string Number(const Json& value) {
  return value.is_int() ? std::to_string(value.as_int()) : "unknown";
}

void PrintScaling(const Json& scaling) {
  const std::string& service = scaling["service"].as_string();
  const std::string bounds = " (min_count " + Number(scaling["minimum"]) + ", max_count " +
                             Number(scaling["maximum"]) +
                             "; healthy now: " + Number(scaling["healthy"]) + ").";
  if (scaling["already"].as_bool()) {
    std::printf("%s is to have %s replicas already%s\n", service.c_str(),
                Number(scaling["to"]).c_str(), bounds.c_str());
    return;
  }
  std::printf("%s%s: %s → %s replicas%s\n", scaling["dry_run"].as_bool() ? "Would scale " : "",
              service.c_str(), Number(scaling["from"]).c_str(), Number(scaling["to"]).c_str(),
              bounds.c_str());
  std::printf("Alarms that ask for the same direction wait until %s.\n",
              scaling["rests_until"].as_string().c_str());
  if (!scaling["dry_run"].as_bool())
    std::printf("Its story: hinomi explain %s\n", scaling["scaling"].as_string().c_str());
}

int ServiceScale(const Invocation& call) {
  const auto count = ParseInt(call["COUNT"]);
  if (!count) {
    std::fprintf(stderr, "hinomi: COUNT is a whole number of replicas, not '%s'\n",
                 call["COUNT"].c_str());
    return kWrongUse;
  }
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Post("services/" + UrlEncode(call["NAME"]) + "/scale",
                                   Json::MakeObject()
                                       .Set("count", *count)
                                       .Set("dry_run", call.flag("dry-run"))
                                       .Set("via", "cli"));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    PrintScaling((*answer)["scaling"]);
  }
  return kDone;
}

}  // namespace

void AddScaleVerbs(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"service scale",
       "Gives a service another number of replicas, within its min_count and max_count",
       "hinomi service scale app 5",
       {{Kind::kPositional, "NAME", "the service's name", true, "", {}, Names::kService},
        {Kind::kPositional, "COUNT", "so many replicas", true, ""},
        {Kind::kFlag, "dry-run", "say what would be done, and do nothing", false, ""},
        DataArgument()},
       ServiceScale});
}

}  // namespace hinomi::cli
