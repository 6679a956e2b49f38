#include "api/prometheus/query_api.h"

#include <algorithm>
#include <map>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/impl/asked_query.h"
#include "api/prometheus/impl/gzip_answer.h"
#include "api/prometheus/impl/query_stats.h"
#include "base/json.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

/// The time that a parameter names, or `fallback` where it is absent.
Result<int64_t> TimeOr(const QueryParameters& parameters, std::string_view name, int64_t fallback) {
  const std::string_view text = parameters.Get(name);
  if (text.empty()) return fallback;
  return ParseTime(text);
}

/// Limits for one query: `timeout` and `lookback_delta` of the request.
Result<promql::QueryLimits> LimitsFor(const QueryApiConfig& config,
                                      const QueryParameters& parameters, const Clock& clock,
                                      std::string& bad_name) {
  promql::QueryLimits limits = config.limits;
  Duration timeout = config.timeout;
  bad_name = "timeout";
  if (const std::string_view text = parameters.Get("timeout"); !text.empty()) {
    HN_TRY(const int64_t ms, ParseStep(text));
    timeout = std::min(timeout, Duration::Millis(ms));
  }
  bad_name = "lookback_delta";
  if (const std::string_view text = parameters.Get("lookback_delta"); !text.empty()) {
    HN_TRY(const int64_t ms, ParseStep(text));
    if (ms > 0) limits.lookback = Duration::Millis(ms);
  }
  limits.count_samples = !parameters.Get("stats").empty();
  limits.clock = &clock;
  limits.deadline = clock.Monotonic() + timeout;
  return limits;
}

Turn TurnOf(const QueryApiConfig& config, const promql::QueryLimits& limits, const Clock& clock) {
  return {config.gate, clock, std::min(limits.deadline, clock.Monotonic() + config.longest_wait)};
}

/// `limit`: how many series an answer may hold; 0 is no limit.
Result<size_t> LimitOf(const QueryParameters& parameters) {
  const std::string_view text = parameters.Get("limit");
  if (text.empty()) return size_t{0};
  const auto limit = ParseUint(text);
  if (!limit) return InvalidArgument("limit must be a non-negative number");
  return static_cast<size_t>(*limit);
}

/// The `{name}` that the route matched.
std::string_view LabelInPath(const http::Request& request) {
  return request.path_parameters.empty() ? std::string_view() : request.path_parameters[0].second;
}

}  // namespace

http::Response AnswerQuery(const metrics::Queryable& queryable, const QueryApiConfig& config,
                           const QueryParameters& parameters, const Clock& clock) {
  QueryStats stats(parameters, clock);
  const auto limit = LimitOf(parameters);
  if (!limit) return BadParameter("limit", limit.error().message);
  const auto at = TimeOr(parameters, "time", clock.Now().millis());
  if (!at) return BadParameter("time", at.error().message);
  std::string bad_name;
  const auto limits = LimitsFor(config, parameters, clock, bad_name);
  if (!limits) return BadParameter(bad_name, limits.error().message);
  const std::string_view text = parameters.Get("query");
  auto expr = promql::Parse(text, config.features);
  if (!expr) return BadParameter("query", expr.error().message);
  stats.Parsed();
  return AnswerAsked(std::make_shared<AskedQuery>(
      AskedQuery{queryable, stats, std::string(text), std::move(*expr), *limits, *at, *at, 0,
                 *limit, TurnOf(config, *limits, clock)}));
}

