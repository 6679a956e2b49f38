#include "drivers/services/task_record.h"

#include <algorithm>

#include "base/json.h"

namespace hinomi::drivers {
namespace {

constexpr int kVersion = 1;

int CountOf(const Json& json) {
  return static_cast<int>(std::clamp<int64_t>(json.as_int(), 0, 1'000'000));
}

Result<Json> ReadVersioned(std::string_view text, std::string_view what) {
  auto json = Json::Parse(text);
  if (!json) return Corrupt("cannot read " + std::string(what) + ": " + json.error().message);
  if ((*json)["version"].as_int() != kVersion)
    return Corrupt("cannot read " + std::string(what) + ": not of version " +
                   std::to_string(kVersion));
  return json;
}

}  // namespace

std::string ServiceDirectory(const std::string& service) {
  return std::string(kServicesDirectory) + "/" + service;
}
std::string TaskDirectory(const std::string& service, const std::string& task) {
  return ServiceDirectory(service) + "/" + task;
}
std::string TaskRecordPath(const std::string& service, const std::string& task) {
  return TaskDirectory(service, task) + "/task.json";
}
std::string ServiceRecordPath(const std::string& service) {
  return ServiceDirectory(service) + "/service.json";
}

std::string WriteTaskRecord(const Task& task) {
  Json json;
  json.Set("version", kVersion)
      .Set("id", task.id)
      .Set("service", task.service)
      .Set("cluster", task.cluster)
      .Set("host", task.host)
      .Set("port", static_cast<int>(task.port))
      .Set("wanted", task.wanted)
      .Set("last_status", TaskStatusName(task.last_status))
      .Set("stop_code", StopCodeName(task.stop_code))
      .Set("stopped_reason", task.stopped_reason);
  if (task.exit_code) json.Set("exit_code", *task.exit_code);
  json.Set("created_at_ns", task.created_at.nanos())
      .Set("started_at_ns", task.started_at.nanos())
      .Set("stopping_at_ns", task.stopping_at.nanos())
      .Set("stopped_at_ns", task.stopped_at.nanos());
  return json.Dump() + "\n";
}

Result<Task> ReadTaskRecord(std::string_view text) {
  HN_TRY(const Json json, ReadVersioned(text, "the record of a task"));
  Task task;
  const auto status = TaskStatusOf(json["last_status"].as_string());
  const auto code = StopCodeOf(json["stop_code"].as_string());
  const int64_t port = json["port"].as_int(-1);
  task.id = json["id"].as_string();
  task.service = json["service"].as_string();
  if (!status || !code || port < 0 || port > 65'535 || task.id.empty() || task.service.empty())
    return Corrupt("cannot read the record of a task: a value is missing or not known");
  task.last_status = *status;
  task.stop_code = *code;
  task.port = static_cast<uint16_t>(port);
  task.cluster = json["cluster"].as_string();
  task.host = json["host"].as_string();
  task.wanted = json["wanted"].as_bool();
  task.stopped_reason = json["stopped_reason"].as_string();
  if (json["exit_code"].is_int()) task.exit_code = static_cast<int>(json["exit_code"].as_int());
  task.created_at = Instant::FromNanos(json["created_at_ns"].as_int());
  task.started_at = Instant::FromNanos(json["started_at_ns"].as_int());
  task.stopping_at = Instant::FromNanos(json["stopping_at_ns"].as_int());
  task.stopped_at = Instant::FromNanos(json["stopped_at_ns"].as_int());
  return task;
}

std::string WriteServiceRecord(const ServiceRecord& record) {
  Json json;
  json.Set("version", kVersion)
      .Set("desired_count", record.desired_count)
      .Set("declared_count", record.declared_count)
      .Set("scale_reason", record.scale_reason)
      .Set("failures", record.failures)
      .Set("last_reason", record.last_reason);
  return json.Dump() + "\n";
}

Result<ServiceRecord> ReadServiceRecord(std::string_view text) {
  HN_TRY(const Json json, ReadVersioned(text, "the record of a service"));
  ServiceRecord record;
  record.desired_count = CountOf(json["desired_count"]);
  record.declared_count = CountOf(json["declared_count"]);
  record.scale_reason = json["scale_reason"].as_string();
  record.failures = CountOf(json["failures"]);
  record.last_reason = json["last_reason"].as_string();
  return record;
}

}  // namespace hinomi::drivers
