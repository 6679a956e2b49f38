#ifndef HINOMI_BASE_TELEMETRY_H_
#define HINOMI_BASE_TELEMETRY_H_

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metric_table.h"
#include "base/mutex.h"

namespace hinomi {

/// One number about Hinomi itself. Threads: any.
class Instrument {
 public:
  void Add(double delta = 1) { value_.fetch_add(delta, std::memory_order_relaxed); }
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Hinomi's metrics about itself, served under /metrics. Names begin with
/// `hinomi_`. Instruments live as long as the registry. Threads: any.
class Telemetry {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// A value that only grows; the name ends in `_total`. What it means stands in
  /// base/metric_table.cc; tools/check_metrics.py holds the names to it.
  Instrument& Counter(std::string_view name, Labels labels = {});
  Instrument& Gauge(std::string_view name, Labels labels = {});

  /// All of it in Prometheus' text format 0.0.4.
  std::string Expose() const;

 private:
  struct Family {
    MetricKind type = MetricKind::kGauge;
    std::map<Labels, std::unique_ptr<Instrument>> instruments;
  };
  Instrument& Find(std::string_view name, MetricKind type, Labels labels);

  mutable Mutex mutex_;
  std::map<std::string, Family, std::less<>> families_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi

#endif  // HINOMI_BASE_TELEMETRY_H_
