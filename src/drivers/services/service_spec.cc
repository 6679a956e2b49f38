#include <algorithm>
#include <array>

#include "drivers/services/service_runtime.h"

namespace hinomi::drivers {
namespace {

constexpr std::array<std::string_view, 8> kStatusNames = {
    "PROVISIONING", "PENDING",  "ACTIVATING",     "RUNNING",
    "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"};
constexpr std::array<std::string_view, 3> kHealthNames = {"UNKNOWN", "HEALTHY", "UNHEALTHY"};
constexpr std::array<std::string_view, 5> kStopCodeNames = {
    "", "TaskFailedToStart", "EssentialContainerExited", "UserInitiated",
    "ServiceSchedulerInitiated"};

/// Below this no program of ours, and hardly any, can start.
constexpr uint64_t kLeastMemoryBytes = uint64_t{6} << 20;
constexpr uint64_t kLeastOpenFiles = 16;
constexpr int kMostTasks = 1000;
constexpr Duration kLongestWait = Duration::Hours(1);

template <typename Enum, size_t N>
std::optional<Enum> ValueOf(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::string CheckPorts(const ServiceSpec& spec) {
  const bool none = spec.port_low == 0 && spec.port_high == 0;
  if (none && spec.health_check.kind != HealthCheck::Kind::kNone)
    return "a health check needs ports to ask; give a port range";
  if (none) return {};
  if (spec.port_low == 0 || spec.port_low > spec.port_high)
    return "ports " + std::to_string(spec.port_low) + "-" + std::to_string(spec.port_high) +
           " are no range; give two numbers from 1 to 65535, the lower one first";
  const int count = spec.port_high - spec.port_low + 1;
  if (count < spec.max_count)
    return std::to_string(count) + " ports are too few for " + std::to_string(spec.max_count) +
           " tasks, one each";
  return {};
}

std::string CheckCounts(const ServiceSpec& spec) {
  if (spec.min_count < 0 || spec.max_count > kMostTasks || spec.min_count > spec.max_count)
    return "between " + std::to_string(spec.min_count) + " and " + std::to_string(spec.max_count) +
           " tasks is no range within 0 to 1000";
  if (spec.desired_count < spec.min_count || spec.desired_count > spec.max_count)
    return "the desired count " + std::to_string(spec.desired_count) + " is not between " +
           std::to_string(spec.min_count) + " and " + std::to_string(spec.max_count);
  return {};
}

std::string CheckLimits(const ServiceSpec& spec) {
  if (spec.cpu_units && *spec.cpu_units == 0)
    return "cpu 0 leaves it no time to run; give at least 1 (1024 are one core), or leave it out";
  if (spec.memory_bytes && *spec.memory_bytes < kLeastMemoryBytes)
    return "memory " + std::to_string(*spec.memory_bytes) +
           " bytes leaves it no room to start; give at least 6 MiB, or leave it out";
  if (spec.open_files && *spec.open_files < kLeastOpenFiles)
    return std::to_string(*spec.open_files) +
           " open files are too few to start; give at least 16, or leave it out";
  if (spec.output_limit_bytes < 1024)
    return "an output of " + std::to_string(spec.output_limit_bytes) +
           " bytes keeps no line; give at least 1 KiB";
  return {};
}

std::string CheckTimes(const ServiceSpec& spec) {
  const auto wrong = [](Duration d) { return d < Duration() || d > kLongestWait; };
  if (wrong(spec.stop_timeout) || wrong(spec.drain_timeout))
    return "stop and drain timeouts are from 0s to 1h";
  const RestartPolicy& restart = spec.restart;
  if (restart.first < Duration::Millis(100) || wrong(restart.most) || restart.most < restart.first)
    return "restarts wait at least 100ms and at most 1h, and the first wait is the shorter one";
  if (restart.failing_after < 1 || wrong(restart.stable_after))
    return "a service is failing after 1 failure or more, and stable within 1h";
  const HealthCheck& check = spec.health_check;
  if (check.kind == HealthCheck::Kind::kNone) return {};
  if (check.interval < Duration::Millis(100) || wrong(check.interval))
    return "health checks come every 100ms to 1h";
  if (check.timeout < Duration::Millis(10) || check.timeout > Duration::Minutes(2))
    return "a health check's timeout is from 10ms to 2m";
  if (check.retries < 1 || check.retries > 10) return "a health check has 1 to 10 retries";
  if (wrong(check.start_period)) return "a start period is from 0s to 1h";
  if (check.kind == HealthCheck::Kind::kHttp && !check.path.starts_with('/'))
    return "the health check's path \"" + check.path + "\" must begin with /";
  return {};
}

}  // namespace

std::string_view TaskStatusName(TaskStatus status) {
  return kStatusNames[static_cast<size_t>(status)];
}
std::optional<TaskStatus> TaskStatusOf(std::string_view name) {
  return ValueOf<TaskStatus>(kStatusNames, name);
}
std::string_view TaskHealthName(TaskHealth health) {
  return kHealthNames[static_cast<size_t>(health)];
}
std::string_view StopCodeName(StopCode code) {
  return kStopCodeNames[static_cast<size_t>(code)];
}
std::optional<StopCode> StopCodeOf(std::string_view name) {
  return ValueOf<StopCode>(kStopCodeNames, name);
}

Status CheckServiceSpec(const ServiceSpec& spec) {
  std::string wrong;
  if (!IsName(spec.name))
    wrong = "its name must be 1 to 64 letters, digits, \"-\" or \"_\"";
  else if (spec.argv.empty() || spec.argv[0].empty())
    wrong = "no program is named";
  for (const auto check : {CheckCounts, CheckPorts, CheckLimits, CheckTimes})
    if (wrong.empty()) wrong = check(spec);
  if (wrong.empty()) return {};
  return InvalidArgument("cannot run service \"" + spec.name + "\": " + wrong);
}

}  // namespace hinomi::drivers
