#ifndef HINOMI_API_PROMETHEUS_READ_API_H_
#define HINOMI_API_PROMETHEUS_READ_API_H_

#include <memory>

#include "base/clock.h"
#include "http/server.h"
#include "metrics/remote_read.h"
#include "metrics/storage.h"
#include "promql/query_gate.h"

namespace hinomi::api {

/// What remote read allows.
struct ReadApiConfig {
  metrics::RemoteReadLimits limits;
  size_t max_series = 100'000;      ///< Of one query.
  size_t max_samples = 50'000'000;  ///< Of one query; Prometheus' default.
  /// Bounds what is selected and the answer together; null: nothing is counted. Must
  /// outlive the server.
  metrics::QueryMemory* memory = nullptr;
  /// Through which heavy requests go, shared with queries; null: none waits for others.
  std::shared_ptr<promql::QueryGate> gate;
  /// How long one waits for heavy queries to end before it is refused.
  Duration longest_wait = Duration::Seconds(10);
};

/// Answers one request of Prometheus' remote read 1.0: SAMPLES or STREAMED_XOR_CHUNKS,
/// whichever the sender names first. 400 with a line of text for what is malformed or
/// selects too much, 413 for a body over its limit, 415 for another encoding than snappy.
/// The answer is whole before it is sent. Native histograms are left out. What is heavy is put
/// off (http::Response::later) while other such requests and queries run, and refused with 503
/// if that lasts; store and clock must outlive that. Threads: any.
http::Response AnswerRead(const metrics::Queryable& queryable, const ReadApiConfig& config,
                          const http::Request& request, const Clock& clock);

/// Registers POST /api/v1/read (right metrics:read). `queryable` and `clock` must outlive the
/// server.
void AddReadRoute(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                  const ReadApiConfig& config);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_READ_API_H_
