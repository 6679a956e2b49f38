#include "api/prometheus/parse_query_api.h"

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/impl/gzip_answer.h"
#include "promql/ast_json.h"

namespace hinomi::api {

http::Response AnswerParseQuery(const QueryApiConfig& config, const QueryParameters& parameters) {
  const auto expr = promql::Parse(parameters.Get("query"), config.features);
  if (!expr) return BadParameter("query", expr.error().message);
  return Success(promql::AstJson(**expr).Dump());
}

void AddParseQueryRoutes(http::Server& server, const QueryApiConfig& config) {
  http::Route route;
  route.method = "GET";
  route.pattern = "/api/v1/parse_query";
  route.right = config.right;
  route.lane = http::Lane::kBackground;
  route.handler = Gzipped([config](const http::Request& request) {
    return AnswerParseQuery(config, QueryParameters::From(request));
  });
  server.Add(route);
  route.method = "POST";
  route.content_type = "application/x-www-form-urlencoded";
  server.Add(std::move(route));
}

}  // namespace hinomi::api
