#include "http/impl/deadline.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>

namespace hinomi::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

class DeadlineTest : public ::testing::Test {
 protected:
  DeadlineTest() {
    acceptor_.listen();
    socket_.connect(acceptor_.local_endpoint());
    peer_ = acceptor_.accept();
    // What the deadline is to end: a read that nothing comes for.
    socket_.async_wait(tcp::socket::wait_read, [this](boost::system::error_code ec) {
      ended_ = ec == asio::error::operation_aborted;
    });
  }
  void RunFor(int ms) { io_.run_for(milliseconds(ms)); }
  /// However busy the machine is.
  void AwaitEnd() {
    for (int i = 0; i < 1000 && !ended_; ++i) RunFor(20);
  }
  /// How many waits of timers end within that time.
  size_t TimersWithin(int ms) { return io_.run_for(milliseconds(ms)); }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  tcp::socket socket_{io_};
  tcp::socket peer_{io_};
  std::shared_ptr<int> owner_ = std::make_shared<int>();
  Deadline deadline_{socket_};
  bool ended_ = false;
};

TEST_F(DeadlineTest, EndsWhatWaitsWhenItsTimeIsUp) {
  deadline_.Arm(Duration::Millis(20), owner_);
  AwaitEnd();
  EXPECT_TRUE(deadline_.expired());
  EXPECT_TRUE(ended_);
  EXPECT_EQ(owner_.use_count(), 1);
}

TEST_F(DeadlineTest, IsMovedToLater) {
  deadline_.Arm(Duration::Millis(50), owner_);
  deadline_.Arm(Duration::Seconds(60), owner_);
  RunFor(200);
  EXPECT_FALSE(deadline_.expired());
  EXPECT_FALSE(ended_);
  deadline_.Arm(Duration::Millis(20), owner_);
  AwaitEnd();
  EXPECT_TRUE(ended_);
}

TEST_F(DeadlineTest, IsMovedToEarlier) {
  deadline_.Arm(Duration::Seconds(60), owner_);
  deadline_.Arm(Duration::Millis(20), owner_);
  AwaitEnd();
  EXPECT_TRUE(ended_);
}

TEST_F(DeadlineTest, EndsNothingWhileItIsNotArmed) {
  deadline_.Arm(Duration::Millis(20), owner_);
  deadline_.Disarm();
  for (int i = 0; i < 1000 && owner_.use_count() > 1; ++i) RunFor(20);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(owner_.use_count(), 1);
  deadline_.Arm(Duration::Millis(20), owner_);
  EXPECT_FALSE(deadline_.expired());
  AwaitEnd();
  EXPECT_TRUE(ended_);
}

TEST_F(DeadlineTest, LetsGoOfItsOwnerAtTheEnd) {
  deadline_.Arm(Duration::Seconds(60), owner_);
  EXPECT_EQ(owner_.use_count(), 2);
  deadline_.End();
  RunFor(20);
  EXPECT_EQ(owner_.use_count(), 1);
  EXPECT_FALSE(ended_);
  deadline_.Arm(Duration::Seconds(60), owner_);
  EXPECT_EQ(owner_.use_count(), 2);
}

// A request arms it half a dozen times: the timer underneath hears of none of them.
TEST_F(DeadlineTest, LaterTimesCostTheTimerNothing) {
  deadline_.Arm(Duration::Seconds(30), owner_);
  for (int i = 0; i < 1000; ++i) deadline_.Arm(Duration::Seconds(60), owner_);
  EXPECT_EQ(TimersWithin(50), 0u);
  EXPECT_EQ(owner_.use_count(), 2);
}

}  // namespace
}  // namespace hinomi::http
