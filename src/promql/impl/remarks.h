#ifndef HINOMI_PROMQL_IMPL_REMARKS_H_
#define HINOMI_PROMQL_IMPL_REMARKS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/native_histogram_math.h"
#include "promql/impl/table.h"

namespace hinomi::promql {

/// What there is to say about histograms, in Prometheus' words.
enum class Remark {
  // Warnings.
  kMixedSamples,    ///< Floats and histograms in one window.
  kMixedSchemas,    ///< Exponential and custom buckets.
  kMixedClassic,    ///< Classic buckets beside a native histogram of the same labels.
  kNotCounter,      ///< rate() and its kin on a gauge.
  kNotGauge,        ///< delta() and idelta() on a counter.
  kResetCollision,  ///< Aggregated: one follows a counter reset, another does not.
  // Infos.
  kIgnoredInRange,        ///< A function of floats over a window with both.
  kReconciledSum,         ///< Custom bounds differed in an addition,
  kReconciledDifference,  ///< in a subtraction,
  kReconciledGroup,       ///< in an aggregation.
  kQuantileIsNan,
  kQuantileSkewed,
  kFractionWithoutNan,
};

/// Says things about one series at one place of the query, each once: texts and
/// positions are not made anew at every step.
class SeriesRemarks {
 public:
  /// `metric` is named where the text names one; borrowed, as the context is.
  SeriesRemarks(QueryContext& context, Span span, std::string_view metric)
      : context_(context), span_(span), metric_(metric) {}

  void Say(Remark remark);
  /// Says what a merge met, `reconciled` for bounds that differed. False if the two
  /// do not go together.
  bool Note(const metrics::HistogramMerge& merge, Remark reconciled);

 private:
  QueryContext& context_;
  const Span span_;
  const std::string_view metric_;
  uint32_t said_ = 0;
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_REMARKS_H_
