#ifndef HINOMI_DRIVERS_BALANCER_LOAD_BALANCER_H_
#define HINOMI_DRIVERS_BALANCER_LOAD_BALANCER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi::drivers {

/// How often and how a balancer asks a server for its health.
struct ServerCheck {
  Duration interval = Duration::Millis(500);
  int fall = 2;  ///< Failures in a row that take it out.
  int rise = 2;  ///< Successes in a row that bring it back.
};

/// A server to be put behind a balancer.
struct NewServer {
  std::string name;     ///< Letters, digits and "_-.:".
  std::string address;  ///< IP:port, "[::1]:9001".
  int weight = 1;       ///< 0 to 256; 0 gets no new requests.
  std::optional<ServerCheck> check = ServerCheck{};
};

/// What somebody wants of a server.
enum class ServerState {
  kReady,        ///< Gets requests while it is healthy.
  kDraining,     ///< Ends what it has; gets no new requests.
  kMaintenance,  ///< Gets none and is not checked.
};
/// "ready", "draining", "maintenance".
std::string_view ServerStateName(ServerState state);

enum class ServerHealth {
  kUnknown,  ///< Not checked.
  kHealthy,
  kUnhealthy,
};
/// "unknown", "healthy", "unhealthy".
std::string_view ServerHealthName(ServerHealth health);

/// A server as its balancer sees it.
struct BalancedServer {
  std::string name;
  std::string address;
  int64_t weight = 0;
  ServerState state = ServerState::kReady;
  ServerHealth health = ServerHealth::kUnknown;
  std::string check;     ///< The last check in the balancer's words: "L7STS 500" or "L7STS".
  int64_t sessions = 0;  ///< In flight now.
  int64_t queued = 0;    ///< Waiting for this server.
};

/// The door to whatever spreads a service's requests over its replicas: one
/// backend of HAProxy, or an ALB's target group.
///
/// Every call may be repeated: adding what is there, removing what is gone and
/// the like succeed. `IsRetryable(error.code)` says whether the same call may
/// succeed later; messages say where, why and what to do. Calls block for their
/// deadline at most, beside the time of a single exchange. Threads: any, but
/// two calls for one server must not overlap.
class LoadBalancer {
 public:
  virtual ~LoadBalancer() = default;

  virtual Result<std::vector<BalancedServer>> Servers() = 0;

  /// Puts a server behind the balancer, in maintenance: it gets nothing until
  /// `Enable`. kConflict: the name is there with another address.
  virtual Status Add(const NewServer& server) = 0;

  /// Gives it requests, after the balancer's own check has passed; one without
  /// checks gets them at once. kTimeout: not healthy within the deadline; it gets
  /// no requests and goes on being checked, so that asking again without any
  /// deadline is a look at it.
  virtual Status Enable(const std::string& server, Duration deadline) = 0;

  /// Gives it requests at once, for one that is known to be well: the balancer's
  /// checks may take it out again.
  virtual Status EnableAtOnce(const std::string& server) = 0;

  /// Gives it no new requests and waits until it has none in flight. kTimeout:
  /// some are still there; it goes on draining. Clients with a persistence
  /// cookie still reach it.
  virtual Status Drain(const std::string& server, Duration deadline) = 0;

  /// Maintenance at once; what is in flight goes on.
  virtual Status Disable(const std::string& server) = 0;

  /// Takes it out for good. Disables it first and waits for what is in flight;
  /// kTimeout: that did not end, and it is left in maintenance.
  virtual Status Remove(const std::string& server, Duration deadline) = 0;

  /// 0 to 256.
  virtual Status SetWeight(const std::string& server, int weight) = 0;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_LOAD_BALANCER_H_
