#include "metrics/tsdb/block_estimate.h"

#include <algorithm>
#include <utility>

#include "metrics/tsdb/sample_count.h"
#include "metrics/tsdb/series_walk.h"

namespace hinomi::metrics {
namespace {

/// Counts the samples of one series after the other.
class ChunkCounter {
 public:
  explicit ChunkCounter(const TimeWindow& range) : range_(range) {}

  /// Reorders the chunks.
  SampleCount Count(std::vector<RankedChunk>& chunks) {
    const auto begins = [](const RankedChunk& chunk) { return chunk.ref.first_ms; };
    if (!std::ranges::is_sorted(chunks, {}, begins)) std::ranges::sort(chunks, {}, begins);
    SampleCount all, overlapping;
    int64_t reach_ms = INT64_MIN;
    for (const RankedChunk& chunk : chunks) {
      if (chunk.ref.first_ms > reach_ms) all.Add(std::exchange(overlapping, {}));
      overlapping.AddOverlapping(Of(chunk));
      reach_ms = std::max(reach_ms, chunk.ref.last_ms);
    }
    all.Add(overlapping);
    return all;
  }

 private:
  SampleCount Of(const RankedChunk& chunk) {
    const ChunkRef& ref = chunk.ref;
    SampleCount count{ref.samples, ref.samples};
    if (!range_.Contains(ref.window())) count = AtTheEdge(chunk);
    if (IsTouched(ref.window(), chunk.erased)) count.least = 0;
    return count;
  }

  SampleCount AtTheEdge(const RankedChunk& chunk) {
    const auto times = TimesOf(*chunk.block, chunk.ref);
    if (!times) return {chunk.ref.samples, 0};  // Who reads it reports it.
    const size_t count = CountTimes(*times, range_);
    return {count, count};
  }

  Result<std::span<const int64_t>> TimesOf(const Block& block, const ChunkRef& ref) {
    if (ref.times_apart()) return times_.Of(block, ref);
    HN_TRY(const std::string_view encoded, block.ChunkBytes(ref));
    return times_.In(encoded, ref);
  }

  TimeWindow range_;
  TimesCache times_;
};

}  // namespace

SelectEstimate EstimateBlocks(std::span<const VisibleBlock> blocks,
                              const std::vector<CompiledMatcher>& matchers, const TimeWindow& range,
                              const ReportUnread& unread) {
  SeriesWalk walk;
  for (const VisibleBlock& visible : blocks)
    walk.AddBlock(*visible.block, visible.block->index().Match(matchers));
  ChunkCollector collector(blocks, range, unread);
  ChunkCounter counter(range);
  SelectEstimate estimate;
  while (walk.Next()) {
    const SampleCount count = counter.Count(collector.Collect(walk.parts()));
    estimate.samples += count.most;
    estimate.least_samples += count.least;
    if (count.most > 0) ++estimate.series;
    if (count.least > 0) ++estimate.least_series;
  }
  return estimate;
}

double GuessSamplesOf(const Block& block, const std::vector<Matcher>& matchers,
                      const TimeWindow& range) {
  const BlockInfo& info = block.info();
  uint64_t series = info.series;
  for (const Matcher& matcher : matchers)
    if (matcher.type == MatchType::kEqual && !matcher.value.empty())
      series = std::min<uint64_t>(series, block.index().SeriesWith(matcher.label, matcher.value));
  if (series == 0) return 0;
  const double each = static_cast<double>(info.samples) / static_cast<double>(info.series);
  return static_cast<double>(series) * (1 + each * ShareOf(info.samples_window(), range));
}

}  // namespace hinomi::metrics
