#include "os/threads.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace hinomi {
namespace {

TEST(ThreadsTest, OnlyTheCallingThreadGivesWay) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  int there = -1;
  std::thread([&] {
    GiveWayToOthers();
    there = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  }).join();
  EXPECT_GE(there, 10);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), before);
}

}  // namespace
}  // namespace hinomi
