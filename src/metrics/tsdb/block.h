#ifndef HINOMI_METRICS_TSDB_BLOCK_H_
#define HINOMI_METRICS_TSDB_BLOCK_H_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/tsdb/chunk_directory.h"
#include "metrics/tsdb/index.h"
#include "metrics/tsdb/time_window.h"
#include "metrics/tsdb/times_columns.h"
#include "os/files.h"

namespace hinomi::metrics {

struct BlockFooter;

/// What whoever writes a block says of it.
struct BlockOrigin {
  /// All samples are in it; never of two days (UTC).
  TimeWindow window;
  uint64_t sequence = 0;  ///< Names the file. Never used again.
  /// The highest sequence among the blocks that it was merged from, or its own.
  /// Of two samples with one time the one in the block with the higher counts.
  uint64_t newest = 0;
  /// Deletes with this number or a lower one do not concern it: they are made
  /// real in it, or were before it.
  uint64_t deletes_through = 0;
  /// Sequences of the blocks that it takes the place of.
  std::vector<uint64_t> replaces;
};

/// A block as its footer describes it.
struct BlockInfo : BlockOrigin {
  int64_t min_ms = 0;  ///< Of its first and its last sample.
  int64_t max_ms = 0;
  uint64_t series = 0;
  uint64_t chunks = 0;
  uint64_t samples = 0;

  TimeWindow samples_window() const { return {min_ms, max_ms}; }
};

/// Writes one block (docs/formats/metrics-block.md) beside its path and puts
/// it there with `Finish`. Chunks go to the disk as they come; what stays in
/// memory is some ten bytes a series, the index, and the times that series share
/// (TimesBuilder). `files` must outlive it.
/// Threads: one at a time.
class BlockWriter {
 public:
  /// kInvalidArgument if the window is not within one day.
  static Result<std::unique_ptr<BlockWriter>> Create(Files& files, const std::string& path,
                                                     BlockOrigin origin);
  /// Removes what was written unless it was finished.
  ~BlockWriter();

  /// A series with its samples, strictly ascending and within the window.
  /// Series come in ascending order of their valid label bytes (CompareLabelBytes); one
  /// without samples is left out. kInvalidArgument; errors of the disk. After an error
  /// nothing but destroying makes sense.
  Status Add(std::string_view label_bytes, std::span<const int64_t> at_ms,
             std::span<const double> values);

  /// The same in pieces: the samples that are added from here on are those of
  /// the series, each piece behind the one before. Pieces are split evenly
  /// into chunks of at most kMaxChunkSamples.
  Status Begin(std::string_view label_bytes);
  Status AddSamples(std::span<const int64_t> at_ms, std::span<const double> values);
  /// A chunk as it stands in another block (its offset is not looked at), with
  /// its times if they are not in it.
  Status AddChunk(const ChunkRef& chunk, std::string_view encoded,
                  std::span<const int64_t> times_apart = {});

  uint64_t samples() const { return info_.samples; }
  bool empty() const { return info_.chunks == 0; }

  /// Returns when the block is in its place and would survive a power cut.
  /// After an error there may be a file at its path all the same.
  Result<BlockInfo> Finish();

 private:
  BlockWriter(Files& files, std::string path, std::unique_ptr<File> file, BlockOrigin origin);
  void EndSeries();
  Status AddOneChunk(std::span<const int64_t> at_ms, std::span<const double> values);
  Status EncodeWhole(std::string_view values_only, std::span<const int64_t> at_ms);
  Status Place(ChunkRef chunk, std::string_view encoded);
  Status CheckPlace(int64_t first_ms, int64_t last_ms) const;
  Status WriteOut(size_t at_least);
  Status WriteSection(uint32_t kind, std::string_view bytes, uint32_t crc, BlockFooter& footer);

  Files& files_;
  std::string path_;
  std::unique_ptr<File> file_;
  BlockInfo info_;
  std::string buffer_;                 ///< Not yet in the file.
  uint64_t written_ = 0;               ///< In the file.
  std::optional<std::string> labels_;  ///< Of the series that is being added.
  std::vector<ChunkRef> chunks_;       ///< Its chunks.
  std::string encoded_;
  IndexBuilder index_;
  ChunkDirectoryBuilder directory_;
  TimesBuilder times_;
  bool renamed_ = false;
};

class TimesCache;

/// An immutable block, read in place from the mapped file. Opening it reads
/// its end only; index and directory are checked when they are first used, a
/// chunk whenever it is read. Threads: any.
class Block {
 public:
  /// kCorrupt if its end cannot be read, kConflict with both versions named
  /// if it is of a newer format.
  static Result<std::shared_ptr<const Block>> Open(Files& files, const std::string& path);

  const BlockInfo& info() const { return info_; }
  const std::string& path() const { return path_; }
  uint64_t file_bytes() const { return bytes_.size(); }

  /// Checks index and directory, at the first call only. Before it has
  /// returned success nothing below may be used. kCorrupt, telling file and
  /// offset.
  Status Prepare() const;
  /// Its ids are in label order, below info().series.
  const Index& index() const { return *index_; }
  ChunkDirectory::Cursor Chunks() const { return ChunkDirectory::Cursor(directory_); }
  /// The encoded chunk (metrics/tsdb/chunk.h). kCorrupt.
  Result<std::string_view> ChunkBytes(const ChunkRef& chunk) const;
  /// Fills `at_ms`, one for each sample, where the chunk's times are apart. kCorrupt.
  Status ReadTimes(const ChunkRef& chunk, std::span<int64_t> at_ms) const;
  /// Appends the chunk's samples in `range`. kCorrupt, with nothing appended.
  Status ReadChunk(const ChunkRef& chunk, const TimeWindow& range, TimesCache& times,
                   std::vector<int64_t>& at_ms, std::vector<double>& values) const;
  /// Reads every byte that has a checksum. kCorrupt: the first damage.
  Status Verify() const;

 private:
  struct Range {
    uint64_t offset = 0;
    uint64_t length = 0;
    uint32_t crc = 0;
  };
  Block() = default;
  Status ReadFooter();
  Status PrepareSections() const;
  Result<std::string_view> Checked(const Range& range, const char* what) const;
  Error DamagedTimes(uint32_t number) const;

  std::string path_;
  std::unique_ptr<FileView> view_;
  std::string_view bytes_;
  BlockInfo info_;
  Range chunks_range_;
  Range directory_range_;
  Range index_range_;
  Range times_range_;
  Range times_ends_range_;

  mutable std::once_flag once_;
  mutable Status prepared_;
  mutable std::optional<Index> index_;
  mutable ChunkDirectory directory_;
  mutable TimesColumns times_;
};

/// The shared times that were read last, decoded, for who reads many chunks of
/// blocks that stay: at most two megabytes. Threads: one.
class TimesCache {
 public:
  /// The times of a chunk that has them apart; valid until the next call. kCorrupt.
  Result<std::span<const int64_t>> Of(const Block& block, const ChunkRef& chunk);
  /// Those of a chunk that has them in itself; nothing is kept of it.
  Result<std::span<const int64_t>> In(std::string_view encoded, const ChunkRef& chunk);

 private:
  struct Slot {
    const Block* block = nullptr;
    uint32_t times = 0;
    std::vector<int64_t> at_ms;
  };
  Slot& SlotOf(const Block& block, uint32_t times);

  std::array<Slot, 64> slots_;
  std::vector<int64_t> own_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_BLOCK_H_
