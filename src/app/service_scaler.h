#ifndef HINOMI_APP_SERVICE_SCALER_H_
#define HINOMI_APP_SERVICE_SCALER_H_

#include <functional>
#include <string>
#include <string_view>

#include "drivers/services/service_runtime.h"
#include "ops_model/decision.h"
#include "store/store.h"

namespace hinomi::app {

/// Kind of the jobs that `ScaleService` does.
inline constexpr std::string_view kScaleJobKind = "service.scale";

/// Whether a scaling (the payload's `scaling`) is still the newest of its service.
using ScalingWanted = std::function<bool(const std::string& scaling)>;

/// One try to have a runtime run so many tasks: payload {service, desired,
/// reason, scaling}. It names a number and no change, so it may be repeated. Done
/// when the runtime has written the number down; the tasks follow. Reason codes:
/// "taken"; "unavailable" (try again); "cancelled", "bad_payload",
/// "no_such_service", "out_of_bounds", "no_runtime", "refused". `runtime` null: this
/// server runs no services.
ops_model::JobResult ScaleService(drivers::ServiceRuntime* runtime, const ScalingWanted& wanted,
                                  const store::Job& job);

}  // namespace hinomi::app

#endif  // HINOMI_APP_SERVICE_SCALER_H_
