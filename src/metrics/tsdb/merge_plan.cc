#include "metrics/tsdb/merge_plan.h"

#include <algorithm>
#include <map>

namespace hinomi::metrics {
namespace {

/// `last_ms`: where the last window of all blocks begins. A clock is asked for days
/// only, whose late samples are worth waiting for.
TimeWindow GroupOf(const BlockOutline& block, int64_t last_ms, int64_t now_ms) {
  const TimeWindow day = WindowOf(block.window.from_ms, kDayMs);
  const int64_t settled_ms =
      day.to_ms > INT64_MAX - kDaySettlesMs ? INT64_MAX : day.to_ms + kDaySettlesMs;
  if (now_ms > settled_ms) return day;
  const TimeWindow part = WindowOf(block.window.from_ms, kPartMs);
  return part.Contains(block.window) && last_ms > part.to_ms ? part : block.window;
}

/// The longest end of `places` whose oldest block has at most twice the bytes
/// of all that are newer, and that does not have too many series.
std::vector<size_t> WorthMerging(std::span<const BlockOutline> blocks,
                                 const std::vector<size_t>& places) {
  uint64_t newer = 0;
  uint64_t series = 0;
  size_t begin = places.size();
  for (size_t i = places.size(); i-- > 0;) {
    const uint64_t bytes = blocks[places[i]].bytes;
    series += blocks[places[i]].series;
    if (series > kMostMergedSeries) break;
    if (newer > 0 && bytes / 2 <= newer) begin = i;
    newer += bytes;
  }
  return {places.begin() + static_cast<ptrdiff_t>(begin), places.end()};
}

bool IsPassedBy(std::span<const BlockOutline> blocks, const std::vector<size_t>& places) {
  for (size_t i = places.front(); i < places.back(); ++i) {
    if (std::binary_search(places.begin(), places.end(), i)) continue;
    const bool overlaps = std::any_of(places.begin(), places.end(), [&](size_t place) {
      return blocks[place].window.Overlaps(blocks[i].window);
    });
    if (overlaps) return true;
  }
  return false;
}

}  // namespace

std::vector<size_t> PlanMerge(std::span<const BlockOutline> blocks, int64_t now_ms,
                              double rewrite_share) {
  int64_t last_ms = INT64_MIN;
  for (const BlockOutline& block : blocks) last_ms = std::max(last_ms, block.window.from_ms);
  std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> groups;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const BlockOutline& block = blocks[i];
    if (static_cast<double>(block.erased) > rewrite_share * static_cast<double>(block.sample_count))
      return {i};
    const TimeWindow group = GroupOf(block, last_ms, now_ms);
    groups[{group.from_ms, group.to_ms}].push_back(i);
  }
  std::vector<size_t> best;
  for (const auto& [window, places] : groups) {
    std::vector<size_t> worth = WorthMerging(blocks, places);
    if (worth.size() > std::max<size_t>(best.size(), 1) && !IsPassedBy(blocks, worth))
      best = std::move(worth);
  }
  return best;
}

}  // namespace hinomi::metrics
