#include "os/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

namespace hinomi {
namespace {

size_t RoundedUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::byte* MapPages(size_t bytes, int flags) {
  void* const at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(at);
}

/// `bytes`: whole huge pages. Where the system has none these are small ones.
std::byte* MapHugePages(size_t bytes) {
  // At a multiple of a huge page: more than is needed is mapped, and the ends given back.
  std::byte* const mapped = MapPages(bytes + kHugePageBytes, 0);
  const size_t before = -reinterpret_cast<uintptr_t>(mapped) % kHugePageBytes;
  if (before > 0) ::munmap(mapped, before);
  ::munmap(mapped + before + bytes, kHugePageBytes - before);
  ::madvise(mapped + before, bytes, MADV_HUGEPAGE);
  return mapped + before;
}

}  // namespace

MemoryBlock::MemoryBlock(size_t bytes) {
  if (bytes >= kHugePageBytes) {
    size_ = RoundedUp(bytes, kHugePageBytes);
    data_ = MapHugePages(size_);
    // Not known to kernels before 5.14: the pages come as they are touched then.
    ::madvise(data_, size_, MADV_POPULATE_WRITE);
    return;
  }
  static const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  size_ = RoundedUp(bytes, page);
  // All pages in one call: a fault for each would cost as much as what is written there.
  data_ = MapPages(size_, MAP_POPULATE);
}

MemoryBlock::~MemoryBlock() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void* memory_internal::Allocate(size_t bytes) {
  return bytes < kHugePageBytes ? ::operator new(bytes)
                                : MapHugePages(RoundedUp(bytes, kHugePageBytes));
}

void memory_internal::Free(void* at, size_t bytes) {
  if (bytes < kHugePageBytes) {
    ::operator delete(at);
  } else {
    ::munmap(at, RoundedUp(bytes, kHugePageBytes));
  }
}

void GiveBackFreeMemory() {
  (void)::malloc_trim(0);
}

}  // namespace hinomi
