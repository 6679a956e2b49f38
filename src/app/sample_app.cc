#include "app/sample_app.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/strings.h"
#include "http/server.h"
#include "metrics/probes/wire.h"
#include "os/signals.h"
#include "os/system_clock.h"

namespace hinomi::app {
namespace {

constexpr int64_t kLongestDelayMs = 30'000;

constexpr int64_t kMostMib = 4096;

struct Fault {
  std::atomic<int> status{200};
  std::atomic<int64_t> delay_ms{0};
  std::atomic<int64_t> burn_percent{0};
  std::atomic<bool> healthy{true};
};

/// Burns CPU time as the fault says, in slices of 20 ms.
class Burner {
 public:
  Burner(const Fault& fault, const Clock& clock)
      : thread_([this, &fault, &clock] {
          constexpr int64_t kSliceMs = 20;
          while (!stopping_) {
            const Duration until =
                clock.Monotonic() + Duration::Micros(fault.burn_percent * kSliceMs * 10);
            while (clock.Monotonic() < until) {
            }
            std::this_thread::sleep_for(
                std::chrono::milliseconds(kSliceMs - fault.burn_percent * kSliceMs / 100));
          }
        }) {}
  ~Burner() {
    stopping_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Memory that is in use: every page of it has been written to.
class Hoard {
 public:
  void Hold(int64_t mib) {
    const MutexLock lock(mutex_);
    bytes_ = std::vector<char>(static_cast<size_t>(mib) << 20, '#');
  }

 private:
  Mutex mutex_;
  std::vector<char> bytes_ HN_GUARDED_BY(mutex_);
};

http::Response SampleAppText(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

/// Makes it ill or well; what is wrong with the wish.
std::optional<std::string> Take(const Json& wish, Fault& fault, Hoard& hoard) {
  const int64_t status = wish["status"].as_int(200);
  const int64_t delay_ms = wish["delay_ms"].as_int(0);
  const int64_t burn_percent = wish["burn_percent"].as_int(0);
  const int64_t hold_mib = wish["hold_mib"].as_int(0);
  if (status < 200 || status > 599) return "status is 200 to 599";
  if (delay_ms < 0 || delay_ms > kLongestDelayMs) return "delay_ms is 0 to 30000";
  if (burn_percent < 0 || burn_percent > 100) return "burn_percent is 0 to 100";
  if (hold_mib < 0 || hold_mib > kMostMib) return "hold_mib is 0 to 4096";
  fault.status = static_cast<int>(status);
  fault.delay_ms = delay_ms;
  fault.burn_percent = burn_percent;
  fault.healthy = wish["healthy"].as_bool(true);
  hoard.Hold(hold_mib);
  return std::nullopt;
}

/// What the app cannot do without, e.g. its database: whether its port takes a
/// connection. Any thread.
class Need {
 public:
  Need(std::string address, const Clock& clock) : address_(std::move(address)), clock_(clock) {}

  Status Check() {
    if (address_.empty()) return {};
    const Deadline deadline(clock_, Duration::Seconds(1));
    HN_TRY(const metrics::HostAndPort place, metrics::SplitHostPort(address_));
    HN_TRY(const auto addresses, resolver_.Resolve(place, deadline));
    HN_TRY(const auto wire, metrics::Wire::Connect(addresses, metrics::Transport::kTcp, deadline));
    return {};
  }

 private:
  const std::string address_;
  const Clock& clock_;
  metrics::Resolver resolver_;
};

void AddRoutes(http::Server& server, Fault& fault, Hoard& hoard, Need& need) {
  const auto add = [&server](const char* method, const char* pattern, http::Handler handler) {
    http::Route route;
    route.method = method;
    route.pattern = pattern;
    route.right = "public";
    route.handler = std::move(handler);
    server.Add(std::move(route));
  };
  const auto health = [&fault, &need] {
    if (!fault.healthy) return SampleAppText(503, "The sample app is not healthy.\n");
    const Status there = need.Check();
    return there ? SampleAppText(200, "The sample app is well.\n")
                 : SampleAppText(503, there.error().message + "\n");
  };
  add("GET", "/healthz", [health](const http::Request&) { return health(); });
  add("GET", "/", [&fault, health](const http::Request&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(fault.delay_ms.load()));
    const int status = fault.status.load();
    return status == 200 ? health()
                         : SampleAppText(status, "The sample app was told to say this.\n");
  });
  add("GET", "/slow", [](const http::Request& request) {
    const auto seconds = ParseUint(request.QueryValue("seconds"));
    if (!seconds || *seconds > 60) return SampleAppText(400, "seconds is 0 to 60\n");
    std::this_thread::sleep_for(std::chrono::seconds(*seconds));
    return SampleAppText(200, "Here it is.\n");
  });
  add("POST", "/fault", [&fault, &hoard](const http::Request& request) {
    const Result<Json> wish = Json::Parse(request.body);
    if (!wish) return SampleAppText(400, wish.error().message + "\n");
    const auto wrong = Take(*wish, fault, hoard);
    return wrong ? SampleAppText(400, *wrong + "\n") : SampleAppText(200, "So be it.\n");
  });
}

}  // namespace

int SampleApp(const std::string& listen, const std::string& needs) {
  HoldSignals();
  SystemClock clock;
  StderrLog log(clock, LogLevel::kWarning);
  Telemetry telemetry;
  Fault fault;
  Hoard hoard;
  Need need(needs, clock);
  const Burner burner(fault, clock);
  http::ServerConfig config;
  config.worker_threads = 32;  // They sleep when it is slow.
  config.listen = {listen};
  const auto server = http::MakeServer(
      std::move(config),
      [](const http::Request&, const std::string&) -> Result<std::string> { return std::string(); },
      clock, telemetry, log);
  AddRoutes(*server, fault, hoard, need);
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
