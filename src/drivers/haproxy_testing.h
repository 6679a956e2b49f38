#ifndef HINOMI_DRIVERS_HAPROXY_TESTING_H_
#define HINOMI_DRIVERS_HAPROXY_TESTING_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "http/testing.h"
#include "os/testing.h"

namespace hinomi::drivers {

/// A replica of a service on loopback: GET /healthz answers 200 or 500, /slow
/// waits until it is let go, /NNN answers the status NNN. Threads: any.
class TestReplica {
 public:
  explicit TestReplica(bool healthy = true);
  ~TestReplica() { LetSlowGo(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  void SetHealthy(bool healthy) { healthy_ = healthy; }
  /// Returns when `count` requests for /slow are waiting here; false after 10 s.
  bool AwaitSlow(int count);
  void LetSlowGo();
  /// Besides health checks.
  int requests() const { return requests_; }

 private:
  void Serve(http::RawConnection& connection);

  std::atomic<bool> healthy_;
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  int slow_ = 0;
  bool go_ = false;
  http::ScriptedServer server_;  // Last: its threads use the others.
};

/// The real HAProxy with one frontend on a free port of loopback and the backend
/// `app`, as a child that ends with the object.
class RealHaproxy {
 public:
  /// `backend_lines` stand in the backend; `log_to` is a datagram socket's path
  /// (or host:port) that gets its log.
  explicit RealHaproxy(std::vector<std::string> backend_lines = {}, std::string log_to = {});
  ~RealHaproxy();
  RealHaproxy(const RealHaproxy&) = delete;
  RealHaproxy& operator=(const RealHaproxy&) = delete;

  static bool Installed();
  const std::string& socket_path() const { return socket_path_; }
  uint16_t port() const { return port_; }
  int64_t pid() const { return pid_; }

  /// The status of GET `path` through it, 0 when no answer came.
  int Get(const std::string& path) const;
  /// A new process takes over. Returns when the old one has ended, which it does
  /// when it is idle, or after 2 s.
  void Reload();
  /// SIGKILL; its socket's file stays.
  void Kill();
  void Start();

 private:
  void Spawn(bool replace);
  static void Reap(int64_t pid);

  TempDirectory directory_;
  std::string socket_path_;
  std::string config_;
  int listener_ = -1;
  uint16_t port_ = 0;
  int64_t pid_ = 0;
  std::vector<int64_t> old_pids_;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_HAPROXY_TESTING_H_
