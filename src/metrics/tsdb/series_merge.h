#ifndef HINOMI_METRICS_TSDB_SERIES_MERGE_H_
#define HINOMI_METRICS_TSDB_SERIES_MERGE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/tsdb/block.h"
#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

/// Writes the chunks of one series after another as new ones: those that are
/// large already and overlap no other are copied as they are, others decoded,
/// merged and encoded in larger ones. At most as many decoded chunks as overlap at
/// one time are in memory. Threads: one.
class SeriesMerge {
 public:
  SeriesMerge(BlockWriter& writer, ReportUnread unread)
      : writer_(writer), unread_(std::move(unread)) {}
  /// Into the series that the writer has begun. Sorts `chunks`.
  Status Merge(std::vector<RankedChunk>& chunks);

 private:
  struct Sample {
    int64_t at_ms;
    double value;
    size_t rank;
  };
  Status Copy(const RankedChunk& chunk);
  Status Encode(std::span<const RankedChunk> chunks);
  void Decode(const RankedChunk& chunk);
  void MixIn(size_t rank);
  /// What is before `end_ms` will not change any more.
  void Settle(const int64_t* end_ms);
  Status WriteOut(size_t at_least, size_t piece);

  BlockWriter& writer_;
  ReportUnread unread_;
  TimesCache times_;
  std::vector<int64_t> at_ms_;  ///< Of the chunk read last.
  std::vector<double> values_;
  std::vector<Sample> mixed_;
  std::vector<Sample> spare_;
  std::vector<int64_t> settled_at_ms_;
  std::vector<double> settled_values_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SERIES_MERGE_H_
