#include "drivers/services/from_policy.h"

namespace hinomi::drivers {

Result<ServiceSpec> SpecOfService(const policy::ServiceDocument& document, Files& files,
                                  const policy::Environment& environment) {
  ServiceSpec spec;
  spec.name = document.name;
  spec.cluster = document.cluster;
  spec.argv = document.command;
  for (const auto& [name, value] : document.environment) {
    auto resolved = policy::ResolveReference(value, files, environment);
    if (!resolved)
      return std::move(resolved).error().WithContext("cannot run service \"" + document.name +
                                                     "\": environment " + name);
    spec.environment.emplace_back(name, *std::move(resolved));
  }
  spec.directory = document.directory;
  spec.port_low = static_cast<uint16_t>(document.port_low);
  spec.port_high = static_cast<uint16_t>(document.port_high);
  spec.desired_count = document.desired_count;
  spec.min_count = document.min_count;
  spec.max_count = document.max_count;
  const policy::HealthCheckDocument& check = document.health_check;
  if (check.type == "http") spec.health_check.kind = HealthCheck::Kind::kHttp;
  if (check.type == "tcp") spec.health_check.kind = HealthCheck::Kind::kTcp;
  spec.health_check.path = check.path;
  spec.health_check.interval = check.interval;
  spec.health_check.timeout = check.timeout;
  spec.health_check.retries = check.retries;
  spec.health_check.start_period = check.start_period;
  if (document.cpu_units > 0) spec.cpu_units = static_cast<uint64_t>(document.cpu_units);
  if (document.memory_mib > 0) spec.memory_bytes = static_cast<uint64_t>(document.memory_mib) << 20;
  if (document.open_files > 0) spec.open_files = static_cast<uint64_t>(document.open_files);
  spec.stop_timeout = document.stop_timeout;
  spec.drain_timeout = document.drain_timeout;
  HN_TRY_VOID(CheckServiceSpec(spec));
  return spec;
}

}  // namespace hinomi::drivers
