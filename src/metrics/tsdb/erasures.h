#ifndef HINOMI_METRICS_TSDB_ERASURES_H_
#define HINOMI_METRICS_TSDB_ERASURES_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metrics/tsdb/block.h"
#include "metrics/tsdb/postings.h"
#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

/// What is not to be seen of one block: stretches of time of some of its series.
class Erasures {
 public:
  /// `ids` ascending, of a block with `series`. `tombstone` says why: its
  /// number, 0 for none.
  void Add(Postings ids, uint64_t series, const TimeWindow& window, uint64_t tombstone = 0);
  bool empty() const { return entries_.empty(); }
  bool Has(uint64_t tombstone) const;

  /// The stretches of a series, in any order; valid until the next call with
  /// the same `scratch`.
  std::span<const TimeWindow> Of(uint32_t id, std::vector<TimeWindow>& scratch) const;

 private:
  struct Entry {
    TimeWindow window;
    uint64_t tombstone = 0;
    bool all = false;  ///< Of the block's series; then without ids.
    Postings ids;
  };
  std::vector<Entry> entries_;
};

/// A block and what is not to be seen of it.
struct VisibleBlock {
  std::shared_ptr<const Block> block;
  std::shared_ptr<const Erasures> erasures;
};

/// True if all of `window` is in one of `erased`.
bool IsErased(const TimeWindow& window, std::span<const TimeWindow> erased);
/// True if any of `erased` touches `window`.
bool IsTouched(const TimeWindow& window, std::span<const TimeWindow> erased);

/// Appends the chunk's samples that are in `range` and not in `erased`.
/// kCorrupt, with nothing appended.
Status ReadSamples(const Block& block, const ChunkRef& chunk, const TimeWindow& range,
                   std::span<const TimeWindow> erased, TimesCache& times,
                   std::vector<int64_t>& at_ms, std::vector<double>& values);

/// How many of the block's samples are erased, about: a chunk that is touched
/// in part counts by its share of time. kCorrupt.
Result<uint64_t> EstimateErased(const Block& block, const Erasures& erasures);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_ERASURES_H_
