#ifndef HINOMI_METRICS_IMPL_EXPOSED_FAMILY_H_
#define HINOMI_METRICS_IMPL_EXPOSED_FAMILY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <vector>

#include "metrics/impl/histogram_wire.h"
#include "metrics/model.h"

namespace hinomi::metrics {

// The messages of Prometheus' client.proto as they stand on the wire. Reading them throws
// protozero::exception where the bytes are no message; fields that are unknown, or of
// another wire type, are skipped. Of what repeats at most kMostRepeated + 1 are kept, so
// that a small page cannot take much memory: whoever uses them refuses that many.
inline constexpr size_t kMostRepeated = kMostHistogramBuckets;
inline constexpr uint32_t kMetricTag = 4;

struct ExemplarWire {
  std::vector<Labels::Pair> labels;
  double value = 0;
  std::optional<int64_t> at_ms;
};

struct BucketWire {
  double cumulative_count = 0;
  double upper_bound = 0;
  std::optional<ExemplarWire> exemplar;
};

struct ClassicWire {
  double count = 0;
  double sum = 0;
  std::vector<BucketWire> buckets;
};

struct HistogramMessage {
  ClassicWire classic;
  HistogramWire native;
  std::vector<ExemplarWire> exemplars;  ///< Of the native one.
  /// A native one has spans, or a zero bucket.
  bool is_native() const;
};

struct SummaryWire {
  struct Quantile {
    double quantile = 0;
    double value = 0;
  };
  double count = 0;
  double sum = 0;
  std::vector<Quantile> quantiles;
};

/// A counter, a gauge or an untyped value.
struct ValueWire {
  double value = 0;
  std::optional<ExemplarWire> exemplar;
};

struct MetricMessage {
  std::vector<Labels::Pair> labels;
  std::vector<ValueWire> values;  ///< One, unless the target errs.
  std::optional<SummaryWire> summary;
  std::optional<HistogramMessage> histogram;
  std::optional<int64_t> at_ms;
};

struct FamilyMessage {
  std::string name;
  Metadata metadata;
};

/// Without its metrics: field kMetricTag, each for `ReadMetric`.
FamilyMessage ReadFamily(protozero::pbf_reader message);
MetricMessage ReadMetric(protozero::pbf_reader message);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_EXPOSED_FAMILY_H_
