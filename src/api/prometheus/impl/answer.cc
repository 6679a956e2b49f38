#include "api/prometheus/impl/answer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "metrics/native_histogram_buckets.h"

namespace hinomi::api {
namespace {

int StatusOf(std::string_view error_type) {
  if (error_type == "bad_data") return 400;
  if (error_type == "execution") return 422;
  if (error_type == "not_found") return 404;
  if (error_type == "timeout" || error_type == "canceled" || error_type == "unavailable")
    return 503;
  return 500;
}

/// Seconds with the milliseconds only where there are any: 1700000000.5 is
/// 1700000000.500.
void AppendTime(std::string& out, int64_t at_ms) {
  const bool negative = at_ms < 0;
  const auto bits = static_cast<uint64_t>(at_ms);
  const uint64_t magnitude = negative ? 0 - bits : bits;
  if (negative) out += '-';
  std::array<char, 24> seconds;
  const auto end =
      std::to_chars(seconds.data(), seconds.data() + seconds.size(), magnitude / 1000).ptr;
  out.append(seconds.data(), end);
  if (const uint64_t rest = magnitude % 1000; rest != 0) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, ".%03d", static_cast<int>(rest));
    out += buffer;
  }
}

/// FormatDouble as a JSON string, in which nothing has to be escaped.
void AppendNumber(std::string& out, double value) {
  out += '"';
  if (std::isfinite(value)) {
    std::array<char, 32> text;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  } else {
    out += FormatDouble(value);
  }
  out += '"';
}

void AppendPoint(std::string& out, int64_t at_ms, double value) {
  out += '[';
  AppendTime(out, at_ms);
  out += ',';
  AppendNumber(out, value);
  out += ']';
}

/// How Prometheus numbers the bounds that belong to a bucket.
char BoundaryRule(const metrics::BoundedBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? '3' : '1';
  return bucket.upper_inclusive ? '0' : '2';
}

/// `[1700000000,{"count":"3","sum":"5","buckets":[[0,"1","2","3"]]}]`.
void AppendHistogram(std::string& out, int64_t at_ms, const metrics::NativeHistogram& histogram) {
  out += '[';
  AppendTime(out, at_ms);
  out += R"(,{"count":)";
  AppendNumber(out, histogram.count);
  out += R"(,"sum":)";
  AppendNumber(out, histogram.sum);
  bool first = true;
  for (const metrics::BoundedBucket& bucket : metrics::AllBuckets(histogram)) {
    out += std::exchange(first, false) ? R"(,"buckets":[[)" : ",[";
    out += BoundaryRule(bucket);
    for (const double value : {bucket.lower, bucket.upper, bucket.count}) {
      out += ',';
      AppendNumber(out, value);
    }
    out += ']';
  }
  out += first ? "}]" : "]}]";
}

void AppendNotes(std::string& out, std::string_view key, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  out += ",\"" + std::string(key) + "\":" + RenderStrings(notes);
}

/// `,"values":[…]` and `,"histograms":[…]`, each where there are any.
void AppendSamples(std::string& out, const promql::MatrixSeries& series) {
  bool first = true;
  for (const metrics::Sample& sample : series.samples) {
    out += std::exchange(first, false) ? ",\"values\":[" : ",";
    AppendPoint(out, sample.at_ms, sample.value);
  }
  if (!series.samples.empty()) out += ']';
  first = true;
  for (const promql::HistogramPoint& point : series.histograms) {
    out += std::exchange(first, false) ? ",\"histograms\":[" : ",";
    AppendHistogram(out, point.at_ms, *point.histogram);
  }
  if (!series.histograms.empty()) out += ']';
}

struct Renderer {
  std::string operator()(const promql::StringValue& value) const {
    std::string out = R"({"resultType":"string","result":)";
    out += '[';
    AppendTime(out, value.at_ms);
    out += ',';
    AppendJsonString(out, value.text);
    return out + "]}";
  }
  std::string operator()(const promql::ScalarValue& value) const {
    std::string out = R"({"resultType":"scalar","result":)";
    AppendPoint(out, value.at_ms, value.value);
    return out + "}";
  }
  std::string operator()(const promql::Vector& vector) const {
    std::string out = R"({"resultType":"vector","result":[)";
    for (size_t i = 0; i < vector.size(); ++i) {
      out += i > 0 ? ",{\"metric\":" : "{\"metric\":";
      AppendLabels(out, vector[i].labels);
      if (vector[i].histogram) {
        out += ",\"histogram\":";
        AppendHistogram(out, vector[i].at_ms, *vector[i].histogram);
      } else {
        out += ",\"value\":";
        AppendPoint(out, vector[i].at_ms, vector[i].value);
      }
      out += '}';
    }
    return out + "]}";
  }
  std::string operator()(const promql::Matrix& matrix) const {
    std::string out = R"({"resultType":"matrix","result":[)";
    for (size_t i = 0; i < matrix.size(); ++i) {
      out += i > 0 ? ",{\"metric\":" : "{\"metric\":";
      AppendLabels(out, matrix[i].labels);
      AppendSamples(out, matrix[i]);
      out += '}';
    }
    return out + "]}";
  }
};

