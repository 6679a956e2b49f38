#ifndef HINOMI_API_PROMETHEUS_IMPL_QUERY_STATS_H_
#define HINOMI_API_PROMETHEUS_IMPL_QUERY_STATS_H_

#include <optional>
#include <string>
#include <utility>

#include "api/prometheus/query_api.h"
#include "base/clock.h"
#include "promql/engine.h"
#include "promql/estimate.h"

namespace hinomi::api {

/// What the parameter `stats` of a query asks for: "" nothing, "all" the steps too,
/// anything else the sums.
class QueryStats {
 public:
  /// The query begins now.
  QueryStats(const QueryParameters& parameters, const Clock& clock);

  bool wanted() const { return wanted_; }
  void Parsed();     ///< Its text is understood.
  void Admitted();   ///< It has waited for heavy ones to end, if it had to.
  void Evaluated();  ///< Its value is there.
  void Estimated(promql::QueryEstimate estimate) { estimate_ = std::move(estimate); }

  /// Puts the member `stats` into the `data` of a query, if it is wanted: Prometheus'
  /// names and meanings, times in seconds. What is prepared is the parsing; series are
  /// read and sorted as part of the evaluation, so that those are 0. What was estimated
  /// and what was downsampled are additions to them.
  void AddTo(std::string& data, const promql::QuerySamples& samples, int64_t start_ms,
             int64_t step_ms) const;

 private:
  const Clock& clock_;
  bool wanted_;
  bool steps_;
  Duration began_;
  Duration parsing_, waiting_, evaluation_;
  std::optional<promql::QueryEstimate> estimate_;
};

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_QUERY_STATS_H_
