#ifndef HINOMI_METRICS_MEMORY_STORE_H_
#define HINOMI_METRICS_MEMORY_STORE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/storage.h"

namespace hinomi::metrics {

/// A store that is gone with the process: for a few thousand series of a test. All series, in
/// order of their labels; a selection looks at each of them. One thread.
class MemoryStore : public Queryable, public Appender {
 public:
  /// Adds a sample; of two with one time the later call wins.
  void Add(const Labels& labels, int64_t at_ms, double value);
  void Add(const Labels& labels, int64_t at_ms, NativeHistogramPtr histogram);
  void Clear() { series_.clear(); }

  // Appender
  Status Append(const std::vector<WriteSeries>& batch) override;
  void SetMetadata(const std::string& metric, const Metadata& metadata) override {
    metadata_[metric] = metadata;
  }

  // Queryable
  Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms,
                                            const SelectLimits& limits) const override;
  Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers, int64_t from_ms,
                                           int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                               int64_t to_ms) const override;
  std::map<std::string, Metadata> MetricMetadata() const override { return metadata_; }

 private:
  struct Point {
    double value = 0;
    NativeHistogramPtr histogram;  ///< Null where it is a number.
  };
  std::map<Labels, std::map<int64_t, Point>> series_;
  std::map<std::string, Metadata> metadata_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_MEMORY_STORE_H_
