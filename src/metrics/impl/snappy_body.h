#ifndef HINOMI_METRICS_IMPL_SNAPPY_BODY_H_
#define HINOMI_METRICS_IMPL_SNAPPY_BODY_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi::metrics {

/// Unpacks a body that is one snappy block, as remote write and remote read have it.
/// Nothing is allocated for more than `max_unpacked_bytes`, nor for a length that the
/// body cannot hold. Errors: kExhausted over a limit, kInvalidArgument for anything
/// malformed; the messages begin "the WHAT body …".
Result<std::string> UnpackSnappy(std::string_view what, std::string_view body,
                                 size_t max_packed_bytes, size_t max_unpacked_bytes);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SNAPPY_BODY_H_
