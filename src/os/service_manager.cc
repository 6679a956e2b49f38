#include "os/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/strings.h"

namespace hinomi {
namespace {

std::string TakeVariable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  ::unsetenv(name);
  return taken;
}

}  // namespace

ServiceManager ServiceManager::FromEnvironment(const Clock& clock) {
  std::string socket = TakeVariable("NOTIFY_SOCKET");
  const auto watchdog = ParseInt(TakeVariable("WATCHDOG_USEC"));
  const auto watched = ParseInt(TakeVariable("WATCHDOG_PID"));
  const bool is_for_us = !watched || *watched == ::getpid();
  return {clock, std::move(socket),
          watchdog && *watchdog > 0 && is_for_us ? Duration::Micros(*watchdog) : Duration()};
}

void ServiceManager::Ready() {
  Say("READY=1");
}

void ServiceManager::Stopping() {
  Say("STOPPING=1");
}

void ServiceManager::Progress() {
  if (watchdog_ == Duration()) return;
  const Duration now = clock_.Monotonic();
  {
    const std::lock_guard lock(mutex_);
    if (told_at_ && now - *told_at_ < watchdog_ / 4) return;
    told_at_ = now;
  }
  Say("WATCHDOG=1");
}

void ServiceManager::Say(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  // Never waits: a manager that does not read must not stop what it watches.
  (void)::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size()));
  ::close(fd);
}

}  // namespace hinomi
