#include "promql/testing.h"

#include "base/check.h"

namespace hinomi::promql {

Result<bool> WindowedQueryable::VisitWindows(const std::vector<metrics::Matcher>& matchers,
                                             int64_t from_ms, int64_t to_ms, int64_t window_ms,
                                             const metrics::SelectLimits& limits,
                                             const metrics::WindowsVisitor& visit) const {
  HN_CHECK(from_ms % window_ms == 0 && to_ms % window_ms == 0);
  HN_TRY(const auto found, Select(matchers, from_ms - window_ms + 1, to_ms, limits));
  for (const metrics::SeriesColumns& columns : found) {
    metrics::SeriesWindows series{columns.labels, {}};
    metrics::AppendWindows(columns.at_ms, columns.values, window_ms, series.windows);
    HN_TRY_VOID(visit(series));
  }
  return true;
}

}  // namespace hinomi::promql
