#include "api/prometheus/server_api.h"

#include "api/prometheus/impl/gzip_answer.h"

namespace hinomi::api {

void AddServerRoutes(http::Server& server, const ServerApiContext& context) {
  const auto add = [&](const char* name, const char* right,
                       const std::function<http::Response(const QueryParameters&)>& answer,
                       http::Lane lane = http::Lane::kNormal) {
    http::Route route;
    route.method = "GET";
    route.pattern = std::string("/api/v1/") + name;
    route.right = right;
    route.lane = lane;
    route.handler = Gzipped(
        [answer](const http::Request& request) { return answer(QueryParameters::From(request)); });
    server.Add(std::move(route));
  };
  using Parameters = const QueryParameters&;
  add("status/buildinfo", "metrics:read",
      [context](Parameters) { return AnswerBuildInfo(context); });
  add("status/runtimeinfo", "metrics:read",
      [context](Parameters) { return AnswerRuntimeInfo(context); });
  add("status/flags", "metrics:read", [context](Parameters) { return AnswerFlags(context); });
  add("status/config", "metrics:read", [context](Parameters) { return AnswerConfig(context); });
  add("status/walreplay", "metrics:read",
      [context](Parameters) { return AnswerWalReplay(context); });
  add("targets", "metrics:read",
      [context](Parameters parameters) { return AnswerTargets(context, parameters); });
  add(
      "targets/metadata", "metrics:read",
      [context](Parameters parameters) { return AnswerTargetMetadata(context, parameters); },
      http::Lane::kBackground);  // It looks up the series of every target.
  add("rules", "console:read",
      [context](Parameters parameters) { return AnswerRules(context, parameters); });
  add("alerts", "console:read", [context](Parameters) { return AnswerAlerts(context); });
}

}  // namespace hinomi::api
