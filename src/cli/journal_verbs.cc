#include <cstdio>

#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "os/files.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int Show(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Get("journal", {{"subject", call["subject"]},
                                              {"before", call["before"]},
                                              {"limit", call["limit"]}});
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
    return kDone;
  }
  Table table({"SEQ", "AT", "WHO", "TYPE", "WHAT"});
  for (const Json& entry : (*answer)["entries"].as_array())
    table.Add({std::to_string(entry["sequence"].as_int()), entry["at"].as_string(),
               entry["actor"].as_string(), entry["type"].as_string(),
               entry["summary"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
  return kDone;
}

int Verify(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  Json body = Json::MakeObject();
  if (!call["checkpoint"].empty()) {
    PosixFiles files;
    const auto text = files.ReadAll(call["checkpoint"]);
    if (!text) return Fail(text.error());
    body.Set("checkpoint", *text);
  }
  const auto answer = remote->Post("journal/verify", body);
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    std::puts((*answer)["message"].as_string().c_str());
  }
  return (*answer)["ok"].as_bool() ? kDone : kAnswerIsNo;
}

int Checkpoint(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Get("journal/checkpoint");
  if (!answer) return Fail(answer.error());
  std::puts(call.json ? answer->Dump().c_str() : (*answer)["checkpoint"].as_string().c_str());
  return kDone;
}

}  // namespace

void AddJournalVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({"journal show", "What happened, newest first",
                   "hinomi journal show --subject incident:INC-7",
                   {{Kind::kOption, "subject", "only about this, e.g. alarm:HighErrorRate", false, ""},
                    {Kind::kOption, "before", "only before this sequence number", false, ""},
                    {Kind::kOption, "limit", "at most so many", false, "50"},
                    DataArgument()},
                   Show});
  verbs.push_back(
      {"journal verify", "Proves that nobody changed the journal",
       "hinomi journal verify --checkpoint checkpoint.txt",
       {{Kind::kOption, "checkpoint",
         "a checkpoint kept elsewhere: also finds a cut or rewritten journal", false, ""},
        DataArgument()},
       Verify});
  verbs.push_back({"journal checkpoint", "The newest signed checkpoint, to be kept elsewhere",
                   "hinomi journal checkpoint > checkpoint.txt", {DataArgument()}, Checkpoint});
}

}  // namespace hinomi::cli
