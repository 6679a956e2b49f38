#ifndef HINOMI_METRICS_TSDB_SAMPLE_POOL_H_
#define HINOMI_METRICS_TSDB_SAMPLE_POOL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metrics/model.h"
#include "metrics/tsdb/series_table.h"
#include "metrics/tsdb/time_window.h"
#include "metrics/tsdb/window_tally.h"
#include "os/memory.h"

namespace hinomi::metrics {

/// Samples as columns; what a reader gets.
struct SampleColumns {
  std::vector<int64_t> at_ms;
  std::vector<double> values;

  size_t size() const { return at_ms.size(); }
  void Add(int64_t at, double value) {
    at_ms.push_back(at);
    values.push_back(value);
  }
  void Clear() {
    at_ms.clear();
    values.clear();
  }
};

/// Sorts by time; of equal times the one that stood last stays.
void SortKeepingLast(SampleColumns& columns);
/// Keeps what lies in `range` of ascending columns.
void Clip(SampleColumns& columns, const TimeWindow& range);

/// Fresh samples by series, in order of arrival, in cells of one cache line: a
/// write touches one line of the pool and one entry of a table. Filled once,
/// then written to disk and thrown away as a whole. No locks.
class SamplePool {
 public:
  /// `series`: how many are expected, by their ids.
  explicit SamplePool(SeriesId series = 0) : last_cell_(series, kNone) {}

  void Append(SeriesId id, Sample sample);
  /// Appends the samples of a series, in order of arrival.
  void Read(SeriesId id, SampleColumns& out) const;
  bool Has(SeriesId id) const { return id < last_cell_.size() && last_cell_[id] != kNone; }
  /// All ids below it may have samples.
  SeriesId id_limit() const { return static_cast<SeriesId>(last_cell_.size()); }
  size_t samples() const { return samples_; }
  /// How many series have samples.
  size_t series() const { return series_; }
  /// What the samples take; the table of series beside them is not counted.
  size_t cell_bytes() const { return cells_ * sizeof(Cell); }
  size_t memory_bytes() const { return cell_bytes() + last_cell_.capacity() * sizeof(uint32_t); }
  /// Over all samples; of an empty pool first > last.
  int64_t first_ms() const { return first_ms_; }
  int64_t last_ms() const { return last_ms_; }
  const WindowTally& windows() const { return windows_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kPerCell = 4;
  static constexpr size_t kCellsPerPage = kHugePageBytes / 64;
  /// Times are the first one's and differences to it; a sample that is older or
  /// 49 days newer begins a cell.
  struct alignas(64) Cell {
    int64_t first_ms;
    std::array<uint32_t, kPerCell - 1> after_ms;
    uint32_t before;  ///< The series' cell before this one.
    std::array<double, kPerCell> values;
    uint32_t count;
  };
  static_assert(sizeof(Cell) == 64);
  Cell& At(uint32_t cell) const {
    return reinterpret_cast<Cell*>(pages_[cell / kCellsPerPage].data())[cell % kCellsPerPage];
  }
  Cell& NewCell(SeriesId id, int64_t first_ms);

  std::vector<MemoryBlock> pages_;
  std::vector<uint32_t, LargeAllocator<uint32_t>> last_cell_;  ///< By series.
  uint32_t cells_ = 0;
  size_t samples_ = 0;
  size_t series_ = 0;
  int64_t first_ms_ = INT64_MAX;
  int64_t last_ms_ = INT64_MIN;
  WindowTally windows_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_SAMPLE_POOL_H_
