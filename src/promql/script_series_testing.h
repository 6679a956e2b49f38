#ifndef HINOMI_PROMQL_SCRIPT_SERIES_TESTING_H_
#define HINOMI_PROMQL_SCRIPT_SERIES_TESTING_H_

#include <string_view>
#include <vector>

#include "metrics/model.h"
#include "promql/series_notation.h"

namespace hinomi::promql {

/// A line of a script.
struct ScriptSeries : SeriesDescription {
  bool start_times = false;  ///< An `@st` line, which is not read.
};

/// Aborts where it cannot be read.
ScriptSeries ParseScriptSeries(std::string_view line);

/// A number as scripts write it: "Inf", "-0x1f", "1e3"; NaN if it is none.
double ScriptNumber(std::string_view text);
bool IsScriptNumber(std::string_view text);

/// Equal but for a millionth.
bool AlmostEqual(double a, double b);
/// Whether a result is the one expected: a number or a histogram.
bool AsExpected(const SequenceValue& expected, double value,
                const metrics::NativeHistogramPtr& histogram);

/// The histograms with custom buckets that classic ones among the series make
/// (`load_with_nhcb`), by the labels without le, with the name without its suffix.
std::vector<ScriptSeries> ConvertClassic(const std::vector<ScriptSeries>& loaded);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_SCRIPT_SERIES_TESTING_H_
