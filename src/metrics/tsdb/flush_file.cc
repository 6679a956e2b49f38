#include "metrics/tsdb/flush_file.h"

#include <cstring>
#include <limits>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/times_columns.h"

namespace hinomi::metrics {
namespace {

//   file     magic  chunk*  columns of times  tail  footer
//   chunk    varint: 0, or 1 + number of the column with its times; its bytes;
//            u32 CRC-32C of both
//   tail     u32 id*  u32 offset*  then varints: samples, first, last, columns;
//            u32 end of each column*  varints: windows
//   footer   u32 length of the tail  u32 entries  u32 CRC-32C of all that  "FEND"
constexpr std::string_view kFlushMagic = "HNFLSH02";
constexpr std::string_view kFlushEnd = "FEND";
constexpr size_t kFlushFooterBytes = 16;
constexpr size_t kFlushWriteBytes = 1u << 20;

/// Writes in pieces, so that a large file is not built in memory.
class PieceWriter {
 public:
  explicit PieceWriter(File& file) : file_(file) {}
  std::string& buffer() { return buffer_; }
  uint64_t size() const { return written_ + buffer_.size(); }
  Status Flush(size_t beyond) {
    if (buffer_.size() <= beyond) return {};
    HN_TRY_VOID(file_.WriteAt(written_, buffer_));
    written_ += buffer_.size();
    buffer_.clear();
    return {};
  }

 private:
  File& file_;
  std::string buffer_;
  uint64_t written_ = 0;
};

struct Tail {
  std::string ids;
  std::string offsets;
  TimesBuilder times{Effort::kFast};
  uint64_t samples = 0;
  int64_t first_ms = INT64_MAX;
  int64_t last_ms = INT64_MIN;
  std::map<int64_t, uint64_t> windows;

