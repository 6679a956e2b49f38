#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "store/checkpoint.h"
#include "store/open.h"
#include "store/verify.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int ShowJournal(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  std::vector<std::pair<std::string, std::string>> query{{"data", call.json ? "true" : ""}};
  for (const char* name : {"match", "type", "subject", "actor", "from", "to", "before", "limit"})
    query.emplace_back(name, call[name]);
  const auto answer = remote->Get("journal", query);
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
  // A rare event is looked for in steps: none so far is not none.
  if (const Json& to = (*answer)["searched_to"]; to.is_string())
    std::fprintf(stderr, "Searched back to %s; go on with --before %lld.\n", to.as_string().c_str(),
                 static_cast<long long>((*answer)["next"].as_int()));
  return kDone;
}

int PrintProof(const store::JournalProof& proof, bool json) {
  if (json) {
    std::puts(Json::MakeObject()
                  .Set("ok", proof.holds())
                  .Set("sequence", proof.head.sequence)
                  .Set("hash", ToHex(proof.head.hash))
                  .Set("anchored", proof.anchored)
                  .Set("message", proof.Statement())
                  .Dump()
                  .c_str());
  } else {
    std::puts(proof.Statement().c_str());
  }
  return proof.holds() ? kDone : kAnswerIsNo;
}

// The database of a server that is not running: an auditor needs no server.
int VerifyAtRest(const Invocation& call, const std::string& checkpoint_text) {
  PosixFiles files;
  SystemClock clock;
  StderrLog log(clock, LogLevel::kWarning);
  Telemetry telemetry;
  std::optional<store::Checkpoint> checkpoint;
  if (!checkpoint_text.empty()) {
    const auto parsed = store::ParseCheckpoint(Trim(checkpoint_text));
    if (!parsed) return Fail(parsed.error());
    checkpoint = *parsed;
  }
  store::SqliteConfig config;
  config.directory = call["at-rest"];
  config.reserve_bytes = 0;
  if (!files.Exists(config.directory + "/hinomi.db"))
    return Fail(NotFound("there is no journal in " + config.directory));
  const auto opened = store::OpenSqliteStore(config, {clock, files, log, telemetry});
  if (!opened) return Fail(opened.error());
  const auto proof = store::VerifyJournal(**opened, checkpoint);
  return proof ? PrintProof(*proof, call.json) : Fail(proof.error());
}

int VerifyJournal(const Invocation& call) {
  std::string checkpoint;
  if (!call["checkpoint"].empty()) {
    PosixFiles files;
    const auto text = files.ReadAll(call["checkpoint"]);
    if (!text) return Fail(text.error());
    checkpoint = *text;
  }
  if (!call["at-rest"].empty()) return VerifyAtRest(call, checkpoint);
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  Json body = Json::MakeObject();
  if (!checkpoint.empty()) body.Set("checkpoint", checkpoint);
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

int Erase(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Post("people/" + UrlEncode(call["PERSON"]) + "/erase",
                                   Json::MakeObject().Set("via", "cli"));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    std::printf("What %s wrote, and the addresses of that contact, cannot be read any more.\n",
                Printable(call["PERSON"]).c_str());
  }
  return kDone;
}

}  // namespace

void AddJournalVerbs(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"journal show",
       "What happened, newest first",
       "hinomi journal show --type incident,page --from 2026-11-24T03:00:00Z",
       {{Kind::kOption, "match", "only those in which all these words stand", false, ""},
        {Kind::kOption, "type",
         "only these kinds: alarm incident escalation page service ops server person, or a whole "
         "name such as incident.opened; with commas between",
         false, ""},
        {Kind::kOption, "subject", "only about this, e.g. incident:INC-7", false, ""},
        {Kind::kOption, "actor", "only what this user, or hinomi, did", false, ""},
        {Kind::kOption, "from", "not before this time (RFC 3339)", false, ""},
        {Kind::kOption, "to", "before this time (RFC 3339)", false, ""},
        {Kind::kOption, "before", "only before this sequence number", false, ""},
        {Kind::kOption, "limit", "at most so many", false, "50"},
        DataArgument()},
       ShowJournal});
  verbs.push_back({"journal verify",
                   "Proves that nobody changed the journal",
                   "hinomi journal verify --checkpoint checkpoint.txt",
                   {{Kind::kOption,
                     "checkpoint",
                     "a checkpoint kept elsewhere: also finds a cut or rewritten journal",
                     false,
                     "",
                     {},
                     Names::kFile},
                    {Kind::kOption,
                     "at-rest",
                     "data directory of a server that is not running, read without one",
                     false,
                     "",
                     {},
                     Names::kDirectory},
                    DataArgument()},
                   VerifyJournal});
  verbs.push_back({"journal checkpoint",
                   "The newest signed checkpoint, to be kept elsewhere",
                   "hinomi journal checkpoint > checkpoint.txt",
                   {DataArgument()},
                   Checkpoint});
  verbs.push_back({"journal erase",
                   "Erases for good what a person wrote and how they were reached",
                   "hinomi journal erase sato",
                   {{Kind::kPositional, "PERSON", "the user or contact", true, ""}, DataArgument()},
                   Erase});
}

}  // namespace hinomi::cli
