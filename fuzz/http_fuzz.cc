// modules: hn_http hn_identity
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/strings.h"
#include "http/impl/admission.h"
#include "http/impl/head.h"
#include "http/impl/router.h"
#include "http/impl/syntax.h"
#include "identity/credentials.h"

namespace {

using hinomi::http::Request;
using hinomi::http::Route;

const hinomi::http::Router& SampleRouter() {
  static const hinomi::http::Router* const sample = [] {
    auto* router = new hinomi::http::Router();
    for (const char* pattern : {"/", "/a/{x}", "/a/b", "/assets/*", "/a/{x}/c"}) {
      Route route;
      route.method = "GET";
      route.pattern = pattern;
      route.right = "console:read";
      route.handler = [](const Request&) { return hinomi::http::Response(); };
      router->Add(route);
    }
    return router;
  }();
  return *sample;
}

// The first line is method and target, the others are headers.
Request ReadRequest(std::string_view bytes) {
  Request request;
  bool first = true;
  for (const std::string_view line : hinomi::Split(bytes, '\n')) {
    const size_t cut = std::min(line.find(first ? ' ' : ':'), line.size());
    const std::string name(line.substr(0, cut));
    const std::string value(hinomi::Trim(cut < line.size() ? line.substr(cut + 1) : ""));
    if (first) {
      request.method = name;
      request.target = value;
    } else {
      request.headers.emplace_back(name, value);
    }
    first = false;
  }
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Request request = ReadRequest({reinterpret_cast<const char*>(data), size});
  const auto target = hinomi::http::ParseTarget(request.target);
  if (target.has_value()) {
    request.path = target->path;
    request.query = target->query;
    for (const std::string& segment : target->segments) HN_CHECK(segment != "..");
    HN_CHECK(request.path.starts_with('/') && request.path.find('\0') == std::string::npos);
    const auto match = SampleRouter().Find(request.method, target->segments);
    if (match.route != nullptr) HN_CHECK(match.allow.empty());
  }
  (void)hinomi::http::CheckForm(request, 1);
  const bool known_host = !hinomi::http::CheckHost(request, {"hinomi.example.org"}).has_value();
  HN_CHECK(!known_host || hinomi::http::HostName(request.Header("host")).has_value());
  (void)hinomi::http::CheckOrigin(request, hinomi::http::IsOpenPage(request));
  Route route;
  route.content_type = "application/json, application/x-protobuf";
  (void)hinomi::http::CheckContentType(request, route);
  (void)hinomi::identity::ReadCredentials(request);
  (void)hinomi::identity::ParseTokenText(request.target);

  // Whatever an answer carries, its head stays one head.
  hinomi::http::Response response;
  response.content_type = request.target;
  response.headers = request.headers;
  const std::string head =
      hinomi::http::MakeHead(response, hinomi::http::Framing::kLength, true, hinomi::Instant());
  HN_CHECK(head.find("\r\n\r\n") == head.size() - 4);
  return 0;
}
