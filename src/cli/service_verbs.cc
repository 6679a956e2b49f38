#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/strings.h"
#include "cli/printable.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace hinomi::cli {
namespace {

using Kind = Argument::Kind;

/// An answer can hold so much; more is asked for piece by piece.
constexpr int kMostPieces = 10'000;

std::string Percent(const Json& value) {
  if (!value.is_number()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", value.as_double());
  return text;
}

int ServiceList(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Get("services");
  if (!answer) return Fail(answer.error());
  bool well = true;
  Table table(
      {"STATE", "SERVICE", "CLUSTER", "DESIRED", "RUNNING", "HEALTHY", "CPU", "MEMORY", "REASON"});
  for (const Json& service : (*answer)["services"].as_array()) {
    const Json& balancer = service["balancer"];
    const std::string& reason = service["reason"].as_string();
    well = well && service["state"].as_string() != "failing" &&
           service["healthy"].as_int() >= service["desired"].as_int() &&
           balancer["state"].as_string() != "unreachable";
    table.Add({service["state"].as_string(), service["name"].as_string(),
               service["cluster"].as_string(), Cell(service["desired"]), Cell(service["running"]),
               Cell(service["healthy"]), Percent(service["cpu_percent"]),
               Percent(service["memory_percent"]),
               reason.empty() ? balancer["reason"].as_string() : reason});
  }
  std::fputs(call.json ? (answer->Dump() + "\n").c_str() : table.ToString().c_str(), stdout);
  return well ? kDone : kAnswerIsNo;
}

int ServiceTasks(const Invocation& call) {
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto answer = remote->Get("services/" + UrlEncode(call["NAME"]) + "/tasks");
  if (!answer) return Fail(answer.error());
  if (call.json) {
    std::puts(answer->Dump().c_str());
    return kDone;
  }
  Table table(
      {"TASK", "STATUS", "HEALTH", "HOST", "PORT", "STARTED", "EXIT", "STOP CODE", "REASON"});
  for (const Json& task : (*answer)["tasks"].as_array()) {
    const std::string& stopped = task["stopped_reason"].as_string();
    table.Add({task["id"].as_string(), task["last_status"].as_string(), task["health"].as_string(),
               task["host"].as_string(), Cell(task["port"]), Cell(task["started_at"]),
               Cell(task["exit_code"]), Cell(task["stop_code"]),
               stopped.empty() ? task["health_reason"].as_string() : stopped});
  }
  std::fputs(table.ToString().c_str(), stdout);
  return kDone;
}

/// The task that is meant: by its id or the beginning of it; without one the
/// newest of the service.
Result<std::string> TaskOf(const Remote& remote, const std::string& service,
                           const std::string& wanted) {
  HN_TRY(const Json answer, remote.Get("services/" + UrlEncode(service) + "/tasks"));
  std::string found;
  int count = 0;
  for (const Json& task : answer["tasks"].as_array()) {
    if (!task["id"].as_string().starts_with(wanted)) continue;
    found = task["id"].as_string();
    ++count;
  }
  if (count == 0)
    return NotFound("service " + service + " has no task " + (wanted.empty() ? "yet" : wanted));
  if (count > 1 && !wanted.empty())
    return InvalidArgument(std::to_string(count) + " tasks begin with " + wanted +
                           "; give more of the id");
  return found;
}

/// As it is into a file or pipe; a terminal is not told what to do by it.
void PrintOutput(const std::string& text) {
  if (::isatty(STDOUT_FILENO) == 0) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  std::fputs(PrintableLines(text).c_str(), stdout);
}

int ServiceLogs(const Invocation& call) {
  const auto lines = ParseUint(call["tail"]);
  if (!lines || *lines == 0) return Fail(InvalidArgument("--tail is a number of lines from 1"));
  const auto remote = Remote::Find(call["data"]);
  if (!remote) return Fail(remote.error());
  const auto task = TaskOf(*remote, call["NAME"], call["task"]);
  if (!task) return Fail(task.error());
  std::string cursor;
  for (int i = 0; i < kMostPieces; ++i) {
    const auto chunk =
        remote->Get("tasks/" + UrlEncode(*task) + "/log",
                    {{"cursor", cursor}, {"tail", cursor.empty() ? call["tail"] : ""}});
    if (!chunk) return Fail(chunk.error());
    const std::string& text = (*chunk)["text"].as_string();
    if (call.json) {
      std::puts(chunk->Dump().c_str());
    } else {
      if ((*chunk)["lost"].as_bool()) std::fputs("… older output is not kept …\n", stderr);
      PrintOutput(text);
    }
    if (text.empty() || call.json) return kDone;
    cursor = (*chunk)["cursor"].as_string();
  }
  return kDone;
}

}  // namespace

void AddServiceVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({"service list",
                   "Every service that Hinomi runs, with its counts; 1 if one is not well",
                   "hinomi service list",
                   {DataArgument()},
                   ServiceList});
  verbs.push_back(
      {"service tasks",
       "The replicas of a service: status, health, why they stopped",
       "hinomi service tasks app",
       {{Kind::kPositional, "NAME", "the service's name", true, "", {}, Names::kService},
        DataArgument()},
       ServiceTasks});
  verbs.push_back(
      {"service logs",
       "What a replica has written, the newest one's if none is named",
       "hinomi service logs app --tail 50",
       {{Kind::kPositional, "NAME", "the service's name", true, "", {}, Names::kService},
        {Kind::kOption, "task", "a replica's id or the beginning of it", false, ""},
        {Kind::kOption, "tail", "begin with the last so many lines", false, "100"},
        DataArgument()},
       ServiceLogs});
}

}  // namespace hinomi::cli
