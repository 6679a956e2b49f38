#include <cstdio>
#include <optional>

#include "base/strings.h"
#include "base/zone.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "control/foresight.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "policy/find.h"
#include "policy/policy.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

struct Row {
  std::string what, who, by, level;
};

/// One function for each type of fact that a foresight has.
struct RowOf {
  Row operator()(const ops_model::IncidentOpened& e) const {
    return {"opens, " + std::string(ops_model::SeverityName(e.severity)), "", "", ""};
  }
  Row operator()(const ops_model::IncidentAcknowledged&) const {
    return {"is acknowledged", "somebody", "", ""};
  }
  Row operator()(const ops_model::IncidentUnacknowledged&) const {
    return {"acknowledgement runs out", "", "", ""};
  }
  Row operator()(const ops_model::IncidentResolved&) const {
    return {"is resolved", "somebody", "", ""};
  }
  Row operator()(const ops_model::EscalationPassBegan& e) const {
    return {"ladder begins anew, pass " + std::to_string(e.pass), "", "", ""};
  }
  Row operator()(const ops_model::EscalationEnded& e) const {
    return {e.reason_code == "exhausted" ? "last level called" : "escalation ends", "", "", ""};
  }
  Row operator()(const ops_model::EscalationStepFired& e) const {
    return {"NOBODY can be reached", "", "", e.level};
  }
  Row operator()(const ops_model::PageSuppressed& e) const {
    return {"is not told: " + e.reason_code, e.contact, "", ""};
  }
  Row operator()(const ops_model::PageQueued& e) const {
    return {e.kind, e.contact, e.channel, e.level};
  }
  Row operator()(const auto&) const { return {}; }
};

Result<std::optional<Duration>> TimeGiven(const std::string& text) {
  if (text.empty()) return std::optional<Duration>();
  HN_TRY(const Duration time, ParseDuration(text));
  return std::optional(time);
}

Result<control::ForesightOptions> OptionsOf(const Invocation& call,
                                            const policy::OpsFolder& folder) {
  control::ForesightOptions options;
  options.route = call["ACTION"];
  const policy::RouteDocument* route = policy::FindRoute(folder, options.route);
  if (route == nullptr) {
    std::vector<std::string> names;
    for (const policy::RouteDocument& one : folder.routes) names.push_back(one.action);
    const std::optional<std::string> nearest = NearestName(options.route, names);
    return InvalidArgument(
        "routes.yml has no action \"" + options.route + "\"" +
        (nearest ? "; did you mean \"" + *nearest + "\"?" : "; it has " + Join(names, ", ") + "."));
  }
  if (!route->scale.empty())
    return InvalidArgument("The action \"" + options.route + "\" scales and opens no incident.");
  options.at = SystemClock().Now();
  if (!call["at"].empty()) {
    HN_TRY(options.at, ParseRfc3339(call["at"]));
  }
  if (!call["severity"].empty()) options.severity = ops_model::SeverityFromName(call["severity"]);
  HN_TRY(options.acknowledged_after, TimeGiven(call["acknowledge"]));
  HN_TRY(options.resolved_after, TimeGiven(call["resolve"]));
  return options;
}

void PrintForesight(const control::Foresight& foresight, Instant begin, const std::string& zone) {
  Table table({"AFTER", "AT", "WHAT", "WHO", "BY", "LEVEL"});
  for (const control::Foreseen& fact : foresight.facts) {
    const Row row = std::visit(RowOf(), fact.what);
    table.Add({FormatDuration(fact.at - begin), CivilText(zone, fact.at), row.what, row.who, row.by,
               row.level});
  }
  std::fputs(table.ToString().c_str(), stdout);
  if (!foresight.complete) std::puts("It goes on like this.");
}

Json ForesightToJson(const control::Foresight& foresight, Instant begin) {
  Json facts = Json::MakeArray();
  for (const control::Foreseen& fact : foresight.facts) {
    const Row row = std::visit(RowOf(), fact.what);
    facts.Append(Json::MakeObject()
                     .Set("after_seconds", (fact.at - begin).ToSeconds())
                     .Set("at", FormatRfc3339(fact.at))
                     .Set("type", ops_model::EventType(fact.what))
                     .Set("what", row.what)
                     .Set("contact", row.who)
                     .Set("channel", row.by)
                     .Set("level", row.level));
  }
  return Json::MakeObject().Set("facts", std::move(facts)).Set("complete", foresight.complete);
}

int Simulate(const Invocation& call) {
  PosixFiles files;
  const auto loaded = policy::LoadOpsFolder(files, call["ops"]);
  if (!loaded) {
    Fail(loaded.error());
    return kCouldNot;
  }
  if (loaded->folder == nullptr) {
    std::fprintf(stderr, "hinomi: %s has mistakes; hinomi check %s names them\n",
                 Printable(call["ops"]).c_str(), Printable(call["ops"]).c_str());
    return kAnswerIsNo;
  }
  const auto options = OptionsOf(call, *loaded->folder);
  if (!options) {
    Fail(options.error());
    return kWrongUse;
  }
  const control::Foresight foresight = control::Foresee(*loaded->folder, *options);
  if (call.json)
    std::puts(ForesightToJson(foresight, options->at).Dump().c_str());
  else
    PrintForesight(foresight, options->at, loaded->folder->server.time_zone);
  return kDone;
}

}  // namespace

void AddSimulateVerb(std::vector<Verb>& verbs) {
  verbs.push_back(
      {"incident simulate",
       "The whole future of an incident: who would be told when, and how it ends",
       "hinomi incident simulate critical-alert --acknowledge 5m",
       {{Kind::kPositional, "ACTION", "of routes.yml: as which one it opens", true, ""},
        {Kind::kOption, "ops", "the folder", false, "ops", {}, Names::kDirectory},
        {Kind::kOption,
         "severity",
         "instead of the action's own",
         false,
         "",
         {"critical", "error", "warning", "info"}},
        {Kind::kOption, "at", "when it begins, as RFC 3339; else now", false, ""},
        {Kind::kOption, "acknowledge", "somebody acknowledges after this time", false, ""},
        {Kind::kOption, "resolve", "somebody resolves after this time", false, ""}},
       Simulate});
}

}  // namespace hinomi::cli
