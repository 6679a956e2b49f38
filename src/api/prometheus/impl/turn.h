#ifndef HINOMI_API_PROMETHEUS_IMPL_TURN_H_
#define HINOMI_API_PROMETHEUS_IMPL_TURN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "metrics/storage.h"
#include "promql/query_gate.h"

namespace hinomi::api {

/// Whom an answer waits for, and until when.
struct Turn {
  std::shared_ptr<promql::QueryGate> gate;  ///< Null: nothing waits for others.
  const Clock& clock;                       ///< Must outlive the answer.
  Duration wait_until;                      ///< Monotonic.
};

/// Makes the answer. Called once, later than it was handed over where heavy queries run: it owns
/// what it needs.
using Work = std::function<http::Response()>;
/// The answer of what is so heavy and was not started.
using Busy = http::Response (*)(const promql::QueryEstimate& estimate);

/// A read of the store that is no query.
struct Selection {
  const std::vector<metrics::Matcher>& matchers;
  int64_t from_ms = 0, to_ms = 0;  ///< Both inclusive.
};

/// What such reads take together; nothing where that is surely little, where the store cannot tell,
/// and where a matcher is wrong (which is said when it is used).
std::optional<promql::QueryEstimate> EstimateSelections(const metrics::Queryable& queryable,
                                                        std::span<const Selection> selections);

/// The answer of `run`: at once if `estimate` is nothing or light, else when the gate lets it
/// (http::Response::later); that of `busy` if it has not in time.
http::Response AnswerInTurn(Turn turn, std::optional<promql::QueryEstimate> estimate, Work run,
                            Busy busy);

/// Why something so heavy was not started, in a sentence. `what`: "the query".
std::string BusyText(const std::string& what, const promql::QueryEstimate& estimate);
/// Tells the client when to ask again.
void AddRetryAfter(http::Response& response);
/// Both, as a line of text, of a request that is no query.
http::Response RequestTooBusy(const promql::QueryEstimate& estimate);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_TURN_H_
