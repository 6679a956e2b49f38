#ifndef HINOMI_METRICS_IMPL_SAMPLE_LIST_H_
#define HINOMI_METRICS_IMPL_SAMPLE_LIST_H_

#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// Series with one sample each, all of one moment.
class SampleList {
 public:
  explicit SampleList(Instant at) : at_ms_(at.millis()) {}

  void Add(std::string_view name, double value, std::vector<Labels::Pair> labels = {}) {
    labels.emplace_back("__name__", name);
    series_.push_back({Labels(std::move(labels)), {{at_ms_, value}}});
  }
  /// The same with labels that are made already.
  void AddUnder(std::string_view name, double value, Labels labels) {
    labels.Set("__name__", name);
    series_.push_back({std::move(labels), {{at_ms_, value}}});
  }
  std::vector<WriteSeries> Take() { return std::move(series_); }

 private:
  int64_t at_ms_;
  std::vector<WriteSeries> series_;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_SAMPLE_LIST_H_
