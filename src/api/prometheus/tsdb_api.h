#ifndef HINOMI_API_PROMETHEUS_TSDB_API_H_
#define HINOMI_API_PROMETHEUS_TSDB_API_H_

#include <string>

#include "api/prometheus/query_api.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "metrics/tsdb/tsdb.h"

namespace hinomi::api {

/// What the routes about the store itself reach. All must outlive the server.
struct TsdbApiContext {
  metrics::Tsdb& tsdb;
  const Clock& clock;
  Log& log;
  /// Copies go to NAME/metrics below it; each NAME is a data directory.
  std::string snapshots_directory;
};

// Each answers one route of Prometheus' HTTP API v1 about its store. Threads: any;
// they block until it is done.

/// GET status/tsdb: what makes the head's series many, at most `limit` entries a
/// kind (default 10). Beyond Prometheus: `data.hinomi` with the blocks and `churn`.
http::Response AnswerTsdbStatus(const TsdbApiContext& context, const QueryParameters& parameters);
/// POST admin/tsdb/snapshot: `data.name`, and beyond Prometheus `data.directory`,
/// `samples` and `bytes`.
/// The head is in it: `skip_head=true` is refused.
http::Response AnswerTsdbSnapshot(const TsdbApiContext& context, const QueryParameters& parameters);
/// POST admin/tsdb/delete_series with match[], start, end: 204. `user` is logged.
http::Response AnswerDeleteSeries(const TsdbApiContext& context, const QueryParameters& parameters,
                                  const std::string& user);
/// POST admin/tsdb/clean_tombstones: 204 once what was deleted is off the disk.
http::Response AnswerCleanTombstones(const TsdbApiContext& context);

/// Registers them under /api/v1/: status for metrics:read, the others, POST and
/// PUT, for metrics:admin.
void AddTsdbRoutes(http::Server& server, const TsdbApiContext& context);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_TSDB_API_H_
