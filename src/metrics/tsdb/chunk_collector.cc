#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

ChunkCollector::ChunkCollector(std::span<const VisibleBlock> blocks, const TimeWindow& range,
                               const ReportUnread& unread)
    : blocks_(blocks), range_(range), unread_(unread), erased_(blocks.size()) {
  for (const VisibleBlock& visible : blocks) cursors_.push_back(visible.block->Chunks());
}

std::vector<RankedChunk>& ChunkCollector::Collect(std::span<const SeriesWalk::Part> parts) {
  chunks_.clear();
  for (const SeriesWalk::Part& part : parts) {
    const VisibleBlock& visible = blocks_[part.block];
    const auto chunks = cursors_[part.block].At(part.id);
    if (!chunks) {
      unread_(*visible.block, chunks.error());
      continue;
    }
    const auto erased = visible.erasures->Of(part.id, erased_[part.block]);
    for (const ChunkRef& chunk : *chunks)
      if (range_.Overlaps(chunk.window()) && !IsErased(chunk.window(), erased))
        chunks_.push_back({visible.block.get(), part.block, chunk, erased});
  }
  return chunks_;
}

}  // namespace hinomi::metrics
