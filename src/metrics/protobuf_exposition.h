#ifndef HINOMI_METRICS_PROTOBUF_EXPOSITION_H_
#define HINOMI_METRICS_PROTOBUF_EXPOSITION_H_

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "metrics/exposition.h"

namespace hinomi::metrics {

/// Which form a histogram that is exposed as classic and as native one has.
enum class HistogramForm {
  kClassic,
  kNative,  ///< Where there is one; else the classic.
  kBoth,
};

/// Reads a whole page of io.prometheus.client.MetricFamily messages, each behind its
/// length as a varint (Prometheus' client.proto). Names and labels come as Prometheus
/// makes them of such a page: NAME_bucket with `le`, NAME_count and NAME_sum; bounds and
/// quantiles as OpenMetrics writes numbers, "1.0". Creation times are not samples.
/// kInvalidArgument names the family and what was expected; kExhausted beyond
/// `max_samples` (0: no limit). Never takes a part of a page.
Result<Exposition> ParseProtobufExposition(std::string_view page, HistogramForm form,
                                           size_t max_samples = 0);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROTOBUF_EXPOSITION_H_
