#include <bit>

#include "base/digest.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/wal.h"

namespace hinomi::metrics {
namespace {

// Entries of a payload.
constexpr uint8_t kSeriesEntry = 1;     // known in this segment
constexpr uint8_t kNewSeriesEntry = 2;  // with its labels
constexpr uint8_t kMetadataEntry = 3;

// A sample takes a byte of time and eight of value at least: counts beyond
// that are refused before anything is allocated for them.
constexpr size_t kLeastSampleBytes = 9;

bool ReadSeries(ByteReader& in, bool with_labels, WalSeries& series) {
  series.ref = in.Varint();
  if (with_labels) {
    const uint64_t count = in.Varint();
    if (count > in.remaining()) return false;
    std::vector<Labels::Pair> pairs;
    pairs.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      std::string name(in.String());
      pairs.emplace_back(std::move(name), std::string(in.String()));
    }
    series.labels.emplace(std::move(pairs));
  }
  const uint64_t count = in.Varint();
  if (in.failed() || count > in.remaining() / kLeastSampleBytes) return false;
  series.samples.resize(count);
  uint64_t at = 0;
  for (Sample& sample : series.samples) {
    at += static_cast<uint64_t>(in.Zigzag());
    sample.at_ms = static_cast<int64_t>(at);
  }
  for (Sample& sample : series.samples) sample.value = std::bit_cast<double>(in.Fixed64());
  return !in.failed();
}

bool ReadMetadataEntry(ByteReader& in, std::pair<std::string, Metadata>& entry) {
  entry.first = in.String();
  const uint8_t type = in.Byte();
  if (type > static_cast<uint8_t>(MetricType::kGaugeHistogram)) return false;
  entry.second.type = static_cast<MetricType>(type);
  entry.second.help = in.String();
  entry.second.unit = in.String();
  return !in.failed();
}

}  // namespace

void WalRecordBuilder::BeginSeries(uint64_t ref, const Labels* labels, size_t count) {
  ByteWriter out(payload_);
  out.Byte(labels == nullptr ? kSeriesEntry : kNewSeriesEntry);
  out.Varint(ref);
  if (labels != nullptr) {
    out.Varint(labels->pairs().size());
    for (const auto& [name, value] : labels->pairs()) {
      out.String(name);
      out.String(value);
    }
  }
  out.Varint(count);
}

void WalRecordBuilder::AddSeries(uint64_t ref, const Labels* labels,
                                 std::span<const Sample> samples) {
  BeginSeries(ref, labels, samples.size());
  ByteWriter out(payload_);
  // Differences in unsigned arithmetic: any two 64-bit times have one.
  uint64_t last = 0;
  for (const Sample& sample : samples) {
    out.Zigzag(static_cast<int64_t>(static_cast<uint64_t>(sample.at_ms) - last));
    last = static_cast<uint64_t>(sample.at_ms);
  }
  for (const Sample& sample : samples) out.Fixed64(std::bit_cast<uint64_t>(sample.value));
}

void WalRecordBuilder::AddMetadata(const std::string& metric, const Metadata& metadata) {
  ByteWriter out(payload_);
  out.Byte(kMetadataEntry);
  out.String(metric);
  out.Byte(static_cast<uint8_t>(metadata.type));
  out.String(metadata.help);
  out.String(metadata.unit);
}

Result<WalRecord> DecodeWalRecord(std::string_view payload) {
  WalRecord record;
  ByteReader in(payload);
  while (in.remaining() > 0) {
    const uint8_t kind = in.Byte();
    bool good = false;
    if (kind == kSeriesEntry || kind == kNewSeriesEntry) {
      good = ReadSeries(in, kind == kNewSeriesEntry, record.series.emplace_back());
    } else if (kind == kMetadataEntry) {
      good = ReadMetadataEntry(in, record.metadata.emplace_back());
    }
    if (!good) return Corrupt("a record of the write-ahead log has an unknown form");
  }
  return record;
}

uint32_t WalRecordCrc(uint64_t sequence, uint64_t offset, std::string_view payload) {
  std::string place;
  ByteWriter out(place);
  out.Fixed64(sequence);
  out.Fixed64(offset);
  out.Fixed32(static_cast<uint32_t>(payload.size()));
  return Crc32c(payload, Crc32c(place));
}

std::string FrameWalRecord(uint64_t sequence, uint64_t offset, std::string_view payload) {
  std::string frame = "HNRC";
  frame.reserve(kWalRecordHeaderBytes + payload.size());
  ByteWriter out(frame);
  out.Fixed32(static_cast<uint32_t>(payload.size()));
  out.Fixed32(WalRecordCrc(sequence, offset, payload));
  frame += payload;
  return frame;
}

namespace {

/// Where a record of this length begins in a file of this size.
uint64_t PlaceFor(uint64_t length, uint64_t size) {
  const uint64_t in_page = size % kWalPageBytes;
  const auto pages = [](uint64_t bytes) { return (bytes + kWalPageBytes - 1) / kWalPageBytes; };
  return pages(in_page + length) > pages(length) ? size - in_page + kWalPageBytes : size;
}

}  // namespace

Result<std::unique_ptr<WalSegment>> WalSegment::Create(Files& files, const std::string& path,
                                                       uint64_t sequence) {
  HN_TRY(auto file, files.Open(path, OpenMode::kTruncate));
  std::unique_ptr<WalSegment> segment(new WalSegment(std::move(file), sequence));
  HN_TRY_VOID(segment->file_->WriteAt(0, kWalMagic));
  segment->size_ = kWalMagic.size();
  return segment;
}

Status WalSegment::Write(std::string_view payload) {
  if (payload.size() > kWalMaxRecordBytes)
    return Internal("a record of the write-ahead log is too long: " +
                    std::to_string(payload.size()) + " bytes");
  const uint64_t place = PlaceFor(kWalRecordHeaderBytes + payload.size(), size_);
  std::string frame = FrameWalRecord(sequence_, place, payload);
  // If the next one is as long it may have to begin at the next page. The zeros
  // before it are written now: to extend a file past its last page dirties that
  // page, too.
  const uint64_t end = place + frame.size();
  frame.append(PlaceFor(frame.size(), end) - end, '\0');
  // What is left out in front of a longer one reads as zeros.
  HN_TRY_VOID(file_->WriteAt(place, frame));
  size_ = place + frame.size();
  return {};
}

void WalSegment::Cut(uint64_t size) {
  // If even this fails, the reader finds an unanswered batch or a torn tail:
  // both are allowed after an error.
  if (!file_->Truncate(size)) return;
  size_ = size;
  (void)file_->Sync();
}

}  // namespace hinomi::metrics
