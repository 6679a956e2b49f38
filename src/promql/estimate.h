#ifndef HINOMI_PROMQL_ESTIMATE_H_
#define HINOMI_PROMQL_ESTIMATE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/storage.h"
#include "promql/ast.h"
#include "promql/engine.h"

namespace hinomi::promql {

/// An expression that was parsed from `text`, and when it is asked. What it refers to must
/// outlive it.
struct TimedQuery {
  const Expr& expr;
  std::string_view text;
  int64_t start_ms = 0;
  int64_t end_ms = 0;   ///< `start_ms` of an instant query.
  int64_t step_ms = 0;  ///< 0 of an instant query.
};

/// What a query would read and hold, told from the store's indexes before it runs.
struct QueryEstimate {
  enum class Reading {
    kHeld,      ///< All samples of the selector are held at a time.
    kStreamed,  ///< One series after the other.
    kWindows,   ///< Downsampled windows, which are less; told as if they were samples.
  };
  struct Selector {
    Span span;  ///< In the query's text.
    Reading reading = Reading::kHeld;
    metrics::SelectEstimate read;
    size_t steps = 1;  ///< At which it is looked at, those of its subquery.
  };
  std::vector<Selector> selectors;

  size_t series() const;   ///< At most, one that two selectors find counts twice.
  size_t samples() const;  ///< At most.
  /// What is read and then looked at step by step: what the query takes of a processor.
  size_t work() const;
  /// About how many samples and steps of series are held at a time.
  size_t held() const;
};

/// Nothing where the store cannot tell. Errors: what can be seen to be wrong before it runs.
Result<std::optional<QueryEstimate>> EstimateQuery(const metrics::Queryable& queryable,
                                                   const TimedQuery& query,
                                                   const QueryLimits& limits);
/// About how many samples it reads, in microseconds (Queryable::GuessSamples).
Result<size_t> GuessSamples(const metrics::Queryable& queryable, const TimedQuery& query,
                            const QueryLimits& limits);

/// kExhausted where a limit would surely be reached: names the selector, the least it needs, the
/// limit with its value, and what to do. A query that fits is never refused.
Status CheckFits(const QueryEstimate& estimate, std::string_view text, const QueryLimits& limits);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_ESTIMATE_H_
