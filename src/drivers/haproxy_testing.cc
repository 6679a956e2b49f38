#include "drivers/haproxy_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/check.h"
#include "base/strings.h"
#include "drivers/balancer/haproxy_socket.h"
#include "os/system_clock.h"

namespace hinomi::drivers {
namespace {

constexpr const char* kProgram = "/usr/sbin/haproxy";

}  // namespace

TestReplica::TestReplica(bool healthy)
    : healthy_(healthy), server_([this](http::RawConnection& connection) { Serve(connection); }) {}

void TestReplica::Serve(http::RawConnection& connection) {
  for (;;) {
    const std::string head = connection.ReadUntil("\r\n\r\n");
    if (!head.starts_with("GET /") && !head.starts_with("OPTIONS /")) return;
    const std::string path =
        head.substr(head.find('/'), head.find(' ', head.find('/')) - head.find('/'));
    int status = 200;
    if (path == "/healthz") {
      status = healthy_ ? 200 : 500;
    } else {
      ++requests_;
      if (path == "/slow") {
        std::unique_lock lock(mutex_);
        ++slow_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return go_; });
      } else {
        status = static_cast<int>(ParseInt(path.substr(1)).value_or(200));
      }
    }
    if (!connection.Send("HTTP/1.1 " + std::to_string(status) +
                         " X\r\nContent-Length: 2\r\n\r\nok"))
      return;
  }
}

bool TestReplica::AwaitSlow(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return slow_ >= count; });
}

void TestReplica::LetSlowGo() {
  const std::lock_guard lock(mutex_);
  go_ = true;
  changed_.notify_all();
}

bool RealHaproxy::Installed() {
  return ::access(kProgram, X_OK) == 0;
}

RealHaproxy::RealHaproxy(std::vector<std::string> backend_lines, std::string log_to)
    : socket_path_(directory_.path() + "/runtime.sock"),
      config_(directory_.path() + "/haproxy.cfg") {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);  // Inherited: no CLOEXEC.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  HN_CHECK(::bind(listener_, any, size) == 0 && ::listen(listener_, 128) == 0 &&
           ::getsockname(listener_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  std::ofstream file(config_);
  file << "global\n  stats socket " << socket_path_ << " mode 600 level admin\n  maxconn 200\n";
  if (!log_to.empty()) file << "  log " << log_to << " local0\n";
  file << "defaults\n  mode http\n  timeout connect 2s\n  timeout client 20s\n"
          "  timeout server 20s\n  retries 0\n"
          // Else a check has its interval's 50 ms for an answer: too few on a busy machine.
          "  timeout check 10s\n";
  if (!log_to.empty()) file << "  log global\n  option httplog\n";
  file << "frontend web\n  bind fd@" << listener_ << "\n  default_backend app\n"
       << "backend app\n  balance roundrobin\n  option httpchk GET /healthz\n";
  for (const std::string& line : backend_lines) file << "  " << line << "\n";
  file.close();
  Start();
}

RealHaproxy::~RealHaproxy() {
  Kill();
  for (const int64_t pid : old_pids_) {
    ::kill(static_cast<pid_t>(pid), SIGKILL);
    Reap(pid);
  }
  ::close(listener_);
}

void RealHaproxy::Reap(int64_t pid) {
  ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
}

void RealHaproxy::Kill() {
  if (pid_ == 0) return;
  ::kill(static_cast<pid_t>(pid_), SIGKILL);
  Reap(pid_);
  pid_ = 0;
}

void RealHaproxy::Start() {
  Spawn(false);
}

void RealHaproxy::Reload() {
  Spawn(true);
  // Until then the old one still takes connections.
  for (int i = 0; i < 200; ++i) {
    if (::waitpid(static_cast<pid_t>(old_pids_.back()), nullptr, WNOHANG) != 0) {
      old_pids_.pop_back();
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void RealHaproxy::Spawn(bool replace) {
  const std::string old = std::to_string(pid_);
  std::vector<const char*> argv = {kProgram, "-db", "-q", "-f", config_.c_str()};
  if (replace) {
    argv.push_back("-sf");
    argv.push_back(old.c_str());
    old_pids_.push_back(pid_);
  }
  argv.push_back(nullptr);
  pid_t pid = 0;
  HN_CHECK(::posix_spawn(&pid, kProgram, nullptr, nullptr, const_cast<char**>(argv.data()),
                         environ) == 0);
  pid_ = pid;
  // Ready when this very process answers.
  static const SystemClock clock;
  const HaproxySocket socket(socket_path_, LocalSocketExchange(clock));
  for (int i = 0; i < 1'000; ++i) {
    const auto answer = socket.Ask("show info");
    if (answer) {
      const auto process = ParseHaproxyInfo(*answer);
      if (process && process->pid == pid_) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  HN_CHECK(false);
}

int RealHaproxy::Get(const std::string& path) const {
  http::RawConnection client(port_, Duration::Seconds(20));
  client.Send("GET " + path + " HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n");
  return http::StatusOf(client.ReadAnswer());
}

}  // namespace hinomi::drivers
