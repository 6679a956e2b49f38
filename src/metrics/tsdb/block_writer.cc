#include <algorithm>
#include <functional>

#include "base/check.h"
#include "base/digest.h"
#include "metrics/tsdb/block.h"
#include "metrics/tsdb/block_footer.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kWriteBytes = 1u << 20;
/// Sections begin where numbers of eight bytes may be read in place.
constexpr size_t kSectionAlignment = 8;

std::string TemporaryPath(const std::string& path) {
  return path + ".tmp";
}

/// As in valid label bytes, which the index relies on.
bool NamesAscend(std::string_view label_bytes) {
  LabelBytesReader reader(label_bytes);
  std::string_view last;
  while (const auto label = reader.Next()) {
    if (label->name <= last) return false;
    last = label->name;
  }
  return !reader.failed();
}

}  // namespace

Result<std::unique_ptr<BlockWriter>> BlockWriter::Create(Files& files, const std::string& path,
                                                         BlockOrigin origin) {
  const TimeWindow& window = origin.window;
  if (window.from_ms > window.to_ms ||
      WindowNumber(window.from_ms, kDayMs) != WindowNumber(window.to_ms, kDayMs))
    return InvalidArgument("a block's window must be within one day (UTC)");
  HN_TRY(auto file, files.Open(TemporaryPath(path), OpenMode::kTruncate));
  return std::unique_ptr<BlockWriter>(
      new BlockWriter(files, path, std::move(file), std::move(origin)));
}

BlockWriter::BlockWriter(Files& files, std::string path, std::unique_ptr<File> file,
                         BlockOrigin origin)
    : files_(files),
      path_(std::move(path)),
      file_(std::move(file)),
      info_{std::move(origin)},
      buffer_(kBlockMagic),
      directory_(info_.window) {}

BlockWriter::~BlockWriter() {
  if (renamed_) return;
  file_.reset();
  (void)files_.Remove(TemporaryPath(path_));  // Else the next start does.
}

Status BlockWriter::Add(std::string_view label_bytes, std::span<const int64_t> at_ms,
                        std::span<const double> values) {
  HN_TRY_VOID(Begin(label_bytes));
  return AddSamples(at_ms, values);
}

Status BlockWriter::Begin(std::string_view label_bytes) {
  EndSeries();
  if (!NamesAscend(label_bytes))
    return InvalidArgument("the labels of a series must come in the order of their names");
  if (labels_ && CompareLabelBytes(*labels_, label_bytes) >= 0)
    return InvalidArgument("the series of a block must come in the order of their labels");
  labels_ = label_bytes;
  return {};
}

void BlockWriter::EndSeries() {
  if (chunks_.empty()) return;
  index_.Add(*labels_);
  directory_.Add(chunks_);
  ++info_.series;
  chunks_.clear();
}

Status BlockWriter::AddSamples(std::span<const int64_t> at_ms, std::span<const double> values) {
  HN_CHECK(labels_.has_value() && at_ms.size() == values.size());
  if (at_ms.empty()) return {};
  const size_t chunks = (at_ms.size() + kMaxChunkSamples - 1) / kMaxChunkSamples;
  for (size_t i = 0; i < chunks; ++i) {
    const size_t begin = at_ms.size() * i / chunks;
    const size_t count = at_ms.size() * (i + 1) / chunks - begin;
    HN_TRY_VOID(AddOneChunk(at_ms.subspan(begin, count), values.subspan(begin, count)));
  }
  return {};
}

Status BlockWriter::AddOneChunk(std::span<const int64_t> at_ms, std::span<const double> values) {
  if (std::adjacent_find(at_ms.begin(), at_ms.end(), std::greater_equal<>()) != at_ms.end())
    return InvalidArgument("the samples of a series must ascend in time");
  const uint32_t times = times_.Share(at_ms);
  encoded_.clear();
  if (times == kOwnTimes) {
    EncodeChunk(at_ms, values, encoded_);
  } else {
    EncodeChunkApart(at_ms, values, encoded_);
  }
  return Place({0, 0, static_cast<uint32_t>(at_ms.size()), at_ms.front(), at_ms.back(), times},
               encoded_);
}