http::Response AnswerQueryRange(const metrics::Queryable& queryable, const QueryApiConfig& config,
                                const QueryParameters& parameters, const Clock& clock) {
  QueryStats stats(parameters, clock);
  const auto limit = LimitOf(parameters);
  if (!limit) return BadParameter("limit", limit.error().message);
  const auto start = ParseTime(parameters.Get("start"));
  if (!start) return BadParameter("start", start.error().message);
  const auto end = ParseTime(parameters.Get("end"));
  if (!end) return BadParameter("end", end.error().message);
  if (*end < *start) return BadParameter("end", "end timestamp must not be before start time");
  const auto step = ParseStep(parameters.Get("step"));
  if (!step) return BadParameter("step", step.error().message);
  if (*step <= 0) {
    return BadParameter(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (static_cast<size_t>((*end - *start) / *step) > config.max_points) {
    return Failure(
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
        "resolution (?step=XX)");
  }
  std::string bad_name;
  const auto limits = LimitsFor(config, parameters, clock, bad_name);
  if (!limits) return BadParameter(bad_name, limits.error().message);
  const std::string_view text = parameters.Get("query");
  auto expr = promql::Parse(text, config.features);
  if (!expr) return BadParameter("query", expr.error().message);
  const promql::ValueType type = (*expr)->type;
  if (type != promql::ValueType::kScalar && type != promql::ValueType::kVector) {
    return BadParameter("query", "invalid expression type \"" +
                                     std::string(promql::ValueTypeName(type)) +
                                     "\" for range query, must be Scalar or instant Vector");
  }
  stats.Parsed();
  return AnswerAsked(std::make_shared<AskedQuery>(
      AskedQuery{queryable, stats, std::string(text), std::move(*expr), *limits, *start, *end,
                 *step, *limit, TurnOf(config, *limits, clock)}));
}

http::Response AnswerExemplars(const metrics::Queryable& queryable, const QueryApiConfig& config,
                               const QueryParameters& parameters) {
  http::Response refusal;
  const auto span = ReadTimeSpan(parameters, refusal);
  if (!span) return refusal;
  const auto expr = promql::Parse(parameters.Get("query"), config.features);
  if (!expr) return BadParameter("query", expr.error().message);
  std::map<metrics::Labels, metrics::SeriesExemplars> found;  // Selectors may share series.
  for (const promql::VectorSelector* selector : promql::SelectorsOf(**expr)) {
    auto selected = queryable.SelectExemplars(selector->matchers, span->from_ms, span->to_ms);
    if (!selected) return EngineFailure(selected.error());
    for (metrics::SeriesExemplars& series : *selected)
      found.try_emplace(series.series, std::move(series));
  }
  std::vector<metrics::SeriesExemplars> list;
  list.reserve(found.size());
  for (auto& [labels, series] : found) list.push_back(std::move(series));
  return Success(RenderExemplars(list));
}

http::Response AnswerFormatQuery(const QueryApiConfig& config, const QueryParameters& parameters) {
  const auto expr = promql::Parse(parameters.Get("query"), config.features);
  if (!expr) return BadParameter("query", expr.error().message);
  std::string data;
  AppendJsonString(data, promql::PrettyFormat(**expr));
  return Success(std::move(data));
}

void AddQueryRoutes(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                    QueryApiConfig config) {
  using Answerer = std::function<http::Response(const http::Request&)>;
  const std::string right = config.right;
  const auto add = [&](const char* pattern, bool post, const Answerer& answer) {
    http::Route route;
    route.method = "GET";
    route.pattern = pattern;
    route.right = right;
    route.lane = http::Lane::kBackground;  // It may take half a minute.
    route.handler = Gzipped(answer);
    server.Add(route);
    if (!post) return;
    route.method = "POST";
    route.content_type = "application/x-www-form-urlencoded";
    server.Add(route);
  };
  add("/api/v1/query", true, [&queryable, &clock, config](const http::Request& request) {
    return AnswerQuery(queryable, config, QueryParameters::From(request), clock);
  });
  add("/api/v1/query_range", true, [&queryable, &clock, config](const http::Request& request) {
    return AnswerQueryRange(queryable, config, QueryParameters::From(request), clock);
  });
  add("/api/v1/query_exemplars", true, [&queryable, config](const http::Request& request) {
    return AnswerExemplars(queryable, config, QueryParameters::From(request));
  });
  add("/api/v1/format_query", true, [config](const http::Request& request) {
    return AnswerFormatQuery(config, QueryParameters::From(request));
  });
  add("/api/v1/series", true, [&queryable](const http::Request& request) {
    return AnswerSeries(queryable, QueryParameters::From(request));
  });
  add("/api/v1/labels", true, [&queryable](const http::Request& request) {
    return AnswerLabels(queryable, QueryParameters::From(request));
  });
  add("/api/v1/label/{name}/values", false, [&queryable](const http::Request& request) {
    return AnswerLabelValues(queryable, LabelInPath(request), QueryParameters::From(request));
  });
  add("/api/v1/metadata", false, [&queryable](const http::Request& request) {
    return AnswerMetadata(queryable, QueryParameters::From(request));
  });
}

}  // namespace hinomi::api
