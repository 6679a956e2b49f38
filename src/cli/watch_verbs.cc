#include <cstdio>

#include "base/strings.h"
#include "cli/alarm_table.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

std::string Listed(const Json& values) {
  std::string text;
  for (const Json& value : values.as_array())
    text += (text.empty() ? "" : ", ") + (value.is_string() ? value.as_string() : Cell(value));
  return text;
}

// A chapter of the document as a table: the members named by `columns`.
void PrintChapter(const char* title, const Json& rows, const std::vector<std::string>& columns) {
  std::vector<std::string> header;
  for (const std::string& column : columns) header.push_back(ToUpperAscii(column));
  Table table(header);
  for (const Json& row : rows.as_array()) {
    std::vector<std::string> cells;
    for (const std::string& column : columns)
      cells.push_back(row[column].is_array() ? Listed(row[column]) : Cell(row[column]));
    table.Add(std::move(cells));
  }
  std::printf("\n%s (%zu)\n%s", title, rows.as_array().size(), table.ToString().c_str());
}

int PrintDocument(const Remote& remote, bool json) {
  const auto document = remote.Get("document");
  if (!document) return Fail(document.error());
  if (json) {
    std::puts(document->Dump().c_str());
    return kDone;
  }
  const Json& d = *document;
  std::printf("The operations document in force, digest %s\n", d["digest"].as_string().c_str());
  PrintChapter("Alarms", d["alarms"],
               {"name", "metric", "comparison", "threshold", "statistic", "period", "action"});
  PrintChapter("Routes", d["routes"], {"action", "severity", "escalation", "notify", "scale"});
  for (const Json& escalation : d["escalations"].as_array())
    PrintChapter("Escalation", escalation["steps"],
                 {"level", "after", "at_once_for", "contacts", "title"});
  PrintChapter("Contacts", d["contacts"], {"name", "title", "channels", "hours"});
  PrintChapter("Checklist", d["checklist"], {"phase", "title", "evidence"});
  PrintChapter("Backup policy", d["backup_policy"],
               {"what", "frequency", "retention", "point_in_time_recovery"});
  PrintChapter("Recovery", d["recovery"], {"name", "title", "steps"});
  PrintChapter("Maintenance", d["maintenance"], {"title", "frequency", "procedure", "owner"});
  PrintChapter("Runbooks", d["runbooks"], {"name", "title", "steps"});
  PrintChapter("KPIs", d["kpis"], {"title", "target", "method"});
  PrintChapter("Reports", d["reports"], {"title", "parts"});
  return kDone;
}

int Status(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  if (call.flag("document")) return PrintDocument(*remote, call.json);
  // The words around it are English, whatever the server's language is.
  const auto now = remote->Get("now", {{"lang", "en"}});
  if (!now) return Fail(now.error());
  const Json& overview = *now;
  const bool well = !AnyInAlarm(overview["alarms"]) && overview["incidents"].as_array().empty();
  if (call.json) {
    std::puts(overview.Dump().c_str());
    return well ? kDone : kAnswerIsNo;
  }
  std::printf("%s\n\n", well ? "All is well." : "Something is wrong.");
  PrintAlarms(overview["alarms"]);
  const Json& counts = overview["counts"];
  const int64_t calm = counts["OK"].as_int() + counts["ALARM"].as_int() +
                       counts["INSUFFICIENT_DATA"].as_int() -
                       static_cast<int64_t>(overview["alarms"].as_array().size());
  if (calm > 0)
    std::printf("and %lld more that need nobody sooner: hinomi alarm list\n",
                static_cast<long long>(calm));
  if (!overview["incidents"].as_array().empty()) {
    Table table({"INCIDENT", "STATE", "SEVERITY", "TITLE", "OPENED", "NEXT"});
    for (const Json& incident : overview["incidents"].as_array()) {
      const Json& next = incident["next_step"];
      table.Add({incident["id"].as_string(), incident["state"].as_string(),
                 incident["severity"].as_string(), incident["title"].as_string(),
                 incident["opened_at"].as_string(),
                 next.is_null() ? "-" : next["level"].as_string() + " at " + Cell(next["due_at"])});
    }
    std::printf("\n%s", table.ToString().c_str());
  }
  for (const Json& resource : overview["resources"].as_array())
    std::printf("%s %s: %s\n", resource["kind"].as_string().c_str(),
                resource["name"].as_string().c_str(), resource["state"].as_string().c_str());
  for (const Json& channel : overview["channels"].as_array())
    if (!channel["configured"].as_bool())
      std::printf("channel %s is unconfigured (%s): its pages go to the console and the outbox\n",
                  channel["name"].as_string().c_str(), channel["reason"].as_string().c_str());
  for (const Json& page : overview["undelivered"].as_array())
    std::printf("undelivered: %s to %s by %s (%s) after %lld tries%s\n",
                page["id"].as_string().c_str(), page["contact"].as_string().c_str(),
                page["channel"].as_string().c_str(), page["reason_code"].as_string().c_str(),
                static_cast<long long>(page["attempts"].as_int()),
                page["replaced"].as_bool() ? "; another way was taken" : "");
  for (const Json& finding : overview["findings"].as_array()) {
    std::string place = finding["file"].as_string();
    if (const int64_t line = finding["line"].as_int(); line > 0)
      place += ":" + std::to_string(line);
    if (!place.empty()) place += ": ";
    std::printf("%s: %s%s\n", finding["level"].as_string().c_str(), place.c_str(),
                finding["message"].as_string().c_str());
  }
  return well ? kDone : kAnswerIsNo;
}

