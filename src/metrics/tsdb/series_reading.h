#ifndef HINOMI_METRICS_TSDB_SERIES_READING_H_
#define HINOMI_METRICS_TSDB_SERIES_READING_H_

#include <span>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/storage.h"
#include "metrics/tsdb/chunk_collector.h"
#include "metrics/tsdb/head_selection.h"
#include "metrics/tsdb/reading_help.h"

namespace hinomi::metrics {

/// Where series are read.
struct SeriesSources {
  std::span<const VisibleBlock> blocks;  ///< Prepared, in the order of `newest`.
  HeadSelection* fresh = nullptr;        ///< Newer than all blocks; null: nothing.
  ReadingHelp help;
};

/// What metrics/storage.h asks of VisitFloats: each series whole, in the order of labels, on the
/// calling thread. Helpers read ahead of it, some batches of series at most. `limits.max_samples`
/// is of one series; `limits.memory` gets back what `fresh` holds of a series before its visit.
/// What cannot be read is told to `unread`, on any thread, and left out. Errors: kExhausted,
/// naming the limit; those of `visit`.
Status VisitSeries(const SeriesSources& sources, const std::vector<CompiledMatcher>& matchers,
                   const TimeWindow& range, const SelectLimits& limits, const ReportUnread& unread,
                   const SeriesVisitor& visit, const SeriesStepMaker& prepare);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SERIES_READING_H_
