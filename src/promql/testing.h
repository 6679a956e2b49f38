#ifndef HINOMI_PROMQL_TESTING_H_
#define HINOMI_PROMQL_TESTING_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/storage.h"

namespace hinomi::promql {

/// A store in memory for tests: all series, in order of their labels.
class MemoryQueryable : public metrics::Queryable {
 public:
  /// Adds a sample; of two with one time the later wins.
  void Add(const metrics::Labels& labels, int64_t at_ms, double value);
  void Add(const metrics::Labels& labels, int64_t at_ms, metrics::NativeHistogramPtr histogram);
  void Clear() { series_.clear(); }
  void SetMetadata(const std::string& metric, metrics::Metadata metadata) {
    metadata_[metric] = std::move(metadata);
  }

  Result<std::vector<metrics::SeriesColumns>> Select(
      const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms,
      const metrics::SelectLimits& limits) const override;
  Result<std::vector<metrics::Labels>> SelectLabels(const std::vector<metrics::Matcher>& matchers,
                                                    int64_t from_ms, int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const override;
  Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                               int64_t to_ms) const override;
  std::map<std::string, metrics::Metadata> MetricMetadata() const override { return metadata_; }

 private:
  struct Point {
    double value = 0;
    metrics::NativeHistogramPtr histogram;  ///< Null where it is a number.
  };
  std::map<metrics::Labels, std::map<int64_t, Point>> series_;
  std::map<std::string, metrics::Metadata> metadata_;
};

/// Has windows of its samples if it is told so.
class WindowedQueryable : public MemoryQueryable {
 public:
  std::vector<metrics::Resolution> resolutions;  ///< Whatever the range.

  std::vector<metrics::Resolution> Resolutions(const std::vector<metrics::Matcher>&, int64_t,
                                               int64_t) const override {
    return resolutions;
  }
  Result<bool> VisitWindows(const std::vector<metrics::Matcher>& matchers, int64_t from_ms,
                            int64_t to_ms, int64_t window_ms, const metrics::SelectLimits& limits,
                            const metrics::WindowsVisitor& visit) const override;
};

/// How a script (promqltest's language) went.
struct ScriptOutcome {
  int passed = 0;
  int failed = 0;
  int skipped = 0;                    ///< Evaluations that need start timestamps.
  std::vector<std::string> failures;  ///< "line 12: expression: what was wrong".
};

/// Runs a script's `load`, `clear` and `eval` commands against a MemoryQueryable.
/// Each instant evaluation runs again as a range of three steps and has to agree.
ScriptOutcome RunScript(std::string_view script);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_TESTING_H_
