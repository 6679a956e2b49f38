#ifndef HINOMI_METRICS_IMPL_HISTOGRAM_WIRE_H_
#define HINOMI_METRICS_IMPL_HISTOGRAM_WIRE_H_

#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <vector>

#include "base/result.h"
#include "metrics/native_histogram.h"

namespace hinomi::metrics {

/// A native histogram as Prometheus' protobufs write it, in prompb/types.proto and
/// client.proto alike: buckets lie in spans, each so many empty ones behind the last;
/// whole counts are differences to the bucket before, float counts stand as they are.
struct HistogramWire {
  struct Span {
    int32_t offset = 0;
    uint32_t length = 0;
  };
  struct Side {
    std::vector<Span> spans;
    std::vector<int64_t> deltas;
    std::vector<double> counts;
  };
  bool is_float = false;
  uint64_t count = 0;  ///< Of whole ones; `float_count` of the others, and so on.
  double float_count = 0;
  uint64_t zero_count = 0;
  double float_zero_count = 0;
  double sum = 0;
  int32_t schema = 0;
  double zero_threshold = 0;
  Side negative;
  Side positive;
  std::vector<double> custom_values;
  int32_t reset_hint = 0;
};

/// kInvalidArgument, saying what was expected: spans that do not fit the buckets, and what
/// `CheckHistogram` refuses. Empty buckets are dropped. Buckets that do not add up to the
/// count are taken as they are: nothing is unclear about what to store, and functions go by
/// the one or the other.
Result<NativeHistogram> FromWire(const HistogramWire& wire);

/// Numbers of a repeated field, be they packed or one by one. Beyond what a histogram
/// may have no more are kept than show it.
void AppendPacked(protozero::pbf_reader& message, std::vector<int64_t>& zigzag);
void AppendPacked(protozero::pbf_reader& message, std::vector<double>& doubles);
/// One BucketSpan.
void AppendSpan(protozero::pbf_reader message, std::vector<HistogramWire::Span>& spans);

/// A histogram of prompb/types.proto, and of io.prometheus.write.v2 as well.
struct WriteHistogram {
  HistogramWire wire;
  int64_t at_ms = 0;
};
/// Throws protozero::exception where the bytes are no message.
WriteHistogram ReadWriteHistogram(protozero::pbf_reader message);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_HISTOGRAM_WIRE_H_
