#ifndef HINOMI_DRIVERS_SERVICES_LOG_READER_H_
#define HINOMI_DRIVERS_SERVICES_LOG_READER_H_

#include <string>

#include "base/result.h"
#include "drivers/host.h"
#include "drivers/services/service_runtime.h"

namespace hinomi::drivers {

/// Reads what a run has written: `output.1` (the older half) and `output` in its
/// directory, while the shim may be turning one into the other. The cursor names
/// the file that it stands in, so that nothing is read twice or skipped unnoticed.
/// kNotFound when nothing was written yet and nothing is known of the run;
/// kInvalidArgument for a cursor that is none. `ended` is for the caller to set.
Result<LogChunk> ReadRunOutput(Host& host, const std::string& directory, const LogRequest& request);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_LOG_READER_H_
