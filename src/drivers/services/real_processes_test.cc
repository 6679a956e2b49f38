// The process runtime over this machine: real processes, and a real end of the
// process that holds them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "base/strings.h"
#include "drivers/services/process_runtime.h"
#include "drivers/services/task_record.h"
#include "os/process.h"
#include "os/system_clock.h"
#include "os/testing.h"

namespace hinomi::drivers {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class RealProcessesTest : public ::testing::Test {
 protected:
  // The shims of a killed runtime come to us, so that they are reaped.
  static void SetUpTestSuite() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

  RealProcessesTest() {
    // Away from the ports that the system gives out, and from other test runs.
    low_ = static_cast<uint16_t>(20'000 + (::getpid() * 16) % 10'000);
    Restart();
  }
  ~RealProcessesTest() override {
    (void)runtime_->Declare({});
    EXPECT_TRUE(Within20Seconds([&] {
      runtime_->Turn();
      for (const Task& task : runtime_->Tasks(""))
        if (task.living()) return false;
      return true;
    }));
    runtime_.reset();
    // A shim has written its task's end down before its own.
    EXPECT_TRUE(Within20Seconds([&] { return RunningCommands() == 0; }));
  }

  void Restart() {
    runtime_.reset();
    runtime_ = std::make_unique<ProcessRuntime>(
        ProcessRuntimeOptions{.hosts = {&host_}, .clock = &clock_, .log = &log_, .seed = ++seed_});
  }

  ServiceSpec App(int desired) const {
    ServiceSpec spec;
    spec.name = "app";
    spec.argv = {HN_SERVICES_PROGRAM, "listen", "${PORT}"};
    spec.port_low = low_;
    spec.port_high = static_cast<uint16_t>(low_ + 15);
    spec.desired_count = desired;
    spec.max_count = 8;
    spec.stop_timeout = Duration::Seconds(5);
    return spec;
  }

  void Declare(ServiceSpec spec) {
    const Status declared = runtime_->Declare({std::move(spec)});
    ASSERT_TRUE(declared) << declared.error().message;
    runtime_->Turn();
  }
  template <typename Condition>
  bool TurnUntil(const Condition& condition) {
    return Within20Seconds([&] {
      runtime_->Turn();
      return condition();
    });
  }
  std::vector<Task> Living() const {
    std::vector<Task> living;
    for (Task& task : runtime_->Tasks("app"))
      if (task.living() && task.wanted) living.push_back(std::move(task));
    return living;
  }
  std::vector<Task> Stopped() const {
    std::vector<Task> stopped;
    for (Task& task : runtime_->Tasks("app"))
      if (!task.living()) stopped.push_back(std::move(task));
    return stopped;
  }
  /// A hinomi of its own that keeps three tasks until it is killed.
  pid_t StartHolder() const {
    const std::string low = std::to_string(low_);
    const std::string high = std::to_string(low_ + 15);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::execl(HN_SERVICES_PROGRAM, HN_SERVICES_PROGRAM, "hold", root_.path().c_str(), low.c_str(),
            high.c_str(), "3", nullptr);
    ::_exit(127);
  }
  /// Processes of this test's services, shims included.
  size_t RunningCommands() const {
    PosixFiles files;
    size_t count = 0;
    const auto names = files.List("/proc");
    for (const std::string& name : *names) {
      if (!ParseInt(name)) continue;
      const auto environment = files.ReadAll("/proc/" + name + "/environ");
      const std::string mark = std::string(kRunVariable) + "=" + root_.path();
      if (environment && environment->find(mark) != std::string::npos) ++count;
    }
    return count;
  }
  /// The ids of the tasks that run, as the directories say, without a runtime.
  std::set<std::string> RunningOnDisk() {
    std::set<std::string> running;
    for (const std::string& name : *host_.List(ServiceDirectory("app"))) {
      if (name == "service.json") continue;
      const auto run = host_.Adopt(TaskDirectory("app", name));
      if (run && run->state == ShimState::kRunning && run->process.pid > 0) running.insert(name);
    }
    return running;
  }

