#ifndef HINOMI_METRICS_WAL_H_
#define HINOMI_METRICS_WAL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"
#include "os/files.h"

namespace hinomi::metrics {

/// The write-ahead log of the metrics store. A segment is
///
///   "HNMWAL01"  then records:  "HNRC" | u32 length | u32 CRC-32C | payload
///
/// The CRC covers the segment's sequence number, the record's offset and
/// length, and the payload, so that bytes inside a label value are never taken
/// for a record. A record that would touch a page of the disk more than it has to
/// begins at the next page, behind zeros: a sync writes whole pages, and this way
/// none twice. Each segment stands alone: a series' labels are written again
/// at its first use in a segment, so a damaged record costs at most the
/// series that it introduced, and only within its segment.
inline constexpr std::string_view kWalMagic = "HNMWAL01";
inline constexpr size_t kWalRecordHeaderBytes = 12;
inline constexpr uint64_t kWalPageBytes = 4096;
/// Longer records are taken for damage.
inline constexpr size_t kWalMaxRecordBytes = 64u << 20;

/// Samples of one series inside a record.
struct WalSeries {
  uint64_t ref = 0;              ///< Names the series within its segment.
  std::optional<Labels> labels;  ///< Present at the first use in the segment.
  std::vector<Sample> samples;
};

/// A record's content: batches that were made durable together.
struct WalRecord {
  std::vector<WalSeries> series;
  std::vector<std::pair<std::string, Metadata>> metadata;
};

/// Builds one record's payload without copying samples into a WalRecord.
class WalRecordBuilder {
 public:
  /// `labels` null: already introduced in this segment.
  void AddSeries(uint64_t ref, const Labels* labels, std::span<const Sample> samples);
  void AddMetadata(const std::string& metric, const Metadata& metadata);
  bool empty() const { return payload_.empty(); }
  size_t size() const { return payload_.size(); }
  /// The payload; the builder is empty afterwards.
  std::string Take() { return std::exchange(payload_, {}); }

 private:
  void BeginSeries(uint64_t ref, const Labels* labels, size_t count);
  std::string payload_;
};

/// kCorrupt if the payload is not one that WalRecordBuilder makes.
Result<WalRecord> DecodeWalRecord(std::string_view payload);
/// Of a record's place, length and payload.
uint32_t WalRecordCrc(uint64_t sequence, uint64_t offset, std::string_view payload);
/// Header and payload as they stand at `offset` of segment `sequence`.
std::string FrameWalRecord(uint64_t sequence, uint64_t offset, std::string_view payload);

/// A region of a segment that could not be read.
struct WalDamage {
  std::string file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  std::string what;
};

struct WalScan {
  uint64_t records = 0;
  /// Everything from here to the end is no whole record: a write that was cut
  /// by a crash (or damage at the very end; the two look the same).
  uint64_t valid_end = 0;
  std::vector<WalDamage> damages;  ///< Regions followed by good records; `file` left empty.
};

/// Up to `size` bytes at `offset`; fewer only at the end.
using WalSource = std::function<Result<std::string>(uint64_t offset, size_t size)>;

/// Calls `sink` with the payload of each whole record in order; steps over
/// damage to the next record that proves itself. An error of `sink` counts as
/// damage of that record; errors are those of `source`.
Result<WalScan> ScanWal(const WalSource& source, uint64_t size, uint64_t sequence,
                        const std::function<Status(std::string_view payload)>& sink);

/// One segment being written. Threads: one at a time.
class WalSegment {
 public:
  static Result<std::unique_ptr<WalSegment>> Create(Files& files, const std::string& path,
                                                    uint64_t sequence);
  Status Write(std::string_view payload);
  Status Sync() { return file_->Sync(); }
  /// Cuts off what was written after `size`, as far as the disk lets us.
  void Cut(uint64_t size);
  uint64_t size() const { return size_; }
  uint64_t sequence() const { return sequence_; }

 private:
  WalSegment(std::unique_ptr<File> file, uint64_t sequence)
      : file_(std::move(file)), sequence_(sequence) {}
  std::unique_ptr<File> file_;
  uint64_t sequence_;
  uint64_t size_ = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_WAL_H_
