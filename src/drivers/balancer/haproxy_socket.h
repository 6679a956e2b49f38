#ifndef HINOMI_DRIVERS_BALANCER_HAPROXY_SOCKET_H_
#define HINOMI_DRIVERS_BALANCER_HAPROXY_SOCKET_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "drivers/balancer/haproxy_csv.h"
#include "drivers/balancer/runtime_socket.h"

namespace hinomi::drivers {

/// Which process answered: its counters begin at its start.
struct HaproxyProcess {
  int64_t pid = 0;
  int64_t start_time_s = 0;  ///< Wall time; 0 where the version does not say it.
  int64_t uptime_s = 0;
  std::string version;
};

/// From the answer to `show info`, lines of "Name: value"; kCorrupt when Pid or
/// Uptime_sec are not there.
Result<HaproxyProcess> ParseHaproxyInfo(std::string_view answer);

/// A backend's counters and the process that counted them, from one exchange:
/// while HAProxy reloads, two could reach two processes.
struct HaproxySnapshot {
  HaproxyProcess process;
  BackendStat backend;
};

/// HAProxy's runtime socket (`stats socket PATH level admin`; HAProxy management
/// guide 9.3). Its errors name the socket and the command. Threads: any.
class HaproxySocket {
 public:
  HaproxySocket(std::string path, SocketExchange exchange, ExchangeLimits limits = {})
      : path_(std::move(path)), exchange_(std::move(exchange)), limits_(limits) {}

  const std::string& path() const { return path_; }

  /// The answer as it comes, without a line end in the command.
  Result<std::string> Ask(std::string_view command) const;
  /// A command that changes something: HAProxy says nothing, or `done`, when
  /// it did. What else it says is the error, its code by what HAProxy's texts
  /// mean: kNotFound, kConflict, kDenied, kUnavailable (still has connections),
  /// kInvalidArgument.
  Status Change(std::string_view command, std::string_view done = {}) const;

  Result<HaproxySnapshot> Snapshot(std::string_view backend) const;
  /// `show servers state`.
  Result<HaproxyTable> ServersState(std::string_view backend) const;

 private:
  Error InContext(Error error, std::string_view command) const;

  std::string path_;
  SocketExchange exchange_;
  ExchangeLimits limits_;
};

/// True for a name that can stand in a command: letters, digits, "_-.:", at most
/// 128 bytes. Everything else could end the command and begin another.
bool IsHaproxyName(std::string_view name);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_HAPROXY_SOCKET_H_
