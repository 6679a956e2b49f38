#include "drivers/balancer/haproxy.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

// srv_admin_state and srv_check_state of `show servers state` are masks.
constexpr uint64_t kMaintenanceBits = 0x01 | 0x02 | 0x04 | 0x20;
constexpr uint64_t kDrainBits = 0x08 | 0x10;
constexpr uint64_t kCheckEnabledBit = 0x04;
constexpr uint64_t kCheckConfiguredBit = 0x02;

uint64_t Bits(const HaproxyTable& table, size_t row, std::string_view column) {
  return ParseUint(table.Get(row, column)).value_or(0);
}

/// Whether a check has passed since the server left maintenance: the last
/// result (L4OK, L6OK, L7OK, L7OKC) is older, its health begins at rise again.
bool CheckPassed(const ServerStat& server) {
  return (server.check_status.ends_with("OK") || server.check_status.ends_with("OKC")) &&
         server.check_health >= server.check_rise + server.check_fall - 1;
}

std::string CheckOf(const ServerStat& server) {
  return server.check_status + (server.check_code.empty() ? "" : " " + server.check_code);
}

BalancedServer Describe(const ServerStat& stat, const HaproxyTable& states, size_t row) {
  BalancedServer server;
  server.name = stat.name;
  server.address = stat.address;
  server.weight = stat.weight;
  server.sessions = stat.sessions;
  server.queued = stat.queued;
  server.check = CheckOf(stat);
  const uint64_t admin = Bits(states, row, "srv_admin_state");
  if (admin & kMaintenanceBits) {
    server.state = ServerState::kMaintenance;
  } else if (admin & kDrainBits) {
    server.state = ServerState::kDraining;
  }
  // Not checked, or not yet: HAProxy takes it for up, which is no knowledge.
  const bool checked = Bits(states, row, "srv_check_state") & kCheckEnabledBit;
  if (server.state == ServerState::kMaintenance || !checked || stat.check_status.empty() ||
      stat.check_status == "INI" || stat.check_status == "UNK")
    return server;
  const bool up = states.Get(row, "srv_op_state") != "0";
  server.health = up ? ServerHealth::kHealthy : ServerHealth::kUnhealthy;
  return server;
}

}  // namespace

std::string_view ServerStateName(ServerState state) {
  switch (state) {
    case ServerState::kReady:
      return "ready";
    case ServerState::kDraining:
      return "draining";
    case ServerState::kMaintenance:
      return "maintenance";
  }
  return "ready";
}

std::string_view ServerHealthName(ServerHealth health) {
  switch (health) {
    case ServerHealth::kUnknown:
      return "unknown";
    case ServerHealth::kHealthy:
      return "healthy";
    case ServerHealth::kUnhealthy:
      return "unhealthy";
  }
  return "unknown";
}

HaproxyBalancer::HaproxyBalancer(HaproxySocket socket, const Clock& clock, HaproxyOptions options)
    : socket_(std::move(socket)), clock_(clock), options_(std::move(options)) {
  if (!options_.wait)
    options_.wait = [](Duration d) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(d.nanos()));
    };
}

Result<std::string> HaproxyBalancer::Target(const std::string& server) const {
  if (IsHaproxyName(server)) return options_.backend + "/" + server;
  return InvalidArgument("\"" + server.substr(0, 40) +
                         "\" is no name of a server: letters, digits and _-.: are");
}

Result<std::vector<BalancedServer>> HaproxyBalancer::Servers() {
  HN_TRY(const HaproxySnapshot snapshot, socket_.Snapshot(options_.backend));
  HN_TRY(const HaproxyTable states, socket_.ServersState(options_.backend));
  std::vector<BalancedServer> servers;
  for (const ServerStat& stat : snapshot.backend.servers)
    for (size_t row = 0; row < states.size(); ++row)
      if (states.Get(row, "srv_name") == stat.name) servers.push_back(Describe(stat, states, row));
  return servers;
}

Result<BalancedServer> HaproxyBalancer::Find(const std::string& server) {
  HN_TRY(std::vector<BalancedServer> servers, Servers());
  for (BalancedServer& candidate : servers)
    if (candidate.name == server) return std::move(candidate);
  return NotFound("backend " + options_.backend + " of HAProxy at " + socket_.path() +
                  " has no server \"" + server +
                  "\"; a reload forgets servers that haproxy.cfg "
                  "does not list: add it again");
}

Status HaproxyBalancer::SetState(const std::string& target, std::string_view state) {
  return socket_.Change("set server " + target + " state " + std::string(state));
}

Status HaproxyBalancer::Until(Duration deadline, const std::function<Result<bool>()>& look,
                              const std::function<std::string()>& reason) {
  const Duration end = clock_.Monotonic() + deadline;
  for (;;) {
    HN_TRY(const bool done, look());
    if (done) return {};
    const Duration rest = end - clock_.Monotonic();
    if (rest <= Duration()) return Timeout(reason());
    options_.wait(std::min(rest, options_.look_interval));
  }
}