std::string Seconds(const Json& value) {
  if (value.is_null()) return "-";
  const double seconds = value.as_double();
  char text[32];
  std::snprintf(text, sizeof text, seconds < 1 ? "%.3g ms" : "%.3g s",
                seconds < 1 ? seconds * 1'000 : seconds);
  return text;
}

int TargetList(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto targets = remote->Get("targets");
  if (!targets) return Fail(targets.error());
  bool all_up = true;
  Table table({"STATE", "ID", "TARGET", "SINCE", "LAST", "TOOK", "SAMPLES", "ERROR"});
  for (const Json& target : (*targets)["targets"].as_array()) {
    all_up = all_up && target["state"].as_string() != "down";
    table.Add({target["state"].as_string(), target["id"].as_string(), target["target"].as_string(),
               Cell(target["since"]), Cell(target["last_at"]), Seconds(target["duration_seconds"]),
               Cell(target["samples"]), target["error"].as_string()});
  }
  std::fputs(call.json ? (targets->Dump() + "\n").c_str() : table.ToString().c_str(), stdout);
  return all_up ? kDone : kAnswerIsNo;
}

void PrintTarget(const Json& target) {
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty() && value != "-") std::printf("%-18s %s\n", name, Printable(value).c_str());
  };
  for (const char* key : {"id", "target", "service", "state", "since", "error", "reason"})
    line(key, Cell(target[key]));
  line("last try", Cell(target["last_at"]));
  line("took", Seconds(target["duration_seconds"]));
  line("every", Seconds(target["interval_seconds"]));
  line("next", Cell(target["next_at"]));
  const Json& probe = target["probe"];
  for (const Json& phase : probe["phases"].as_array())
    line(("  " + phase["name"].as_string()).c_str(), Seconds(phase["seconds"]));
  line("certificate ends", Cell(probe["certificate_expires_at"]));
}

// How it goes, and the newest samples of its series.
int TargetShow(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const std::string path = "targets/" + UrlEncode(call["ID"]);
  auto target = remote->Get(path);
  if (!target) return Fail(target.error());
  const auto samples = remote->Get(path + "/samples", {{"match", call["match"]}});
  if (!samples) return Fail(samples.error());
  const int code = (*target)["state"].as_string() == "down" ? kAnswerIsNo : kDone;
  if (call.json) {
    std::puts(target->Set("newest", *samples).Dump().c_str());
    return code;
  }
  PrintTarget(*target);
  Table table({"SERIES", "VALUE", "AT"});
  for (const Json& sample : (*samples)["samples"].as_array())
    table.Add({sample["series"].as_string(), sample["value"].as_string(),
               sample["at"].as_string() + (sample["ended"].as_bool() ? " (ended)" : "")});
  std::printf("\n%s", table.ToString().c_str());
  const int64_t more =
      (*samples)["total"].as_int() - static_cast<int64_t>((*samples)["samples"].as_array().size());
  if (more > 0)
    std::printf("and %lld more: narrow them with --match\n", static_cast<long long>(more));
  return code;
}

}  // namespace

void AddWatchVerbs(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"status",
       "What is wrong, who has it, and what comes next",
       "hinomi status",
       {{Kind::kFlag, "document", "show the operations document in force instead", false, ""},
        DataArgument()},
       Status});
  verbs.push_back({"target list",
                   "What is scraped and probed, and how that goes",
                   "hinomi target list",
                   {DataArgument()},
                   TargetList});
  verbs.push_back({"target show",
                   "One target: its last try, why it failed, its newest samples; 1 if it is down",
                   "hinomi target show probe:app",
                   {{Kind::kPositional, "ID", "as `target list` gives it", true, ""},
                    {Kind::kOption, "match", "only series that contain this", false, ""},
                    DataArgument()},
                   TargetShow});
}

}  // namespace hinomi::cli
