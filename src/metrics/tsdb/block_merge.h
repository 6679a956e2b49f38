#ifndef HINOMI_METRICS_TSDB_BLOCK_MERGE_H_
#define HINOMI_METRICS_TSDB_BLOCK_MERGE_H_

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/tsdb/block.h"
#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

/// Asked every some ten thousand samples: may wait, and ends the work by false.
using KeepGoing = std::function<bool()>;

/// Keeps the label bytes that a BlockWriter borrows.
class LabelArena {
 public:
  std::string_view Keep(std::string_view label_bytes);

 private:
  std::vector<std::unique_ptr<char[]>> pieces_;
  size_t used_ = 0;
  size_t room_ = 0;
};

/// Adds all that is not erased of the prepared `sources` to `writer`, in label
/// order; of two samples with one time the one of the later source counts.
/// What cannot be read is told to `unread` and left out. Memory: the labels and
/// the index of the new block, beside that a few chunks. `arena` must outlive
/// the writer. kCancelled; errors of the disk.
Status MergeBlocks(std::span<const VisibleBlock> sources, BlockWriter& writer, LabelArena& arena,
                   const KeepGoing& keep_going, const ReportUnread& unread);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_MERGE_H_
