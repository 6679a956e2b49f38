#include "app/services.h"

#include "drivers/services/from_policy.h"
#include "drivers/services/render.h"
#include "os/entropy.h"
#include "policy/secrets.h"

namespace hinomi::app {

Services::Services(metrics::Appender& appender, Files& files, const Clock& clock, Log& log,
                   const std::string& data_directory, std::vector<std::string> shim_argv)
    : appender_(appender),
      files_(files),
      clock_(clock),
      log_(log),
      host_("local", data_directory, std::move(shim_argv)),
      runtime_({.hosts = {&host_}, .clock = &clock, .log = &log, .seed = RandomSeed()}) {}

void Services::UsePolicy(const policy::OpsFolder& folder) {
  std::vector<drivers::ServiceSpec> specs;
  Status taken;
  for (const policy::ServiceDocument& document : folder.targets.services) {
    if (!document.managed()) continue;
    auto spec = drivers::SpecOfService(document, files_, policy::ProcessEnvironment());
    if (spec)
      specs.push_back(*std::move(spec));
    else
      taken = std::move(spec).error();
  }
  if (taken) taken = runtime_.Declare(std::move(specs));
  if (!taken) log_.Failed("the services stay as they were", {{"error", taken.error().message}});
}

Status Services::Publish() {
  const Instant now = clock_.Now();
  std::vector<metrics::WriteSeries> batch;
  for (const drivers::ServiceStatus& service : runtime_.Services()) {
    const auto add = [&](const char* name, const std::optional<double>& value) {
      if (!value) return;
      metrics::Labels labels({{"__name__", name}, {"ServiceName", service.name}});
      batch.push_back({labels, {{now.millis(), *value}}});
      if (service.cluster.empty()) return;
      labels.Set("ClusterName", service.cluster);
      batch.push_back({labels, {{now.millis(), *value}}});
    };
    add("CPUUtilization", service.cpu_percent);
    add("MemoryUtilization", service.memory_percent);
  }
  if (batch.empty()) return {};
  return appender_.Append(batch);
}

Json Services::List() const {
  Json services = Json::MakeArray();
  for (const drivers::ServiceStatus& service : runtime_.Services())
    services.Append(drivers::ServiceToJson(service));
  return services;
}

Result<Json> Services::Tasks(const std::string& service) const {
  bool known = false;
  for (const drivers::ServiceStatus& one : runtime_.Services())
    known = known || one.name == service;
  if (!known)
    return NotFound("there is no service \"" + service +
                    "\" that Hinomi runs; one needs a command in targets.yml");
  Json tasks = Json::MakeArray();
  for (const drivers::Task& task : runtime_.Tasks(service)) tasks.Append(drivers::TaskToJson(task));
  return tasks;
}

Result<Json> Services::ReadLog(const std::string& task, const std::string& cursor,
                               uint64_t tail_lines) {
  HN_TRY(const drivers::LogChunk chunk,
         runtime_.ReadLog(task, {.cursor = cursor, .tail_lines = tail_lines}));
  return drivers::LogChunkToJson(chunk);
}

}  // namespace hinomi::app
