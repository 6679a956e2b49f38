#include "metrics/tsdb/series_merge.h"

#include <algorithm>

#include "metrics/tsdb/chunk.h"

namespace hinomi::metrics {
namespace {

/// From here on a chunk is large: making it larger does not pay a new encoding.
constexpr uint32_t kLargeChunkSamples = kMaxChunkSamples / 2;

/// Those that no other overlaps and nothing is erased of.
std::vector<bool> WhichStandAlone(std::span<const RankedChunk> chunks) {
  std::vector<bool> alone(chunks.size());
  for (size_t i = 0; i < chunks.size(); ++i)
    alone[i] = !IsTouched(chunks[i].ref.window(), chunks[i].erased);
  size_t longest = 0;  // The one that reaches furthest so far.
  for (size_t i = 1; i < chunks.size(); ++i) {
    if (chunks[longest].ref.last_ms >= chunks[i].ref.first_ms) alone[longest] = alone[i] = false;
    if (chunks[i].ref.last_ms > chunks[longest].ref.last_ms) longest = i;
  }
  return alone;
}

}  // namespace

Status SeriesMerge::Merge(std::vector<RankedChunk>& chunks) {
  std::sort(chunks.begin(), chunks.end(), [](const RankedChunk& a, const RankedChunk& b) {
    return a.ref.first_ms < b.ref.first_ms;
  });
  const std::vector<bool> alone = WhichStandAlone(chunks);
  const auto is_large = [&](size_t i) {
    return alone[i] && chunks[i].ref.samples >= kLargeChunkSamples;
  };
  for (size_t begin = 0; begin < chunks.size();) {
    size_t end = begin + 1;
    if (!is_large(begin))
      while (end < chunks.size() && !is_large(end)) ++end;
    if (end == begin + 1 && alone[begin]) {
      HN_TRY_VOID(Copy(chunks[begin]));
    } else {
      HN_TRY_VOID(Encode(std::span(chunks).subspan(begin, end - begin)));
    }
    begin = end;
  }
  return {};
}

Status SeriesMerge::Copy(const RankedChunk& chunk) {
  const auto encoded = chunk.block->ChunkBytes(chunk.ref);
  if (!encoded) {
    unread_(*chunk.block, encoded.error());
    return {};
  }
  if (!chunk.ref.times_apart()) return writer_.AddChunk(chunk.ref, *encoded);
  const auto times = times_.Of(*chunk.block, chunk.ref);
  if (times) return writer_.AddChunk(chunk.ref, *encoded, *times);
  unread_(*chunk.block, times.error());
  return {};
}

Status SeriesMerge::Encode(std::span<const RankedChunk> chunks) {
  size_t samples = 0;
  for (const RankedChunk& chunk : chunks) samples += chunk.ref.samples;
  const size_t pieces = (samples + kMaxChunkSamples - 1) / kMaxChunkSamples;
  const size_t piece = (samples + pieces - 1) / pieces;
  for (size_t i = 0; i < chunks.size(); ++i) {
    Decode(chunks[i]);
    MixIn(chunks[i].rank);
    Settle(i + 1 < chunks.size() ? &chunks[i + 1].ref.first_ms : nullptr);
    HN_TRY_VOID(WriteOut(piece, piece));
  }
  return WriteOut(1, piece);
}

void SeriesMerge::Decode(const RankedChunk& chunk) {
  at_ms_.clear();
  values_.clear();
  if (auto read =
          ReadSamples(*chunk.block, chunk.ref, kAllTime, chunk.erased, times_, at_ms_, values_);
      !read)
    unread_(*chunk.block, read.error());
}

void SeriesMerge::MixIn(size_t rank) {
  spare_.clear();
  auto old = mixed_.begin();
  for (size_t i = 0; i < at_ms_.size(); ++i) {
    while (old != mixed_.end() && old->at_ms < at_ms_[i]) spare_.push_back(*old++);
    const bool same = old != mixed_.end() && old->at_ms == at_ms_[i];
    spare_.push_back(same && old->rank > rank ? *old : Sample{at_ms_[i], values_[i], rank});
    if (same) ++old;
  }
  spare_.insert(spare_.end(), old, mixed_.end());
  std::swap(spare_, mixed_);
}

void SeriesMerge::Settle(const int64_t* end_ms) {
  auto end = mixed_.begin();
  for (; end != mixed_.end() && (end_ms == nullptr || end->at_ms < *end_ms); ++end) {
    settled_at_ms_.push_back(end->at_ms);
    settled_values_.push_back(end->value);
  }
  mixed_.erase(mixed_.begin(), end);
}

Status SeriesMerge::WriteOut(size_t at_least, size_t piece) {
  size_t begin = 0;
  while (settled_at_ms_.size() - begin >= at_least) {
    const size_t count = std::min(piece, settled_at_ms_.size() - begin);
    HN_TRY_VOID(writer_.AddSamples(std::span(settled_at_ms_).subspan(begin, count),
                                   std::span(settled_values_).subspan(begin, count)));
    begin += count;
  }
  settled_at_ms_.erase(settled_at_ms_.begin(),
                       settled_at_ms_.begin() + static_cast<ptrdiff_t>(begin));
  settled_values_.erase(settled_values_.begin(),
                        settled_values_.begin() + static_cast<ptrdiff_t>(begin));
  return {};
}

}  // namespace hinomi::metrics
