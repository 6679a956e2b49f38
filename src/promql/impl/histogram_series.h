#ifndef HINOMI_PROMQL_IMPL_HISTOGRAM_SERIES_H_
#define HINOMI_PROMQL_IMPL_HISTOGRAM_SERIES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "promql/impl/evaluator.h"
#include "promql/impl/histogram.h"
#include "promql/impl/remarks.h"

namespace hinomi::promql {

/// All series of one histogram: buckets of a classic one, by their `le`, and native
/// ones of the same labels. They point into the table.
struct HistogramSeries {
  struct BucketSeries {
    double upper;
    const Series* series;
  };
  metrics::Labels labels;  ///< Those of classic ones without le.
  std::vector<BucketSeries> buckets;
  std::vector<const Series*> native;
};

/// What a histogram is at one step: native, or else a set of buckets in any order.
struct HistogramAtStep {
  const NativeHistogram* native = nullptr;
  std::vector<Bucket> classic;
  int64_t at_ms = 0;
};

/// The histograms of a table. Numbers without a bound in `le` are remarked on and left out.
std::vector<HistogramSeries> CollectHistograms(Evaluator& evaluator, const Table& table,
                                               const Expr& argument);

/// Reads one step; false if there is nothing, or both kinds (which is remarked on).
bool ReadHistogram(const HistogramSeries& histogram, size_t step, SeriesRemarks& remarks,
                   HistogramAtStep& at);

/// Calls f(step, HistogramAtStep&) for each step at which there is one.
template <typename F>
void ForEachHistogram(Evaluator& evaluator, const HistogramSeries& histogram,
                      SeriesRemarks& remarks, F f) {
  HistogramAtStep at;
  for (size_t i = 0; i < evaluator.grid().count; ++i) {
    at.at_ms = evaluator.grid().At(i);
    if (ReadHistogram(histogram, i, remarks, at)) f(i, at);
  }
}

/// Gathers which counts of classic buckets fell and were lifted, by metric.
class LiftedCounts {
 public:
  LiftedCounts(QueryContext& context, Span span) : context_(context), span_(span) {}

  void Add(std::string_view metric, const Falls& falls, int64_t at_ms);
  /// Informs of all of them.
  void Say() const;

 private:
  struct Lifted {
    Falls falls;
    int64_t first_ms = 0, last_ms = 0;
    size_t samples = 0;
  };
  QueryContext& context_;
  const Span span_;
  std::map<std::string, Lifted, std::less<>> by_metric_;
};

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_HISTOGRAM_SERIES_H_
