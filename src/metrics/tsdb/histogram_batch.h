#ifndef HINOMI_METRICS_TSDB_HISTOGRAM_BATCH_H_
#define HINOMI_METRICS_TSDB_HISTOGRAM_BATCH_H_

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// The native histograms of one series on their way into the store.
class HistogramSeries {
 public:
  explicit HistogramSeries(std::string label_bytes) : label_bytes_(std::move(label_bytes)) {}

  /// Of equal times the last one counts.
  void Add(int64_t at_ms, NativeHistogramPtr histogram) { samples_[at_ms] = std::move(histogram); }
  /// Fills the columns; nothing is added any more.
  void Split();
  /// `there` is what the store has in one column of the series: where a sample of this
  /// batch comes in its place without that column, the column gets a stale marker.
  void Supersede(std::string_view column, const SeriesColumns& there);

  const std::string& label_bytes() const { return label_bytes_; }
  int64_t first_ms() const { return samples_.begin()->first; }
  int64_t last_ms() const { return samples_.rbegin()->first; }
  /// By name; samples ascending, markers behind.
  const std::map<std::string, std::vector<Sample>, std::less<>>& columns() const {
    return columns_;
  }

 private:
  std::string label_bytes_;
  std::map<int64_t, NativeHistogramPtr> samples_;
  std::map<std::string, std::vector<Sample>, std::less<>> columns_;
};

/// The histograms of a batch, by series.
class HistogramBatch {
 public:
  /// Errors: those of `RawBatch::canonical`; kInvalidArgument, naming the series, for
  /// what `CheckHistogram` refuses and for labels that name `kHistogramLabel`.
  static Result<HistogramBatch> Of(const RawBatch& batch);

  std::vector<HistogramSeries>& series() { return series_; }
  /// All columns. Borrows from this object, which stays as it is meanwhile.
  RawBatch Columns();

 private:
  std::vector<HistogramSeries> series_;
  std::deque<std::string> label_bytes_;  ///< Of the columns that were given out.
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HISTOGRAM_BATCH_H_
