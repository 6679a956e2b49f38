#include "metrics/tsdb/chunk_directory.h"

#include "base/check.h"
#include "metrics/tsdb/chunk.h"

// directory  start* group*             start: u32, of each group from the first one on
// group      offset series*            at most 16; offset: of its first chunk, in the file
// series     count chunk*
// chunk      length first duration samples * 2 + apart [times]
//
// The last four are differences (zigzag): of the first time to that of the
// series before, or to the end of the chunk before in the same series; of the
// others to the chunk before, of the number of the column of times to the last
// chunk that has one. Series of one target have them all 0.

namespace hinomi::metrics {
namespace {

constexpr size_t kGroupSeries = 16;

int64_t TimeDifference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t TimeSum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
uint64_t Zigzagged(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t Unzigzagged(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}
int64_t DurationOf(const ChunkRef& chunk) {
  return TimeDifference(chunk.last_ms, chunk.first_ms);
}

Error DamagedDirectory() {
  return Corrupt("the directory of chunks is damaged");
}

}  // namespace

void ChunkDirectoryBuilder::Add(std::span<const ChunkRef> chunks) {
  HN_CHECK(!chunks.empty());
  ByteWriter writer(groups_);
  if (series_++ % kGroupSeries == 0) {
    ByteWriter(starts_).Fixed32(static_cast<uint32_t>(groups_.size()));
    next_offset_ = chunks.front().offset;
    writer.Varint(next_offset_);
    previous_ = {0, 0, 0, window_.from_ms, window_.from_ms};
    previous_times_ = 0;
    series_first_ms_ = window_.from_ms;
  }
  writer.Varint(chunks.size());
  for (const ChunkRef& chunk : chunks) {
    HN_CHECK(chunk.offset == next_offset_);
    const bool first = &chunk == &chunks.front();
    writer.Varint(chunk.length);
    writer.Zigzag(TimeDifference(chunk.first_ms, first ? series_first_ms_ : previous_.last_ms));
    writer.Zigzag(TimeDifference(DurationOf(chunk), DurationOf(previous_)));
    const uint64_t samples = Zigzagged(int64_t{chunk.samples} - int64_t{previous_.samples});
    writer.Varint(samples * 2 + (chunk.times_apart() ? 1 : 0));
    if (chunk.times_apart()) {
      writer.Zigzag(int64_t{chunk.times} - int64_t{previous_times_});
      previous_times_ = chunk.times;
    }
    previous_ = chunk;
    next_offset_ = chunk.end();
  }
  series_first_ms_ = chunks.front().first_ms;
}

std::string ChunkDirectoryBuilder::Finish() const {
  return starts_ + groups_;
}

Result<ChunkDirectory> ChunkDirectory::Open(std::string_view bytes, size_t series,
                                            const ChunkBounds& bounds) {
  const size_t starts = (series / kGroupSeries + (series % kGroupSeries != 0 ? 1 : 0)) * 4;
  if (starts > bytes.size()) return DamagedDirectory();
  ChunkDirectory directory;
  directory.series_ = series;
  directory.bounds_ = bounds;
  directory.starts_ = bytes.substr(0, starts);
  directory.groups_ = bytes.substr(starts);
  return directory;
}

std::string_view ChunkDirectory::Group(size_t group) const {
  const size_t begin = ByteReader(starts_.substr(group * 4, 4)).Fixed32();
  const bool is_last = (group + 1) * 4 == starts_.size();
  const size_t end =
      is_last ? groups_.size() : ByteReader(starts_.substr((group + 1) * 4, 4)).Fixed32();
  if (begin > end || end > groups_.size()) return {};
  return groups_.substr(begin, end - begin);
}

Result<std::span<const ChunkRef>> ChunkDirectory::Cursor::At(uint32_t id) {
  if (id >= directory_->series_) return DamagedDirectory();
  if (id >= group_end_ || id < next_id_) HN_TRY_VOID(Enter(id / kGroupSeries));
  while (next_id_ <= id) {
    HN_TRY_VOID(ReadSeries());
    ++next_id_;
  }
  return std::span<const ChunkRef>(chunks_);
}

Status ChunkDirectory::Cursor::Enter(size_t group) {
  reader_ = ByteReader(directory_->Group(group));
  next_id_ = group * kGroupSeries;
  group_end_ = next_id_ + kGroupSeries;
  next_offset_ = reader_.Varint();
  const int64_t from_ms = directory_->bounds_.window.from_ms;
  previous_ = {0, 0, 0, from_ms, from_ms};
  previous_times_ = 0;
  series_first_ms_ = from_ms;
  if (reader_.failed() || next_offset_ < directory_->bounds_.begin) {
    group_end_ = 0;
    return DamagedDirectory();
  }
  return {};
}

Status ChunkDirectory::Cursor::ReadSeries() {
  chunks_.clear();
  const uint64_t count = reader_.Varint();
  for (uint64_t i = 0; i < count; ++i) {
    if (auto read = ReadChunk(i == 0); !read) {
      group_end_ = 0;  // The next id enters anew.
      return read;
    }
  }
  if (count > 0) {
    series_first_ms_ = chunks_.front().first_ms;
    return {};
  }
  group_end_ = 0;
  return DamagedDirectory();
}

Status ChunkDirectory::Cursor::ReadChunk(bool first_of_series) {
  const ChunkBounds& bounds = directory_->bounds_;
  ChunkRef chunk;
  const uint64_t length = reader_.Varint();
  chunk.offset = next_offset_;
  chunk.first_ms =
      TimeSum(first_of_series ? series_first_ms_ : previous_.last_ms, reader_.Zigzag());
  chunk.last_ms = TimeSum(chunk.first_ms, TimeSum(DurationOf(previous_), reader_.Zigzag()));
  const uint64_t more = reader_.Varint();
  const int64_t samples = TimeSum(previous_.samples, Unzigzagged(more / 2));
  const int64_t times = more % 2 == 0 ? kOwnTimes : TimeSum(previous_times_, reader_.Zigzag());
  const bool in_file =
      chunk.offset <= bounds.end && bounds.end - chunk.offset >= kChunkHeaderBytes &&
      length <= bounds.end - chunk.offset - kChunkHeaderBytes && length <= UINT32_MAX;
  const bool in_time = chunk.first_ms <= chunk.last_ms && bounds.window.Contains(chunk.window()) &&
                       (first_of_series || chunk.first_ms > previous_.last_ms);
  const bool sound = samples > 0 && samples <= static_cast<int64_t>(kMaxChunkSamples) &&
                     (more % 2 == 0 || (times >= 0 && static_cast<uint64_t>(times) < bounds.times));
  if (reader_.failed() || !in_file || !in_time || !sound) return DamagedDirectory();
  chunk.length = static_cast<uint32_t>(length);
  chunk.samples = static_cast<uint32_t>(samples);
  chunk.times = static_cast<uint32_t>(times);
  if (chunk.times_apart()) previous_times_ = chunk.times;
  previous_ = chunk;
  next_offset_ = chunk.end();
  chunks_.push_back(chunk);
  return {};
}

}  // namespace hinomi::metrics
