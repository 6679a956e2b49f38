#include "api/prometheus/impl/gzip_answer.h"

#include <utility>

#include "api/coding.h"

namespace hinomi::api {
namespace {

constexpr size_t kWorthPacking = 1'024;  // Less fits into one packet anyway.

}  // namespace

http::Handler Gzipped(http::Handler handler) {
  return [handler = std::move(handler)](const http::Request& request) {
    http::Response response = handler(request);
    if (response.stream) return response;
    // Also where it is not packed: caches must not give it to others.
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (response.body.size() < kWorthPacking ||
        !AcceptsCoding(request.Header("Accept-Encoding"), "gzip"))
      return response;
    response.body = Gzip(response.body, GzipEffort::kQuick);
    response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
  };
}

}  // namespace hinomi::api