Status BlockWriter::AddChunk(const ChunkRef& chunk, std::string_view encoded,
                             std::span<const int64_t> times_apart) {
  if (times_apart.empty()) return Place(chunk, encoded);
  const auto times = times_.Keep(times_apart);
  if (!times) return EncodeWhole(encoded, times_apart);
  ChunkRef renumbered = chunk;
  renumbered.times = *times;
  return Place(renumbered, encoded);
}

// There is no room for more columns.
Status BlockWriter::EncodeWhole(std::string_view values_only, std::span<const int64_t> at_ms) {
  HN_TRY(const ChunkShape shape, ReadChunkShape(values_only));
  if (shape.samples != at_ms.size()) return Corrupt("a chunk is not as long as its times");
  std::vector<double> values(at_ms.size());
  HN_TRY_VOID(DecodeChunkValues(values_only, values));
  encoded_.clear();
  EncodeChunk(at_ms, values, encoded_);
  return Place({0, 0, shape.samples, at_ms.front(), at_ms.back()}, encoded_);
}

Status BlockWriter::Place(ChunkRef chunk, std::string_view encoded) {
  HN_CHECK(labels_.has_value());
  HN_TRY_VOID(CheckPlace(chunk.first_ms, chunk.last_ms));
  chunk.offset = written_ + buffer_.size();
  chunk.length = static_cast<uint32_t>(encoded.size());
  ByteWriter(buffer_).Fixed32(ChunkChecksum(chunk.offset, encoded));
  buffer_ += encoded;
  info_.min_ms = info_.chunks == 0 ? chunk.first_ms : std::min(info_.min_ms, chunk.first_ms);
  info_.max_ms = info_.chunks == 0 ? chunk.last_ms : std::max(info_.max_ms, chunk.last_ms);
  info_.chunks += 1;
  info_.samples += chunk.samples;
  chunks_.push_back(chunk);
  return WriteOut(kWriteBytes);
}

Status BlockWriter::CheckPlace(int64_t first_ms, int64_t last_ms) const {
  if (!info_.window.Contains(TimeWindow{first_ms, last_ms}))
    return InvalidArgument("a sample is outside of its block's window");
  if (!chunks_.empty() && chunks_.back().last_ms >= first_ms)
    return InvalidArgument("the samples of a series must ascend in time");
  return {};
}

Status BlockWriter::WriteOut(size_t at_least) {
  if (buffer_.empty() || buffer_.size() < at_least) return {};
  HN_TRY_VOID(file_->WriteAt(written_, buffer_));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

Status BlockWriter::WriteSection(uint32_t kind, std::string_view bytes, uint32_t crc,
                                 BlockFooter& footer) {
  const uint64_t unaligned = (written_ + buffer_.size()) % kSectionAlignment;
  if (unaligned > 0) buffer_.append(kSectionAlignment - unaligned, '\0');
  footer.sections.push_back({kind, true, written_ + buffer_.size(), bytes.size(), crc});
  buffer_ += bytes;
  return WriteOut(kWriteBytes);
}

Result<BlockInfo> BlockWriter::Finish() {
  EndSeries();
  if (info_.series == 0) return InvalidArgument("a block needs a sample");
  BlockFooter footer;
  footer.info = info_;
  const uint64_t begin = kBlockMagic.size();
  footer.sections.push_back({kChunksSection, true, begin, written_ + buffer_.size() - begin, 0});
  HN_TRY_VOID(WriteSection(kTimesSection, times_.bytes(), 0, footer));
  HN_TRY_VOID(WriteSection(kTimesEndsSection, times_.ends(), Crc32c(times_.ends()), footer));
  for (const auto& [kind, bytes] : {std::pair(kDirectorySection, directory_.Finish()),
                                    std::pair(kIndexSection, index_.Finish())})
    HN_TRY_VOID(WriteSection(kind, bytes, Crc32c(bytes), footer));
  buffer_ += EncodeBlockFooter(footer);
  HN_TRY_VOID(WriteOut(0));
  HN_TRY_VOID(file_->Sync());
  HN_TRY_VOID(files_.Rename(TemporaryPath(path_), path_));
  renamed_ = true;
  HN_TRY_VOID(files_.SyncDirectory(ParentDirectory(path_)));
  return info_;
}

}  // namespace hinomi::metrics
