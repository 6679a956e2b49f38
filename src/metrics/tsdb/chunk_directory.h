#ifndef HINOMI_METRICS_TSDB_CHUNK_DIRECTORY_H_
#define HINOMI_METRICS_TSDB_CHUNK_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/time_window.h"
#include "metrics/tsdb/times_columns.h"

namespace hinomi::metrics {

/// In front of each chunk of a block stands its checksum.
inline constexpr uint64_t kChunkHeaderBytes = 4;

/// Where a chunk stands in a block's file and what it covers.
struct ChunkRef {
  uint64_t offset = 0;  ///< Of its checksum; the chunk follows.
  uint32_t length = 0;  ///< Without the checksum.
  uint32_t samples = 0;
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  uint32_t times = kOwnTimes;  ///< The number of the column of its times.

  bool times_apart() const { return times != kOwnTimes; }
  TimeWindow window() const { return {first_ms, last_ms}; }
  uint64_t end() const { return offset + kChunkHeaderBytes + length; }
  bool operator==(const ChunkRef&) const = default;
};

/// The chunks of every series of a block, by its dense id: 6 to 10 bytes a chunk.
/// Series stand in groups, each chunk as its difference to the one before it;
/// an offset for each group leads into them.
class ChunkDirectoryBuilder {
 public:
  /// `window`: of the block.
  explicit ChunkDirectoryBuilder(const TimeWindow& window) : window_(window) {}
  /// The chunks of the next id, at least one, ascending in time, each behind
  /// the one before in the file, across series too.
  void Add(std::span<const ChunkRef> chunks);
  std::string Finish() const;

 private:
  TimeWindow window_;
  size_t series_ = 0;
  uint64_t next_offset_ = 0;
  ChunkRef previous_;
  uint32_t previous_times_ = 0;
  int64_t series_first_ms_ = 0;
  std::string starts_;
  std::string groups_;
};

/// What limits the chunks of a directory; others are damage.
struct ChunkBounds {
  TimeWindow window;
  uint64_t begin = 0;  ///< In the file.
  uint64_t end = 0;
  uint64_t times = 0;  ///< So many columns of times there are.
};

/// Reads a directory in place: `bytes` must outlive it. Threads: any.
class ChunkDirectory {
 public:
  ChunkDirectory() = default;
  /// kCorrupt if there cannot be `series` in it.
  static Result<ChunkDirectory> Open(std::string_view bytes, size_t series,
                                     const ChunkBounds& bounds);

  /// Finds chunks by id; ascending ids are cheapest. Threads: one.
  class Cursor {
   public:
    explicit Cursor(const ChunkDirectory& directory) : directory_(&directory) {}
    /// Valid until the next call. kCorrupt.
    Result<std::span<const ChunkRef>> At(uint32_t id);

   private:
    Status Enter(size_t group);
    Status ReadSeries();
    Status ReadChunk(bool first_of_series);

    const ChunkDirectory* directory_;
    ByteReader reader_{{}};
    uint64_t next_id_ = 0;  ///< Which series the reader stands before.
    uint64_t group_end_ = 0;
    uint64_t next_offset_ = 0;
    ChunkRef previous_;
    uint32_t previous_times_ = 0;
    int64_t series_first_ms_ = 0;
    std::vector<ChunkRef> chunks_;
  };

 private:
  std::string_view Group(size_t group) const;

  size_t series_ = 0;
  ChunkBounds bounds_;
  std::string_view starts_;
  std::string_view groups_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_CHUNK_DIRECTORY_H_
