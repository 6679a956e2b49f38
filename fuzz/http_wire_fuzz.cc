// modules: hn_http_testing hn_http
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/strings.h"
#include "http/testing.h"

/// Arbitrary bytes over a socket to a whole server: what the library's parser
/// lets through, and what the connection makes of it. The first byte says where
/// the rest is cut in two writes. What comes back must be whole answers and
/// nothing else, no more requests may reach a handler than were written, and
/// only with a Host; and the server must still serve the next one.
namespace {

using namespace hinomi::http;

struct Sample {
  std::atomic<int> calls{0};
  ServerUnderTest server{Routes()};

  std::vector<Route> Routes() {
    std::vector<Route> routes;
    for (const char* method : {"GET", "POST"}) {
      Route route;
      route.method = method;
      route.pattern = "/*";
      route.right = "public";
      route.content_type = "";
      route.body_limit_bytes = 1000;
      route.handler = [this](const Request& request) {
        ++calls;
        HN_CHECK(request.path.starts_with('/') && request.body.size() <= 1000);
        HN_CHECK(!request.Header("host").empty());
        Response response;
        response.body = std::string(request.body.size() % 7, 'x');
        return response;
      };
      routes.push_back(std::move(route));
    }
    return routes;
  }
};

Sample& TheSample() {
  static auto* const sample = new Sample();
  return *sample;
}

size_t CountOf(std::string_view text, std::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

// Each answer whole, one after the other; the number of final ones.
int CheckAnswers(std::string_view all) {
  int answers = 0;
  while (!all.empty()) {
    const size_t head = all.find("\r\n\r\n");
    HN_CHECK(all.starts_with("HTTP/1.1 ") && head != std::string_view::npos);
    const int status = StatusOf(all);
    HN_CHECK(status >= 100 && status <= 599);
    const auto length = hinomi::ParseUint(HeaderOf(all.substr(0, head + 4), "content-length"));
    all.remove_prefix(head + 4);
    if (status == 100) continue;
    ++answers;
    if (!length || all.starts_with("HTTP/1.1 ") || all.empty()) continue;  // To a HEAD.
    HN_CHECK(all.size() >= *length);
    all.remove_prefix(*length);
  }
  return answers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 4096) return 0;
  Sample& sample = TheSample();
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t cut = bytes.empty() ? 0 : data[0] * 16 % bytes.size();
  sample.calls = 0;
  {
    RawConnection connection(sample.server.port());
    (void)(connection.Send(bytes.substr(0, cut)) && connection.Send(bytes.substr(cut)));
    connection.ShutdownSend();
    const std::string all = connection.ReadToEnd();
    HN_CHECK(!connection.timed_out());
    const int answers = CheckAnswers(all);
    HN_CHECK(sample.calls <= answers);
    HN_CHECK(static_cast<size_t>(sample.calls) <= CountOf(bytes, "HTTP/1."));
  }
  HN_CHECK(StatusOf(sample.server.Ask("GET", "/")) == 200);
  return 0;
}
