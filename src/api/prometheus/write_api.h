#ifndef HINOMI_API_PROMETHEUS_WRITE_API_H_
#define HINOMI_API_PROMETHEUS_WRITE_API_H_

#include "http/server.h"
#include "metrics/remote_write.h"

namespace hinomi::api {

/// Answers one request of Prometheus' remote write 1.0 or 2.0, by its Content-Type: 204
/// once it is durable; 400 for what is malformed and 413 for what is too large (a sender
/// does not repeat those); 415 for another version or encoding; 503 with
/// Retry-After where the store refuses for now. The body says why, as text.
/// Threads: any; blocks until the store has synced.
http::Response AnswerWrite(metrics::RemoteWriteReceiver& receiver,
                           const metrics::RemoteWriteLimits& limits, const http::Request& request);

/// Registers POST /api/v1/write (right metrics:write). `receiver` must have
/// been made with `limits` and outlive the server.
void AddWriteRoute(http::Server& server, metrics::RemoteWriteReceiver& receiver,
                   const metrics::RemoteWriteLimits& limits);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_WRITE_API_H_
