#ifndef HINOMI_METRICS_TSDB_BLOCK_ESTIMATE_H_
#define HINOMI_METRICS_TSDB_BLOCK_ESTIMATE_H_

#include <span>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/storage.h"
#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

/// What VisitBlocks would read of the same blocks, from their directories and shared times.
SelectEstimate EstimateBlocks(std::span<const VisibleBlock> blocks,
                              const std::vector<CompiledMatcher>& matchers, const TimeWindow& range,
                              const ReportUnread& unread);

/// About how many samples of a block that is: as if all its series had the same number of
/// them, spread over its time.
double GuessSamplesOf(const Block& block, const std::vector<Matcher>& matchers,
                      const TimeWindow& range);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_ESTIMATE_H_
