#include <cstdio>
#include <set>
#include <string_view>

#include "base/strings.h"
#include "cli/alarm_table.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "os/files.h"
#include "os/system_clock.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

int AlarmList(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto alarms = remote->GetAll("alarms", "alarms");
  if (!alarms) return Fail(alarms.error());
  if (call.json) {
    std::puts(alarms->Dump().c_str());
  } else {
    PrintAlarms(*alarms);
  }
  return AnyInAlarm(*alarms) ? kAnswerIsNo : kDone;
}

/// Whether a line tells something of this alarm: those made of others or of an expression have
/// neither metric nor threshold, whatever their defaults. Lists stand below.
bool IsSaidOf(const Json& alarm, std::string_view key) {
  if (key == "history" || key == "contributors" || key == "transitions") return false;
  // In a line of its own below, and in the sentence.
  if (key == "band" || key == "model" || (key == "threshold" && alarm["band"].is_object()))
    return false;
  static const std::set<std::string_view> kOfMetrics = {
      "metric",     "dimensions",         "threshold",          "threshold_text",
      "comparison", "statistic",          "period_seconds",     "evaluation_periods",
      "unit",       "treat_missing_data", "datapoints_to_alarm"};
  const bool is_composite = !alarm["rule"].as_string().empty();
  const bool is_promql = !alarm["expr"].as_string().empty();
  if (is_composite || is_promql)
    return !kOfMetrics.contains(key) && (key != "rule" || is_composite);
  return key != "rule";
}

/// What an alarm with a band is held against, and what that was learnt from.
void PrintBand(const Json& alarm) {
  const Json& band = alarm["band"];
  if (!band.is_object()) return;
  std::printf(
      "%-18s %s\n", "usual",
      Printable(band["range"].as_string().empty() ? Cell(band["lower"]) : band["range"].as_string())
          .c_str());
  std::printf("%-18s %s\n", "expected", Cell(band["expected"]).c_str());
  std::printf("%-18s %s\n", "metricTimezone", Printable(band["zone"].as_string()).c_str());
  std::printf("%-18s %s\n", "learnt", Printable(alarm["model"]["sentence"].as_string()).c_str());
}

