#include "os/waker.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

namespace hinomi {
namespace {

bool IsReadable(const Waker& waker, int patience_ms) {
  pollfd wait{waker.fd(), POLLIN, 0};
  return ::poll(&wait, 1, patience_ms) == 1;
}

TEST(WakerTest, AWakeBeforeTheWaitEndsItOnceHoweverOftenItCame) {
  Waker waker;
  EXPECT_FALSE(IsReadable(waker, 0));
  waker.Wake();
  waker.Wake();
  EXPECT_TRUE(IsReadable(waker, 0));
  waker.Heard();
  EXPECT_FALSE(IsReadable(waker, 0));
  waker.Heard();  // Blocks nobody.
}

TEST(WakerTest, AnotherThreadEndsAWait) {
  Waker waker;
  std::thread other([&] { waker.Wake(); });
  EXPECT_TRUE(IsReadable(waker, 60'000));
  other.join();
}

}  // namespace
}  // namespace hinomi
