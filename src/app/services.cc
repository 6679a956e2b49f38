#include "app/services.h"

#include "drivers/balancer/haproxy.h"
#include "drivers/services/from_policy.h"
#include "drivers/services/render.h"
#include "os/entropy.h"
#include "policy/secrets.h"

namespace hinomi::app {
namespace {

/// A HAProxy that hangs holds up its own service only, and not for long.
constexpr Duration kSocketTimeout = Duration::Seconds(2);

drivers::RotationTarget TargetOf(const policy::ServiceDocument& service) {
  return {.options = {.service = service.name,
                      .check = {.interval = service.load_balancer.check_interval},
                      .checked = service.health_check.type != "none",
                      .drain_timeout = service.drain_timeout},
          .socket = service.load_balancer.socket,
          .backend = service.load_balancer.backend};
}

std::unique_ptr<drivers::LoadBalancer> BalancerOf(const drivers::RotationTarget& target,
                                                  const Clock& clock) {
  return std::make_unique<drivers::HaproxyBalancer>(
      drivers::HaproxySocket(target.socket, drivers::LocalSocketExchange(clock),
                             {.timeout = kSocketTimeout}),
      clock, drivers::HaproxyOptions{.backend = target.backend});
}

/// All tasks run on this machine.
std::string AddressOf(const drivers::Task& task) {
  return "127.0.0.1:" + std::to_string(task.port);
}

Json BalancerToJson(const std::optional<drivers::RotationState>& state) {
  if (!state) return Json();
  const char* word = "in_step";
  if (!state->in_step) word = "behind";
  if (!state->reached) word = state->looked || !state->error.empty() ? "unreachable" : "unknown";
  return Json::MakeObject()
      .Set("state", word)
      .Set("servers", static_cast<int64_t>(state->servers))
      .Set("reason", state->error);
}

}  // namespace

Services::Services(metrics::Appender& appender, Files& files, const Clock& clock, Log& log,
                   const std::string& data_directory, std::vector<std::string> shim_argv)
    : appender_(appender),
      files_(files),
      clock_(clock),
      log_(log),
      host_("local", data_directory, std::move(shim_argv)),
      rotations_(
          [this](const drivers::RotationTarget& target) { return BalancerOf(target, clock_); },
          [this](const std::string& service) {
            // First whether these are all.
            const bool knows_all = runtime_.KnowsAll();
            return drivers::Rotation::Tasks{knows_all, runtime_.Tasks(service)};
          },
          AddressOf, clock, log),
      runtime_({.hosts = {&host_},
                .clock = &clock,
                .log = &log,
                .hooks = &rotations_,
                .seed = RandomSeed()}) {}

void Services::Start() {
  rotations_.Start();
  runtime_.Start();
}

void Services::Stop() {
  runtime_.Stop();
  rotations_.Stop();
}

void Services::UsePolicy(const policy::OpsFolder& folder) {
  std::vector<drivers::ServiceSpec> specs;
  std::vector<drivers::RotationTarget> targets;
  Status taken;
  for (const policy::ServiceDocument& document : folder.targets.services) {
    if (!document.managed()) continue;
    auto spec = drivers::SpecOfService(document, files_, policy::ProcessEnvironment());
    if (spec)
      specs.push_back(*std::move(spec));
    else
      taken = std::move(spec).error();
    if (!document.load_balancer.driver.empty()) targets.push_back(TargetOf(document));
  }
  // Before any of their tasks is started.
  if (taken) rotations_.SetTargets(std::move(targets));
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
    services.Append(drivers::ServiceToJson(service).Set(
        "balancer", BalancerToJson(rotations_.StateOf(service.name))));
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

Result<Json> Services::ReadLog(const std::string& task, const api::LogQuery& query) {
  HN_TRY(const drivers::LogChunk chunk, runtime_.ReadLog(task, {.cursor = query.cursor,
                                                                .tail_lines = query.tail_lines,
                                                                .limit_bytes = query.limit_bytes}));
  return drivers::LogChunkToJson(chunk);
}

}  // namespace hinomi::app
