#ifndef HINOMI_API_CONSOLE_IMPL_SERVICE_LIST_H_
#define HINOMI_API_CONSOLE_IMPL_SERVICE_LIST_H_

#include "api/console/picture.h"
#include "base/json.h"
#include "store/store.h"

namespace hinomi::api::impl {

/// Adds to a service as its runtime sees it what the rest of Hinomi knows of it:
/// since (when the number of healthy replicas became what it is), minimum,
/// maximum, declared, rests_until (no alarm scales it before; null: none waits),
/// alarms that look at it, and its open incidents.
Json DescribeService(const Picture& picture, store::Store& store, Instant now, Json service);

/// Services that the folder declares and Hinomi does not run: {name, cluster}.
Json WatchedServices(const Picture& picture);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_SERVICE_LIST_H_
