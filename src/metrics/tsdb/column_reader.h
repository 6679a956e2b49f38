#ifndef HINOMI_METRICS_TSDB_COLUMN_READER_H_
#define HINOMI_METRICS_TSDB_COLUMN_READER_H_

#include <span>
#include <vector>

#include "metrics/storage.h"
#include "metrics/tsdb/chunk_collector.h"

namespace hinomi::metrics {

/// Reads the samples of one series after the other out of its chunks; of two with one time that
/// of the higher rank counts. What cannot be read is told and left out. Threads: one.
class ColumnReader {
 public:
  /// `limits.max_samples` is of one series. All must outlive it.
  ColumnReader(const TimeWindow& range, const SelectLimits& limits, const ReportUnread& unread)
      : range_(range), limits_(limits), unread_(unread) {}

  /// Appends the samples in the range, ascending; reorders the chunks. kExhausted at the limit.
  Status Read(std::vector<RankedChunk>& chunks, SeriesColumns& columns);

 private:
  Status Append(std::span<const RankedChunk> chunks, SeriesColumns& columns);
  Status AppendMerged(std::span<RankedChunk> chunks, SeriesColumns& columns);

  TimeWindow range_;
  const SelectLimits& limits_;
  const ReportUnread& unread_;
  TimesCache times_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_COLUMN_READER_H_
