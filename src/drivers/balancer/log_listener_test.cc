#include "drivers/balancer/log_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/strings.h"
#include "os/testing.h"

namespace hinomi::drivers {
namespace {

using ::testing::HasSubstr;

void SendTo(const std::string& address, std::string_view bytes) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(*ParseUint(address.substr(address.find(':') + 1))));
  EXPECT_EQ(
      ::sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
      static_cast<ssize_t>(bytes.size()));
  ::close(fd);
}

TEST(LogListenerTest, EachBackendHasItsTimesAndWhatIsNoRequestIsCounted) {
  auto listener = HaproxyLogListener::Open("127.0.0.1:0");
  ASSERT_TRUE(listener) << listener.error().message;
  HaproxyLogListener& log = **listener;
  SendTo(log.address(), "127.0.0.1:1 [x] web app/a 0/0/0/40/41 200 1 - -");
  SendTo(log.address(), "127.0.0.1:1 [x] web app/<NOSRV> -1/-1/-1/-1/0 503 1 - -");
  SendTo(log.address(), "127.0.0.1:1 [x] web shop/a 0/0/0/7/8 500 1 - -");
  SendTo(log.address(), "Server app/a is DOWN");
  SendTo(log.address(), "");
  for (int i = 0; log.unread_lines() < 2 && i < 1'000; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(log.unread_lines(), 2u);
  const LoggedPeriod app = log.Take("app");
  EXPECT_EQ(app.lines, 2u);
  EXPECT_EQ(app.times.Samples(9), std::vector<double>{0.040});
  EXPECT_EQ(log.Take("shop").times.Samples(9), std::vector<double>{0.007});
  EXPECT_EQ(log.Take("app").lines, 0u) << "taken once";
}

TEST(LogListenerTest, AddressesThatCannotBeAreRefused) {
  for (const std::string address :
       {"", "log", "0.0.0.0:5140", "10.0.0.1:5140", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.x:1", "localhost:5140"}) {
    const auto listener = HaproxyLogListener::Open(address);
    ASSERT_FALSE(listener) << address;
    EXPECT_EQ(listener.error().code, ErrorCode::kInvalidArgument) << address;
  }
  EXPECT_EQ(HaproxyLogListener::Open("/" + std::string(200, 'x')).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(LogListenerTest, APlaceThatIsTakenStaysWithItsOwner) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/log";
  {
    const auto first = HaproxyLogListener::Open(path);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = HaproxyLogListener::Open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_THAT(second.error().message, HasSubstr(path));
    const auto udp = HaproxyLogListener::Open("127.0.0.1:0");
    ASSERT_TRUE(udp);
    EXPECT_EQ(HaproxyLogListener::Open((*udp)->address()).error().code, ErrorCode::kConflict);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "removed at the end";
  // A file that is no socket is nobody's leftover.
  std::ofstream(path) << "precious";
  EXPECT_EQ(HaproxyLogListener::Open(path).error().code, ErrorCode::kConflict);
  std::string kept;
  std::ifstream(path) >> kept;
  EXPECT_EQ(kept, "precious");
}

}  // namespace
}  // namespace hinomi::drivers
