#include "os/entropy.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace hinomi {

std::string SecureRandomBytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t n = ::getrandom(bytes.data() + done, size - done, 0);
    if (n < 0 && errno == EINTR) continue;
    HN_CHECK(n > 0);
    done += static_cast<size_t>(n);
  }
  return bytes;
}

uint64_t RandomSeed() {
  uint64_t seed;
  std::memcpy(&seed, SecureRandomBytes(sizeof seed).data(), sizeof seed);
  return seed;
}

}  // namespace hinomi
