#ifndef HINOMI_PROMQL_SCRIPT_SERIES_TESTING_H_
#define HINOMI_PROMQL_SCRIPT_SERIES_TESTING_H_

#include <string_view>
#include <vector>

#include "metrics/model.h"

namespace hinomi::promql {

/// One value of a series in a script: omitted, a number, or a native histogram.
struct ScriptValue {
  enum class Kind { kOmitted, kFloat, kHistogram } kind = Kind::kOmitted;
  double value = 0;
  metrics::NativeHistogramPtr histogram;
  bool hint_set = false;  ///< Its counter_reset_hint is written, and so compared.
};

/// A line of a script: `name{a="b"} 1 2+3x4 _ {{count:3 sum:5 buckets:[1 2]}}x2`.
struct ScriptSeries {
  metrics::Labels labels;
  std::vector<ScriptValue> values;
  bool start_times = false;  ///< An `@st` line, which is not read.
};

ScriptSeries ParseScriptSeries(std::string_view line);

/// A number as scripts write it: "Inf", "-0x1f", "1e3"; NaN if it is none.
double ScriptNumber(std::string_view text);
bool IsScriptNumber(std::string_view text);

/// Equal but for a millionth.
bool AlmostEqual(double a, double b);
/// Whether a result is the one expected: a number or a histogram.
bool AsExpected(const ScriptValue& expected, double value,
                const metrics::NativeHistogramPtr& histogram);

/// What a Prometheus' store tells of counter resets when it reads histograms back: a
/// histogram with the layout of the one before it, of which nothing fell, is known to
/// follow no reset; of all others it knows nothing. Gauges stay gauges. `values` are
/// those of one series, in order.
void SetHintsAsStored(std::vector<ScriptValue>& values);

/// The histograms with custom buckets that classic ones among the series make
/// (`load_with_nhcb`), by the labels without le, with the name without its suffix.
std::vector<ScriptSeries> ConvertClassic(const std::vector<ScriptSeries>& loaded);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_SCRIPT_SERIES_TESTING_H_
