#ifndef HINOMI_API_CONSOLE_IMPL_CHECK_DATA_H_
#define HINOMI_API_CONSOLE_IMPL_CHECK_DATA_H_

#include "api/console/impl/answering.h"

namespace hinomi::api::impl {

/// Whether the alarms in force, or those of `alarms_yml` in the body, fit the data of the last day
/// and week; see CheckData and DataFindings in the openapi table.
Result<Json> CheckData(const ConsoleContext& context, const http::Request& request);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_CHECK_DATA_H_
