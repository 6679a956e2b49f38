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

/// Series of a head, or of several, as they were at one moment, sorted by labels; what is not in
/// memory is read series by series. The heads must outlive it. Threads: different series at once.
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
  /// Takes in what a head holds that was written before this one's.
  void AddOlder(HeadSelection older);

 private:
  friend class Head;
  static constexpr size_t kNowhere = SIZE_MAX;
  struct Series {
    Labels labels;
    SampleColumns fresh;
    size_t held = 0;
    SeriesId id = kNoSeries;        ///< None: in `older_` alone.
    size_t older_place = kNowhere;  ///< In `older_`.
  };

  SampleColumns ReadOwn(Series& series);

  TimeWindow range_{0, 0};
  std::vector<Series> series_;
  std::vector<std::shared_ptr<const FlushFile>> files_;
  std::shared_ptr<const SamplePool> sealed_;
  std::atomic<uint64_t>* damaged_chunks_ = nullptr;
  std::unique_ptr<HeadSelection> older_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HEAD_SELECTION_H_
