#ifndef HINOMI_API_PROMETHEUS_IMPL_ANSWER_H_
#define HINOMI_API_PROMETHEUS_IMPL_ANSWER_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/prometheus/query_api.h"
#include "http/server.h"
#include "metrics/model.h"
#include "promql/engine.h"

namespace hinomi::api {

/// `{"status":"success","data":DATA,…}`; `data` is JSON text.
http::Response Success(std::string data, const std::vector<std::string>& warnings = {},
                       const std::vector<std::string>& infos = {});
/// `{"status":"error","errorType":…,"error":…}` with the status that belongs to the type.
http::Response Failure(std::string_view error_type, std::string_view message);
/// A parameter that cannot be used: bad_data.
http::Response BadParameter(std::string_view name, std::string_view message);
/// An error of the engine or the store, by its code; kInvalidArgument is "execution".
http::Response EngineFailure(const Error& error);

/// `{"a":"b"}`, the name among the labels.
void AppendLabels(std::string& out, const metrics::Labels& labels);
/// The `data` of a query: resultType and result.
std::string RenderValue(const promql::Value& value);
/// The `data` of query_exemplars.
std::string RenderExemplars(const std::vector<metrics::SeriesExemplars>& series);
/// `["a","b"]`.
std::string RenderStrings(const std::vector<std::string>& texts);

/// The times that a request is about, both inclusive.
struct TimeSpan {
  int64_t from_ms = std::numeric_limits<int64_t>::min();
  int64_t to_ms = std::numeric_limits<int64_t>::max();
};
/// Reads `start` and `end`, either of which may be absent, or fills `refusal`.
std::optional<TimeSpan> ReadTimeSpan(const QueryParameters& parameters, http::Response& refusal);
/// Reads every `match[]`, or fills `refusal`.
std::optional<std::vector<std::vector<metrics::Matcher>>> ReadSelectors(
    const QueryParameters& parameters, http::Response& refusal);

/// Seconds with the milliseconds only where there are any: "1700000000.500".
std::string RenderTime(int64_t at_ms);
/// Unix seconds (also fractions) or RFC 3339, as milliseconds.
Result<int64_t> ParseTime(std::string_view text);
/// Seconds or a duration ("1m30s"), as milliseconds.
Result<int64_t> ParseStep(std::string_view text);

}  // namespace hinomi::api

#endif  // HINOMI_API_PROMETHEUS_IMPL_ANSWER_H_
