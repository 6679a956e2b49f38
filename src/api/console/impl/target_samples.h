#ifndef HINOMI_API_CONSOLE_IMPL_TARGET_SAMPLES_H_
#define HINOMI_API_CONSOLE_IMPL_TARGET_SAMPLES_H_

#include <string>

#include "api/console/picture.h"
#include "base/json.h"
#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::api::impl {

struct SampleQuery {
  std::string match;  ///< Only series whose text contains it, whatever the case.
  size_t limit = 1'000;
  Instant now;
};

/// The newest sample of each series that has the target's labels, as far as five
/// minutes or two intervals back, sorted by series: {samples, total, from}. Each
/// has series (as Prometheus prints it), labels, value (a string, as NaN and +Inf
/// are none of JSON's numbers), at, and ended: the series has stopped since.
/// `total` counts those that match; at most `limit` are listed.
Result<Json> NewestSamples(const metrics::Queryable& metrics, const TargetState& target,
                           const SampleQuery& query);

}  // namespace hinomi::api::impl

#endif  // HINOMI_API_CONSOLE_IMPL_TARGET_SAMPLES_H_