  SystemClock clock_;
  NullLog log_;
  TempDirectory root_;
  LocalHost host_{"local", root_.path(), {HN_SERVICES_PROGRAM, "shim"}};
  uint16_t low_ = 0;
  uint64_t seed_ = 0;
  std::unique_ptr<ProcessRuntime> runtime_;
};

TEST_F(RealProcessesTest, OutliveKillDashNineOfTheirRuntimeAndAreAdoptedByTheNext) {
  const pid_t pid = StartHolder();
  ASSERT_GT(pid, 0);
  ASSERT_TRUE(Within20Seconds([&] { return RunningOnDisk().size() == 3; }));
  ::kill(pid, SIGKILL);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  const std::set<std::string> before = RunningOnDisk();
  ASSERT_EQ(before.size(), 3u);

  ServiceSpec spec = App(3);
  spec.health_check = {.kind = HealthCheck::Kind::kHttp, .interval = Duration::Millis(100)};
  Declare(spec);
  ASSERT_TRUE(TurnUntil([&] { return runtime_->Services().at(0).healthy_count == 3; }));
  std::set<std::string> after;
  std::set<uint16_t> ports;
  for (const Task& task : Living()) {
    after.insert(task.id);
    ports.insert(task.port);
    EXPECT_EQ(task.last_status, TaskStatus::kRunning);
    const auto identity = IdentityOf(task.pid);
    ASSERT_TRUE(identity);
    EXPECT_TRUE(IsRunning(*identity));
  }
  EXPECT_EQ(after, before);
  EXPECT_THAT(ports, SizeIs(3));
  EXPECT_THAT(runtime_->Tasks("app"), SizeIs(3));
  EXPECT_EQ(RunningCommands(), 6u);
}

TEST_F(RealProcessesTest, KilledAtAnyMomentTheRuntimeLeavesNoOrphanAndNoDouble) {
  for (int i = 0; i < 12; ++i) {
    const pid_t pid = StartHolder();
    ASSERT_GT(pid, 0);
    ::usleep(static_cast<useconds_t>(3000 * i));
    ::kill(pid, SIGKILL);
    ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  }
  Declare(App(3));
  ASSERT_TRUE(TurnUntil([&] { return runtime_->Services().at(0).running_count == 3; }));
  EXPECT_EQ(RunningOnDisk().size(), 3u);
  EXPECT_EQ(RunningCommands(), 6u);
}

TEST_F(RealProcessesTest, AServiceThatForksAwayLeavesNothingBehind) {
  ServiceSpec spec = App(1);
  // Its first process ends at once; what it left goes on in a session of its own.
  spec.argv = {"/bin/sh", "-c", "setsid sh -c 'trap \"\" TERM; exec sleep 1000' & exit 0"};
  spec.stop_timeout = Duration::Millis(300);
  Declare(spec);
  ASSERT_TRUE(TurnUntil([&] { return !Stopped().empty(); }));
  const Task stopped = Stopped().at(0);
  EXPECT_EQ(stopped.exit_code, 0);
  EXPECT_EQ(stopped.stop_code, StopCode::kEssentialContainerExited);
  EXPECT_THAT(stopped.stopped_reason,
              HasSubstr("Essential process in task exited: its process ended with exit code 0"));
  EXPECT_EQ(RunningOnDisk().count(stopped.id), 0u);
}

TEST_F(RealProcessesTest, AMissingBinaryIsToldWithItsName) {
  ServiceSpec spec = App(2);
  spec.argv = {"/nowhere/program"};
  Declare(spec);
  EXPECT_TRUE(runtime_->Services().at(0).failing);
  EXPECT_EQ(runtime_->Services().at(0).reason,
            "CannotStartContainerError: cannot run /nowhere/program: No such file or directory");
  EXPECT_THAT(Stopped(), SizeIs(1));
}

TEST_F(RealProcessesTest, APortTakenByAnotherProgramIsLeftToIt) {
  Declare(App(1));
  const uint16_t taken = Living().at(0).port;
  EXPECT_EQ(taken, low_);
  ASSERT_TRUE(TurnUntil(
      [&] { return bool(host_.Ask({.kind = HealthQuestion::Kind::kTcp, .port = taken})); }));
  // A second runtime with a root of its own knows nothing of the first one's task.
  const TempDirectory elsewhere;
  LocalHost other_host("local", elsewhere.path(), {HN_SERVICES_PROGRAM, "shim"});
  ProcessRuntime other({.hosts = {&other_host}, .clock = &clock_, .log = &log_, .seed = 77});
  ASSERT_TRUE(other.Declare({App(1)}));
  other.Turn();
  const std::vector<Task> tasks = other.Tasks("app");
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_EQ(tasks[0].port, low_ + 1);
  ASSERT_TRUE(other.Declare({}));
  EXPECT_TRUE(Within20Seconds([&] {
    other.Turn();
    return !other.Tasks("app").at(0).living();
  }));
}

TEST_F(RealProcessesTest, ASickReplicaIsSeenAndReplacedAndOutputCanBeRead) {
  ServiceSpec spec = App(1);
  spec.argv = {HN_SERVICES_PROGRAM, "listen", "${PORT}", "503"};
  spec.health_check = {.kind = HealthCheck::Kind::kHttp,
                       .path = "/healthz",
                       .interval = Duration::Millis(100),
                       .retries = 3};
  Declare(spec);
  // On a busy machine the first ones may not listen yet when they are judged.
  Task sick;
  ASSERT_TRUE(TurnUntil([&] {
    for (const Task& task : Stopped())
      if (task.stopped_reason.find("answered HTTP 503") != std::string::npos) sick = task;
    return !sick.id.empty();
  }));
  EXPECT_EQ(sick.stop_code, StopCode::kServiceSchedulerInitiated);
  EXPECT_EQ(sick.health, TaskHealth::kUnhealthy);
  EXPECT_EQ(sick.exit_code, 128 + SIGTERM);
  const auto chunk = runtime_->ReadLog(sick.id, {.tail_lines = 1});
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->text, "listening on " + std::to_string(sick.port) + "\n");
  EXPECT_FALSE(chunk->ended);
  EXPECT_TRUE(runtime_->ReadLog(sick.id, {.cursor = chunk->cursor})->ended);
  EXPECT_EQ(runtime_->ReadLog("none", {}).error().code, ErrorCode::kNotFound);
  spec.argv.pop_back();
  Declare(spec);
  EXPECT_TRUE(TurnUntil([&] { return runtime_->Services().at(0).healthy_count == 1; }));
}

