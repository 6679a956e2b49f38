#ifndef HINOMI_METRICS_TSDB_BLOCK_MERGE_H_
#define HINOMI_METRICS_TSDB_BLOCK_MERGE_H_

#include <functional>
#include <span>

#include "base/result.h"
#include "metrics/tsdb/block.h"
#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

/// Asked every some ten thousand samples: may wait, and ends the work by false.
using KeepGoing = std::function<bool()>;

/// Adds all that is not erased of the prepared `sources` to `writer`, in label
/// order; of two samples with one time the one of the later source counts.
/// What cannot be read is told to `unread` and left out. Memory: the index of the new
/// block, beside that a few chunks. kCancelled; errors of the disk.
Status MergeBlocks(std::span<const VisibleBlock> sources, BlockWriter& writer,
                   const KeepGoing& keep_going, const ReportUnread& unread);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_MERGE_H_
