#ifndef HINOMI_METRICS_TSDB_CHUNK_COLLECTOR_H_
#define HINOMI_METRICS_TSDB_CHUNK_COLLECTOR_H_

#include <functional>
#include <span>
#include <vector>

#include "metrics/tsdb/block.h"
#include "metrics/tsdb/erasures.h"
#include "metrics/tsdb/series_walk.h"

namespace hinomi::metrics {

inline constexpr TimeWindow kAllTime{INT64_MIN, INT64_MAX};

/// Told of everything that could not be read and was left out.
using ReportUnread = std::function<void(const Block& block, const Error& error)>;

/// A chunk of a series that stands in several blocks. Of two samples with one
/// time the one of the higher rank counts.
struct RankedChunk {
  const Block* block = nullptr;
  size_t rank = 0;  ///< The block's place among all.
  ChunkRef ref;
  std::span<const TimeWindow> erased;
};

/// Finds the chunks of one series after another in all of some prepared
/// blocks, which must outlive it. Threads: one.
class ChunkCollector {
 public:
  ChunkCollector(std::span<const VisibleBlock> blocks, const TimeWindow& range,
                 const ReportUnread& unread);
  /// Those that overlap the range and are not erased whole, block by block
  /// and ascending in each; may be changed, valid until the next call.
  std::vector<RankedChunk>& Collect(std::span<const SeriesWalk::Part> parts);

 private:
  std::span<const VisibleBlock> blocks_;
  TimeWindow range_;
  const ReportUnread& unread_;
  std::vector<ChunkDirectory::Cursor> cursors_;
  std::vector<std::vector<TimeWindow>> erased_;
  std::vector<RankedChunk> chunks_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_CHUNK_COLLECTOR_H_
