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
  std::optional<int64_t> at_ms() const;
};

/// What follows name and labels.
struct SampleRest {
  double value = 0;
  std::optional<double> at_s;    ///< OpenMetrics.
  std::optional<int64_t> at_ms;  ///< In either format.
  std::optional<ExemplarLine> exemplar;
};

struct SampleLine : SampleRest {
  std::string_view name;
  std::vector<Labels::Pair> labels;  ///< As written, names unique.
  size_t value_at = 0;               ///< Where the value begins in the line.
};

/// Errors begin with "column N: ".
Result<SampleLine> ParseSampleLine(std::string_view line, LineStyle style);
/// The rest of a line that begins with the first `value_at` bytes of a line that
/// `ParseSampleLine` has read, for whoever knows name and labels of that one.
/// Errors are no more than that: the whole line may read otherwise.
Status ParseSampleRest(std::string_view line, size_t value_at, LineStyle style, SampleRest& rest);
/// As much of the line as may stand in front of the value: for a line that can be
/// read it is `SampleLine::value_at`.
size_t FindValue(std::string_view line);

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
