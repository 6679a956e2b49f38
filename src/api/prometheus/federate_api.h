#ifndef HINOMI_API_PROMETHEUS_FEDERATE_API_H_
#define HINOMI_API_PROMETHEUS_FEDERATE_API_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "api/prometheus/query_api.h"
#include "base/clock.h"
#include "http/server.h"
#include "metrics/storage.h"

namespace hinomi::api {

/// Answers /federate: of the series that any `match[]` selects the newest sample within
/// the lookback of `config.limits`, with its time, in the text format 0.0.4; those that ended
/// (stale markers) and native histograms are left out, and all are untyped, as in
/// Prometheus. A series without the label `instance` gets an empty one, so that the
/// server that federates does not put ours in its place. Names beyond the classic letters
/// have underscores for what is not one, or stand in quotes (format 1.0.0) if `accept`,
/// the request's header, says `escaping=allow-utf-8`. Failures are a line of text.
/// A series gets those of `external_labels` that it has no label for. What is heavy is put off
/// (http::Response::later) while heavy queries run, and refused with 503 if that lasts; store and
/// clock must outlive that. Threads: any.
http::Response AnswerFederate(const metrics::Queryable& queryable, const QueryApiConfig& config,
                              const QueryParameters& parameters, std::string_view accept,
                              const Clock& clock,
                              const std::map<std::string, std::string>& external_labels = {});

/// Registers GET /federate (right metrics:read). What is handed in must outlive the server;
/// `external_labels` is asked for each answer and may be null.
void AddFederateRoute(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                      const QueryApiConfig& config,
                      std::function<std::map<std::string, std::string>()> external_labels);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_FEDERATE_API_H_
