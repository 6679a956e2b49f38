#include "metrics/tsdb/block_select.h"

#include <algorithm>
#include <functional>

#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/series_walk.h"

namespace hinomi::metrics {
namespace {

using TextSet = std::set<std::string, std::less<>>;

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
