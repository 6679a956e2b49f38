#ifndef HINOMI_DRIVERS_BALANCER_HAPROXY_H_
#define HINOMI_DRIVERS_BALANCER_HAPROXY_H_

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "drivers/balancer/haproxy_socket.h"
#include "drivers/balancer/load_balancer.h"

namespace hinomi::drivers {

struct HaproxyOptions {
  std::string backend;
  /// How long to wait between two looks at a server.
  Duration look_interval = Duration::Millis(50);
  /// Blocks; tests move their clock here.
  std::function<void(Duration)> wait;
};

/// One backend of HAProxy over its runtime socket. Servers come and go without
/// a reload (HAProxy 2.6 or newer, a dynamic `balance`). A reload forgets the
/// servers that haproxy.cfg does not list: add them again then.
class HaproxyBalancer : public LoadBalancer {
 public:
  /// `clock` must outlive it.
  HaproxyBalancer(HaproxySocket socket, const Clock& clock, HaproxyOptions options);

  Result<std::vector<BalancedServer>> Servers() override;
  Status Add(const NewServer& server) override;
  Status Enable(const std::string& server, Duration deadline) override;
  Status EnableAtOnce(const std::string& server) override;
  Status Drain(const std::string& server, Duration deadline) override;
  Status Disable(const std::string& server) override;
  Status Remove(const std::string& server, Duration deadline) override;
  Status SetWeight(const std::string& server, int weight) override;

 private:
  /// "backend/server"; kInvalidArgument for what is no name.
  Result<std::string> Target(const std::string& server) const;
  Result<BalancedServer> Find(const std::string& server);
  Status SetState(const std::string& target, std::string_view state);
  /// Calls `look` until it says true, or fails, or the deadline is over:
  /// kTimeout with what `reason` says then.
  Status Until(Duration deadline, const std::function<Result<bool>()>& look,
               const std::function<std::string()>& reason);

  HaproxySocket socket_;
  const Clock& clock_;
  HaproxyOptions options_;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_HAPROXY_H_
