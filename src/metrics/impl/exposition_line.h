#ifndef HINOMI_METRICS_IMPL_EXPOSITION_LINE_H_
#define HINOMI_METRICS_IMPL_EXPOSITION_LINE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// How the lines of a page are to be read.
struct LineStyle {
  bool openmetrics = false;  ///< Times in seconds, exemplars.
  bool strict = false;       ///< One space between parts, nothing spare.
};

struct ExemplarLine {
  std::vector<Labels::Pair> labels;
  double value = 0;
  std::optional<double> at_s;
};

struct SampleLine {
  std::string_view name;
  std::vector<Labels::Pair> labels;  ///< As written, names unique.
  double value = 0;
  std::optional<double> at_s;    ///< OpenMetrics.
  std::optional<int64_t> at_ms;  ///< In either format.
  std::optional<ExemplarLine> exemplar;
};

/// Errors begin with "column N: ".
Result<SampleLine> ParseSampleLine(std::string_view line, LineStyle style);

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`
bool IsMetricName(std::string_view name);
/// The same without colons.
bool IsLabelName(std::string_view name);
/// A number without inf, nan, hexadecimal and underscores.
bool IsRealNumber(std::string_view text);
/// `\\` and `\n` resolved (and `\"` where `quotes`).
std::string Unescape(std::string_view text, bool quotes);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_IMPL_EXPOSITION_LINE_H_
