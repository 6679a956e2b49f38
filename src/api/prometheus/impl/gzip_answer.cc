#include "api/prometheus/impl/gzip_answer.h"

#include <utility>

#include "api/coding.h"

namespace hinomi::api {
namespace {

constexpr size_t kWorthPacking = 1'024;  // Less fits into one packet anyway.

http::Response Pack(http::Response response, bool taken) {
  if (response.stream) return response;
  if (response.later) {
    response.later = [later = std::move(response.later), taken] { return Pack(later(), taken); };
    return response;
  }
  // Also where it is not packed: caches must not give it to others.
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (response.body.size() < kWorthPacking || !taken) return response;
  response.body = Gzip(response.body, GzipEffort::kQuick);
  response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

}  // namespace

http::Handler Gzipped(http::Handler handler) {
  return [handler = std::move(handler)](const http::Request& request) {
    return Pack(handler(request), AcceptsCoding(request.Header("Accept-Encoding"), "gzip"));
  };
}

}  // namespace hinomi::api
