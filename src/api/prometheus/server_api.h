#ifndef HINOMI_API_PROMETHEUS_SERVER_API_H_
#define HINOMI_API_PROMETHEUS_SERVER_API_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/console/picture.h"
#include "api/prometheus/query_api.h"
#include "base/clock.h"
#include "base/json.h"
#include "http/server.h"
#include "metrics/storage.h"
#include "policy/policy.h"
#include "rules/manager.h"

/// What Prometheus' HTTP API v1 tells of the server itself: its state, its targets, its
/// alarms as rules.
namespace hinomi::api {

/// What these routes reach. All must outlive the server.
struct ServerApiContext {
  const metrics::Queryable& metrics;
  const Clock& clock;
  std::function<std::shared_ptr<const Picture>()> picture;  ///< Null until there is one.
  std::function<std::vector<TargetState>()> targets;
  std::function<std::vector<policy::Finding>()> findings;
  std::function<Json()> about;  ///< `listen`, `data`; null: nothing is known.
  std::string release;
  Instant started_at;
  QueryApiConfig queries;
  /// Groups of Prometheus' rule files, by file and name; null: there are none.
  std::function<std::vector<rules::GroupState>()> rule_groups = nullptr;
};

/// The release of Prometheus whose API and query language this is: what clients, such as
/// Grafana, read out of /api/v1/status/buildinfo to know what they may ask.
inline constexpr const char* kSpokenPrometheus = "3.0.0";

// Each answers one route. Threads: any.

/// status/buildinfo: `version` is `kSpokenPrometheus`; beyond Prometheus `hinomi`, the
/// release. What a Go program would say of its build is empty.
http::Response AnswerBuildInfo(const ServerApiContext& context);
/// status/runtimeinfo: without the figures of Go's runtime.
http::Response AnswerRuntimeInfo(const ServerApiContext& context);
/// status/flags: Prometheus' names for what holds here, all as text.
http::Response AnswerFlags(const ServerApiContext& context);
/// status/config: `yaml` is what the ops folder says in the words of prometheus.yml:
/// the scrape jobs and the patterns of rule files. It holds no secrets.
http::Response AnswerConfig(const ServerApiContext& context);
/// status/walreplay: a server that answers has read all that it had.
http::Response AnswerWalReplay(const ServerApiContext& context);

/// targets: those that are scraped; `state` (active, dropped, any) and `scrapePool`
/// choose. None is ever dropped: there is no relabelling.
http::Response AnswerTargets(const ServerApiContext& context, const QueryParameters& parameters);
/// targets/metadata: of the metrics that a target has series of now; `match_target`,
/// `metric`, `limit` (targets). not_found where there are none.
http::Response AnswerTargetMetadata(const ServerApiContext& context,
                                    const QueryParameters& parameters);

/// rules: every alarm as an alerting rule of the group "alarms", then the groups of
/// Prometheus' rule files; `type`, `rule_name[]`, `rule_group[]`, `file[]`, `exclude_alerts`
/// choose. Alerting rules of those files are "inactive" with health "unknown" and were never
/// evaluated. ALARM is "firing", under
/// observation "pending", all else "inactive"; without data the health is "unknown". The
/// query is the nearest that PromQL has (an alarm looks at N of M periods).
http::Response AnswerRules(const ServerApiContext& context, const QueryParameters& parameters);
/// alerts: those of the rules that are pending or firing.
http::Response AnswerAlerts(const ServerApiContext& context);

/// Registers them under /api/v1/: what is of metrics for metrics:read, rules and alerts
/// for console:read.
void AddServerRoutes(http::Server& server, const ServerApiContext& context);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_SERVER_API_H_
