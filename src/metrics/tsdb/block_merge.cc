#include "metrics/tsdb/block_merge.h"

#include <numeric>

#include "metrics/tsdb/series_merge.h"
#include "metrics/tsdb/series_walk.h"

namespace hinomi::metrics {
namespace {

/// Between two questions whether to go on; a series counts as some samples.
constexpr size_t kSamplesBetweenAsking = 50'000;
constexpr size_t kSeriesAsSamples = 20;

Postings AllIds(const Block& block) {
  Postings ids(block.info().series);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

}  // namespace

Status MergeBlocks(std::span<const VisibleBlock> sources, BlockWriter& writer,
                   const KeepGoing& keep_going, const ReportUnread& unread) {
  SeriesWalk walk;
  for (const VisibleBlock& source : sources) walk.AddBlock(*source.block, AllIds(*source.block));
  ChunkCollector collector(sources, kAllTime, unread);
  SeriesMerge merge(writer, unread);
  size_t done = 0;
  while (walk.Next()) {
    std::vector<RankedChunk>& chunks = collector.Collect(walk.parts());
    done += kSeriesAsSamples;
    for (const RankedChunk& chunk : chunks) done += chunk.ref.samples;
    if (done >= kSamplesBetweenAsking) {
      if (!keep_going()) return Cancelled("a merge of blocks was called off");
      done = 0;
    }
    if (chunks.empty()) continue;
    if (auto begun = writer.Begin(walk.label_bytes()); !begun) {
      // Only a block that was not written by BlockWriter is out of order.
      unread(*chunks.front().block, begun.error());
      continue;
    }
    HN_TRY_VOID(merge.Merge(chunks));
  }
  return {};
}

}  // namespace hinomi::metrics
