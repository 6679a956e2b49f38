#include "app/sample_app.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/json.h"
#include "base/strings.h"
#include "http/server.h"
#include "os/signals.h"
#include "os/system_clock.h"

namespace hinomi::app {
namespace {

constexpr int64_t kLongestDelayMs = 30'000;

struct Fault {
  std::atomic<int> status{200};
  std::atomic<int64_t> delay_ms{0};
  std::atomic<bool> healthy{true};
};

http::Response Text(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

void AddRoutes(http::Server& server, Fault& fault) {
  const auto add = [&server](const char* method, const char* pattern, http::Handler handler) {
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.right = "public";
    route.handler = std::move(handler);
    server.Add(std::move(route));
  };
  const auto answer = [&fault](const http::Request&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(fault.delay_ms.load()));
    const int status = fault.status.load();
    return Text(status, status < 500 ? "The sample app is well.\n" : "The sample app is ill.\n");
  };
  add("GET", "/", answer);
  add("GET", "/healthz", [&fault, answer](const http::Request& request) {
    return fault.healthy.load() ? answer(request) : Text(503, "The sample app is not healthy.\n");
  });
  // One answer that takes its time, beside the others: GET /wait?ms=5000.
  add("GET", "/wait", [](const http::Request& request) {
    const auto wait_ms = ParseUint(request.QueryValue("ms"));
    if (!wait_ms || *wait_ms > kLongestDelayMs) return Text(400, "ms is 0 to 30000\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(*wait_ms));
    return Text(200, "The sample app has waited.\n");
  });
  add("POST", "/fault", [&fault](const http::Request& request) {
    const Result<Json> wanted = Json::Parse(request.body);
    if (!wanted) return Text(400, wanted.error().message + "\n");
    const int64_t status = (*wanted)["status"].as_int(200);
    const int64_t delay_ms = (*wanted)["delay_ms"].as_int(0);
    if (status < 200 || status > 599 || delay_ms < 0 || delay_ms > kLongestDelayMs)
      return Text(400, "status is 200 to 599, delay_ms 0 to 30000\n");
    fault.status = static_cast<int>(status);
    fault.delay_ms = delay_ms;
    fault.healthy = (*wanted)["healthy"].as_bool(true);
    return Text(200, "So be it.\n");
  });
}

}  // namespace

int SampleApp(const std::string& listen) {
  HoldSignals();
  SystemClock clock;
  StderrLog log(clock, LogLevel::kWarning);
  Telemetry telemetry;
  Fault fault;
  http::ServerConfig config;
  config.listen = {listen};
  config.worker_threads = 32;  // Slow answers wait on them, and must not hold up the others.
  const auto server = http::MakeServer(
      std::move(config),
      [](const http::Request&, const std::string&) -> Result<std::string> { return std::string(); },
      clock, telemetry, log);
  AddRoutes(*server, fault);
  if (const Status started = server->Start(); !started) {
    std::fprintf(stderr, "hinomi: %s\n", started.error().message.c_str());
    return 3;
  }
  std::printf("The sample app answers on http://%s\n", server->addresses().front().c_str());
  std::fflush(stdout);
  while (WaitForCall() != Call::kStop) {
  }
  server->Stop();
  return 0;
}

}  // namespace hinomi::app
