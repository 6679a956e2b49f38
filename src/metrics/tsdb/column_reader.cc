#include "metrics/tsdb/column_reader.h"

#include <algorithm>

namespace hinomi::metrics {
namespace {

/// The first chunk behind `begin` that neither overlaps one in between nor the one there.
size_t EndOfOverlap(std::span<const RankedChunk> chunks, size_t begin) {
  int64_t reach_ms = chunks[begin].ref.last_ms;
  size_t end = begin + 1;
  for (; end < chunks.size() && chunks[end].ref.first_ms <= reach_ms; ++end)
    reach_ms = std::max(reach_ms, chunks[end].ref.last_ms);
  return end;
}

void TakeRange(SeriesColumns& out, const SeriesColumns& all, ptrdiff_t begin, ptrdiff_t end) {
  out.at_ms.insert(out.at_ms.end(), all.at_ms.begin() + begin, all.at_ms.begin() + end);
  out.values.insert(out.values.end(), all.values.begin() + begin, all.values.begin() + end);
}

/// Both ascending; of equal times `later` counts.
void Replace(SeriesColumns& columns, const SeriesColumns& later) {
  if (later.at_ms.empty()) return;
  // What lies before and behind all of `later` goes over as it is.
  const auto from =
      std::lower_bound(columns.at_ms.begin(), columns.at_ms.end(), later.at_ms.front()) -
      columns.at_ms.begin();
  const auto to = std::upper_bound(columns.at_ms.begin(), columns.at_ms.end(), later.at_ms.back()) -
                  columns.at_ms.begin();
  SeriesColumns merged;
  merged.at_ms.reserve(columns.at_ms.size() + later.at_ms.size());
  merged.values.reserve(columns.at_ms.size() + later.at_ms.size());
  TakeRange(merged, columns, 0, from);
  ptrdiff_t next = 0;
  const auto count = static_cast<ptrdiff_t>(later.at_ms.size());
  for (ptrdiff_t old = from; old < to; ++old) {
    const int64_t at_ms = columns.at_ms[static_cast<size_t>(old)];
    const ptrdiff_t begin = next;
    while (next < count && later.at_ms[static_cast<size_t>(next)] < at_ms) ++next;
    TakeRange(merged, later, begin, next);
    if (next == count || later.at_ms[static_cast<size_t>(next)] != at_ms)
      TakeRange(merged, columns, old, old + 1);
  }
  TakeRange(merged, later, next, count);
  TakeRange(merged, columns, to, static_cast<ptrdiff_t>(columns.at_ms.size()));
  columns.at_ms = std::move(merged.at_ms);
  columns.values = std::move(merged.values);
}

}  // namespace

Status ColumnReader::Read(std::vector<RankedChunk>& chunks, SeriesColumns& columns) {
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

Status ColumnReader::Append(std::span<const RankedChunk> chunks, SeriesColumns& columns) {
  for (const RankedChunk& chunk : chunks) {
    if (auto read = ReadSamples(*chunk.block, chunk.ref, range_, chunk.erased, times_,
                                columns.at_ms, columns.values);
        !read)
      unread_(*chunk.block, read.error());
    HN_TRY_VOID(CheckLimits(limits_, 0, columns.at_ms.size()));
  }
  return {};
}

/// Block by block: what comes later replaces. Reorders the chunks.
Status ColumnReader::AppendMerged(std::span<RankedChunk> chunks, SeriesColumns& columns) {
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
  TakeRange(columns, merged, 0, static_cast<ptrdiff_t>(merged.at_ms.size()));
  return CheckLimits(limits_, 0, columns.at_ms.size());
}

}  // namespace hinomi::metrics
