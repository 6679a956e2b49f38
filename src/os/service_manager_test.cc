#include "os/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "os/testing.h"

namespace hinomi {
namespace {

/// What systemd has: a datagram socket, here read without waiting.
class Listener {
 public:
  /// `name`: a path, or "@name".
  explicit Listener(const std::string& name) : name_(name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0) << name;
  }
  ~Listener() { ::close(fd_); }
  const std::string& name() const { return name_; }
  /// The next message; "" if there is none.
  std::string Take() const {
    char text[256];
    const ssize_t size = ::recv(fd_, text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
  }

 private:
  std::string name_;
  int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

class ServiceManagerTest : public ::testing::Test {
 protected:
  ~ServiceManagerTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  ManualClock clock_;
  TempDirectory directory_;
};

TEST_F(ServiceManagerTest, SaysWhenItIsReadyAndWhenItEnds) {
  for (const std::string& name :
       {directory_.path() + "/notify", "@hinomi-test-" + std::to_string(::getpid())}) {
    const Listener systemd(name);
    ServiceManager manager(clock_, systemd.name(), Duration());
    manager.Ready();
    EXPECT_EQ(systemd.Take(), "READY=1") << name;
    manager.Progress();
    EXPECT_EQ(systemd.Take(), "") << "nobody watches";
    manager.Stopping();
    EXPECT_EQ(systemd.Take(), "STOPPING=1");
  }
}

TEST_F(ServiceManagerTest, ProgressIsToldFourTimesWithinTheWatchdogsTime) {
  const Listener systemd(directory_.path() + "/notify");
  ServiceManager manager(clock_, systemd.name(), Duration::Seconds(120));
  int told = 0;
  for (int second = 0; second < 120; ++second) {
    manager.Progress();
    if (systemd.Take() == "WATCHDOG=1") ++told;
    clock_.Advance(Duration::Seconds(1));
  }
  EXPECT_EQ(told, 4);
}

TEST_F(ServiceManagerTest, TheEnvironmentIsTakenSoThatNoChildSpeaksForUs) {
  const Listener systemd(directory_.path() + "/notify");
  ::setenv("NOTIFY_SOCKET", systemd.name().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "120000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  ServiceManager manager = ServiceManager::FromEnvironment(clock_);
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT_EQ(std::getenv(name), nullptr) << name;
  manager.Progress();
  EXPECT_EQ(systemd.Take(), "WATCHDOG=1");

  ::setenv("NOTIFY_SOCKET", systemd.name().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "120000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  ServiceManager parents = ServiceManager::FromEnvironment(clock_);
  parents.Progress();
  EXPECT_EQ(systemd.Take(), "") << "the watchdog was another process's";
}

TEST_F(ServiceManagerTest, NobodyThereIsNoError) {
  for (const std::string& name :
       {std::string(), directory_.path() + "/gone", std::string(500, 'x')}) {
    ServiceManager manager(clock_, name, Duration::Seconds(1));
    manager.Ready();
    manager.Progress();
  }
  const Listener systemd(directory_.path() + "/full");
  ServiceManager manager(clock_, systemd.name(), Duration());
  // Nobody reads: once the queue is full it is not waited for.
  for (int i = 0; i < 2000; ++i) manager.Ready();
}

}  // namespace
}  // namespace hinomi
