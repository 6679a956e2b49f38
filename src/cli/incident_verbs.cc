#include <cstdio>

#include "cli/postmortem.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int ListIncidents(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto all = remote->GetAll("incidents", "incidents", {{"state", call["state"]}});
  if (!all) return Fail(all.error());
  const auto& incidents = all->as_array();
  if (call.json) {
    std::puts(Json::MakeObject().Set("incidents", *all).Dump().c_str());
  } else if (incidents.empty()) {
    std::puts("No incidents.");
  } else {
    Table table({"INCIDENT", "STATE", "SEVERITY", "SERVICE", "OPENED", "WHO", "TITLE"});
    for (const Json& incident : incidents)
      table.Add({incident["id"].as_string(), incident["state"].as_string(),
                 incident["severity"].as_string(), incident["service"].as_string(),
                 incident["opened_at"].as_string(), incident["acknowledged_by"].as_string(),
                 incident["title"].as_string()});
    std::fputs(table.ToString().c_str(), stdout);
  }
  return kDone;
}

void PrintIncident(const Json& incident) {
  std::printf("%s  %s  %s\n%s\n", incident["id"].as_string().c_str(),
              incident["severity"].as_string().c_str(), incident["state"].as_string().c_str(),
              Printable(incident["title"].as_string()).c_str());
  if (!incident["merged_into"].is_null())
    std::printf("merged into %s\n", incident["merged_into"].as_string().c_str());
  if (!incident["snoozed_until"].is_null())
    std::printf("put off until %s\n", incident["snoozed_until"].as_string().c_str());
  const Json& members = incident["members"];
  if (const int64_t total = members["total"].as_int(); total > 0)
    std::printf("%lld problems are part of it, %lld last\n", static_cast<long long>(total),
                static_cast<long long>(members["lasting"].as_int()));
  Table steps({"LEVEL", "WHO", "DUE", "FIRED"});
  for (const Json& step : incident["steps"].as_array()) {
    std::string who;
    for (const Json& contact : step["contacts"].as_array())
      who += (who.empty() ? "" : ", ") + contact["name"].as_string();
    steps.Add({step["level"].as_string(), who, step["due_at"].as_string(),
               step["fired_at"].is_null() ? "-" : step["fired_at"].as_string()});
  }
  std::printf("\n%s", steps.ToString().c_str());
  if (!incident["pages"].as_array().empty()) {
    Table pages({"PAGE", "KIND", "CONTACT", "CHANNEL", "STATE", "TRIES", "LAST"});
    for (const Json& page : incident["pages"].as_array()) {
      const auto& attempts = page["attempts"].as_array();
      pages.Add({page["id"].as_string(), page["kind"].as_string(), page["contact"].as_string(),
                 page["channel"].as_string(), page["state"].as_string(),
                 std::to_string(attempts.size()),
                 attempts.empty() ? "" : attempts.back()["reason_code"].as_string()});
    }
    std::printf("\n%s", pages.ToString().c_str());
  }
  Table timeline({"AT", "WHO", "WHAT"});
  for (const Json& entry : incident["timeline"].as_array())
    timeline.Add(
        {entry["at"].as_string(), entry["actor"].as_string(), entry["summary"].as_string()});
  std::printf("\n%s", timeline.ToString().c_str());
}

int Postmortem(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto incident = remote->Get("incidents/" + UrlEncode(call["ID"]));
  if (!incident) return Fail(incident.error());
  const std::string text = PostmortemOf(*incident);
  if (call.json)
    std::puts(Json::MakeObject().Set("markdown", text).Dump().c_str());
  else
    std::fputs(text.c_str(), stdout);
  return kDone;
}

int ShowIncident(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto incident = remote->Get("incidents/" + UrlEncode(call["ID"]));
  if (!incident) return Fail(incident.error());
  if (call.json) {
    std::puts(incident->Dump().c_str());
  } else {
    PrintIncident(*incident);
  }
  return kDone;
}

// Sends a command about one incident and says what became of it.
int Act(const Invocation& call, const std::string& verb, Json body, const std::string& done) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  body.Set("via", "cli");
  const auto answer = remote->Post("incidents/" + UrlEncode(call["ID"]) + "/" + verb, body);
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    std::printf("%s %s.\n", call["ID"].c_str(), done.c_str());
  }
  return kDone;
}

int Open(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Post("incidents", Json::MakeObject()
                                                    .Set("title", call["TITLE"])
                                                    .Set("severity", call["severity"])
                                                    .Set("service", call["service"])
                                                    .Set("via", "cli"));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    std::printf("%s opened.\n", (*answer)["incident"]["id"].as_string().c_str());
  }
  return kDone;
}

