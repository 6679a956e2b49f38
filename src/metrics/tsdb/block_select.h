#ifndef HINOMI_METRICS_TSDB_BLOCK_SELECT_H_
#define HINOMI_METRICS_TSDB_BLOCK_SELECT_H_

#include <set>
#include <span>
#include <string>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/storage.h"
#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

// What metrics/storage.h asks, of blocks that are prepared and in the order of
// `newest`. What cannot be read is told to `unread` and left out.

std::vector<Labels> SelectLabelsFromBlocks(std::span<const VisibleBlock> blocks,
                                           const std::vector<CompiledMatcher>& matchers,
                                           const TimeWindow& range, const ReportUnread& unread);

/// Adds the names of the series with a sample in the range, or the values of
/// one label.
void AddLabelNames(const VisibleBlock& block, const TimeWindow& range, const ReportUnread& unread,
                   std::set<std::string, std::less<>>& names);
void AddLabelValues(const VisibleBlock& block, const std::string& label, const TimeWindow& range,
                    const ReportUnread& unread, std::set<std::string, std::less<>>& values);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_SELECT_H_
