#ifndef HINOMI_OS_MEMORY_TESTING_H_
#define HINOMI_OS_MEMORY_TESTING_H_

#include <cstddef>
#include <vector>

namespace hinomi {

/// False where a sanitizer takes the place of malloc and keeps what is freed.
bool MallocIsTheSystems();

/// What this process has in memory, in bytes.
size_t ResidentBytes();

/// Memory that malloc has free and keeps, since something behind it is in use.
class KeptByMalloc {
 public:
  explicit KeptByMalloc(size_t bytes);

 private:
  std::vector<char> behind_;
};

}  // namespace hinomi

#endif  // HINOMI_OS_MEMORY_TESTING_H_