TEST_F(RealProcessesTest, RunsOnAThreadOfItsOwn) {
  runtime_->Start();
  ServiceSpec spec = App(2);
  spec.health_check = {.kind = HealthCheck::Kind::kTcp, .interval = Duration::Millis(100)};
  ASSERT_TRUE(runtime_->Declare({spec}));
  ASSERT_TRUE(Within20Seconds([&] {
    const auto services = runtime_->Services();
    return services.size() == 1 && services[0].healthy_count == 2;
  }));
  ASSERT_TRUE(runtime_->SetDesiredCount("app", 3, "test"));
  ASSERT_TRUE(Within20Seconds([&] { return runtime_->Services().at(0).healthy_count == 3; }));
  // A replica is killed: seen, and another one is there.
  const Task victim = Living().at(0);
  const auto identity = IdentityOf(victim.pid);
  ASSERT_TRUE(identity);
  ASSERT_TRUE(SignalProcess(*identity, SIGKILL));
  // On a busy machine others may have been replaced before: too slow to listen.
  std::optional<int> exit_code;
  ASSERT_TRUE(Within20Seconds([&] {
    for (const Task& task : Stopped())
      if (task.id == victim.id) exit_code = task.exit_code;
    return exit_code && runtime_->Services().at(0).healthy_count == 3;
  }));
  EXPECT_EQ(exit_code, 137);
  runtime_->Stop();
  Restart();
}

TEST_F(RealProcessesTest, WhatATaskUsesIsMeasured) {
  ServiceSpec spec = App(1);
  spec.argv = {"/bin/sh", "-c", "head -c 50000000 /dev/zero | tail -n 1 | sleep 1000"};
  spec.memory_bytes = 400u << 20;
  Declare(spec);
  // The first look, at the start, is too early to see it.
  const auto measured = [&] {
    const auto living = Living();
    return !living.empty() && living[0].resident_bytes > 50'000'000u;
  };
  EXPECT_TRUE(TurnUntil(measured));
  EXPECT_GT(*Living().at(0).memory_percent, 11.0);
  EXPECT_EQ(Living().at(0).cpu_percent, std::nullopt);
}

}  // namespace
}  // namespace hinomi::drivers
