#ifndef HINOMI_METRICS_STORAGE_H_
#define HINOMI_METRICS_STORAGE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// What a query may cost. Exceeding it is kExhausted, naming the limit.
struct SelectLimits {
  size_t max_series = 100'000;
  size_t max_samples = 50'000'000;
};

/// The reading side of a time-series store: all that PromQL and alarms see.
/// Threads: any.
class Queryable {
 public:
  virtual ~Queryable() = default;
  /// Series that match all of `matchers` with their samples in [from, to]
  /// (milliseconds, both inclusive), sorted by labels. Series without a
  /// sample in the range are left out.
  virtual Result<std::vector<SeriesColumns>> Select(const std::vector<Matcher>& matchers,
                                                    int64_t from_ms, int64_t to_ms,
                                                    const SelectLimits& limits) const = 0;
  /// Label sets only, for /api/v1/series.
  virtual Result<std::vector<Labels>> SelectLabels(const std::vector<Matcher>& matchers,
                                                   int64_t from_ms, int64_t to_ms) const = 0;
  virtual Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const = 0;
  virtual Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                                       int64_t to_ms) const = 0;
  virtual std::map<std::string, Metadata> MetricMetadata() const = 0;
};

/// One series' new samples.
struct WriteSeries {
  Labels labels;
  std::vector<Sample> samples;
};

/// The writing side. Threads: any.
class Appender {
 public:
  virtual ~Appender() = default;
  /// Returns when the whole batch is durable (written and synced, perhaps
  /// together with other batches): only then may a sender hear 2xx. Any
  /// timestamp is taken; of two samples with one time the later write wins.
  /// Errors: kExhausted below the disk's `min_free` or at the memory limit.
  virtual Status Append(const std::vector<WriteSeries>& batch) = 0;
  virtual void SetMetadata(const std::string& metric, const Metadata& metadata) = 0;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_STORAGE_H_
