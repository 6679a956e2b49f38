#include "api/prometheus/impl/asked_query.h"

#include <algorithm>
#include <utility>

#include "api/prometheus/impl/answer.h"

namespace hinomi::api {
namespace {

void Truncate(promql::QueryResult& result, size_t limit) {
  if (limit == 0) return;
  const auto cut = [&](auto& series) {
    if (series.size() <= limit) return;
    series.resize(limit);
    result.warnings.emplace_back("results truncated due to limit");
  };
  if (auto* vector = std::get_if<promql::Vector>(&result.value)) cut(*vector);
  if (auto* matrix = std::get_if<promql::Matrix>(&result.value)) cut(*matrix);
}

/// What is guessed to be light is not looked at any further, unless somebody wants to know. What
/// is wrong with the query is said by its evaluation.
std::optional<promql::QueryEstimate> EstimateOf(const AskedQuery& asked) {
  if (!asked.stats.wanted()) {
    const auto guess = promql::GuessSamples(asked.queryable, asked.timed(), asked.limits);
    if (!guess || *guess < promql::QueryGate::kLightGuess) return std::nullopt;
  }
  auto estimate = promql::EstimateQuery(asked.queryable, asked.timed(), asked.limits);
  return estimate ? *std::move(estimate) : std::nullopt;
}

Result<promql::QueryResult> Evaluate(const AskedQuery& asked) {
  if (asked.step_ms == 0)
    return promql::EvaluateInstant(asked.queryable, *asked.expr, asked.text, asked.start_ms,
                                   asked.limits);
  return promql::EvaluateRange(asked.queryable, *asked.expr, asked.text, asked.start_ms,
                               asked.end_ms, asked.step_ms, asked.limits);
}

http::Response Run(AskedQuery& asked) {
  asked.stats.Admitted();
  auto result = Evaluate(asked);
  asked.stats.Evaluated();
  if (!result) return EngineFailure(result.error());
  Truncate(*result, asked.limit);
  std::string data = RenderValue(result->value);
  asked.stats.AddTo(data, result->samples, asked.start_ms, std::max<int64_t>(1, asked.step_ms));
  return Success(std::move(data), result->warnings, result->infos);
}

http::Response QueryTooBusy(const promql::QueryEstimate& estimate) {
  http::Response response = Failure("unavailable", BusyText("the query", estimate));
  AddRetryAfter(response);
  return response;
}

}  // namespace

http::Response AnswerAsked(std::shared_ptr<AskedQuery> asked) {
  auto estimate = EstimateOf(*asked);
  if (!estimate) return Run(*asked);
  if (const Status fits = promql::CheckFits(*estimate, asked->text, asked->limits); !fits)
    return EngineFailure(fits.error());
  asked->stats.Estimated(*estimate);
  return AnswerInTurn(
      asked->turn, std::move(estimate), [asked] { return Run(*asked); }, QueryTooBusy);
}

}  // namespace hinomi::api
