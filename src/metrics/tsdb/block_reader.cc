#include <algorithm>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/block.h"
#include "metrics/tsdb/block_footer.h"
#include "metrics/tsdb/chunk.h"

namespace hinomi::metrics {

Result<std::shared_ptr<const Block>> Block::Open(Files& files, const std::string& path) {
  HN_TRY(auto view, files.Map(path));
  const std::shared_ptr<Block> block(new Block);
  block->path_ = path;
  block->bytes_ = view->bytes();
  block->view_ = std::move(view);
  if (auto read = block->ReadFooter(); !read)
    return std::move(read).error().WithContext("cannot read " + path);
  return std::shared_ptr<const Block>(block);
}

Status Block::ReadFooter() {
  HN_TRY(const BlockFooter footer, DecodeBlockFooter(bytes_));
  info_ = footer.info;
  Range* const ranges[] = {nullptr,       &chunks_range_, &directory_range_,
                           &index_range_, &times_range_,  &times_ends_range_};
  size_t found = 0;
  for (const BlockSection& section : footer.sections) {
    if (section.kind >= kChunksSection && section.kind <= kTimesEndsSection) {
      *ranges[section.kind] = {section.offset, section.length, section.crc};
      found |= size_t{1} << section.kind;
    } else if (section.needed) {
      return Conflict("it has a section of kind " + std::to_string(section.kind) +
                      " that this program does not know: use the newer Hinomi that "
                      "wrote it");
    }
  }
  constexpr size_t kAll = (size_t{2} << kTimesEndsSection) - (size_t{1} << kChunksSection);
  return found == kAll ? Status() : Corrupt("its footer lacks a section");
}

Result<std::string_view> Block::Checked(const Range& range, const char* what) const {
  const std::string_view bytes = bytes_.substr(range.offset, range.length);
  if (Crc32c(bytes) == range.crc) return bytes;
  return Corrupt(std::string("its ") + what + " is damaged, offset " +
                 std::to_string(range.offset) + ", " + std::to_string(range.length) + " bytes");
}

Status Block::Prepare() const {
  std::call_once(once_, [this] {
    prepared_ = PrepareSections();
    if (!prepared_) prepared_ = std::move(prepared_).error().WithContext("cannot read " + path_);
  });
  return prepared_;
}

Status Block::PrepareSections() const {
  HN_TRY(const std::string_view ends, Checked(times_ends_range_, "table of shared times"));
  HN_TRY(times_, TimesColumns::Open(bytes_.substr(times_range_.offset, times_range_.length), ends));
  HN_TRY(const std::string_view directory, Checked(directory_range_, "directory of chunks"));
  HN_TRY(directory_,
         ChunkDirectory::Open(directory, info_.series,
                              {info_.window, chunks_range_.offset,
                               chunks_range_.offset + chunks_range_.length, times_.count()}));
  HN_TRY(const std::string_view index, Checked(index_range_, "index"));
  HN_TRY(index_, Index::Open(index));
  if (index_->series_count() != info_.series)
    return Corrupt("its index is not that of its directory");
  return {};
}

Result<std::string_view> Block::ChunkBytes(const ChunkRef& chunk) const {
  const std::string_view encoded = bytes_.substr(chunk.offset + kChunkHeaderBytes, chunk.length);
  const uint32_t crc = ByteReader(bytes_.substr(chunk.offset, kChunkHeaderBytes)).Fixed32();
  if (ChunkChecksum(chunk.offset, encoded) == crc) return encoded;
  return Corrupt(path_ + ": a chunk of samples is damaged, offset " + std::to_string(chunk.offset) +
                 ", " + std::to_string(chunk.length + kChunkHeaderBytes) + " bytes");
}

Status Block::ReadTimes(const ChunkRef& chunk, std::span<int64_t> at_ms) const {
  if (times_.Read(chunk.times, at_ms)) return {};
  return DamagedTimes(chunk.times);
}

Error Block::DamagedTimes(uint32_t number) const {
  return Corrupt(path_ + ": the times that a part of its chunks share are damaged, offset " +
                 std::to_string(times_range_.offset + times_.OffsetOf(number)));
}

Status Block::ReadChunk(const ChunkRef& chunk, const TimeWindow& range, TimesCache& times,
                        std::vector<int64_t>& at_ms, std::vector<double>& values) const {
  HN_TRY(const std::string_view encoded, ChunkBytes(chunk));
  const auto damaged = [&] {
    return Corrupt(path_ + ": a chunk of samples is not in its form, offset " +
                   std::to_string(chunk.offset));
  };
  const auto shape = ReadChunkShape(encoded);
  if (!shape || shape->samples != chunk.samples || shape->times_apart != chunk.times_apart())
    return damaged();
  auto all = chunk.times_apart() ? times.Of(*this, chunk) : times.In(encoded, chunk);
  if (!all) return chunk.times_apart() ? std::move(all).error() : damaged();
  const auto from = std::lower_bound(all->begin(), all->end(), range.from_ms);
  const auto to = std::upper_bound(from, all->end(), range.to_ms);
  if (from == to) return {};
  // Values are decoded from the end: those before the range are not looked at.
  const size_t before = values.size();
  values.resize(before + static_cast<size_t>(all->end() - from));
  if (!DecodeChunkValues(encoded, std::span(values).subspan(before))) {
    values.resize(before);
    return damaged();
  }
  values.resize(before + static_cast<size_t>(to - from));
  at_ms.insert(at_ms.end(), from, to);
  return {};
}

TimesCache::Slot& TimesCache::SlotOf(const Block& block, uint32_t times) {
  // Many blocks have few columns each and all number them from 0.
  constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
  const uint64_t hash = (block.info().sequence << 32 | times) * kGoldenRatio;
  return slots_[(hash >> 32) % slots_.size()];
}

Result<std::span<const int64_t>> TimesCache::Of(const Block& block, const ChunkRef& chunk) {
  Slot& slot = SlotOf(block, chunk.times);
  const bool there = slot.block == &block && slot.times == chunk.times;
  if (!there || slot.at_ms.size() != chunk.samples) {
    slot.block = nullptr;
    slot.at_ms.resize(chunk.samples);
    HN_TRY_VOID(block.ReadTimes(chunk, slot.at_ms));
    slot.block = &block;
    slot.times = chunk.times;
  }
  return std::span<const int64_t>(slot.at_ms);
}

Result<std::span<const int64_t>> TimesCache::In(std::string_view encoded, const ChunkRef& chunk) {
  own_.resize(chunk.samples);
  HN_TRY_VOID(DecodeChunkTimes(encoded, own_));
  return std::span<const int64_t>(own_);
}

Status Block::Verify() const {
  HN_TRY_VOID(Prepare());
  for (uint32_t number = 0; number < times_.count(); ++number)
    if (!times_.Check(number)) return DamagedTimes(number);
  auto cursor = Chunks();
  for (uint64_t id = 0; id < info_.series; ++id) {
    HN_TRY(const auto chunks, cursor.At(static_cast<uint32_t>(id)));
    for (const ChunkRef& chunk : chunks) HN_TRY_VOID(ChunkBytes(chunk));
  }
  return {};
}

}  // namespace hinomi::metrics
