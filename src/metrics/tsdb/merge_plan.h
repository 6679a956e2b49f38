#ifndef HINOMI_METRICS_TSDB_MERGE_PLAN_H_
#define HINOMI_METRICS_TSDB_MERGE_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

/// What is to be known of a block to plan merges and retention.
struct BlockOutline {
  TimeWindow window;   ///< Its window; of one day.
  TimeWindow samples;  ///< From its first to its last sample.
  uint64_t bytes = 0;
  uint64_t sample_count = 0;
  uint64_t erased = 0;  ///< Samples of these that are deleted.
  uint64_t series = 0;
};

/// So long after its end late samples of a day still come, and the last of
/// its windows is cut.
inline constexpr int64_t kDaySettlesMs = 4 * kHourMs;

/// A part of a day that is merged before the day is over: its chunks would be a
/// tenth larger until then.
inline constexpr int64_t kPartMs = 3 * kCutMs;

/// The index of a block is made in memory: no more series than these are merged, each
/// counted in every block that has it. A million that stay stand in the four parts of a day
/// so often; where millions come and go, merging gains nothing.
inline constexpr uint64_t kMostMergedSeries = 4'000'000;

/// Which blocks (in the order of `newest`) had best be merged into one now:
/// their places, ascending; empty if nothing is due.
/// - A block of which more than `rewrite_share` is deleted, alone.
/// - Blocks of a day that is over, and in a day that is not those of a part after
///   which a block begins or else of one window, once the newest of them have half
///   the bytes of the next older one: so each byte is written again a few times at
///   most, however many late blocks come, and twelve blocks of a day become four,
///   then one. Of at most kMostMergedSeries, without the oldest of them.
/// Never are blocks merged past a third one that overlaps them in time and is
/// between them in order: its samples would change places with theirs.
std::vector<size_t> PlanMerge(std::span<const BlockOutline> blocks, int64_t now_ms,
                              double rewrite_share);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_MERGE_PLAN_H_
