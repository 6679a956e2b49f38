#include <algorithm>
#include <cstdio>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

std::string FactText(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.as_string();
  if (value.is_int()) return std::to_string(value.as_int());
  if (value.is_number()) return FormatDouble(value.as_double());
  if (!value.is_object()) return value.Dump();
  std::string text;
  for (const auto& [key, item] : value.as_object())
    text += (text.empty() ? "" : ", ") + key + "=" + FactText(item);
  return text;
}

/// What was evaluated; with what was usual where the alarm has a band.
void PrintPoints(const Json::Array& points) {
  if (points.empty()) return;
  const bool with_bands =
      std::ranges::any_of(points, [](const Json& point) { return point.contains("lower"); });
  std::vector<std::string> columns = {"PERIOD FROM", "VALUE"};
  if (with_bands) columns.insert(columns.end(), {"LOWER", "EXPECTED", "UPPER"});
  Table table(columns);
  for (const Json& point : points) {
    std::vector<std::string> row = {FactText(point["at"]), FactText(point["value"])};
    if (with_bands)
      for (const char* bound : {"lower", "expected", "upper"})
        row.push_back(FactText(point[bound]));
    table.Add(row);
  }
  std::printf("\n%s", table.ToString().c_str());
}

void PrintExplanation(const Json& explanation) {
  std::printf("%s\n", Printable(explanation["sentence"].as_string()).c_str());
  if (explanation["rule"].is_object()) {
    std::puts("\nRULE");
    for (const auto& [key, value] : explanation["rule"].as_object())
      std::printf("  %-20s %s\n", key.c_str(), Printable(FactText(value)).c_str());
  }
  PrintPoints(explanation["datapoints"].as_array());
  if (!explanation["entries"].as_array().empty()) {
    Table entries({"JOURNAL", "AT", "WHO", "WHAT"});
    for (const Json& entry : explanation["entries"].as_array())
      entries.Add({FactText(entry["sequence"]), FactText(entry["at"]), FactText(entry["actor"]),
                   FactText(entry["summary"])});
    std::printf("\n%s", entries.ToString().c_str());
  }
}

int Explain(const Invocation& call) {
  if (Trim(call["NAME"]).empty()) {
    std::fputs("hinomi: NAME is an alarm, a service, or an id such as INC-7, PG-12 or SC-3\n",
               stderr);
    return kWrongUse;
  }
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Get("explain/" + UrlEncode(call["NAME"]), {{"lang", call["lang"]}});
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
  } else {
    PrintExplanation(*answer);
  }
  return kDone;
}

}  // namespace

void AddExplainVerbs(std::vector<Verb>& verbs) {
  const Argument language{Kind::kOption, "lang", "language of the sentence; default the server's",
                          false,         "",     {"ja", "en"}};
  verbs.push_back({"alarm explain",
                   "Why an alarm is as it is: its points, what is missing, its rule and delay",
                   "hinomi alarm explain HighCPUUtilization",
                   {{Kind::kPositional, "NAME", "the alarm's name", true, "", {}, Names::kAlarm},
                    language,
                    DataArgument()},
                   Explain});
  verbs.push_back(
      {"explain",
       "Why an alarm, a page, a scaling, a service or an incident is as it is, with the evidence",
       "hinomi explain HighCPUUtilization",
       {{Kind::kPositional,
         "NAME",
         "an alarm's or a service's name, or an id: INC-7, PG-12, SC-3",
         true,
         "",
         {},
         Names::kExplainable},
        language,
        DataArgument()},
       Explain});
}

}  // namespace hinomi::cli
