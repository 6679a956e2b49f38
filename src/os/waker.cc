#include "os/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

namespace hinomi {

Waker::Waker() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  HN_CHECK(fd_ >= 0);
}

Waker::~Waker() {
  ::close(fd_);
}

void Waker::Wake() {
  ::eventfd_write(fd_, 1);  // Fails only where 2^64 others have called it, too.
}

void Waker::Heard() {
  eventfd_t count = 0;
  ::eventfd_read(fd_, &count);
}

}  // namespace hinomi
