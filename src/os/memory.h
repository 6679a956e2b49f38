#ifndef HINOMI_OS_MEMORY_H_
#define HINOMI_OS_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace hinomi {

/// From this size on memory is asked for in huge pages, which the system gives as far as it has
/// them: one fault then stands for 512. On a virtual machine each first touch of a small page
/// costs about 10 us, more than all that a write does with its samples there.
inline constexpr size_t kHugePageBytes = 2u << 20;

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

namespace memory_internal {

/// Malloc's below kHugePageBytes, else the system's. std::bad_alloc.
void* Allocate(size_t bytes);
void Free(void* at, size_t bytes);

}  // namespace memory_internal

/// For vectors that grow large and stay: in huge pages, present as they are touched.
template <typename T>
class LargeAllocator {
 public:
  using value_type = T;

  LargeAllocator() = default;
  template <typename U>
  LargeAllocator(const LargeAllocator<U>&) {}  // NOLINT(google-explicit-constructor): required.
  T* allocate(size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(memory_internal::Allocate(count * sizeof(T)));
  }
  void deallocate(T* at, size_t count) { memory_internal::Free(at, count * sizeof(T)); }
  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

/// Gives what malloc holds and nobody uses to the system: some milliseconds for a hundred
/// megabytes. For after work that took much memory for a while.
void GiveBackFreeMemory();

}  // namespace hinomi

#endif  // HINOMI_OS_MEMORY_H_
