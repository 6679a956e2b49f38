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
bool IsTooLarge(const metrics::RemoteWriteLimits& limits, std::string_view body) {
  const auto batch = metrics::DecodeRemoteWrite(body, limits);
  return !batch && batch.error().code == ErrorCode::kExhausted;
}

}  // namespace

http::Response AnswerWrite(metrics::RemoteWriteReceiver& receiver,
                           const metrics::RemoteWriteLimits& limits, const http::Request& request) {
  const std::string type = HeaderOf(request, "Content-Type");
  if (type.find("io.prometheus.write.v2") != std::string::npos) {
    return Refuse(415, "remote write 2.0 is not supported; send prometheus.WriteRequest (1.0)");
  }
  const std::string encoding = HeaderOf(request, "Content-Encoding");
  if (!encoding.empty() && encoding != "snappy") {
    return Refuse(415, "Content-Encoding " + encoding + " is not supported; send snappy");
  }
  const Status written = receiver.Write(request.body);
  if (written) {
    http::Response response;
    response.status = 204;
    return response;
  }
  const Error& error = written.error();
  if (error.code == ErrorCode::kInvalidArgument) return Refuse(400, error.message);
  if (error.code == ErrorCode::kExhausted && IsTooLarge(limits, request.body)) {
    return Refuse(413, error.message);
  }
  http::Response response = Refuse(503, error.message);
  response.headers.emplace_back("Retry-After", "5");
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
