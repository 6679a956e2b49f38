// tsdb_load replay --bodies=FILE --address=HOST:PORT --pid=PID [--path=/api/v1/write]
//   [--phase=0|1] [--limit=BODIES] [--connections=N] [--kill]
// Sends the bodies as fast as they are taken, one at a time on a connection. --kill ends
// the server with SIGKILL straight after its last answer. A connection whose server says
// "later" for half a minute gives up, and all that it had yet to send counts as refused.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

#include "bodies.h"
#include "commands.h"
#include "http_client.h"

namespace hinomi::bench {
namespace {

constexpr auto kRetryAfter = std::chrono::milliseconds(100);
constexpr int kRetries = 300;

bool SaysLater(int status) {
  return status == 429 || status == 503;
}

double Now() {
  using std::chrono::steady_clock;
  return std::chrono::duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Seconds of user and system time of a process, its threads included.
double CpuSeconds(int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t name_end = text.rfind(')');
  if (name_end == text.npos) return 0;
  std::istringstream fields(text.substr(name_end + 2));
  std::string field;
  for (int i = 0; i < 11; ++i) fields >> field;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// What all connections saw together.
struct Outcome {
  std::mutex mutex;
  uint64_t samples = 0;
  uint64_t rejected = 0;
  uint64_t retries = 0;
  std::string first_refusal;
  std::vector<float> latencies;  // Seconds, from the first attempt to the last answer.
};

/// Sends one body, again as long as the server says that it is busy; the status in the end.
int SendPersistently(HttpClient& client, std::string_view body, uint64_t& retries) {
  for (int attempt = 0;; ++attempt) {
    const int status = client.Post(body);
    if (!SaysLater(status) || attempt == kRetries) return status;
    ++retries;
    std::this_thread::sleep_for(kRetryAfter);
  }
}

void SendShare(const Options& options, const std::vector<const Body*>& share, Outcome& outcome) {
  HttpClient client(options.Required("address"), options.Text("path", "/api/v1/write"));
  Outcome mine;
  for (size_t i = 0; i < share.size(); ++i) {
    const Body* body = share[i];
    const double start = Now();
    const int status = SendPersistently(client, body->compressed, mine.retries);
    mine.latencies.push_back(static_cast<float>(Now() - start));
    if (status / 100 == 2) {
      mine.samples += body->header.samples;
    } else if (mine.rejected++ == 0) {
      mine.first_refusal = std::to_string(status) + " " + client.answer().substr(0, 300);
    }
    if (SaysLater(status)) {
      mine.rejected += share.size() - i - 1;
      break;
    }
  }
  const std::lock_guard lock(outcome.mutex);
  outcome.samples += mine.samples;
  outcome.rejected += mine.rejected;
  outcome.retries += mine.retries;
  if (outcome.first_refusal.empty()) outcome.first_refusal = mine.first_refusal;
  outcome.latencies.insert(outcome.latencies.end(), mine.latencies.begin(), mine.latencies.end());
}

double Milliseconds(const std::vector<float>& sorted, size_t percent) {
  if (sorted.empty()) return 0;
  return 1e3 *
         static_cast<double>(sorted[std::min(sorted.size() * percent / 100, sorted.size() - 1)]);
}

}  // namespace

void Replay(const Options& options) {
  const BodyFile file(options.Required("bodies"),
                      static_cast<uint64_t>(options.Number("limit", 0)));
  const auto connections = static_cast<size_t>(options.Number("connections", 1));
  const int64_t pid = options.Number("pid", 0);
  const int64_t phase = options.Number("phase", -1);
  if (pid <= 0) Die("--pid: whose time is to be accounted?");
  std::vector<std::vector<const Body*>> shares(connections);
  for (const Body& body : file.bodies()) {
    if (phase < 0 || body.header.phase == phase) {
      shares[body.header.shard % connections].push_back(&body);
    }
  }

  Outcome outcome;
  const double cpu = CpuSeconds(pid);
  const double start = Now();
  std::vector<std::thread> threads;
  for (const auto& share : shares) {
    threads.emplace_back([&options, &share, &outcome] { SendShare(options, share, outcome); });
  }
  for (std::thread& thread : threads) thread.join();
  if (options.Number("kill", 0) != 0) kill(static_cast<pid_t>(pid), SIGKILL);
  const double wall = Now() - start;
  const double used = CpuSeconds(pid) - cpu;

  if (outcome.rejected > 0) std::fprintf(stderr, "refused: %s\n", outcome.first_refusal.c_str());
  std::sort(outcome.latencies.begin(), outcome.latencies.end());
  std::printf(
      "{\"samples\":%llu,\"requests\":%zu,\"rejected\":%llu,\"retries\":%llu,\"wall_s\":%.4f,"
      "\"cpu_s\":%.2f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"longest_ms\":%.3f}\n",
      static_cast<unsigned long long>(outcome.samples), outcome.latencies.size(),
      static_cast<unsigned long long>(outcome.rejected),
      static_cast<unsigned long long>(outcome.retries), wall, used,
      Milliseconds(outcome.latencies, 50), Milliseconds(outcome.latencies, 99),
      Milliseconds(outcome.latencies, 100));
}

}  // namespace hinomi::bench
