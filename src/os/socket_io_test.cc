#include "os/socket_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "os/system_clock.h"

namespace hinomi {
namespace {

/// Two ends of a connection; the first does not block.
class SocketIoTest : public ::testing::Test {
 protected:
  SocketIoTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0);
    EXPECT_EQ(::fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
  }
  ~SocketIoTest() override {
    ::close(ends_[0]);
    ClosePeer();
  }
  void ClosePeer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  Deadline In(Duration time) const { return Deadline(clock_, time); }

  SystemClock clock_;
  std::array<int, 2> ends_{-1, -1};
};

TEST_F(SocketIoTest, MoreThanTheKernelHoldsIsSentWhileItIsRead) {
  const std::string much(3'000'000, 'x');
  size_t read = 0;
  std::thread reader([&] {
    std::array<char, 65536> buffer;
    while (read < much.size()) {
      const ssize_t count = ::read(ends_[1], buffer.data(), buffer.size());
      if (count <= 0) return;
      read += static_cast<size_t>(count);
    }
  });
  EXPECT_TRUE(SendAll(ends_[0], much, In(Duration::Seconds(30))));
  reader.join();
  EXPECT_EQ(read, much.size());
}

TEST_F(SocketIoTest, NobodyIsWaitedForBeyondTheDeadline) {
  std::array<char, 8> buffer;
  const auto received = ReceiveSome(ends_[0], buffer, In(Duration::Millis(20)));
  ASSERT_FALSE(received.has_value());
  EXPECT_EQ(received.error().code, ErrorCode::kTimeout);
  const std::string much(3'000'000, 'x');
  const Status sent = SendAll(ends_[0], much, In(Duration::Millis(20)));
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(AwaitSocket(ends_[0], POLLIN, In(Duration())).error().code, ErrorCode::kTimeout);
}

TEST_F(SocketIoTest, WithoutWaitingThereIsWhatHasCome) {
  std::array<char, 8> buffer;
  EXPECT_EQ(ReceiveNow(ends_[0], buffer).value(), std::nullopt);
  ASSERT_EQ(::write(ends_[1], "ab", 2), 2);
  EXPECT_EQ(ReceiveNow(ends_[0], buffer).value(), 2u);
  ClosePeer();
  EXPECT_EQ(ReceiveNow(ends_[0], buffer).value(), 0u);
}

TEST_F(SocketIoTest, WhatIsThereComesAndThenTheEnd) {
  ASSERT_EQ(::write(ends_[1], "ab", 2), 2);
  ClosePeer();
  std::array<char, 8> buffer;
  EXPECT_EQ(ReceiveSome(ends_[0], buffer, In(Duration::Seconds(5))).value(), 2u);
  EXPECT_EQ(ReceiveSome(ends_[0], buffer, In(Duration::Seconds(5))).value(), 0u);
  const Status sent = SendAll(ends_[0], "x", In(Duration::Seconds(5)));
  ASSERT_FALSE(sent.has_value());  // And no SIGPIPE.
  EXPECT_EQ(sent.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace hinomi
