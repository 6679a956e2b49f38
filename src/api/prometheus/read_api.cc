#include "api/prometheus/read_api.h"

#include "api/prometheus/impl/plain_text.h"
#include "api/prometheus/impl/turn.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

http::Response ReadFailure(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kExhausted:  // Prometheus' status for a query that selects too much.
      return PlainText(400, error.message);
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kCancelled:
      return PlainText(503, error.message);
    default:
      return PlainText(500, error.message);
  }
}

/// Puts the answer together, one query at a time; at most one query's samples are held.
class ReadAnswer {
 public:
  ReadAnswer(const metrics::Queryable& queryable, const ReadApiConfig& config,
             metrics::RemoteReadAnswer form)
      : queryable_(queryable), config_(config), memory_(config.memory), form_(form) {}

  Status Add(size_t index, const metrics::RemoteReadQuery& query) {
    const size_t held = memory_.taken();
    const metrics::SelectLimits limits{config_.max_series, config_.max_samples, &memory_};
    std::vector<metrics::SeriesColumns> found;
    if (query.from_ms <= query.to_ms) {
      HN_TRY(found, queryable_.Select(query.matchers, query.from_ms, query.to_ms, limits));
    }
    const size_t selected = memory_.taken() - held;
    const size_t before = body_.size();
    if (form_ == metrics::RemoteReadAnswer::kSamples) {
      metrics::AppendReadResult(body_, found);
      HN_TRY_VOID(memory_.Take(body_.size() - before));
    } else {
      for (const metrics::SeriesColumns& series : found) {
        const size_t so_far = body_.size();
        metrics::AppendReadFrames(body_, index, series);
        HN_TRY_VOID(memory_.Take(body_.size() - so_far));
      }
    }
    found.clear();
    memory_.GiveBack(selected);
    return {};
  }

  http::Response Take() {
    http::Response response;
    if (form_ == metrics::RemoteReadAnswer::kSamples) {
      response.content_type = "application/x-protobuf";
      response.headers.emplace_back("Content-Encoding", "snappy");
      response.body = metrics::PackReadResponse(body_);
    } else {
      response.content_type =
          "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
      response.body = std::move(body_);
    }
    return response;
  }

 private:
  const metrics::Queryable& queryable_;
  const ReadApiConfig& config_;
  metrics::QueryMemory::Share memory_;
  metrics::RemoteReadAnswer form_;
  std::string body_;
};

http::Response Run(const metrics::Queryable& queryable, const ReadApiConfig& config,
                   const metrics::RemoteReadRequest& asked) {
  ReadAnswer answer(queryable, config, asked.answer);
  for (size_t i = 0; i < asked.queries.size(); ++i)
    if (const Status added = answer.Add(i, asked.queries[i]); !added)
      return ReadFailure(added.error());
  return answer.Take();
}

std::optional<promql::QueryEstimate> EstimateOf(const metrics::Queryable& queryable,
                                                const metrics::RemoteReadRequest& asked) {
  std::vector<Selection> selections;
  for (const metrics::RemoteReadQuery& query : asked.queries)
    if (query.from_ms <= query.to_ms)
      selections.push_back({query.matchers, query.from_ms, query.to_ms});
  return EstimateSelections(queryable, selections);
}

}  // namespace

http::Response AnswerRead(const metrics::Queryable& queryable, const ReadApiConfig& config,
                          const http::Request& request, const Clock& clock) {
  const std::string_view encoding = Trim(request.Header("Content-Encoding"));
  if (!encoding.empty() && !EqualsIgnoreCase(encoding, "snappy"))
    return PlainText(
        415, "Content-Encoding " + std::string(encoding) + " is not supported; send snappy");
  auto decoded = metrics::DecodeRemoteRead(request.body, config.limits);
  if (!decoded) {
    const bool too_large = decoded.error().code == ErrorCode::kExhausted;
    return PlainText(too_large ? 413 : 400, decoded.error().message);
  }
  const auto asked = std::make_shared<const metrics::RemoteReadRequest>(*std::move(decoded));
  return AnswerInTurn(
      {config.gate, clock, clock.Monotonic() + config.longest_wait}, EstimateOf(queryable, *asked),
      [&queryable, config, asked] { return Run(queryable, config, *asked); }, RequestTooBusy);
}

void AddReadRoute(http::Server& server, const metrics::Queryable& queryable, const Clock& clock,
                  const ReadApiConfig& config) {
  http::Route route;
  route.method = "POST";
  route.pattern = "/api/v1/read";
  route.right = "metrics:read";
  route.lane = http::Lane::kBackground;  // It may select as much as a query.
  route.content_type = "application/x-protobuf";
  route.body_limit_bytes = config.limits.max_compressed_bytes;
  route.handler = [&queryable, &clock, config](const http::Request& request) {
    return AnswerRead(queryable, config, request, clock);
  };
  server.Add(std::move(route));
}

}  // namespace hinomi::api
