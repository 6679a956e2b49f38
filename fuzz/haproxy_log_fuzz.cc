// modules: hn_drivers
// Lines that come to the log socket.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "drivers/balancer/haproxy_log.h"
#include "drivers/balancer/response_times.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::drivers;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto request = ParseHaproxyLogLine(line)) {
    HN_CHECK(!request->backend.empty() && !request->server.empty());
    HN_CHECK(request->response_ms >= -1 && request->status >= -1 && request->status <= 999);
    ResponseTimes times;
    times.Add(request->response_ms);
    HN_CHECK(times.Samples(3).size() == (request->response_ms < 0 ? 0 : 1));
  }
  return 0;
}
