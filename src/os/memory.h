#ifndef HINOMI_OS_MEMORY_H_
#define HINOMI_OS_MEMORY_H_

#include <cstddef>
#include <utility>

namespace hinomi {

/// Zeroed memory straight from the system, which has it back at once when it is destroyed.
/// What malloc frees stays with the process as long as anything behind it is in use: for
/// much memory that lives for minutes that is the wrong place. Threads: as any memory.
class MemoryBlock {
 public:
  MemoryBlock() = default;
  /// Rounded up to whole pages, all of them present at once. std::bad_alloc.
  explicit MemoryBlock(size_t bytes);
  ~MemoryBlock();
  MemoryBlock(MemoryBlock&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MemoryBlock& operator=(MemoryBlock&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Gives what malloc holds and nobody uses to the system: some milliseconds for a hundred
/// megabytes. For after work that took much memory for a while.
void GiveBackFreeMemory();

}  // namespace hinomi

#endif  // HINOMI_OS_MEMORY_H_