  std::string Bytes() const {
    std::string bytes = ids + offsets;
    ByteWriter out(bytes);
    out.Varint(samples);
    out.Zigzag(first_ms);
    out.Zigzag(last_ms);
    out.Varint(times.count());
    bytes += times.ends();
    for (const auto& [start, count] : windows) {
      out.Zigzag(start);
      out.Varint(count);
    }
    return bytes;
  }
};

void CountWindows(const std::vector<int64_t>& at_ms, std::map<int64_t, uint64_t>& windows) {
  for (size_t i = 0; i < at_ms.size();) {
    const int64_t start = WindowOf(at_ms[i], kCutMs).from_ms;
    size_t end = i + 1;
    while (end < at_ms.size() && WindowOf(at_ms[end], kCutMs).from_ms == start) ++end;
    windows[start] += end - i;
    i = end;
  }
}

void EncodeEntry(std::span<const int64_t> at_ms, std::span<const double> values,
                 TimesBuilder& times, std::string& out) {
  const uint32_t column = times.Share(at_ms);
  if (column == kOwnTimes) {
    ByteWriter(out).Varint(0);
    EncodeChunk(at_ms, values, out, Effort::kFast);
  } else {
    ByteWriter(out).Varint(uint64_t{column} + 1);
    EncodeChunkApart(at_ms, values, out, Effort::kFast);
  }
}

Status WriteChunks(PieceWriter& out, SeriesId id, const SampleColumns& columns, Tail& tail) {
  // A series of many samples gets several entries of one id.
  for (size_t from = 0; from < columns.size(); from += kMaxChunkSamples) {
    const size_t count = std::min(kMaxChunkSamples, columns.size() - from);
    if (out.size() > std::numeric_limits<uint32_t>::max() / 2)
      return Exhausted("a flush file would pass 2 GiB");
    ByteWriter(tail.ids).Fixed32(id);
    ByteWriter(tail.offsets).Fixed32(static_cast<uint32_t>(out.size()));
    const size_t begin = out.buffer().size();
    EncodeEntry(std::span(columns.at_ms).subspan(from, count),
                std::span(columns.values).subspan(from, count), tail.times, out.buffer());
    const uint32_t crc = Crc32c(std::string_view(out.buffer()).substr(begin));
    ByteWriter(out.buffer()).Fixed32(crc);
    HN_TRY_VOID(out.Flush(kFlushWriteBytes));
  }
  tail.samples += columns.size();
  tail.first_ms = std::min(tail.first_ms, columns.at_ms.front());
  tail.last_ms = std::max(tail.last_ms, columns.at_ms.back());
  CountWindows(columns.at_ms, tail.windows);
  return {};
}

Status WriteAll(File& file, const SamplePool& pool) {
  PieceWriter out(file);
  Tail tail;
  out.buffer() = kFlushMagic;
  SampleColumns columns;
  for (SeriesId id = 0; id < pool.id_limit(); ++id) {
    if (!pool.Has(id)) continue;
    columns.Clear();
    pool.Read(id, columns);
    SortKeepingLast(columns);
    HN_TRY_VOID(WriteChunks(out, id, columns, tail));
  }
  ByteWriter(tail.offsets).Fixed32(static_cast<uint32_t>(out.size()));
  out.buffer() += tail.times.bytes();
  const std::string bytes = tail.Bytes();
  out.buffer() += bytes;
  ByteWriter footer(out.buffer());
  footer.Fixed32(static_cast<uint32_t>(bytes.size()));
  footer.Fixed32(static_cast<uint32_t>(tail.ids.size() / 4));
  const uint32_t crc =
      Crc32c(std::string_view(out.buffer()).substr(out.buffer().size() - 8), Crc32c(bytes));
  footer.Fixed32(crc);
  out.buffer() += kFlushEnd;
  HN_TRY_VOID(out.Flush(0));
  return file.Sync();
}

}  // namespace

Status FlushFile::Write(Files& files, const std::string& path, const SamplePool& pool) {
  const std::string temporary = path + ".tmp";
  const auto write = [&]() -> Status {
    HN_TRY(const auto file, files.Open(temporary, OpenMode::kTruncate));
    HN_TRY_VOID(WriteAll(*file, pool));
    HN_TRY_VOID(files.Rename(temporary, path));
    return files.SyncDirectory(ParentDirectory(path));
  };
  Status status = write();
  if (!status && files.Exists(temporary)) (void)files.Remove(temporary);
  return status;
}

Result<std::shared_ptr<const FlushFile>> FlushFile::Open(Files& files, const std::string& path) {
  std::shared_ptr<FlushFile> file(new FlushFile);
  file->path_ = path;
  HN_TRY(file->view_, files.Map(path));
  HN_TRY_VOID(file->ReadTail());
  return std::shared_ptr<const FlushFile>(std::move(file));
}

Status FlushFile::ReadTail() {
  const std::string_view bytes = view_->bytes();
  const auto damaged = [&](const char* what) { return Corrupt(path_ + ": " + what); };
  if (bytes.size() < kFlushMagic.size() + kFlushFooterBytes ||
      !bytes.starts_with(kFlushMagic.substr(0, 6)))
    return damaged("is not a flush file, or is cut");
  if (!bytes.starts_with(kFlushMagic))
    return damaged("has a format that this version of Hinomi does not know");
  ByteReader footer(bytes.substr(bytes.size() - kFlushFooterBytes));
  const uint32_t tail_bytes = footer.Fixed32();
  series_ = footer.Fixed32();
  const uint32_t crc = footer.Fixed32();
  const uint64_t room = bytes.size() - kFlushMagic.size() - kFlushFooterBytes;
  if (!bytes.ends_with(kFlushEnd) || tail_bytes > room) return damaged("is cut");
  ids_at_ = bytes.size() - kFlushFooterBytes - tail_bytes;
  if (Crc32c(bytes.substr(ids_at_, tail_bytes + 8)) != crc) return damaged("has a damaged end");
  if ((uint64_t{series_} * 2 + 1) * 4 > tail_bytes) return damaged("has a damaged end");
  offsets_at_ = ids_at_ + uint64_t{series_} * 4;
  ByteReader rest(bytes.substr(offsets_at_ + (uint64_t{series_} + 1) * 4,
                               tail_bytes - (uint64_t{series_} * 2 + 1) * 4));
  samples_ = rest.Varint();
  first_ms_ = rest.Zigzag();
  last_ms_ = rest.Zigzag();
  const std::string_view ends = rest.Bytes(rest.Varint() * 4);
  const uint64_t times_at = WordAt(offsets_at_ + uint64_t{series_} * 4);
  if (rest.failed() || times_at > ids_at_) return damaged("has a damaged end");
  if (auto times = TimesColumns::Open(bytes.substr(times_at, ids_at_ - times_at), ends); times) {
    times_ = *times;
  } else {
    return damaged("has a damaged end");
  }
  while (rest.remaining() > 0) {
    const int64_t start = rest.Zigzag();
    windows_[start] = rest.Varint();
  }
  return rest.failed() ? Status(damaged("has a damaged end")) : Status();
}

uint32_t FlushFile::WordAt(uint64_t offset) const {
  uint32_t word = 0;
  std::memcpy(&word, view_->bytes().data() + offset, sizeof(word));
  return word;
}

SeriesId FlushFile::IdAt(size_t index) const {
  return WordAt(ids_at_ + index * 4);
}

Status FlushFile::ReadAt(size_t index, SampleColumns& out) const {
  const uint64_t begin = WordAt(offsets_at_ + index * 4);
  const uint64_t end = WordAt(offsets_at_ + (index + 1) * 4);
  const auto damaged = [&](const char* what) {
    return Corrupt(path_ + ": the chunk at byte " + std::to_string(begin) + " " + what);
  };
  if (begin < kFlushMagic.size() || end > ids_at_ || end < begin + 4)
    return damaged("has a damaged place");
  const std::string_view entry = view_->bytes().substr(begin, end - begin - 4);
  if (Crc32c(entry) != WordAt(end - 4)) return damaged("is damaged");
  ByteReader reader(entry);
  const uint64_t column = reader.Varint();
  const std::string_view chunk = reader.Rest();
  const auto shape = ReadChunkShape(chunk);
  if (!shape || column > times_.count() || (column > 0) != shape->times_apart)
    return damaged("is not in its form");
  const size_t before = out.size();
  out.at_ms.resize(before + shape->samples);
  out.values.resize(before + shape->samples);
  int64_t* const at_ms = out.at_ms.data() + before;
  double* const values = out.values.data() + before;
  const Status times = column > 0
                           ? times_.Read(static_cast<uint32_t>(column - 1), {at_ms, shape->samples})
                           : Status();
  const Status decoded = column > 0 ? DecodeChunkValues(chunk, {values, shape->samples})
                                    : DecodeChunk(chunk, at_ms, values);
  if (times && decoded) return {};
  out.at_ms.resize(before);
  out.values.resize(before);
  return damaged(times ? "cannot be decoded" : "has its times in a damaged place");
}

SampleCount FlushFile::CountAt(size_t index, const TimeWindow& range, Times& times) const {
  const uint64_t begin = WordAt(offsets_at_ + index * 4);
  const uint64_t end = WordAt(offsets_at_ + (index + 1) * 4);
  if (begin < kFlushMagic.size() || end > ids_at_ || end < begin + 4) return {};
  ByteReader reader(view_->bytes().substr(begin, end - begin - 4));
  const uint64_t column = reader.Varint();
  const std::string_view chunk = reader.Rest();
  const auto shape = ReadChunkShape(chunk);
  if (!shape || shape->samples > kMaxChunkSamples || column > times_.count()) return {};
  if (range.Contains(TimeWindow{first_ms_, last_ms_})) return {shape->samples, shape->samples};
  if (column == 0 || times.column != column || times.at_ms.size() != shape->samples) {
    times.column.reset();
    times.at_ms.resize(shape->samples);
    const Status read = column == 0 ? DecodeChunkTimes(chunk, times.at_ms)
                                    : times_.Read(static_cast<uint32_t>(column - 1), times.at_ms);
    if (!read) return {shape->samples, 0};
    if (column > 0) times.column = static_cast<uint32_t>(column);
  }
  const size_t count = CountTimes(times.at_ms, range);
  return {count, count};
}

// Ids are dense where nothing died: the place is guessed first.
size_t FlushFile::LowerBound(SeriesId id) const {
  if (id < series_ && IdAt(id) == id && (id == 0 || IdAt(id - 1) < id)) return id;
  size_t low = 0;
  size_t high = series_;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (IdAt(middle) < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool FlushFile::Has(SeriesId id) const {
  const size_t at = LowerBound(id);
  return at < series_ && IdAt(at) == id;
}

SampleCount FlushFile::CountIn(SeriesId id, const TimeWindow& range, Times& times) const {
  SampleCount count;
  for (size_t at = LowerBound(id); at < series_ && IdAt(at) == id; ++at)
    count.Add(CountAt(at, range, times));
  return count;
}

Status FlushFile::Read(SeriesId id, SampleColumns& out) const {
  for (size_t at = LowerBound(id); at < series_ && IdAt(at) == id; ++at)
    HN_TRY_VOID(ReadAt(at, out));
  return {};
}

}  // namespace hinomi::metrics
