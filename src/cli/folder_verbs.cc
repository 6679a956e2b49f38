#include <cstdio>
#include <vector>

#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "policy/policy.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

Json ToJson(const policy::Finding& finding) {
  return Json::MakeObject()
      .Set("level", finding.level == policy::Finding::Level::kMistake ? "mistake" : "warning")
      .Set("file", finding.file)
      .Set("line", finding.line)
      .Set("column", finding.column)
      .Set("path", finding.path)
      .Set("message", finding.message);
}

void PrintDefaults(const std::vector<policy::FilledDefault>& defaults) {
  Table table({"FILE", "KEY", "FILLED IN", "WHY"});
  for (const policy::FilledDefault& filled : defaults)
    table.Add({filled.file, filled.path, filled.value, filled.why});
  std::fputs(table.ToString().c_str(), stdout);
}

/// No mistake, since credentials come with the machine; but good to know here.
std::vector<const policy::ChannelDocument*> Unconfigured(const policy::LoadedFolder& loaded) {
  std::vector<const policy::ChannelDocument*> channels;
  if (loaded.folder != nullptr)
    for (const policy::ChannelDocument& channel : loaded.folder->channels)
      if (!channel.configured) channels.push_back(&channel);
  return channels;
}

int PrintSchema(const std::string& file) {
  const auto schema = policy::JsonSchema(file);
  if (!schema) return Fail(schema.error());
  std::puts(schema->c_str());
  return kDone;
}

/// What the server's data say of the folder's alarms; prints them, or adds them to `shown`.
Result<size_t> CheckData(const Invocation& call, Json& shown) {
  PosixFiles files;
  HN_TRY(std::string alarms_yml, files.ReadAll(call["DIR"] + "/alarms.yml"));
  HN_TRY(auto remote, Remote::Find(call["data"]));
  remote.set_timeout(Duration::Minutes(5));
  HN_TRY(const Json answer,
         remote.Post("alarms/check", Json::MakeObject().Set("alarms_yml", std::move(alarms_yml))));
  const Json& findings = answer["findings"];
  if (call.json) {
    shown.Set("data_findings", findings);
    return findings.as_array().size();
  }
  for (const Json& finding : findings.as_array()) {
    const std::string& alarm = finding["alarm"].as_string();
    std::printf("data: %s%s%s\n", Printable(alarm).c_str(), alarm.empty() ? "" : ": ",
                Printable(finding["message"].as_string()).c_str());
  }
  return findings.as_array().size();
}

/// Beside the folder itself, the data: 0 findings is sound.
int EndOfCheck(const Invocation& call, Json shown, bool sound) {
  size_t unfit = 0;
  if (sound && call.flag("against-data")) {
    const auto found = CheckData(call, shown);
    if (!found) return Fail(found.error());
    unfit = *found;
    if (!call.json)
      std::printf(unfit == 0   ? "The alarms fit the data of the last day and week.\n"
                  : unfit == 1 ? "1 finding in the data of the last day and week.\n"
                               : "%zu findings in the data of the last day and week.\n",
                  unfit);
  }
  if (call.json) std::puts(shown.Dump().c_str());
  return sound && unfit == 0 ? kDone : kAnswerIsNo;
}

int Check(const Invocation& call) {
  if (!call["schema"].empty()) return PrintSchema(call["schema"]);
  PosixFiles files;
  policy::LoadOptions options;
  options.now = SystemClock().Now();
  const auto loaded = policy::LoadOpsFolder(files, call["DIR"], options);
  if (!loaded) {
    // A folder that is not there is no folder with mistakes.
    Fail(loaded.error());
    return kCouldNot;
  }
  const bool sound = loaded->folder != nullptr;
  if (call.json) {
    Json findings = Json::MakeArray();
    for (const policy::Finding& finding : loaded->findings) findings.Append(ToJson(finding));
    Json defaults = Json::MakeArray();
    for (const policy::FilledDefault& filled : loaded->defaults)
      defaults.Append(Json::MakeObject()
                          .Set("file", filled.file)
                          .Set("path", filled.path)
                          .Set("value", filled.value)
                          .Set("why", filled.why));
    Json unconfigured = Json::MakeArray();
    for (const policy::ChannelDocument* channel : Unconfigured(*loaded))
      unconfigured.Append(Json::MakeObject()
                              .Set("channel", channel->name)
                              .Set("reason", channel->unconfigured_reason));
    return EndOfCheck(call,
                      Json::MakeObject()
                          .Set("ok", sound)
                          .Set("findings", findings)
                          .Set("unconfigured", unconfigured)
                          .Set("defaults", defaults),
                      sound);
  }
  size_t mistakes = 0;
  for (const policy::Finding& finding : loaded->findings) {
    if (finding.level == policy::Finding::Level::kMistake) ++mistakes;
    std::printf("%s\n", policy::FormatFinding(finding).c_str());
  }
  for (const policy::ChannelDocument* channel : Unconfigured(*loaded))
    std::printf("channel %s is unconfigured (%s): its pages go to the outbox\n",
                channel->name.c_str(), channel->unconfigured_reason.c_str());
  if (call.flag("defaults")) PrintDefaults(loaded->defaults);
  if (sound) {
    std::printf("%s is sound: %s, %s.\n", call["DIR"].c_str(),
                Counted(loaded->folder->alarms.size(), "alarm").c_str(),
                Counted(loaded->findings.size(), "warning").c_str());
  } else {
    std::printf("%s has %s; nothing was changed.\n", call["DIR"].c_str(),
                Counted(mistakes, "mistake").c_str());
  }
  return EndOfCheck(call, Json(), sound);
}

int Init(const Invocation& call) {
  PosixFiles files;
  const auto written = policy::WriteExampleFolder(files, call["DIR"]);
  if (!written) return Fail(written.error());
  if (call.json) {
    Json names = Json::MakeArray();
    for (const std::string& name : *written) names.Append(name);
    std::puts(Json::MakeObject().Set("written", names).Dump().c_str());
  } else {
    std::printf("%zu files written to %s. Look at them, then: hinomi check %s\n", written->size(),
                call["DIR"].c_str(), call["DIR"].c_str());
  }
  return kDone;
}

}  // namespace

void AddFolderVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({"init",
                   "Writes the example ops folder, to be made one's own",
                   "hinomi init ops",
                   {{Kind::kPositional,
                     "DIR",
                     "where to; nothing there is overwritten",
                     true,
                     "",
                     {},
                     Names::kDirectory}},
                   Init});
  verbs.push_back(
      {"check",
       "Finds every mistake of an ops folder at once",
       "hinomi check ops --defaults",
       {{Kind::kPositional, "DIR", "the ops folder", false, "ops", {}, Names::kDirectory},
        {Kind::kFlag, "defaults", "also print the defaults that were filled in", false, ""},
        {Kind::kFlag, "against-data",
         "also ask the running server whether the alarms fit what it has measured", false, ""},
        DataArgument(),
        {Kind::kOption, "schema", "print the JSON Schema of a document instead, e.g. alarms.yml",
         false, ""}},
       Check});
}

}  // namespace hinomi::cli
