#ifndef HINOMI_OS_SOCKET_IO_H_
#define HINOMI_OS_SOCKET_IO_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace hinomi {

// Connected sockets that do not block, waited for up to a deadline. Errors of all: kTimeout;
// kUnavailable for a connection that broke, whatever the kernel calls it: it is for now only.

/// "what: reason" of the present errno as kUnavailable.
Error BrokenConnection(std::string what);
/// Until one of `events` (POLLIN, POLLOUT) is there.
Status AwaitSocket(int fd, short events, const Deadline& deadline);
/// All of it; a peer that is gone is an error, no signal.
Status SendAll(int fd, std::string_view bytes, const Deadline& deadline);
/// What has come, without waiting: nothing where nothing has, 0 once the other side has closed.
Result<std::optional<size_t>> ReceiveNow(int fd, std::span<char> into);
/// At least one byte and at most all that fit; 0 once the other side has closed.
Result<size_t> ReceiveSome(int fd, std::span<char> into, const Deadline& deadline);

}  // namespace hinomi

#endif  // HINOMI_OS_SOCKET_IO_H_
