#include "store/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/strings.h"
#include "os/errno_error.h"

namespace hinomi::store {
namespace {

std::string ReadHolder(int descriptor) {
  char text[32];
  const ssize_t size = pread(descriptor, text, sizeof text, 0);
  const auto pid = ParseInt(Trim(std::string_view(text, static_cast<size_t>(size > 0 ? size : 0))));
  return pid ? "process " + std::to_string(*pid) : std::string("another process");
}

}  // namespace

Result<std::unique_ptr<DataLock>> DataLock::Take(const std::string& directory) {
  const std::string path = directory + "/lock";
  // Close-on-exec: a child process must not go on holding the directory.
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return ErrnoError("opening the lock file " + path);
  std::unique_ptr<DataLock> lock(new DataLock(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoError("locking " + path);
    return Conflict("the data directory " + directory + " is in use by " + ReadHolder(descriptor) +
                    " (it holds " + path + "): stop that one, or give this one another --data");
  }
  // Only for the message above; the lock itself does not need it, so a full
  // disk is no reason not to start.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(descriptor, pid.data(), pid.size(), 0);
  }
  return lock;
}

DataLock::~DataLock() {
  close(descriptor_);
}

}  // namespace hinomi::store
