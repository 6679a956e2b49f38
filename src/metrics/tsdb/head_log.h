#ifndef HINOMI_METRICS_TSDB_HEAD_LOG_H_
#define HINOMI_METRICS_TSDB_HEAD_LOG_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"
#include "metrics/tsdb/series_table.h"

namespace hinomi::metrics {

/// The payloads of the head's two logs (docs/formats/metrics-head.md). Both are
/// made of the framed, checksummed records of metrics/wal.h.
///
/// Samples: three columns of one length.
struct LoggedSamples {
  std::vector<SeriesId> ids;
  std::vector<int64_t> at_ms;
  std::vector<double> values;

  size_t size() const { return ids.size(); }
  void Resize(size_t size) {
    ids.resize(size);
    at_ms.resize(size);
    values.resize(size);
  }
  void Clear() { Resize(0); }
};

/// Ids and times as runs, since a scrape's series follow each other and share
/// their time; values by log_values.h. Some 3 to 5 bytes a sample of a scrape.
void AppendSamplesPayload(std::span<const SeriesId> ids, std::span<const int64_t> at_ms,
                          std::span<const double> values, std::string& out);
void AppendMetadataPayload(const std::string& metric, const Metadata& metadata, std::string& out);

/// What one record of the samples' log holds.
struct LoggedBatch {
  LoggedSamples samples;
  std::vector<std::pair<std::string, Metadata>> metadata;
};
/// No honest log leaves out more ids than this: whoever believed it would give all
/// memory to a few bytes.
inline constexpr SeriesId kMostIdsLeftOut = 1u << 24;

/// Replaces what `batch` held. kCorrupt.
Status ReadBatchPayload(std::string_view payload, LoggedBatch& batch);

/// New series. Each record stands alone: a label is written out at its first
/// use in it.
class SeriesPayload {
 public:
  /// `table` must outlive it.
  explicit SeriesPayload(const SeriesTable& table) : table_(table) {}
  /// A series of the table; ids ascend.
  void Add(SeriesId id);
  size_t size() const { return payload_.size(); }
  std::string Take();

 private:
  const SeriesTable& table_;
  std::string payload_;
  SeriesId next_ = 0;
  std::unordered_map<LabelPool::Pair, uint64_t> written_;  ///< Label → its number in the record.
};

/// Adds the series of such a record to the table. kCorrupt, also where an id is
/// below the table's next one or far above; a part may have been added then.
Status ReadSeriesPayload(std::string_view payload, SeriesTable& table);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_LOG_H_
