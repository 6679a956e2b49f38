#ifndef HINOMI_OS_IMPL_SPAWN_H_
#define HINOMI_OS_IMPL_SPAWN_H_

#include <sys/types.h>

#include <utility>
#include <vector>

#include "base/result.h"
#include "os/process.h"

namespace hinomi::os_impl {

/// A descriptor that is closed at the end; -1 for none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
};
/// Both ends close-on-exec.
Result<Pipe> MakePipe();

/// Starts the command in a session of its own, with default signals. `passed`
/// says which of our descriptors become which of its (0, 1, 2, …); it gets no
/// other. Returns the pid, which the caller must reap.
Result<pid_t> Spawn(const Command& command, const std::vector<std::pair<int, int>>& passed);

}  // namespace hinomi::os_impl

#endif  // HINOMI_OS_IMPL_SPAWN_H_
