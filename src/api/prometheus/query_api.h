#ifndef HINOMI_API_PROMETHEUS_QUERY_API_H_
#define HINOMI_API_PROMETHEUS_QUERY_API_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"
#include "metrics/storage.h"
#include "promql/engine.h"
#include "promql/parser.h"
#include "promql/query_gate.h"

namespace hinomi::api {

/// What the query routes allow.
struct QueryApiConfig {
  promql::QueryLimits limits;  ///< Its clock, deadline and flag are set for each query.
  promql::Features features;
  Duration timeout = Duration::Minutes(2);  ///< The parameter `timeout` can only shorten it.
  size_t max_points = 11'000;               ///< Steps of a range query.
  std::string right = "metrics:read";       ///< What a caller needs for every route here.
  /// Through which queries go, shared by all routes; null: none waits for others.
  std::shared_ptr<promql::QueryGate> gate;
  /// How long one waits for heavy ones to end before it is refused; within `timeout`.
  Duration longest_wait = Duration::Seconds(10);
};

/// The parameters of one request: the query string and then, for POST, the
/// form in the body; names may repeat.
class QueryParameters {
 public:
  static QueryParameters From(const http::Request& request);
  void Add(std::string name, std::string value);

  /// The first value; "" if absent.
  std::string_view Get(std::string_view name) const;
  std::vector<std::string> All(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// Each answers one route of Prometheus' HTTP API v1 (status, data, errorType,
// error, warnings, infos). `clock` stands in for absent times and measures the query's
// timeout; `stats` adds what the query took. Queries that cannot fit their limits are refused
// before they run, and heavy ones put off (http::Response::later) while others run; store and
// clock must outlive that. Threads: any.
http::Response AnswerQuery(const metrics::Queryable& queryable, const QueryApiConfig& config,
                           const QueryParameters& parameters, const Clock& clock);
http::Response AnswerQueryRange(const metrics::Queryable& queryable, const QueryApiConfig& config,
                                const QueryParameters& parameters, const Clock& clock);
http::Response AnswerSeries(const metrics::Queryable& queryable, const QueryParameters& parameters);
http::Response AnswerLabels(const metrics::Queryable& queryable, const QueryParameters& parameters);
http::Response AnswerLabelValues(const metrics::Queryable& queryable, std::string_view label,
                                 const QueryParameters& parameters);
http::Response AnswerMetadata(const metrics::Queryable& queryable,
                              const QueryParameters& parameters);
http::Response AnswerExemplars(const metrics::Queryable& queryable, const QueryApiConfig& config,
                               const QueryParameters& parameters);
http::Response AnswerFormatQuery(const QueryApiConfig& config, const QueryParameters& parameters);

/// Registers them under /api/v1/, GET and (where Prometheus has it) POST with a
/// form, their answers packed with gzip for those who take it. `queryable` and `clock` must outlive
/// the server.
void AddQueryRoutes(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                    QueryApiConfig config);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_QUERY_API_H_