Status HaproxyBalancer::Add(const NewServer& server) {
  HN_TRY(const std::string target, Target(server.name));
  const auto is_address = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
           c == ':' || c == '[' || c == ']';
  };
  if (server.address.find(':') == std::string::npos || server.address.size() > 64 ||
      !std::all_of(server.address.begin(), server.address.end(), is_address))
    return InvalidArgument("\"" + server.address.substr(0, 64) +
                           "\" is no address of a server: IP:port is, names are not looked up");
  if (server.weight < 0 || server.weight > 256)
    return InvalidArgument("a server's weight is 0 to 256; " + server.name + " asks for " +
                           std::to_string(server.weight));
  std::string command =
      "add server " + target + " " + server.address + " weight " + std::to_string(server.weight);
  if (server.check) {
    const ServerCheck& check = *server.check;
    if (check.interval < Duration::Millis(1) || check.fall < 1 || check.rise < 1)
      return InvalidArgument("a health check needs an interval, fall and rise above 0; those of " +
                             server.name + " are not");
    command += " check inter " + std::to_string(check.interval.millis()) + "ms fall " +
               std::to_string(check.fall) + " rise " + std::to_string(check.rise);
  }
  const Status added = socket_.Change(command, "New server registered");
  if (!added) {
    if (added.error().code != ErrorCode::kConflict) return added;
    HN_TRY(const BalancedServer present, Find(server.name));
    if (present.address != server.address)
      return Conflict("server " + target + " is there already with the address " + present.address +
                      ", not " + server.address + "; remove it first");
  }
  // Checks of a server that came at run time are off until they are asked for.
  if (server.check) return socket_.Change("enable health " + target);
  return {};
}

Status HaproxyBalancer::Enable(const std::string& server, Duration deadline) {
  HN_TRY(const std::string target, Target(server));
  HN_TRY(const BalancedServer before, Find(server));
  if (before.state == ServerState::kReady) return {};
  HN_TRY(const HaproxyTable states, socket_.ServersState(options_.backend));
  bool checked = false;
  for (size_t row = 0; row < states.size(); ++row)
    if (states.Get(row, "srv_name") == server)
      checked = Bits(states, row, "srv_check_state") & kCheckConfiguredBit;
  if (checked) {
    // HAProxy takes a server for up when it leaves maintenance, until checks
    // fail. Draining, it is checked and gets nothing.
    if (before.state == ServerState::kMaintenance) HN_TRY_VOID(SetState(target, "drain"));
    std::string said = "it has not been checked";
    const auto healthy = [&]() -> Result<bool> {
      HN_TRY(const HaproxySnapshot snapshot, socket_.Snapshot(options_.backend));
      for (const ServerStat& stat : snapshot.backend.servers) {
        if (stat.name != server) continue;
        if (!stat.check_status.empty()) said = "its last check says " + CheckOf(stat);
        return CheckPassed(stat);
      }
      return NotFound("server " + target + " is gone from HAProxy at " + socket_.path());
    };
    HN_TRY_VOID(Until(deadline, healthy, [&] {
      return "server " + target + " of HAProxy at " + socket_.path() + " was not healthy within " +
             FormatDuration(deadline) + ": " + said + "; it gets no requests";
    }));
  }
  return SetState(target, "ready");
}

Status HaproxyBalancer::EnableAtOnce(const std::string& server) {
  HN_TRY(const std::string target, Target(server));
  return SetState(target, "ready");
}

Status HaproxyBalancer::Drain(const std::string& server, Duration deadline) {
  HN_TRY(const std::string target, Target(server));
  HN_TRY(const BalancedServer before, Find(server));
  // Draining a server in maintenance would start checks, and serve nobody.
  if (before.state != ServerState::kMaintenance) HN_TRY_VOID(SetState(target, "drain"));
  int64_t left = 0;
  int idle_looks = 0;
  const auto idle = [&]() -> Result<bool> {
    HN_TRY(const HaproxySnapshot snapshot, socket_.Snapshot(options_.backend));
    for (const ServerStat& stat : snapshot.backend.servers)
      if (stat.name == server) left = stat.sessions + stat.queued;
    // Twice: another thread of HAProxy may have chosen it just before.
    idle_looks = left == 0 ? idle_looks + 1 : 0;
    return idle_looks == 2;
  };
  return Until(deadline, idle, [&] {
    return "server " + target + " of HAProxy at " + socket_.path() + " still has " +
           std::to_string(left) + " requests in flight after " + FormatDuration(deadline) +
           "; it gets no new ones";
  });
}

Status HaproxyBalancer::Disable(const std::string& server) {
  HN_TRY(const std::string target, Target(server));
  return SetState(target, "maint");
}

Status HaproxyBalancer::Remove(const std::string& server, Duration deadline) {
  HN_TRY(const std::string target, Target(server));
  const Status disabled = SetState(target, "maint");
  if (!disabled && disabled.error().code == ErrorCode::kNotFound) return {};
  HN_TRY_VOID(disabled);
  std::string why;
  const auto removed = [&]() -> Result<bool> {
    const Status deleted = socket_.Change("del server " + target, "Server deleted");
    if (deleted || deleted.error().code == ErrorCode::kNotFound) return true;
    why = deleted.error().message;
    if (deleted.error().code == ErrorCode::kUnavailable) return false;
    return deleted.error();
  };
  return Until(deadline, removed, [&] {
    return "server " + target + " was not removed within " + FormatDuration(deadline) + ": " + why +
           "; it is left in maintenance";
  });
}

Status HaproxyBalancer::SetWeight(const std::string& server, int weight) {
  HN_TRY(const std::string target, Target(server));
  if (weight < 0 || weight > 256)
    return InvalidArgument("a server's weight is 0 to 256, not " + std::to_string(weight));
  return socket_.Change("set server " + target + " weight " + std::to_string(weight));
}

}  // namespace hinomi::drivers
