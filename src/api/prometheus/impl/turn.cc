#include "api/prometheus/impl/turn.h"

#include <utility>

#include "api/prometheus/impl/plain_text.h"

namespace hinomi::api {
namespace {

struct Waiting {
  Turn turn;
  promql::QueryEstimate estimate;
  Work run;
  Busy busy;
};

http::Response Try(const std::shared_ptr<const Waiting>& waiting) {
  const auto pass = waiting->turn.gate->Enter(waiting->estimate);
  if (pass) return waiting->run();
  if (waiting->turn.clock.Monotonic() >= waiting->turn.wait_until)
    return waiting->busy(waiting->estimate);
  http::Response response;
  response.later = [waiting] { return Try(waiting); };
  return response;
}

}  // namespace

std::optional<promql::QueryEstimate> EstimateSelections(const metrics::Queryable& queryable,
                                                        std::span<const Selection> selections) {
  size_t guess = 0;
  for (const Selection& one : selections) {
    const size_t some = queryable.GuessSamples(one.matchers, one.from_ms, one.to_ms);
    guess = some > SIZE_MAX - guess ? SIZE_MAX : guess + some;
  }
  if (guess < promql::QueryGate::kLightGuess) return std::nullopt;
  promql::QueryEstimate estimate;
  for (const Selection& one : selections) {
    const auto told = queryable.Estimate(one.matchers, one.from_ms, one.to_ms, 0);
    if (!told || !*told) return std::nullopt;
    estimate.selectors.emplace_back().read = **told;
  }
  return estimate;
}

http::Response AnswerInTurn(Turn turn, std::optional<promql::QueryEstimate> estimate, Work run,
                            Busy busy) {
  if (turn.gate == nullptr || !estimate) return run();
  return Try(std::make_shared<const Waiting>(
      Waiting{std::move(turn), *std::move(estimate), std::move(run), busy}));
}

std::string BusyText(const std::string& what, const promql::QueryEstimate& estimate) {
  return what + " is not started: it would read up to " + std::to_string(estimate.samples()) +
         " samples and hold about " + std::to_string(estimate.held()) +
         ", and other queries as heavy take the workers or the memory that there is for them; try "
         "again, or narrow its time range or its matchers";
}

void AddRetryAfter(http::Response& response) {
  response.headers.emplace_back("Retry-After", "1");
}

http::Response RequestTooBusy(const promql::QueryEstimate& estimate) {
  http::Response response = PlainText(503, BusyText("the request", estimate));
  AddRetryAfter(response);
  return response;
}

}  // namespace hinomi::api
