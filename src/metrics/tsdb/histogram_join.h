#ifndef HINOMI_METRICS_TSDB_HISTOGRAM_JOIN_H_
#define HINOMI_METRICS_TSDB_HISTOGRAM_JOIN_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// True if one of the series is a column of native histograms.
bool HasHistogramColumns(const std::vector<SeriesColumns>& series);

/// Puts the columns of each base together, with its floats, as one series; of a
/// histogram and a float of one time the histogram stays. A sample that has lost a
/// column to damage is left out: its counts would be wrong. Result: sorted by labels.
/// The memory of what is joined is taken from `limits`, that of the columns given back.
Result<std::vector<SeriesColumns>> JoinHistograms(std::vector<SeriesColumns> series,
                                                  const SelectLimits& limits);

/// Whether a matcher is of `kHistogramLabel`, which hardly anybody asks for.
bool NamesHistogramLabel(const std::vector<Matcher>& matchers);
/// What the matchers ask of series as users know them, of which none has
/// `kHistogramLabel`: the others of them, or nothing if no series can match.
/// kInvalidArgument for an expression that cannot be compiled.
Result<std::optional<std::vector<Matcher>>> WithoutHistogramLabel(
    const std::vector<Matcher>& matchers);

/// Base label sets out of those of floats and meta columns: sorted, each once.
void StripHistogramLabel(std::vector<Labels>& labels);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_HISTOGRAM_JOIN_H_
