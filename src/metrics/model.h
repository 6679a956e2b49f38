#ifndef HINOMI_METRICS_MODEL_H_
#define HINOMI_METRICS_MODEL_H_

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/native_histogram.h"

namespace hinomi::metrics {

/// A label set: sorted by name, no duplicate names, no empty values; the
/// metric's name is the label `__name__`.
class Labels {
 public:
  using Pair = std::pair<std::string, std::string>;
  Labels() = default;
  /// Sorts; drops labels with empty values; of duplicates the last one stays.
  explicit Labels(std::vector<Pair> pairs);

  std::string_view Get(std::string_view name) const;  ///< "" if absent.
  std::string_view name() const { return Get("__name__"); }
  void Set(std::string_view name, std::string_view value);  ///< An empty value removes.
  const std::vector<Pair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  uint64_t Hash() const;
  /// `name{a="b",c="d"}`, as Prometheus prints it.
  std::string ToString() const;

  auto operator<=>(const Labels&) const = default;

 private:
  std::vector<Pair> pairs_;
};

struct Sample {
  int64_t at_ms = 0;
  double value = 0;
};

/// The NaN that marks "the series ended here" (Prometheus' value/value.go).
constexpr uint64_t kStaleNanBits = 0x7FF0000000000002ull;
inline double StaleMarker() {
  return std::bit_cast<double>(kStaleNanBits);
}
inline bool IsStaleMarker(double v) {
  return std::bit_cast<uint64_t>(v) == kStaleNanBits;
}

enum class MatchType { kEqual, kNotEqual, kRegex, kNotRegex };

/// One condition of a selector; regular expressions are RE2, anchored at both ends.
struct Matcher {
  std::string label;
  MatchType type = MatchType::kEqual;
  std::string value;
  bool operator==(const Matcher&) const = default;
};

/// One selected series as columns, ascending in time. Stale markers are left in.
struct SeriesColumns {
  Labels labels;
  std::vector<int64_t> at_ms;
  std::vector<double> values;
  /// Empty, or one of each sample: null where it is a float, else `values` says nothing.
  std::vector<NativeHistogramPtr> histograms;
};

inline bool IsHistogram(const SeriesColumns& series, size_t i) {
  return !series.histograms.empty() && series.histograms[i] != nullptr;
}

enum class MetricType {
  kUnknown,
  kCounter,
  kGauge,
  kHistogram,
  kSummary,
  kInfo,
  kStateset,
  kGaugeHistogram
};

/// As OpenMetrics writes it after TYPE, e.g. "counter".
std::string_view MetricTypeName(MetricType type);

struct Metadata {
  MetricType type = MetricType::kUnknown;
  std::string help;
  std::string unit;

  bool operator==(const Metadata&) const = default;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_MODEL_H_
