#ifndef HINOMI_API_PROMETHEUS_PARSE_QUERY_API_H_
#define HINOMI_API_PROMETHEUS_PARSE_QUERY_API_H_

#include "api/prometheus/query_api.h"
#include "http/server.h"

namespace hinomi::api {

/// Answers /api/v1/parse_query: the tree of the parameter `query` (promql/ast_json.h).
/// Threads: any.
http::Response AnswerParseQuery(const QueryApiConfig& config, const QueryParameters& parameters);

/// Registers it, GET and POST with a form, for the right of `config`.
void AddParseQueryRoutes(http::Server& server, const QueryApiConfig& config);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_PARSE_QUERY_API_H_
