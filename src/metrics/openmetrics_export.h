#ifndef HINOMI_METRICS_OPENMETRICS_EXPORT_H_
#define HINOMI_METRICS_OPENMETRICS_EXPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/storage.h"

namespace hinomi::metrics {

/// Takes the next part of a text. An error ends the export.
using TextSink = std::function<Status(std::string_view)>;

struct OpenMetricsExport {
  size_t series = 0;     ///< Written, perhaps without any sample.
  size_t samples = 0;    ///< Written.
  size_t exemplars = 0;  ///< Written, each behind a sample that is not older.
  /// Left out: no such sample was left, neither counter nor bucket, or labels that
  /// OpenMetrics 1.0 cannot write.
  size_t exemplars_left_out = 0;
  /// Native histograms written as NAME_bucket, NAME_count and NAME_sum: what comes back
  /// are classic ones, without schema, empty buckets and reset hint.
  size_t histograms = 0;
  /// Left out: there are series of these names already, or a label `le`.
  size_t histograms_left_out = 0;
  /// Samples left out: the text has no word for the end of a series.
  size_t stale_marks = 0;
  /// Samples that were written as NaN and lose the payload of theirs.
  size_t nan_payloads = 0;
  /// Left out: series with names that OpenMetrics 1.0 cannot write.
  size_t unwritable_series = 0;
};

/// Writes all samples in [from, to] (milliseconds) of the series that match as
/// OpenMetrics text, one series after the other, ending with `# EOF`. Every
/// other value comes back bit for bit. Holds the label sets of one metric and
/// a bounded number of samples in memory. Counters and gauges have their TYPE,
/// HELP and UNIT; the series of other types stand as metrics of unknown type,
/// since their families would have to be woven together by time. Native histograms
/// stand as classic ones, each with all bounds that its series has in the time.
Result<OpenMetricsExport> ExportOpenMetrics(const Queryable& store,
                                            const std::vector<Matcher>& matchers, int64_t from_ms,
                                            int64_t to_ms, const TextSink& sink);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_OPENMETRICS_EXPORT_H_
