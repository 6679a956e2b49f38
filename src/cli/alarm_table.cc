#include "cli/alarm_table.h"

#include <cstdio>
#include <string>

#include "cli/table.h"

namespace hinomi::cli {
namespace {

// "≥ 80", as the document would say it.
std::string Limit(const Json& alarm) {
  if (!alarm["rule"].as_string().empty()) return "-";
  if (alarm["expr"].is_string()) return alarm["expr"].as_string();
  if (alarm["band"].is_object()) {
    const std::string& range = alarm["band"]["range"].as_string();
    return range.empty() ? "no band yet" : "usual: " + range;
  }
  const std::string& name = alarm["comparison"].as_string();
  std::string sign = name;
  if (name == "GreaterThanOrEqualToThreshold") sign = "≥";
  if (name == "GreaterThanThreshold") sign = ">";
  if (name == "LessThanThreshold") sign = "<";
  if (name == "LessThanOrEqualToThreshold") sign = "≤";
  const std::string& written = alarm["threshold_text"].as_string();
  return sign + " " + (written.empty() ? Cell(alarm["threshold"]) : written);
}

// Of a PromQL alarm, how many of its series are in ALARM.
std::string ValueOf(const Json& alarm) {
  if (!alarm["expr"].is_string()) return Cell(alarm["value"]);
  return std::to_string(alarm["contributor_count"].as_int()) + " series";
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
               ValueOf(alarm), Limit(alarm), Cell(alarm["since"]), alarm["reason"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
}

void PrintContributors(const Json& contributors) {
  if (contributors.as_array().empty()) return;
  Table table({"IN ALARM", "VALUE", "SINCE", "REASON"});
  for (const Json& one : contributors.as_array())
    table.Add({one["contributor"].as_string(), Cell(one["value"]), Cell(one["since"]),
               one["reason"].as_string()});
  std::fputs(table.ToString().c_str(), stdout);
  std::puts("");
}

bool AnyInAlarm(const Json& alarms) {
  for (const Json& alarm : alarms.as_array())
    if (alarm["state"].as_string() == "ALARM" && !alarm["observing"].as_bool()) return true;
  return false;
}

}  // namespace hinomi::cli
