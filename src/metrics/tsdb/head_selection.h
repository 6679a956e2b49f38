#ifndef HINOMI_METRICS_TSDB_HEAD_SELECTION_H_
#define HINOMI_METRICS_TSDB_HEAD_SELECTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "metrics/model.h"
#include "metrics/tsdb/flush_file.h"
#include "metrics/tsdb/sample_pool.h"
#include "metrics/tsdb/time_window.h"

namespace hinomi::metrics {

/// Series of a head as they were at one moment, sorted by labels; what is not in memory is read
/// series by series. The head must outlive it. Threads: different series at once.
class HeadSelection {
 public:
  size_t size() const { return series_.size(); }
  /// Until the series is read.
  const Labels& labels(size_t place) const { return series_[place].labels; }
  /// How many of its samples are in memory until it is read.
  size_t held(size_t place) const { return series_[place].held; }
  /// Moves out the series with its samples in the range, ascending; of equal times the later
  /// write. There may be none. Once each. Damaged chunks are counted and left out.
  void Read(size_t place, SeriesColumns& out);

 private:
  friend class Head;
  struct Series {
    Labels labels;
    SampleColumns fresh;
    size_t held = 0;
    SeriesId id = kNoSeries;
  };

  TimeWindow range_{0, 0};
  std::vector<Series> series_;
  std::vector<std::shared_ptr<const FlushFile>> files_;
  std::shared_ptr<const SamplePool> sealed_;
  std::atomic<uint64_t>* damaged_chunks_ = nullptr;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_SELECTION_H_
