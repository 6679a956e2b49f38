#include "os/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "os/memory_testing.h"

namespace hinomi {
namespace {

constexpr size_t kMuch = 16u << 20;

TEST(MemoryTest, ABlockIsZeroedAndGoneAtOnce) {
  const size_t before = ResidentBytes();
  {
    MemoryBlock block(kMuch + 1);
    EXPECT_GT(block.size(), kMuch);
    EXPECT_GE(ResidentBytes(), before + kMuch);
    EXPECT_TRUE(std::all_of(block.data(), block.data() + block.size(),
                            [](std::byte byte) { return byte == std::byte{0}; }));
    const MemoryBlock moved = std::move(block);
    EXPECT_EQ(block.data(), nullptr);  // NOLINT(bugprone-use-after-move): what is promised.
    moved.data()[kMuch] = std::byte{1};
  }
  EXPECT_LT(ResidentBytes(), before + kMuch / 2);
}

TEST(MemoryTest, MuchIsInHugePages) {
  const MemoryBlock block(kMuch);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(block.data()) % kHugePageBytes, 0u);
  EXPECT_EQ(block.size(), kMuch);
  EXPECT_LT(MemoryBlock(4096).size(), kHugePageBytes);
}

TEST(MemoryTest, AVectorGrowsIntoThePagesOfTheSystemAndBackAndKeepsWhatItHas) {
  const size_t before = ResidentBytes();
  {
    std::vector<uint64_t, LargeAllocator<uint64_t>> numbers;
    for (uint64_t i = 0; i < kMuch / sizeof(uint64_t); ++i) numbers.push_back(i * i);
    for (uint64_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i * i);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(numbers.data()) % kHugePageBytes, 0u);
    EXPECT_GE(ResidentBytes(), before + kMuch);
    numbers.resize(100);
    numbers.shrink_to_fit();
    EXPECT_EQ(numbers[99], 99u * 99u);
  }
  EXPECT_LT(ResidentBytes(), before + kMuch / 2);
  EXPECT_THROW((void)LargeAllocator<uint64_t>().allocate(SIZE_MAX / 4), std::bad_alloc);
}

TEST(MemoryTest, AnEmptyBlockHasNothing) {
  const MemoryBlock block;
  EXPECT_EQ(block.data(), nullptr);
  EXPECT_EQ(block.size(), 0u);
}

TEST(MemoryTest, WhatMallocHasFreeGoesBack) {
  if (!MallocIsTheSystems()) GTEST_SKIP() << "a sanitizer's malloc keeps what is freed";
  const size_t before = ResidentBytes();
  const KeptByMalloc kept(kMuch);
  ASSERT_GT(ResidentBytes(), before + kMuch / 2);
  GiveBackFreeMemory();
  EXPECT_LT(ResidentBytes(), before + kMuch / 4);
}

}  // namespace
}  // namespace hinomi
