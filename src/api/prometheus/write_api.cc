#include "api/prometheus/write_api.h"

#include "base/strings.h"

namespace hinomi::api {
namespace {

std::string HeaderOf(const http::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (EqualsIgnoreCase(key, name)) return ToLowerAscii(Trim(value));
  }
  return {};
}

http::Response Refuse(int status, std::string message) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(message) + "\n";
  return response;
}

/// A full store and a body over its limit are both "exhausted": only the
/// first is worth another try.
bool IsTooLarge(const metrics::RemoteWriteLimits& limits, std::string_view body,
                metrics::RemoteWriteVersion version) {
  const auto batch = metrics::DecodeRemoteWrite(body, limits, nullptr, version);
  return !batch && batch.error().code == ErrorCode::kExhausted;
}

/// What 2.0 has senders be told, also beside an error.
void AddWritten(const metrics::RemoteWritten& written, http::Response& response) {
  const auto add = [&](const char* what, size_t count) {
    response.headers.emplace_back(std::string("X-Prometheus-Remote-Write-") + what + "-Written",
                                  std::to_string(count));
  };
  add("Samples", written.samples);
  add("Histograms", written.histograms);
  add("Exemplars", written.exemplars);
}

}  // namespace

http::Response AnswerWrite(metrics::RemoteWriteReceiver& receiver,
                           const metrics::RemoteWriteLimits& limits, const http::Request& request) {
  const std::string type = HeaderOf(request, "Content-Type");
  const bool is_second = type.find("proto=io.prometheus.write.v2.request") != std::string::npos;
  if (!is_second && type.find("proto=") != std::string::npos &&
      type.find("proto=prometheus.writerequest") == std::string::npos) {
    return Refuse(415,
                  "this message is not supported; send prometheus.WriteRequest (remote write 1.0) "
                  "or io.prometheus.write.v2.Request (2.0)");
  }
  const auto version =
      is_second ? metrics::RemoteWriteVersion::k2 : metrics::RemoteWriteVersion::k1;
  const std::string encoding = HeaderOf(request, "Content-Encoding");
  if (!encoding.empty() && encoding != "snappy") {
    return Refuse(415, "Content-Encoding " + encoding + " is not supported; send snappy");
  }
  metrics::RemoteWritten written;
  const Status done = receiver.Write(request.body, version, &written);
  http::Response response;
  if (done) {
    response.status = 204;
  } else if (done.error().code == ErrorCode::kInvalidArgument) {
    response = Refuse(400, done.error().message);
  } else if (done.error().code == ErrorCode::kExhausted &&
             IsTooLarge(limits, request.body, version)) {
    response = Refuse(413, done.error().message);
  } else {
    response = Refuse(503, done.error().message);
    response.headers.emplace_back("Retry-After", "5");
  }
  if (is_second) AddWritten(written, response);
  return response;
}

void AddWriteRoute(http::Server& server, metrics::RemoteWriteReceiver& receiver,
                   const metrics::RemoteWriteLimits& limits) {
  http::Route route;
  route.method = "POST";
  route.pattern = "/api/v1/write";
  route.right = "metrics:write";
  route.content_type = "application/x-protobuf";
  route.body_limit_bytes = limits.max_compressed_bytes;
  route.handler = [&receiver, limits](const http::Request& request) {
    return AnswerWrite(receiver, limits, request);
  };
  server.Add(std::move(route));
}

}  // namespace hinomi::api
