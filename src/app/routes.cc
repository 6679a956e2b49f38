#include "app/routes.h"

#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "api/console/access_api.h"
#include "api/console/console_api.h"
#include "api/console/openapi.h"
#include "api/guide/guide_api.h"
#include "api/prometheus/federate_api.h"
#include "api/prometheus/parse_query_api.h"
#include "api/prometheus/query_api.h"
#include "api/prometheus/read_api.h"
#include "api/prometheus/server_api.h"
#include "api/prometheus/write_api.h"
#include "app/alarm_points.h"
#include "metrics/datapoints.h"
#include "policy/alert_rules.h"

namespace hinomi::app {
namespace {

http::Response Text(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

void Add(http::Server& server, const char* method, const char* pattern, const char* right,
         http::Handler handler) {
  http::Route route;
  route.method = method;
  route.pattern = pattern;
  route.right = right;
  route.lane = http::Lane::kUrgent;
  route.content_type = "";
  route.handler = std::move(handler);
  server.Add(std::move(route));
}

// What programs ask that watch or steer the process itself.
void AddProcessRoutes(http::Server& server, const RouteContext& context) {
  const auto healthy = [](const http::Request&) { return Text(200, "Hinomi is running.\n"); };
  const auto ready = [picture = context.picture](const http::Request&) {
    return picture() ? Text(200, "Hinomi is ready.\n") : Text(503, "Hinomi is starting.\n");
  };
  Add(server, "GET", "/healthz", "public", healthy);
  Add(server, "GET", "/-/healthy", "public", healthy);
  Add(server, "GET", "/readyz", "public", ready);
  Add(server, "GET", "/-/ready", "public", ready);
  Add(server, "GET", "/metrics", "metrics:read",
      [&telemetry = context.telemetry](const http::Request&) {
        http::Response response;
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = telemetry.Expose();
        return response;
      });
  Add(server, "POST", "/-/reload", "config:change",
      [reload = context.reload](const http::Request&) {
        if (!reload)
          return Text(409,
                      "There is nothing to read again: the server runs without --ops and "
                      "without --prometheus-config.\n");
        if (const Status reloaded = reload(); !reloaded)
          return Text(500,
                      "The Prometheus configuration is not taken, the former one stays in "
                      "force:\n" +
                          reloaded.error().message + "\n");
        return Text(202,
                    "What was changed is read again; `hinomi status` shows what came of it.\n");
      });
}

// Of the workers that queries may have at a time all but one: light ones go on beside heavy ones.
size_t HeavyQuerySlots() {
  constexpr size_t kOfOtherLanes = 2;
  const size_t workers = http::ServerConfig().worker_threads;
  return workers > kOfOtherLanes + 1 ? workers - kOfOtherLanes - 1 : 1;
}

// Prometheus' HTTP API, whose answers come from the metrics and from the picture.
void AddPrometheusRoutes(http::Server& server, const RouteContext& context) {
  api::QueryApiConfig queries;
  queries.features = context.features;
  api::ReadApiConfig read;
  if (context.tsdb) {
    queries.limits.memory = &context.tsdb->tsdb.query_memory();
    queries.gate = std::make_shared<promql::QueryGate>(HeavyQuerySlots(), queries.limits.memory);
    read.memory = queries.limits.memory;
    read.gate = queries.gate;
    api::AddTsdbRoutes(server, *context.tsdb);
  }
  api::AddQueryRoutes(server, context.metrics, context.clock, queries);
  api::AddParseQueryRoutes(server, queries);
  api::AddFederateRoute(server, context.metrics, context.clock, queries, context.external_labels);
  api::AddReadRoute(server, context.metrics, context.clock, read);
  api::AddWriteRoute(server, context.receiver, metrics::RemoteWriteLimits{});
  api::AddServerRoutes(
      server, {context.metrics, context.clock, context.picture, context.targets, context.findings,
               context.about, context.release, context.started_at, queries, context.rule_groups});
}

/// What alarms in PromQL failed of the last time, out of their rules.
std::function<std::string(const policy::AlarmDocument&)> EvaluationErrors(
    const RouteContext& context) {
  if (!context.rule_groups) return nullptr;
  return [groups = context.rule_groups](const policy::AlarmDocument& alarm) {
    for (const rules::GroupState& state : groups()) {
      const auto& rules = state.group->rules();
      for (size_t i = 0; i < rules.size(); ++i) {
        const std::string& error = (*state.rules)[i].last_error;
        if (error.empty()) continue;
        if (policy::BelongsTo(alarm, state.group->document().file, rules[i].document.alert))
          return error;
      }
    }
    return std::string();
  };
}

}  // namespace

void AddAllRoutes(http::Server& server, const RouteContext& context) {
  const api::PointSource points = [&metrics = context.metrics, &bands = context.bands](
                                      const policy::AlarmDocument& alarm, Instant end,
                                      Duration period, int count) {
    policy::AlarmDocument chart = alarm;
    chart.period = period;
    chart.wall_clock_zone.clear();
    return ReadPoints(metrics, alarm, alarms::PeriodEdges(chart, end, count), bands);
  };
  const auto history = [&metrics = context.metrics, &clock = context.clock,
                        memory = context.tsdb ? &context.tsdb->tsdb.query_memory() : nullptr] {
    return HistoryOf(metrics, clock, memory);
  };
  const api::ModelSource model = [&bands = context.bands](
                                     const policy::AlarmDocument& alarm,
                                     Instant at) -> Result<alarms::ModelSummary> {
    HN_TRY(const BandModels::ModelPtr fitted, bands.At(alarm, at));
    return fitted->summary();
  };
  const auto console = std::make_shared<api::ConsoleContext>(api::ConsoleContext{
      context.store, context.clock, context.desk, context.feed, context.picture, points,
      context.targets, context.findings,
      [&identity = context.identity](const std::string& user) {
        return api::DescribeUser(identity, user);
      },
      context.release, context.started_at, context.no_auth, context.about, context.folder, history,
      &context.metrics, EvaluationErrors(context), model});
  api::AddConsoleRoutes(server, console);
  api::AddServiceRoutes(server, console, context.services);
  const auto access = std::make_shared<api::AccessContext>(api::AccessContext{
      context.identity, context.links, context.desk, context.clock, context.picture, points});
  api::AddAccessRoutes(server, access);
  api::AddAcknowledgeRoutes(server, access);
  api::AddAssetRoutes(server);
  AddPrometheusRoutes(server, context);
  AddProcessRoutes(server, context);
  // Last: they describe those before them.
  api::AddOpenApiRoute(server, context.release);
  api::AddGuideRoutes(server, context.release, {"reference-commands", context.command_reference});
}

std::span<const std::string> PublicWrites() {
  // Who signs in has no session yet; a link in a page is its own credential.
  static const std::string kWrites[] = {"POST /api/hinomi/v1/session", "POST /ack/{secret}"};
  return kWrites;
}

}  // namespace hinomi::app
