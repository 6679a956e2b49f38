#include "metrics/tsdb/block_select.h"

#include <algorithm>
#include <functional>

#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/series_walk.h"

namespace hinomi::metrics {
namespace {

using TextSet = std::set<std::string, std::less<>>;

/// The samples of one series after the other, each within the limit.
class ColumnReader {
 public:
  ColumnReader(const TimeWindow& range, const SelectLimits& limits, const ReportUnread& unread)
      : range_(range), limits_(limits), unread_(unread) {}

  /// Reorders the chunks.
  Status Read(std::vector<RankedChunk>& chunks, SeriesColumns& columns) {
    const auto by_time = [](const RankedChunk& a, const RankedChunk& b) {
      return a.ref.first_ms < b.ref.first_ms;
    };
    if (!std::is_sorted(chunks.begin(), chunks.end(), by_time))
      std::stable_sort(chunks.begin(), chunks.end(), by_time);
    for (size_t begin = 0; begin < chunks.size();) {
      const size_t end = EndOfOverlap(chunks, begin);
      const std::span some = std::span(chunks).subspan(begin, end - begin);
      if (some.size() == 1) {
        HN_TRY_VOID(Append(some, columns));
      } else {
        HN_TRY_VOID(AppendMerged(some, columns));
      }
      begin = end;
    }
    return {};
  }

 private:
  Status Append(std::span<const RankedChunk> chunks, SeriesColumns& columns) {
    for (const RankedChunk& chunk : chunks) {
      if (auto read = ReadSamples(*chunk.block, chunk.ref, range_, chunk.erased, times_,
                                  columns.at_ms, columns.values);
          !read)
        unread_(*chunk.block, read.error());
      HN_TRY_VOID(CheckLimits(limits_, 0, columns.at_ms.size()));
    }
    return {};
  }

  /// The first chunk behind `begin` that neither overlaps one in between nor the one there.
  static size_t EndOfOverlap(std::span<const RankedChunk> chunks, size_t begin) {
    int64_t reach_ms = chunks[begin].ref.last_ms;
    size_t end = begin + 1;
    for (; end < chunks.size() && chunks[end].ref.first_ms <= reach_ms; ++end)
      reach_ms = std::max(reach_ms, chunks[end].ref.last_ms);
    return end;
  }

  /// Block by block: what comes later replaces. Reorders the chunks.
  Status AppendMerged(std::span<RankedChunk> chunks, SeriesColumns& columns) {
    std::stable_sort(chunks.begin(), chunks.end(),
                     [](const RankedChunk& a, const RankedChunk& b) { return a.rank < b.rank; });
    SeriesColumns merged;
    for (size_t begin = 0; begin < chunks.size();) {
      size_t end = begin;
      while (end < chunks.size() && chunks[end].rank == chunks[begin].rank) ++end;
      SeriesColumns later;
      HN_TRY_VOID(Append(chunks.subspan(begin, end - begin), later));
      Replace(merged, later);
      begin = end;
    }
    columns.at_ms.insert(columns.at_ms.end(), merged.at_ms.begin(), merged.at_ms.end());
    columns.values.insert(columns.values.end(), merged.values.begin(), merged.values.end());
    return CheckLimits(limits_, 0, columns.at_ms.size());
  }

  /// Both ascending; of equal times `later` counts.
  static void Replace(SeriesColumns& columns, const SeriesColumns& later) {
    if (later.at_ms.empty()) return;
    // What lies before and behind all of `later` goes over as it is.
    const auto from =
        std::lower_bound(columns.at_ms.begin(), columns.at_ms.end(), later.at_ms.front()) -
        columns.at_ms.begin();
    const auto to =
        std::upper_bound(columns.at_ms.begin(), columns.at_ms.end(), later.at_ms.back()) -
        columns.at_ms.begin();
    SeriesColumns merged;
    Reserve(merged, columns.at_ms.size() + later.at_ms.size());
    const auto take = [&merged](const SeriesColumns& all, ptrdiff_t begin, ptrdiff_t end) {
      merged.at_ms.insert(merged.at_ms.end(), all.at_ms.begin() + begin, all.at_ms.begin() + end);
      merged.values.insert(merged.values.end(), all.values.begin() + begin,
                           all.values.begin() + end);
    };
    take(columns, 0, from);
    ptrdiff_t next = 0;
    const auto count = static_cast<ptrdiff_t>(later.at_ms.size());
    for (ptrdiff_t old = from; old < to; ++old) {
      const int64_t at_ms = columns.at_ms[static_cast<size_t>(old)];
      const ptrdiff_t begin = next;
      while (next < count && later.at_ms[static_cast<size_t>(next)] < at_ms) ++next;
      take(later, begin, next);
      if (next == count || later.at_ms[static_cast<size_t>(next)] != at_ms)
        take(columns, old, old + 1);
    }
    take(later, next, count);
    take(columns, to, static_cast<ptrdiff_t>(columns.at_ms.size()));
    columns.at_ms = std::move(merged.at_ms);
    columns.values = std::move(merged.values);
  }
  static void Reserve(SeriesColumns& columns, size_t count) {
    columns.at_ms.reserve(count);
    columns.values.reserve(count);
  }

