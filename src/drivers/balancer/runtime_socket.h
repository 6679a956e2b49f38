#ifndef HINOMI_DRIVERS_BALANCER_RUNTIME_SOCKET_H_
#define HINOMI_DRIVERS_BALANCER_RUNTIME_SOCKET_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace hinomi::drivers {

struct ExchangeLimits {
  Duration timeout = Duration::Seconds(5);  ///< For all of it.
  uint64_t answer_bytes = uint64_t{16} << 20;
};

/// Sends a request to the UNIX socket at `path` and gives all bytes up to the
/// end of the connection. It is a function so that an agent on another host can
/// take its place. Errors: kUnavailable (nobody listens there), kDenied,
/// kTimeout, kExhausted (closed without an answer), kCorrupt (too long an
/// answer), kInvalidArgument (the path cannot be a socket's).
using SocketExchange = std::function<Result<std::string>(
    const std::string& path, std::string_view request, const ExchangeLimits& limits)>;

/// On this host. `clock` must outlive it. Threads: any; blocks.
SocketExchange LocalSocketExchange(const Clock& clock);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_BALANCER_RUNTIME_SOCKET_H_