/// What becomes of an incident between its beginning and its end, and after it.
void AddChangeVerbs(std::vector<Verb>& verbs, const Argument& id) {
  verbs.push_back({"incident unacknowledge",
                   "Gives an incident back: I do not have it",
                   "hinomi incident unacknowledge INC-7",
                   {id, DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "unacknowledge", Json::MakeObject(), "is nobody's again");
                   }});
  verbs.push_back(
      {"incident snooze",
       "Takes an incident and puts it off; then it calls again",
       "hinomi incident snooze INC-7 --for 2h",
       {id, {Kind::kOption, "for", "how long, a day at most", true, ""}, DataArgument()},
       [](const Invocation& call) {
         return Act(call, "snooze", Json::MakeObject().Set("for", call["for"]),
                    "put off for " + call["for"]);
       }});
  verbs.push_back(
      {"incident severity",
       "Says how bad it is by now; a worse one calls its levels at once",
       "hinomi incident severity INC-7 critical --reason 'nobody can pay'",
       {id,
        {Kind::kPositional,
         "SEVERITY",
         "how bad it is",
         true,
         "",
         {"critical", "error", "warning", "info"}},
        {Kind::kOption, "reason", "why", false, ""},
        DataArgument()},
       [](const Invocation& call) {
         return Act(
             call, "severity",
             Json::MakeObject().Set("severity", call["SEVERITY"]).Set("text", call["reason"]),
             "is " + call["SEVERITY"] + " now");
       }});
  const Argument into{Kind::kPositional, "INTO", "the one that goes on", true, "", {},
                      Names::kIncident};
  verbs.push_back({"incident merge",
                   "Says that an incident is the same as another one",
                   "hinomi incident merge INC-8 INC-7",
                   {id, into, DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "merge", Json::MakeObject().Set("into", call["INTO"]),
                                "merged into " + call["INTO"]);
                   }});
  verbs.push_back({"incident link",
                   "Links an incident with an address or another incident",
                   "hinomi incident link INC-7 https://tickets.example.com/42 --text 'the ticket'",
                   {id,
                    {Kind::kPositional, "TARGET", "an http(s) address or an incident", true, ""},
                    {Kind::kOption, "text", "what it is", false, ""},
                    DataArgument()},
                   [](const Invocation& call) {
                     return Act(
                         call, "link",
                         Json::MakeObject().Set("target", call["TARGET"]).Set("text", call["text"]),
                         "linked");
                   }});
  verbs.push_back({"incident correct",
                   "Corrects a time by which an incident is accounted for",
                   "hinomi incident correct INC-7 impact_start --time 2026-12-01T09:12:00Z",
                   {id,
                    {Kind::kPositional,
                     "WHAT",
                     "which time",
                     true,
                     "",
                     {"impact_start", "detected", "mitigated", "resolved"}},
                    {Kind::kOption, "time", "when it was, as RFC 3339; else now", false, ""},
                    {Kind::kOption, "reason", "how you know", false, ""},
                    DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "correct",
                                Json::MakeObject()
                                    .Set("what", call["WHAT"])
                                    .Set("time", call["time"])
                                    .Set("text", call["reason"]),
                                "corrected");
                   }});
  verbs.push_back({"incident postmortem",
                   "A draft in Markdown: figures and timeline from the journal",
                   "hinomi incident postmortem INC-7 > INC-7.md",
                   {id, DataArgument()},
                   Postmortem});
}

}  // namespace

void AddIncidentVerbs(std::vector<Verb>& verbs) {
  const Argument id{Kind::kPositional, "ID", "the incident, e.g. INC-7", true, "", {},
                    Names::kIncident};
  verbs.push_back(
      {"incident list",
       "Incidents, newest first",
       "hinomi incident list --state open",
       {{Kind::kOption, "state", "which ones", false, "open", {"open", "resolved", "all"}},
        DataArgument()},
       ListIncidents});
  verbs.push_back({"incident show",
                   "One incident: who was told, what happened",
                   "hinomi incident show INC-7",
                   {id, DataArgument()},
                   ShowIncident});
  verbs.push_back({"incident acknowledge",
                   "Takes an incident: I have it",
                   "hinomi incident acknowledge INC-7",
                   {id, DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "acknowledge", Json::MakeObject(),
                                "acknowledged; levels counted to *resolved* go on");
                   }});
  verbs.push_back({"incident resolve",
                   "Ends an incident and its escalation",
                   "hinomi incident resolve INC-7 --reason 'rolled back to v2.40.3'",
                   {id, {Kind::kOption, "reason", "what ended it", false, ""}, DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "resolve", Json::MakeObject().Set("reason", call["reason"]),
                                "resolved");
                   }});
  verbs.push_back({"incident escalate",
                   "Calls the next level now",
                   "hinomi incident escalate INC-7",
                   {id, {Kind::kOption, "level", "which one, e.g. L3", false, ""}, DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "escalate", Json::MakeObject().Set("level", call["level"]),
                                "escalated");
                   }});
  AddChangeVerbs(verbs, id);
  verbs.push_back({"incident note",
                   "Writes into an incident's timeline",
                   "hinomi incident note INC-7 'replica 2 restarted'",
                   {id, {Kind::kPositional, "TEXT", "the note", true, ""}, DataArgument()},
                   [](const Invocation& call) {
                     return Act(call, "note", Json::MakeObject().Set("text", call["TEXT"]),
                                "noted");
                   }});
  verbs.push_back({"incident open",
                   "Opens an incident by hand, and pages as an alarm would",
                   "hinomi incident open 'customers cannot pay' --severity critical --service app",
                   {{Kind::kPositional, "TITLE", "what is wrong, in one sentence", true, ""},
                    {Kind::kOption,
                     "severity",
                     "how bad it is",
                     false,
                     "error",
                     {"critical", "error", "warning", "info"}},
                    {Kind::kOption, "service", "which service", false, "", {}, Names::kService},
                    DataArgument()},
                   Open});
}

}  // namespace hinomi::cli