int AlarmShow(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto alarm = remote->Get("alarms/" + UrlEncode(call["NAME"]));
  if (!alarm) return Fail(alarm.error());
  if (call.json) {
    std::puts(alarm->Dump().c_str());
    return kDone;
  }
  for (const auto& [key, value] : alarm->as_object())
    if (IsSaidOf(*alarm, key))
      std::printf("%-18s %s\n", key.c_str(), Printable(Cell(value)).c_str());
  PrintBand(*alarm);
  std::puts("");
  PrintContributors((*alarm)["contributors"]);
  Table table({"AT", "WHAT"});
  for (const Json& entry : (*alarm)["history"].as_array())
    table.Add({entry["at"].as_string(), entry["summary"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
  return kDone;
}

/// A time of the command line, RFC 3339 or so long ago: "7d".
Result<std::string> TimeText(const std::string& text, const char* option) {
  if (const auto at = ParseRfc3339(text)) return FormatRfc3339(*at);
  if (const auto ago = ParseDuration(text)) return FormatRfc3339(SystemClock().Now() - *ago);
  return InvalidArgument("--" + std::string(option) +
                         " is a time such as 2026-11-24T03:00:00Z, or how long ago: 7d");
}

Result<Json> BacktestBody(const Invocation& call) {
  Json body = Json::MakeObject();
  for (const char* option : {"from", "to"}) {
    if (call[option].empty()) continue;
    HN_TRY(std::string time, TimeText(call[option], option));
    body.Set(option, std::move(time));
  }
  if (!call["alarm"].empty()) body.Set("alarm", call["alarm"]);
  if (!call["quiet"].empty()) {
    const auto wished = ParseDouble(call["quiet"]);
    if (!wished || *wished < 0)
      return InvalidArgument("--quiet is a number of incidents a week, e.g. 2");
    body.Set("incidents_a_week", *wished);
  }
  if (!call["FILE"].empty()) {
    PosixFiles files;
    HN_TRY(std::string text, files.ReadAll(call["FILE"]));
    body.Set("alarms_yml", std::move(text));
  }
  return body;
}

void PrintBacktest(const Json& result) {
  std::printf("From %s to %s\n\n", result["from"].as_string().c_str(),
              result["to"].as_string().c_str());
  Table sums({"ALARM", "INCIDENTS", "IN ALARM", "THRESHOLD", "QUIET ENOUGH AT", "EVALUATIONS"});
  for (const Json& alarm : result["alarms"].as_array())
    sums.Add({alarm["name"].as_string(), Cell(alarm["incidents"]),
              FormatDuration(Duration::Seconds(alarm["in_alarm_seconds"].as_int())),
              Cell(alarm["threshold"]), Cell(alarm["quiet_threshold"]),
              Cell(alarm["evaluations"])});
  std::fputs(sums.ToString().c_str(), stdout);
  if (!result["transitions"].as_array().empty()) {
    Table moves({"AT", "ALARM", "FROM", "TO", "FOLLOWS", "REASON"});
    for (const Json& move : result["transitions"].as_array()) {
      const std::string& held = move["held_by"].as_string();
      moves.Add({move["at"].as_string(),
                 move["alarm"].as_string() + move["contributor"].as_string(),
                 move["from"].as_string(), move["to"].as_string(),
                 held.empty() ? move["action"].as_string() : "held: " + held,
                 move["reason"].as_string()});
    }
    std::printf("\n%s", moves.ToString().c_str());
  }
  const auto listed = static_cast<int64_t>(result["transitions"].as_array().size());
  if (const int64_t all = result["transitions_total"].as_int(); all > listed)
    std::printf("and %lld more transitions\n", static_cast<long long>(all - listed));
  const Json& compared = result["compared"];
  std::printf(
      "\nOf %lld incidents that there were, %lld would have been told of by these alarms, "
      "%lld not; %lld of theirs belong to none.\n",
      static_cast<long long>(compared["hits"].as_int() + compared["misses"].as_int()),
      static_cast<long long>(compared["hits"].as_int()),
      static_cast<long long>(compared["misses"].as_int()),
      static_cast<long long>(compared["without_incident"].as_int()));
}

int AlarmBacktest(const Invocation& call) {
  const auto body = BacktestBody(call);
  if (!body) {
    Fail(body.error());
    return kWrongUse;
  }
  auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  remote->set_timeout(Duration::Minutes(10));
  const auto result = remote->Post("alarms/backtest", *body);
  if (!result) return Fail(result.error());
  if (call.json)
    std::puts(result->Dump().c_str());
  else
    PrintBacktest(*result);
  return kDone;
}

int AlarmFire(const Invocation& call) {
  if (!call.flag("test")) {
    Fail(
        InvalidArgument("say --test: the page then says that nothing is wrong. What really sets "
                        "an alarm's state is 'hinomi alarm set-state'"));
    return kWrongUse;
  }
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Post("alarms/" + UrlEncode(call["NAME"]) + "/test",
                                   Json::MakeObject().Set("via", "cli"));
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
    return kDone;
  }
  const std::string& incident = (*answer)["incident"]["id"].as_string();
  std::printf(
      "%s is open as a test of %s. Who is told: hinomi explain %s\n"
      "When the test is over: hinomi incident resolve %s\n",
      incident.c_str(), call["NAME"].c_str(), incident.c_str(), incident.c_str());
  return kDone;
}

int AlarmSetState(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Post("alarms/" + UrlEncode(call["NAME"]) + "/state",
                                   Json::MakeObject()
                                       .Set("state", call["STATE"])
                                       .Set("reason", call["REASON"])
                                       .Set("via", "cli"));
  if (!answer) return Fail(answer.error());
  if (call.json)
    std::puts(answer->Dump().c_str());
  else
    std::printf("%s %s %s.\n", call["NAME"].c_str(),
                (*answer)["alarm"]["already"].as_bool() ? "was already" : "is",
                call["STATE"].c_str());
  return kDone;
}

}  // namespace

void AddAlarmVerbs(std::vector<Verb>& verbs) {
  const Argument name{Kind::kPositional, "NAME", "the alarm's name", true, "", {}, Names::kAlarm};
  verbs.push_back({"alarm list",
                   "Every alarm with its state",
                   "hinomi alarm list --output json",
                   {DataArgument()},
                   AlarmList});
  verbs.push_back({"alarm show",
                   "One alarm: definition, state and history",
                   "hinomi alarm show HighErrorRate",
                   {name, DataArgument()},
                   AlarmShow});
  verbs.push_back(
      {"alarm fire",
       "Tries the way from an alarm to people: an incident marked as a test, and real pages",
       "hinomi alarm fire HighErrorRate --test",
       {name,
        {Kind::kFlag, "test", "that it is a test; nothing else is done by this command", false, ""},
        DataArgument()},
       AlarmFire});
  verbs.push_back({"alarm set-state",
                   "Sets an alarm's state, with all that follows, until its next evaluation",
                   "hinomi alarm set-state HighErrorRate OK 'the sensor lied'",
                   {name,
                    {Kind::kPositional,
                     "STATE",
                     "where it goes",
                     true,
                     "",
                     {"OK", "ALARM", "INSUFFICIENT_DATA"}},
                    {Kind::kPositional, "REASON", "why, for the journal", true, ""},
                    DataArgument()},
                   AlarmSetState});
  verbs.push_back(
      {"alarm backtest",
       "What alarms would have done over stored history, by the very evaluator that decides live",
       "hinomi alarm backtest ops/alarms.yml --from 7d --quiet 2",
       {{Kind::kPositional, "FILE", "an alarms.yml to try; without it those in force", false, ""},
        {Kind::kOption, "from", "when it begins, e.g. 7d or 2026-11-24T00:00:00Z", false, "7d"},
        {Kind::kOption, "to", "when it ends; default now", false, ""},
        {Kind::kOption,
         "alarm",
         "only this one, with those that it is made of",
         false,
         "",
         {},
         Names::kAlarm},
        {Kind::kOption, "quiet",
         "also the thresholds that would have opened at most so many incidents a week", false, ""},
        DataArgument()},
       AlarmBacktest});
}

}  // namespace hinomi::cli
