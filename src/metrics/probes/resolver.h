#ifndef HINOMI_METRICS_PROBES_RESOLVER_H_
#define HINOMI_METRICS_PROBES_RESOLVER_H_

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace hinomi::metrics {

/// An IP address with a port, as the kernel takes it.
struct NetAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage); }
  void SetPort(uint16_t port);
};

/// A host without the brackets of IPv6, and its port.
struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};
/// Reads host:port. Error: kInvalidArgument.
Result<HostAndPort> SplitHostPort(const std::string& text);

/// Addresses of a host, in the order in which they should be tried; blocks.
using LookupFunction = std::function<Result<std::vector<NetAddress>>(const std::string& host)>;
/// getaddrinfo(3). Error: kNotFound with its reason.
Result<std::vector<NetAddress>> SystemLookup(const std::string& host);

/// Looks names up without waiting longer than the caller wants: getaddrinfo
/// cannot be stopped, so each name under way has a thread of its own, which
/// all who ask for the name share and which goes on alone when they leave.
/// Addresses in digits need none. Threads: any.
class Resolver {
 public:
  /// More than `most_lookups` names that hang are kExhausted.
  explicit Resolver(LookupFunction lookup = SystemLookup, size_t most_lookups = 32);

  /// Errors: kTimeout, kNotFound, kExhausted.
  Result<std::vector<NetAddress>> Resolve(const HostAndPort& target, const Deadline& deadline);

 private:
  struct Shared;
  LookupFunction lookup_;
  size_t most_lookups_;
  std::shared_ptr<Shared> shared_;  ///< Also held by lookups under way.
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PROBES_RESOLVER_H_
