#ifndef HINOMI_METRICS_TSDB_FLUSH_FILE_H_
#define HINOMI_METRICS_TSDB_FLUSH_FILE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/tsdb/sample_count.h"
#include "metrics/tsdb/sample_pool.h"
#include "metrics/tsdb/time_window.h"
#include "metrics/tsdb/times_columns.h"
#include "os/files.h"

namespace hinomi::metrics {

/// What a pool of fresh samples becomes on disk: a chunk for each of its
/// series, under the head's ids, and once what times many of them share
/// (docs/formats/metrics-head.md). Mapped, so that
/// it takes no memory that the system could not have back. Threads: any.
class FlushFile {
 public:
  /// Sorts, encodes and writes; durable under `path` when it returns.
  static Status Write(Files& files, const std::string& path, const SamplePool& pool);
  /// kCorrupt if the file as a whole cannot be trusted; single damaged chunks
  /// are found by `Read`.
  static Result<std::shared_ptr<const FlushFile>> Open(Files& files, const std::string& path);

  size_t series() const { return series_; }
  SeriesId IdAt(size_t index) const;
  bool Has(SeriesId id) const;
  /// Appends the samples of a series, ascending; nothing if it has none.
  /// kCorrupt names the file and the place.
  Status Read(SeriesId id, SampleColumns& out) const;
  Status ReadAt(size_t index, SampleColumns& out) const;

  /// The times that were read last, for who counts many series.
  struct Times {
    std::optional<uint32_t> column;
    std::vector<int64_t> at_ms;
  };
  /// How many samples of a series lie in [from_ms, to_ms], without decoding values. `times` is of
  /// this file, or new.
  SampleCount CountIn(SeriesId id, const TimeWindow& range, Times& times) const;

  uint64_t samples() const { return samples_; }
  int64_t first_ms() const { return first_ms_; }
  int64_t last_ms() const { return last_ms_; }
  /// How many samples lie in each window of kCutMs (UTC), by its start.
  const std::map<int64_t, uint64_t>& windows() const { return windows_; }
  size_t bytes() const { return view_->bytes().size(); }
  const std::string& path() const { return path_; }

 private:
  FlushFile() = default;
  Status ReadTail();
  uint32_t WordAt(uint64_t offset) const;
  size_t LowerBound(SeriesId id) const;
  SampleCount CountAt(size_t index, const TimeWindow& range, Times& times) const;

  std::string path_;
  std::unique_ptr<FileView> view_;
  size_t series_ = 0;
  uint64_t ids_at_ = 0;      ///< `series_` words, ascending.
  uint64_t offsets_at_ = 0;  ///< `series_` + 1 words: where chunks begin.
  uint64_t samples_ = 0;
  int64_t first_ms_ = 0;
  int64_t last_ms_ = 0;
  TimesColumns times_;
  std::map<int64_t, uint64_t> windows_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_FLUSH_FILE_H_
