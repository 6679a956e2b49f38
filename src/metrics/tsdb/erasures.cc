#include "metrics/tsdb/erasures.h"

#include <algorithm>

namespace hinomi::metrics {

void Erasures::Add(Postings ids, uint64_t series, const TimeWindow& window, uint64_t tombstone) {
  if (ids.empty()) return;
  const bool all = ids.size() == series;
  entries_.push_back({window, tombstone, all, all ? Postings() : std::move(ids)});
}

bool Erasures::Has(uint64_t tombstone) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.tombstone == tombstone; });
}

std::span<const TimeWindow> Erasures::Of(uint32_t id, std::vector<TimeWindow>& scratch) const {
  scratch.clear();
  for (const Entry& entry : entries_)
    if (entry.all || std::binary_search(entry.ids.begin(), entry.ids.end(), id))
      scratch.push_back(entry.window);
  return scratch;
}

bool IsErased(const TimeWindow& window, std::span<const TimeWindow> erased) {
  return std::any_of(erased.begin(), erased.end(),
                     [&](const TimeWindow& each) { return each.Contains(window); });
}

bool IsTouched(const TimeWindow& window, std::span<const TimeWindow> erased) {
  return std::any_of(erased.begin(), erased.end(),
                     [&](const TimeWindow& each) { return each.Overlaps(window); });
}

namespace {

void DropErased(std::span<const TimeWindow> erased, size_t begin, std::vector<int64_t>& at_ms,
                std::vector<double>& values) {
  size_t kept = begin;
  for (size_t i = begin; i < at_ms.size(); ++i) {
    if (IsTouched({at_ms[i], at_ms[i]}, erased)) continue;
    at_ms[kept] = at_ms[i];
    values[kept++] = values[i];
  }
  at_ms.resize(kept);
  values.resize(kept);
}

}  // namespace

Status ReadSamples(const Block& block, const ChunkRef& chunk, const TimeWindow& range,
                   std::span<const TimeWindow> erased, TimesCache& times,
                   std::vector<int64_t>& at_ms, std::vector<double>& values) {
  if (!range.Overlaps(chunk.window()) || IsErased(chunk.window(), erased)) return {};
  const size_t before = at_ms.size();
  HN_TRY_VOID(block.ReadChunk(chunk, range, times, at_ms, values));
  if (IsTouched(chunk.window(), erased)) DropErased(erased, before, at_ms, values);
  return {};
}

namespace {

double LengthOf(const TimeWindow& window) {
  return static_cast<double>(window.to_ms) - static_cast<double>(window.from_ms) + 1;
}

double ErasedShare(const TimeWindow& window, std::span<const TimeWindow> erased) {
  double share = 0;
  for (const TimeWindow& each : erased) {
    if (!each.Overlaps(window)) continue;
    const TimeWindow common{std::max(each.from_ms, window.from_ms),
                            std::min(each.to_ms, window.to_ms)};
    share += LengthOf(common) / LengthOf(window);
  }
  return std::min(share, 1.0);
}

}  // namespace

Result<uint64_t> EstimateErased(const Block& block, const Erasures& erasures) {
  if (erasures.empty()) return uint64_t{0};
  double samples = 0;
  auto cursor = block.Chunks();
  std::vector<TimeWindow> scratch;
  for (uint32_t id = 0; id < block.info().series; ++id) {
    const auto erased = erasures.Of(id, scratch);
    if (erased.empty()) continue;
    HN_TRY(const auto chunks, cursor.At(id));
    for (const ChunkRef& chunk : chunks)
      samples += chunk.samples * ErasedShare(chunk.window(), erased);
  }
  return static_cast<uint64_t>(samples);
}

}  // namespace hinomi::metrics
