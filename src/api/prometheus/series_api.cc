// /api/v1/series, labels, label/NAME/values and metadata.
#include <algorithm>
#include <limits>
#include <set>

#include "api/prometheus/impl/answer.h"
#include "base/json.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

/// What these routes have in common: a time range, selectors, a limit.
struct Scope : TimeSpan {
  std::vector<std::vector<metrics::Matcher>> selectors;
  size_t limit = std::numeric_limits<size_t>::max();
};

/// Reads the scope, or fills `refusal`.
std::optional<Scope> ReadScope(const QueryParameters& parameters, http::Response& refusal) {
  const auto span = ReadTimeSpan(parameters, refusal);
  if (!span) return std::nullopt;
  auto selectors = ReadSelectors(parameters, refusal);
  if (!selectors) return std::nullopt;
  Scope scope{*span, *std::move(selectors)};
  if (const std::string_view text = parameters.Get("limit"); !text.empty()) {
    const auto limit = ParseUint(text);
    if (!limit) {
      refusal = BadParameter("limit", "limit must be a non-negative number");
      return std::nullopt;
    }
    if (*limit > 0) scope.limit = static_cast<size_t>(*limit);
  }
  return scope;
}

Result<std::set<metrics::Labels>> SeriesIn(const metrics::Queryable& queryable,
                                           const Scope& scope) {
  std::set<metrics::Labels> out;
  for (const auto& matchers : scope.selectors) {
    HN_TRY(std::vector<metrics::Labels> found,
           queryable.SelectLabels(matchers, scope.from_ms, scope.to_ms));
    for (metrics::Labels& labels : found) out.insert(std::move(labels));
  }
  return out;
}

http::Response AnswerNames(std::vector<std::string> names, size_t limit) {
  std::vector<std::string> warnings;
  if (names.size() > limit) {
    names.resize(limit);
    warnings.emplace_back("results truncated due to limit");
  }
  return Success(RenderStrings(names), warnings);
}

}  // namespace

http::Response AnswerSeries(const metrics::Queryable& queryable,
                            const QueryParameters& parameters) {
  http::Response refusal;
  const auto scope = ReadScope(parameters, refusal);
  if (!scope) return refusal;
  if (scope->selectors.empty()) return Failure("bad_data", "no match[] parameter provided");
  const auto found = SeriesIn(queryable, *scope);
  if (!found) return EngineFailure(found.error());
  std::string data = "[";
  std::vector<std::string> warnings;
  size_t count = 0;
  for (const metrics::Labels& labels : *found) {
    if (count++ == scope->limit) {
      warnings.emplace_back("results truncated due to limit");
      break;
    }
    if (data.size() > 1) data += ',';
    AppendLabels(data, labels);
  }
  return Success(data + "]", warnings);
}

http::Response AnswerLabels(const metrics::Queryable& queryable,
                            const QueryParameters& parameters) {
  http::Response refusal;
  const auto scope = ReadScope(parameters, refusal);
  if (!scope) return refusal;
  if (scope->selectors.empty()) {
    auto names = queryable.LabelNames(scope->from_ms, scope->to_ms);
    if (!names) return EngineFailure(names.error());
    return AnswerNames(*std::move(names), scope->limit);
  }
  const auto found = SeriesIn(queryable, *scope);
  if (!found) return EngineFailure(found.error());
  std::set<std::string> names;
  for (const metrics::Labels& labels : *found) {
    for (const auto& [name, value] : labels.pairs()) names.insert(name);
  }
  return AnswerNames({names.begin(), names.end()}, scope->limit);
}

http::Response AnswerLabelValues(const metrics::Queryable& queryable, std::string_view label,
                                 const QueryParameters& parameters) {
  if (label.empty() || !IsValidUtf8(label)) {
    return Failure("bad_data", "invalid label name: \"" + std::string(label) + "\"");
  }
  http::Response refusal;
  const auto scope = ReadScope(parameters, refusal);
  if (!scope) return refusal;
  if (scope->selectors.empty()) {
    auto values = queryable.LabelValues(std::string(label), scope->from_ms, scope->to_ms);
    if (!values) return EngineFailure(values.error());
    return AnswerNames(*std::move(values), scope->limit);
  }
  const auto found = SeriesIn(queryable, *scope);
  if (!found) return EngineFailure(found.error());
  std::set<std::string> values;
  for (const metrics::Labels& labels : *found) {
    if (const std::string_view value = labels.Get(label); !value.empty()) values.emplace(value);
  }
  return AnswerNames({values.begin(), values.end()}, scope->limit);
}

http::Response AnswerMetadata(const metrics::Queryable& queryable,
                              const QueryParameters& parameters) {
  http::Response refusal;
  const auto scope = ReadScope(parameters, refusal);
  if (!scope) return refusal;
  // One entry a metric is all there is, so that any limit of entries holds.
  if (const std::string_view text = parameters.Get("limit_per_metric");
      !text.empty() && !ParseInt(text))
    return Failure("bad_data", "limit_per_metric must be a number");
  const std::string_view wanted = parameters.Get("metric");
  std::string data = "{";
  size_t count = 0;
  for (const auto& [name, metadata] : queryable.MetricMetadata()) {
    if (!wanted.empty() && name != wanted) continue;
    if (count++ >= scope->limit) break;
    if (data.size() > 1) data += ',';
    AppendJsonString(data, name);
    data += R"(:[{"type":")" + std::string(metrics::MetricTypeName(metadata.type)) + R"(","help":)";
    AppendJsonString(data, metadata.help);
    data += ",\"unit\":";
    AppendJsonString(data, metadata.unit);
    data += "}]";
  }
  return Success(data + "}");
}

}  // namespace hinomi::api
