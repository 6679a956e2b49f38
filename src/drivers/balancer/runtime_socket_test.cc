#include "drivers/balancer/runtime_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "base/check.h"
#include "drivers/balancer/haproxy_socket.h"
#include "os/system_clock.h"
#include "os/testing.h"

namespace hinomi::drivers {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
const SystemClock kClock;

int Listen(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  HN_CHECK(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  HN_CHECK(::listen(fd, 4) == 0);
  return fd;
}

/// Takes one connection, reads its command, answers these bytes and closes, or
/// keeps it open until the end.
class OneAnswer {
 public:
  enum class Then { kClose, kKeepOpen };
  OneAnswer(const std::string& path, std::string answer, Then then)
      : listener_(Listen(path)), thread_([this, answer = std::move(answer), then] {
          const int fd = ::accept(listener_, nullptr, nullptr);
          if (fd < 0) return;
          char c = 0;
          while (::recv(fd, &c, 1, 0) == 1 && c != '\n') command_ += c;
          for (size_t sent = 0; sent < answer.size();) {
            const ssize_t n = ::send(fd, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) break;
            sent += static_cast<size_t>(n);
          }
          if (then == Then::kKeepOpen) (void)::recv(fd, &c, 1, 0);  // Until the other side goes.
          ::close(fd);
        }) {}
  ~OneAnswer() { End(); }
  void End() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  const std::string& command() const { return command_; }  ///< After `End`.

 private:
  int listener_;
  std::string command_;
  std::thread thread_;
};

TEST(RuntimeSocketTest, AnswersAreReadToTheirEnd) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/s";
  const std::string answer(1 << 20, 'x');
  OneAnswer server(path, answer, OneAnswer::Then::kClose);
  const auto got = LocalSocketExchange(kClock)(path, "show info\n", {});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, answer);
  server.End();
  EXPECT_EQ(server.command(), "show info");
}

TEST(RuntimeSocketTest, WhatIsNoHaproxyGivesAClearError) {
  constexpr auto kClose = OneAnswer::Then::kClose;
  constexpr auto kKeepOpen = OneAnswer::Then::kKeepOpen;
  const std::string info = "Name: HAProxy\nPid: 7\nUptime_sec: 1\n\n";
  const struct {
    std::string answer;
    OneAnswer::Then then;
    ErrorCode code;
    std::string_view reason;
  } kCases[] = {
      {"", kClose, ErrorCode::kExhausted, "without an answer"},
      {"", kKeepOpen, ErrorCode::kTimeout, "does not end its answer within 200ms"},
      {info, kKeepOpen, ErrorCode::kTimeout, "does not end its answer within 200ms"},
      {std::string("\x00\xff\x1b[2J nonsense", 14), kClose, ErrorCode::kCorrupt,
       "begins \"???[2J nonsens\"; is this HAProxy's runtime socket?"},
      {"HTTP/1.0 400 Bad request\r\n\r\n", kClose, ErrorCode::kCorrupt, "HTTP/1.0 400 Bad request"},
      {std::string(70'000, 'x'), kClose, ErrorCode::kCorrupt, "more than 65536 bytes"},
      {info, kClose, ErrorCode::kCorrupt, "does not begin with the header"},
      {info + "No such proxy.\n", kClose, ErrorCode::kNotFound, "compare the name"},
      {info + "# pxname,svname\napp,", kClose, ErrorCode::kCorrupt, "cut off"},
      {"Permission denied\n\n", kClose, ErrorCode::kDenied, "level admin"},
      {"Unknown command: 'show info', but maybe\n\n", kClose, ErrorCode::kInvalidArgument, "2.6"},
      {"Pid: minus\nUptime_sec: 1\n\n", kClose, ErrorCode::kCorrupt, "Pid: minus"},
  };
  for (const auto& c : kCases) {
    const TempDirectory directory;
    const std::string path = directory.path() + "/s";
    const OneAnswer server(path, c.answer, c.then);
    const HaproxySocket socket(path, LocalSocketExchange(kClock),
                               {.timeout = Duration::Millis(200), .answer_bytes = 65'536});
    const auto snapshot = socket.Snapshot("app");
    ASSERT_FALSE(snapshot) << c.reason;
    EXPECT_EQ(snapshot.error().code, c.code) << snapshot.error().message;
    EXPECT_THAT(snapshot.error().message,
                AllOf(HasSubstr(path), HasSubstr("show stat app 6 -1"), HasSubstr(c.reason)));
  }
}

TEST(RuntimeSocketTest, ASocketThatIsGoneSaysWhereAndWhatToDo) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/s";
  const HaproxySocket socket(path, LocalSocketExchange(kClock));
  for (const std::string_view reason : {"no such socket", "nobody listens there any more"}) {
    const auto answer = socket.Ask("show info");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(answer.error().message,
                AllOf(HasSubstr(path), HasSubstr(reason), HasSubstr("`stats socket " + path)));
    // Next: the file is there, its process is not.
    ::close(Listen(directory.path() + (reason == "no such socket" ? "/s" : "/other")));
  }
  const auto long_path =
      HaproxySocket("/" + std::string(200, 'x'), LocalSocketExchange(kClock)).Ask("show info");
  ASSERT_FALSE(long_path);
  EXPECT_EQ(long_path.error().code, ErrorCode::kInvalidArgument);
}

TEST(RuntimeSocketTest, ASocketWhoseQueueIsFullTimesOut) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/s";
  const int listener = Listen(path);
  // Nobody accepts: after a few, the next connection does not get in or gets no answer.
  const HaproxySocket socket(path, LocalSocketExchange(kClock), {.timeout = Duration::Millis(20)});
  for (int i = 0; i < 8; ++i) {
    const auto answer = socket.Ask("show info");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kTimeout) << answer.error().message;
  }
  ::close(listener);
}

TEST(RuntimeSocketTest, TheProcessIsReadFromShowInfo) {
  const auto process = ParseHaproxyInfo(
      "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 22869\nUptime: 0d 0h00m07s\nUptime_sec: 7\n"
      "node: a:b\nStart_time_sec: 1795578664\n\n");
  ASSERT_TRUE(process);
  EXPECT_EQ(process->pid, 22869);
  EXPECT_EQ(process->uptime_s, 7);
  EXPECT_EQ(process->start_time_s, 1795578664);
  EXPECT_EQ(process->version, "2.6.12-1+deb12u4");
}

}  // namespace
}  // namespace hinomi::drivers
