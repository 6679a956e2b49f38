#ifndef HINOMI_API_PROMETHEUS_IMPL_ASKED_QUERY_H_
#define HINOMI_API_PROMETHEUS_IMPL_ASKED_QUERY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/prometheus/impl/query_stats.h"
#include "api/prometheus/impl/turn.h"
#include "api/prometheus/query_api.h"
#include "http/server.h"
#include "promql/engine.h"
#include "promql/estimate.h"

namespace hinomi::api {

/// A query whose parameters are understood.
struct AskedQuery {
  const metrics::Queryable& queryable;
  QueryStats stats;
  std::string text;
  promql::ExprPtr expr;  ///< Of `text`.
  promql::QueryLimits limits;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;  ///< 0: at `start_ms` alone.
  size_t limit = 0;     ///< Of the answer's series; 0: none.
  Turn turn;

  promql::TimedQuery timed() const { return {*expr, text, start_ms, end_ms, step_ms}; }
};

/// Estimates it, and refuses what cannot fit its limits; evaluates it, or puts the answer off as
/// long as heavier ones run (docs/promql.md, "What a query may cost").
http::Response AnswerAsked(std::shared_ptr<AskedQuery> asked);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_ASKED_QUERY_H_
