#include "cli/alarm_table.h"

#include <cstdio>
#include <string>

#include "cli/table.h"

namespace hinomi::cli {
namespace {

// "≥ 80", as the document would say it.
std::string Limit(const Json& alarm) {
  if (!alarm["rule"].as_string().empty()) return "-";
  const std::string& name = alarm["comparison"].as_string();
  std::string sign = name;
  if (name == "GreaterThanOrEqualToThreshold") sign = "≥";
  if (name == "GreaterThanThreshold") sign = ">";
  if (name == "LessThanThreshold") sign = "<";
  if (name == "LessThanOrEqualToThreshold") sign = "≤";
  const std::string& written = alarm["threshold_text"].as_string();
  return sign + " " + (written.empty() ? Cell(alarm["threshold"]) : written);
}

std::string Remark(const Json& alarm) {
  if (alarm["observing"].as_bool()) return " (observing)";
  return alarm["held"].as_string().empty() ? "" : " (held back)";
}

}  // namespace

void PrintAlarms(const Json& alarms) {
  Table table({"STATE", "ALARM", "VALUE", "LIMIT", "SINCE", "REASON"});
  for (const Json& alarm : alarms.as_array())
    table.Add({alarm["state"].as_string() + Remark(alarm), alarm["name"].as_string(),
               Cell(alarm["value"]), Limit(alarm), Cell(alarm["since"]),
               alarm["reason"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
}

bool AnyInAlarm(const Json& alarms) {
  for (const Json& alarm : alarms.as_array())
    if (alarm["state"].as_string() == "ALARM" && !alarm["observing"].as_bool()) return true;
  return false;
}

}  // namespace hinomi::cli
