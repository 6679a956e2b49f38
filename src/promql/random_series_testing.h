#ifndef HINOMI_PROMQL_RANDOM_SERIES_TESTING_H_
#define HINOMI_PROMQL_RANDOM_SERIES_TESTING_H_

#include "promql/choices_testing.h"
#include "promql/obvious_evaluator_testing.h"

namespace hinomi::promql {

/// About two dozen series as scrapers leave them, in the half hour from `start_ms` on: counters
/// with resets, gauges, the buckets of a histogram; with gaps, jitter, staleness marks, late
/// beginnings and early ends, and now and then NaN, infinities, and what is hardly a double any
/// more. Their labels (job, instance, code, le) overlap, so that matches are found and names that
/// go leave equals. Sorted by labels.
obvious::Data RandomData(Choices& choices, int64_t start_ms);

/// How long RandomData go on at most.
inline constexpr int64_t kRandomSeriesMs = 1'800'000;

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_RANDOM_SERIES_TESTING_H_
