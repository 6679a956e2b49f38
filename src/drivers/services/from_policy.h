#ifndef HINOMI_DRIVERS_SERVICES_FROM_POLICY_H_
#define HINOMI_DRIVERS_SERVICES_FROM_POLICY_H_

#include "drivers/services/service_runtime.h"
#include "os/files.h"
#include "policy/documents.h"
#include "policy/secrets.h"

namespace hinomi::drivers {

/// A service of targets.yml as the runtime takes it; one with a command
/// (`managed()`). References in its environment are resolved: kNotFound names
/// the one that is not there.
Result<ServiceSpec> SpecOfService(const policy::ServiceDocument& document, Files& files,
                                  const policy::Environment& environment);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_FROM_POLICY_H_
