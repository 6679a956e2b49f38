#include "os/memory_testing.h"

#include <unistd.h>

#include <fstream>

namespace hinomi {
namespace {

constexpr size_t kPiece = 16u << 10;  // Too small for a mapping of its own.

}  // namespace

bool MallocIsTheSystems() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t whole = 0;
  size_t resident = 0;
  statm >> whole >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

KeptByMalloc::KeptByMalloc(size_t bytes) {
  std::vector<std::vector<char>> pieces;
  for (size_t i = 0; i < bytes / kPiece; ++i) pieces.emplace_back(kPiece, 'x');
  behind_.assign(kPiece, 'x');
}

}  // namespace hinomi