  TimeWindow range_;
  const SelectLimits& limits_;
  const ReportUnread& unread_;
  TimesCache times_;
};

Labels LabelsIn(std::span<const VisibleBlock> blocks, const SeriesWalk::Part& part) {
  return blocks[part.block].block->index().LabelsOf(part.id);
}

/// True if one of the chunks has a sample in the range that is not erased.
bool HaveSample(std::span<const RankedChunk> chunks, const TimeWindow& range,
                const ReportUnread& unread) {
  std::vector<int64_t> at_ms;
  std::vector<double> values;
  TimesCache times;
  for (const RankedChunk& chunk : chunks) {
    const ChunkRef& ref = chunk.ref;
    const bool end_in_range = range.Contains(ref.first_ms) || range.Contains(ref.last_ms);
    if (end_in_range && !IsTouched(ref.window(), chunk.erased)) return true;
    if (auto read = ReadSamples(*chunk.block, ref, range, chunk.erased, times, at_ms, values);
        !read)
      unread(*chunk.block, read.error());
    if (!at_ms.empty()) return true;
  }
  return false;
}

/// Calls with the label bytes of each series that has a sample in the range.
void ForEachSeries(const VisibleBlock& visible, const TimeWindow& range, const ReportUnread& unread,
                   const std::function<void(std::string_view label_bytes)>& call) {
  const Block& block = *visible.block;
  ChunkCollector collector(std::span(&visible, 1), range, unread);
  std::string label_bytes;
  for (uint32_t id = 0; id < block.info().series; ++id) {
    const SeriesWalk::Part part{0, id};
    if (!HaveSample(collector.Collect(std::span(&part, 1)), range, unread)) continue;
    label_bytes.clear();
    block.index().AppendLabelBytes(id, label_bytes);
    call(label_bytes);
  }
}

/// Then the index alone knows.
bool IsWholeBlock(const VisibleBlock& visible, const TimeWindow& range) {
  return visible.erasures->empty() && range.Contains(visible.block->info().samples_window());
}

void AddText(std::string_view text, TextSet& texts) {
  if (!texts.contains(text)) texts.emplace(text);
}

}  // namespace

Status VisitBlocks(std::span<const VisibleBlock> blocks,
                   const std::vector<CompiledMatcher>& matchers, const TimeWindow& range,
                   const SelectLimits& limits, const ReportUnread& unread,
                   const SeriesVisitor& visit) {
  SeriesWalk walk;
  for (const VisibleBlock& visible : blocks)
    walk.AddBlock(*visible.block, visible.block->index().Match(matchers));
  ChunkCollector collector(blocks, range, unread);
  ColumnReader reader(range, limits, unread);
  SeriesColumns columns;
  size_t visited = 0;
  while (walk.Next()) {
    columns.at_ms.clear();
    columns.values.clear();
    HN_TRY_VOID(reader.Read(collector.Collect(walk.parts()), columns));
    if (columns.at_ms.empty()) continue;
    HN_TRY_VOID(CheckLimits(limits, ++visited, columns.at_ms.size()));
    columns.labels = LabelsIn(blocks, walk.parts().front());
    HN_TRY_VOID(visit(columns));
  }
  return {};
}

std::vector<Labels> SelectLabelsFromBlocks(std::span<const VisibleBlock> blocks,
                                           const std::vector<CompiledMatcher>& matchers,
                                           const TimeWindow& range, const ReportUnread& unread) {
  SeriesWalk walk;
  for (const VisibleBlock& visible : blocks)
    walk.AddBlock(*visible.block, visible.block->index().Match(matchers));
  ChunkCollector collector(blocks, range, unread);
  std::vector<Labels> selected;
  while (walk.Next())
    if (HaveSample(collector.Collect(walk.parts()), range, unread))
      selected.push_back(LabelsIn(blocks, walk.parts().front()));
  return selected;
}

void AddLabelNames(const VisibleBlock& block, const TimeWindow& range, const ReportUnread& unread,
                   TextSet& names) {
  if (IsWholeBlock(block, range)) {
    for (const std::string_view name : block.block->index().LabelNames()) AddText(name, names);
    return;
  }
  ForEachSeries(block, range, unread, [&](std::string_view label_bytes) {
    LabelBytesReader reader(label_bytes);
    while (const auto label = reader.Next()) AddText(label->name, names);
  });
}

void AddLabelValues(const VisibleBlock& block, const std::string& label, const TimeWindow& range,
                    const ReportUnread& unread, TextSet& values) {
  if (IsWholeBlock(block, range)) {
    for (const std::string_view value : block.block->index().LabelValues(label))
      AddText(value, values);
    return;
  }
  ForEachSeries(block, range, unread, [&](std::string_view label_bytes) {
    if (const std::string_view value = FindLabel(label_bytes, label); !value.empty())
      AddText(value, values);
  });
}

}  // namespace hinomi::metrics
