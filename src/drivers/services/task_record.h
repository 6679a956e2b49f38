#ifndef HINOMI_DRIVERS_SERVICES_TASK_RECORD_H_
#define HINOMI_DRIVERS_SERVICES_TASK_RECORD_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "drivers/services/service_runtime.h"

/// What the process runtime keeps on disk, beside the shim's files:
///
///   services/NAME/service.json     on the first host: counts and failures
///   services/NAME/TASK/task.json   on the task's host: the task, before each step
namespace hinomi::drivers {

/// Of a service, what must survive.
struct ServiceRecord {
  int desired_count = 0;
  int declared_count = 0;  ///< The spec's when `desired_count` was set.
  std::string scale_reason;
  int failures = 0;
  std::string last_reason;
  bool operator==(const ServiceRecord&) const = default;
};

inline constexpr std::string_view kServicesDirectory = "services";
std::string ServiceDirectory(const std::string& service);
std::string TaskDirectory(const std::string& service, const std::string& task);
std::string TaskRecordPath(const std::string& service, const std::string& task);
std::string ServiceRecordPath(const std::string& service);

std::string WriteTaskRecord(const Task& task);
/// kCorrupt for what is not one of ours.
Result<Task> ReadTaskRecord(std::string_view text);
std::string WriteServiceRecord(const ServiceRecord& record);
Result<ServiceRecord> ReadServiceRecord(std::string_view text);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_TASK_RECORD_H_
