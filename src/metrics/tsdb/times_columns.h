#ifndef HINOMI_METRICS_TSDB_TIMES_COLUMNS_H_
#define HINOMI_METRICS_TSDB_TIMES_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "metrics/tsdb/chunk.h"

namespace hinomi::metrics {

/// In place of a column's number: the chunk has its times in itself.
inline constexpr uint32_t kOwnTimes = UINT32_MAX;

/// The columns of times that chunks share (docs/formats/metrics-block.md), for a
/// writer: series that are sampled together have the same times. Columns have
/// numbers in the order in which they are made.
///
/// Memory: half a megabyte, and the encoded columns with what is to be known of
/// them, at most kMostBytes. Once these are full no more are made. Threads: one.
class TimesBuilder {
 public:
  static constexpr size_t kMostBytes = 16u << 20;

  explicit TimesBuilder(Effort effort = Effort::kFull);
  /// The number of the column of these times (1 to kMaxChunkSamples, ascending).
  /// kOwnTimes as long as too few had them for a column to take less than they do.
  uint32_t Share(std::span<const int64_t> at_ms);
  /// The same, made at once if it is not there; nothing if there is no room.
  std::optional<uint32_t> Keep(std::span<const int64_t> at_ms);

  size_t count() const { return ends_.size() / 4; }
  /// All columns, one behind the other, each behind its checksum.
  const std::string& bytes() const { return bytes_; }
  /// Where each ends in them: u32 each.
  const std::string& ends() const { return ends_; }

 private:
  /// How often times were seen that have no column, by their hash; another hash
  /// in the same place begins anew.
  struct Sighting {
    uint64_t hash = 0;
    uint32_t count = 0;
  };
  bool IsFound(std::span<const int64_t> at_ms) const;
  std::optional<uint32_t> Find(uint64_t hash, std::span<const int64_t> at_ms);
  std::optional<uint32_t> Make(uint64_t hash, std::span<const int64_t> at_ms);

  Effort effort_;
  std::vector<Sighting> seen_;
  std::unordered_map<uint64_t, uint32_t> numbers_;  ///< Of columns, by hash.
  std::string bytes_;
  std::string ends_;
  /// The times of the column that was found or made last, and its number.
  std::vector<int64_t> found_;
  std::optional<uint32_t> found_number_;
};

/// The same for a reader, in place: both must outlive it. Threads: any.
class TimesColumns {
 public:
  TimesColumns() = default;
  /// kCorrupt if `ends` is not in its form.
  static Result<TimesColumns> Open(std::string_view bytes, std::string_view ends);

  size_t count() const { return ends_.size() / 4; }
  size_t OffsetOf(uint32_t number) const;
  /// Fills `at_ms` with a column, number < count(). kCorrupt: its checksum is
  /// wrong, or it has another length.
  Status Read(uint32_t number, std::span<int64_t> at_ms) const;
  /// Looks at its checksum only.
  Status Check(uint32_t number) const;

 private:
  std::string_view ColumnAt(uint32_t number) const;

  std::string_view bytes_;
  std::string_view ends_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_TIMES_COLUMNS_H_
