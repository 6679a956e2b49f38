#ifndef HINOMI_PROMQL_SERIES_NOTATION_H_
#define HINOMI_PROMQL_SERIES_NOTATION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

/// Series as tests of rules and scripts write them
/// (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/):
/// `name{a="b"} 1 2+3x4 _x2 stale {{count:3 sum:5 buckets:[1 2]}}x2`. Threads: any.
namespace hinomi::promql {

/// One value of a series: omitted, a number (also a stale marker), or a native histogram.
struct SequenceValue {
  enum class Kind { kOmitted, kFloat, kHistogram } kind = Kind::kOmitted;
  double value = 0;
  metrics::NativeHistogramPtr histogram;
  bool hint_set = false;  ///< Its counter_reset_hint is written.
};

struct SeriesDescription {
  metrics::Labels labels;
  std::vector<SequenceValue> values;
};

/// What one text may expand to.
inline constexpr size_t kMostSequenceValues = 1'000'000;

/// `name{a="b", "c.d"="e"}`, `{"name", a="b"}`, `{}`; nothing is the empty set. Errors of all
/// three: kInvalidArgument, "1:5: what was expected, what stands there".
Result<metrics::Labels> ParseMetric(std::string_view text);
/// `1 2+3x4 _x2 stale`: values with blanks between them. Also an error: more than `most`, and
/// histograms that cannot be added. Whether a store would take one (`CheckHistogram`) is not
/// asked: what a query gives may be below zero.
Result<std::vector<SequenceValue>> ParseSequence(std::string_view text,
                                                 size_t most = kMostSequenceValues);
/// A metric and its values.
Result<SeriesDescription> ParseSeriesDescription(std::string_view text);

/// A histogram in that notation, without what is 0: `{{schema:1 count:3 sum:5 buckets:[1 2]}}`.
/// Histograms with the same data and hint give the same text, however their empty buckets are
/// kept.
std::string HistogramNotation(const metrics::NativeHistogram& histogram);

/// What a Prometheus' store tells of counter resets when it reads histograms back: a
/// histogram with the layout of the one before it, of which nothing fell, is known to
/// follow no reset; of all others it knows nothing. Gauges stay gauges. `values` are
/// those of one series, in order.
void SetHintsAsStored(std::vector<SequenceValue>& values);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_SERIES_NOTATION_H_