/// Times beyond this many seconds would overflow in sums of milliseconds.
constexpr double kLargestSeconds = 9.0e12;

}  // namespace

http::Response Success(std::string data, const std::vector<std::string>& warnings,
                       const std::vector<std::string>& infos) {
  http::Response response;
  response.body = R"({"status":"success","data":)" + std::move(data);
  AppendNotes(response.body, "warnings", warnings);
  AppendNotes(response.body, "infos", infos);
  response.body += '}';
  return response;
}

http::Response Failure(std::string_view error_type, std::string_view message) {
  http::Response response;
  response.status = StatusOf(error_type);
  response.body = R"({"status":"error","errorType":)";
  AppendJsonString(response.body, error_type);
  response.body += ",\"error\":";
  AppendJsonString(response.body, message);
  response.body += '}';
  return response;
}

http::Response BadParameter(std::string_view name, std::string_view message) {
  return Failure("bad_data",
                 "invalid parameter \"" + std::string(name) + "\": " + std::string(message));
}

http::Response EngineFailure(const Error& error) {
  switch (error.code) {
    case ErrorCode::kTimeout:
      return Failure("timeout", error.message);
    case ErrorCode::kCancelled:
      return Failure("canceled", error.message);
    case ErrorCode::kUnavailable:
      return Failure("unavailable", error.message);
    case ErrorCode::kNotFound:
      return Failure("not_found", error.message);
    case ErrorCode::kInternal:
    case ErrorCode::kCorrupt:
      return Failure("internal", error.message);
    default:
      return Failure("execution", error.message);
  }
}

void AppendLabels(std::string& out, const metrics::Labels& labels) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : labels.pairs()) {
    if (!first) out += ',';
    first = false;
    AppendJsonString(out, name);
    out += ':';
    AppendJsonString(out, value);
  }
  out += '}';
}

std::string RenderValue(const promql::Value& value) {
  return std::visit(Renderer(), value);
}

std::string RenderExemplars(const std::vector<metrics::SeriesExemplars>& series) {
  std::string out = "[";
  for (const metrics::SeriesExemplars& one : series) {
    if (out.size() > 1) out += ',';
    out += R"({"seriesLabels":)";
    AppendLabels(out, one.series);
    out += R"(,"exemplars":[)";
    bool first = true;
    for (const auto& exemplar : one.exemplars) {
      if (!std::exchange(first, false)) out += ',';
      out += R"({"labels":)";
      AppendLabels(out, exemplar.labels);
      out += R"(,"value":)";
      AppendJsonString(out, FormatDouble(exemplar.sample.value));
      out += R"(,"timestamp":)";
      AppendTime(out, exemplar.sample.at_ms);
      out += '}';
    }
    out += "]}";
  }
  return out + "]";
}

std::string RenderStrings(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    AppendJsonString(out, text);
  }
  return out + "]";
}

std::string RenderTime(int64_t at_ms) {
  std::string out;
  AppendTime(out, at_ms);
  return out;
}

Result<int64_t> ParseTime(std::string_view text) {
  if (const auto seconds = ParseDouble(text)) {
    if (!(std::abs(*seconds) <= kLargestSeconds)) {
      return InvalidArgument("cannot parse \"" + std::string(text) + "\" to a valid timestamp");
    }
    return static_cast<int64_t>(std::llround(*seconds * 1000));
  }
  if (const auto instant = ParseRfc3339(text)) return instant->millis();
  return InvalidArgument("cannot parse \"" + std::string(text) + "\" to a valid timestamp");
}

Result<int64_t> ParseStep(std::string_view text) {
  if (const auto seconds = ParseDouble(text)) {
    if (!(std::abs(*seconds) <= 9.0e9)) {
      return InvalidArgument("cannot parse \"" + std::string(text) +
                             "\" to a valid duration. It overflows int64");
    }
    return static_cast<int64_t>(std::llround(*seconds * 1000));
  }
  if (const auto duration = ParseDuration(text)) return duration->millis();
  return InvalidArgument("cannot parse \"" + std::string(text) + "\" to a valid duration");
}

}  // namespace hinomi::api
