#ifndef HINOMI_DRIVERS_SERVICES_RENDER_H_
#define HINOMI_DRIVERS_SERVICES_RENDER_H_

#include "base/json.h"
#include "drivers/services/service_runtime.h"

/// Services and tasks as the REST API shows them: ECS' words for values, times
/// as RFC 3339, null for what is not known.
namespace hinomi::drivers {

Json ServiceToJson(const ServiceStatus& service);
Json TaskToJson(const Task& task);
Json LogChunkToJson(const LogChunk& chunk);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_RENDER_H_
