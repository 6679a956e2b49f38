#include "metrics/probes/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

Result<std::vector<NetAddress>> GetAddresses(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return NotFound("cannot resolve " + host + ": " + ::gai_strerror(error));
  std::vector<NetAddress> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_addrlen > sizeof(sockaddr_storage)) continue;
    NetAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
  }
  ::freeaddrinfo(found);
  if (addresses.empty()) return NotFound("cannot resolve " + host + ": it has no address");
  return addresses;
}

}  // namespace

void NetAddress::SetPort(uint16_t port) {
  if (family() == AF_INET) reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
  if (family() == AF_INET6) reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
}

Result<HostAndPort> SplitHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : ParseUint(std::string_view(text).substr(colon + 1));
  if (colon == 0 || !port || *port == 0 || *port > 65535)
    return InvalidArgument("\"" + text + "\" is no host:port");
  HostAndPort target{text.substr(0, colon), static_cast<uint16_t>(*port)};
  if (target.host.starts_with('[') && target.host.ends_with(']'))
    target.host = target.host.substr(1, target.host.size() - 2);
  return target;
}

Result<std::vector<NetAddress>> SystemLookup(const std::string& host) {
  return GetAddresses(host, 0);
}

struct Resolver::Shared {
  using Answer = std::optional<Result<std::vector<NetAddress>>>;

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, std::shared_ptr<Answer>> under_way;
};

Resolver::Resolver(LookupFunction lookup, size_t most_lookups)
    : lookup_(std::move(lookup)),
      most_lookups_(most_lookups),
      shared_(std::make_shared<Shared>()) {}

Result<std::vector<NetAddress>> Resolver::Resolve(const HostAndPort& target,
                                                  const Deadline& deadline) {
  Result<std::vector<NetAddress>> found = GetAddresses(target.host, AI_NUMERICHOST);
  if (!found) {
    std::unique_lock lock(shared_->mutex);
    std::shared_ptr<Shared::Answer> answer;
    const auto known = shared_->under_way.find(target.host);
    if (known != shared_->under_way.end()) {
      answer = known->second;
    } else {
      if (shared_->under_way.size() >= most_lookups_)
        return Exhausted("cannot resolve " + target.host + ": " +
                         std::to_string(shared_->under_way.size()) +
                         " other names wait for the system's resolver; see /etc/resolv.conf");
      answer = std::make_shared<Shared::Answer>();
      const auto look = [shared = shared_, lookup = lookup_, host = target.host, answer] {
        auto addresses = lookup(host);
        const std::lock_guard inner(shared->mutex);
        *answer = std::move(addresses);
        shared->under_way.erase(host);
        shared->changed.notify_all();
      };
      try {
        std::thread(look).detach();
      } catch (const std::system_error&) {
        return Exhausted("cannot resolve " + target.host + ": no thread for it");
      }
      shared_->under_way.emplace(target.host, answer);
    }
    if (!shared_->changed.wait_for(lock, std::chrono::nanoseconds(deadline.Left().nanos()),
                                   [&] { return answer->has_value(); }))
      return Timeout("no address of " + target.host + " in time");
    found = **answer;
  }
  if (!found) return found;
  for (NetAddress& address : *found) address.SetPort(target.port);
  return found;
}

}  // namespace hinomi::metrics
