#include "os/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

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
