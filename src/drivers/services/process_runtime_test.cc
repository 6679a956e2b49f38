#include "drivers/services/process_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include "drivers/host_testing.h"
#include "drivers/services/task_record.h"

namespace hinomi::drivers {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// A balancer that says what the test says, and keeps what it was asked.
class FakeHooks : public TaskHooks {
 public:
  Result<bool> Activate(const Task& task) override { return Answer("activate", task); }
  Result<bool> Drain(const Task& task) override { return Answer("drain", task); }
  Result<bool> Remove(const Task& task) override { return Answer("remove", task); }

  std::map<std::string, Result<bool>> answers;  ///< By question; true if absent.
  std::vector<std::string> asked;               ///< "drain DEACTIVATING"

 private:
  Result<bool> Answer(const std::string& question, const Task& task) {
    asked.push_back(question + " " + std::string(TaskStatusName(task.last_status)));
    const auto answer = answers.find(question);
    return answer == answers.end() ? Result<bool>(true) : answer->second;
  }
};

/// A runtime over two fake hosts under a manual clock.
class ProcessRuntimeTest : public ::testing::Test {
 protected:
  ProcessRuntimeTest() { Restart(); }

  /// The runtime is killed; another one comes.
  void Restart(std::vector<Host*> hosts = {}) {
    if (hosts.empty()) hosts = {&one_, &two_};
    runtime_.reset();
    runtime_ = std::make_unique<ProcessRuntime>(ProcessRuntimeOptions{.hosts = std::move(hosts),
                                                                      .clock = &clock_,
                                                                      .log = &log_,
                                                                      .hooks = hooks_,
                                                                      .seed = ++seed_,
                                                                      .check_threads = 0});
  }

  ServiceSpec App(int desired) const {
    ServiceSpec spec;
    spec.name = "app";
    spec.cluster = "production";
    spec.argv = {"/bin/app", "--listen=127.0.0.1:${PORT}"};
    spec.environment = {{"NAME", "${TASK}"}};
    spec.port_low = 9000;
    spec.port_high = 9109;
    spec.desired_count = desired;
    return spec;
  }

  void Declare(ServiceSpec spec) {
    ASSERT_TRUE(runtime_->Declare({std::move(spec)}));
    runtime_->Turn();
  }

  void Advance(Duration by) {
    clock_.Advance(by);
    runtime_->Turn();
  }
  /// As the runtime's thread would: to each next turn.
  void Pass(Duration by) {
    const Duration end = clock_.Monotonic() + by;
    for (Duration next = runtime_->Turn(); next < end; next = runtime_->Turn())
      clock_.Advance(std::max(next - clock_.Monotonic(), Duration::Millis(1)));
    clock_.Advance(end - clock_.Monotonic());
    runtime_->Turn();
  }

  std::vector<Task> Living() const {
    std::vector<Task> living;
    for (Task& task : runtime_->Tasks("app"))
      if (task.living()) living.push_back(std::move(task));
    return living;
  }
  std::vector<Task> Stopped() const {
    std::vector<Task> stopped;
    for (Task& task : runtime_->Tasks("app"))
      if (!task.living()) stopped.push_back(std::move(task));
    return stopped;
  }
  Task Only() const {
    const std::vector<Task> living = Living();
    EXPECT_THAT(living, SizeIs(1));
    return living.empty() ? Task() : living[0];
  }
  static std::string DirectoryOf(const Task& task) { return TaskDirectory(task.service, task.id); }
  std::vector<std::string> Statuses() const {
    std::vector<std::string> names;
    for (const Task& task : runtime_->Tasks("app"))
      names.emplace_back(TaskStatusName(task.last_status));
    return names;
  }
  std::vector<std::string> Events() const {
    std::vector<std::string> messages;
    for (const ServiceStatus& service : runtime_->Services())
      for (const ServiceEvent& event : service.events) messages.push_back(event.message);
    return messages;
  }
  ServiceStatus App() const {
    const auto services = runtime_->Services();
    EXPECT_THAT(services, SizeIs(1));
    return services.empty() ? ServiceStatus() : services[0];
  }
  size_t Launches() const { return one_.launches().size() + two_.launches().size(); }

  ManualClock clock_;
  NullLog log_;
  FakeHost one_{"one", clock_};
  FakeHost two_{"two", clock_};
  TaskHooks* hooks_ = nullptr;
  uint64_t seed_ = 0;
  std::unique_ptr<ProcessRuntime> runtime_;
};

TEST_F(ProcessRuntimeTest, PlacesTasksOnBothHosts) {
  Declare(App(4));
  EXPECT_THAT(one_.Running(), SizeIs(2));
  EXPECT_THAT(two_.Running(), SizeIs(2));
  for (const Task& task : Living()) {
    EXPECT_THAT(task.host == "one" ? one_.Running() : two_.Running(), Contains(DirectoryOf(task)));
    EXPECT_THAT(task.id, SizeIs(32));
    EXPECT_EQ(task.cluster, "production");
    EXPECT_EQ(task.last_status, TaskStatus::kRunning);
    EXPECT_EQ(task.started_at, clock_.Now());
    EXPECT_GT(task.pid, 0);
  }
  EXPECT_EQ(App().running_count, 4);
  EXPECT_EQ(App().healthy_count, 4);
}

TEST_F(ProcessRuntimeTest, GivesEachTaskItsPortEnvironmentAndLimits) {
  ServiceSpec spec = App(1);
  spec.cpu_units = 512;
  spec.memory_bytes = 64u << 20;
  spec.open_files = 100;
  spec.stop_timeout = Duration::Seconds(7);
  Declare(spec);
  const Task task = Only();
  const ShimSpec shim = one_.launches().at(0);
  EXPECT_THAT(shim.command.argv, ElementsAre("/bin/app", "--listen=127.0.0.1:9000"));
  EXPECT_THAT(shim.command.environment,
              ElementsAre(std::pair("PATH",
                                    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                                    "/sbin:/bin"),
                          std::pair("HINOMI_SERVICE", "app"), std::pair("HINOMI_TASK", task.id),
                          std::pair("PORT", "9000"), std::pair("NAME", task.id)));
  EXPECT_FALSE(shim.command.inherit_environment);
  EXPECT_EQ(shim.kill_grace, Duration::Seconds(7));
  EXPECT_EQ(shim.limits.memory_bytes, (128u << 20) + (1u << 30));
  EXPECT_EQ(shim.limits.open_files, 100u);
  EXPECT_EQ(shim.limits.nice, 3);
  EXPECT_EQ(shim.leftovers, Leftovers::kKill);
  EXPECT_EQ(task.port, 9000);
}

TEST_F(ProcessRuntimeTest, APortThatIsTakenIsSaidAndTheNextOneTried) {
  one_.TakePort(9000);
  one_.TakePort(9001);
  Declare(App(1));
  EXPECT_EQ(Only().port, 9002);
  EXPECT_THAT(Events(), Contains("finds port 9000 of host one taken by another program; the next "
                                 "one is tried"));
}

TEST_F(ProcessRuntimeTest, WithoutAFreePortItSaysSoAndRetriesSlower) {
  ServiceSpec spec = App(1);
  spec.max_count = 1;
  spec.port_high = 9001;
  for (FakeHost* host : {&one_, &two_}) {
    host->TakePort(9000);
    host->TakePort(9001);
  }
  Declare(spec);
  const Task task = Stopped().at(0);
  EXPECT_EQ(task.stop_code, StopCode::kTaskFailedToStart);
  EXPECT_EQ(task.stopped_reason,
            "ResourceInitializationError: no port of 9000-9001 is free on host one: 0 belong to "
            "tasks, 2 are taken by other programs");
  EXPECT_EQ(Launches(), 0u);
  Pass(Duration::Seconds(60));
  // At 0, 1, 3, 7, 15, 31 s.
  EXPECT_THAT(Stopped(), SizeIs(6));
  EXPECT_TRUE(App().failing);
  one_.LeavePort(9001);
  two_.LeavePort(9001);
  Pass(Duration::Seconds(61));
  EXPECT_EQ(Only().port, 9001);
}

TEST_F(ProcessRuntimeTest, AMissingProgramIsRetriedAtThePaceOfTheBoundAndNoFaster) {
  const Error missing = NotFound("cannot run /bin/app: No such file or directory");
  one_.SetLaunchError(missing);
  two_.SetLaunchError(missing);
  Declare(App(3));
  EXPECT_EQ(Launches(), 1u);
  EXPECT_TRUE(App().failing);
  EXPECT_EQ(App().reason,
            "CannotStartContainerError: cannot run /bin/app: No such file or directory");
  EXPECT_EQ(App().next_start_at, clock_.Now() + Duration::Seconds(60));
  EXPECT_EQ(Stopped().at(0).stop_code, StopCode::kTaskFailedToStart);
  Pass(Duration::Minutes(60));
  EXPECT_EQ(Launches(), 61u);
  // Bounded as well: what is kept of it.
  EXPECT_LE(Stopped().size(), 21u);
  one_.SetLaunchError(std::nullopt);
  two_.SetLaunchError(std::nullopt);
  Pass(Duration::Seconds(60));
  EXPECT_THAT(Living(), SizeIs(1));
  Pass(Duration::Seconds(10));
  EXPECT_THAT(Living(), SizeIs(3));
  EXPECT_FALSE(App().failing);
  EXPECT_THAT(Events(), Contains("has recovered: a task is stable"));
}

TEST_F(ProcessRuntimeTest, OneThatAlwaysExitsIsNoBusyLoop) {
  Declare(App(1));
  size_t launches = 0;
  for (int i = 0; i < 10 * 60 * 10; ++i) {
    for (FakeHost* host : {&one_, &two_})
      for (const std::string& run : host->Running()) host->End(run, 1);
    Advance(Duration::Millis(100));
  }
  launches = Launches();
  // Ten minutes: six while the wait doubles to a minute, then one a minute.
  EXPECT_GE(launches, 13u);
  EXPECT_LE(launches, 17u);
  EXPECT_EQ(Stopped().back().stop_code, StopCode::kEssentialContainerExited);
  EXPECT_EQ(Stopped().back().exit_code, 1);
  EXPECT_TRUE(App().failing);
}

TEST_F(ProcessRuntimeTest, AStableTaskThatIsKilledIsReplacedAtOnceUnderAnotherId) {
  Declare(App(1));
  const Task before = Only();
  Pass(Duration::Seconds(30));
  one_.End(DirectoryOf(before), -1, SIGKILL);
  Advance(Duration::Millis(200));
  const Task after = Only();
  EXPECT_NE(after.id, before.id);
  EXPECT_NE(after.port, before.port);
  const Task stopped = Stopped().at(0);
  EXPECT_EQ(stopped.id, before.id);
  EXPECT_EQ(stopped.exit_code, 137);
  EXPECT_THAT(stopped.stopped_reason, HasSubstr("its process was ended by signal 9 (Killed)"));
  EXPECT_EQ(stopped.stopped_at, clock_.Now() - Duration::Millis(200));
}

TEST_F(ProcessRuntimeTest, ATaskThatNeverBecomesHealthyIsReplacedWithPauses) {
  ServiceSpec spec = App(1);
  spec.health_check = {.kind = HealthCheck::Kind::kHttp,
                       .path = "/healthz",
                       .interval = Duration::Millis(500),
                       .retries = 3};
  one_.SetHealth(0, Unavailable("GET /healthz answered HTTP 503"));
  two_.SetHealth(0, Unavailable("GET /healthz answered HTTP 503"));
  Declare(spec);
  EXPECT_EQ(Only().health, TaskHealth::kUnknown);
  Pass(Duration::Seconds(2));
  const Task stopped = Stopped().at(0);
  EXPECT_EQ(stopped.stop_code, StopCode::kServiceSchedulerInitiated);
  EXPECT_EQ(stopped.stopped_reason,
            "Task failed its health checks, 3 in a row: GET /healthz answered HTTP 503");
  EXPECT_EQ(stopped.health, TaskHealth::kUnhealthy);
  // 1 s of three checks, then 1, 2, 4, … 60 s of pause.
  Pass(Duration::Minutes(10));
  EXPECT_GE(Launches(), 12u);
  EXPECT_LE(Launches(), 17u);
  EXPECT_EQ(App().healthy_count, 0);
  one_.SetHealth(0, {});
  two_.SetHealth(0, {});
  Pass(Duration::Seconds(75));
  EXPECT_EQ(Only().health, TaskHealth::kHealthy);
  EXPECT_FALSE(App().failing);
}

TEST_F(ProcessRuntimeTest, StatusesGoThroughTheLifeOfATask) {
  FakeHooks hooks;
  hooks_ = &hooks;
  hooks.answers.emplace("activate", false);
  Restart();
  ServiceSpec spec = App(1);
  spec.drain_timeout = Duration::Seconds(5);
  Declare(spec);
  EXPECT_THAT(Statuses(), ElementsAre("ACTIVATING"));
  EXPECT_EQ(App().pending_count, 1);
  hooks.answers.clear();
  Advance(Duration::Millis(100));
  EXPECT_THAT(Statuses(), ElementsAre("RUNNING"));

  hooks.answers.emplace("drain", false);
  hooks.answers.emplace("remove", Unavailable("no socket"));
  one_.SetHearsStop(false);
  ASSERT_TRUE(runtime_->SetDesiredCount("app", 0, "low-cpu is in ALARM"));
  runtime_->Turn();
  EXPECT_THAT(Statuses(), ElementsAre("DEACTIVATING"));
  EXPECT_EQ(Only().stopping_at, clock_.Now());
  EXPECT_THAT(one_.calls(), ElementsAre(HasSubstr("launch ")));
  hooks.answers.erase("drain");
  Advance(Duration::Millis(100));
  EXPECT_THAT(Statuses(), ElementsAre("STOPPING"));
  EXPECT_THAT(one_.calls(), ElementsAre(HasSubstr("launch "), HasSubstr("stop ")));
  one_.End(one_.Running().at(0), 0);
  Advance(Duration::Millis(200));
  EXPECT_THAT(Statuses(), ElementsAre("DEPROVISIONING"));
  hooks.answers.clear();
  Advance(Duration::Seconds(1));
  EXPECT_THAT(Statuses(), ElementsAre("STOPPED"));
  EXPECT_THAT(hooks.asked,
              ElementsAre("activate ACTIVATING", "activate ACTIVATING", "drain DEACTIVATING",
                          "drain DEACTIVATING", "remove DEPROVISIONING", "remove DEPROVISIONING"));
  EXPECT_EQ(Stopped().at(0).stopped_reason, "Scaled in to 0: low-cpu is in ALARM");
  EXPECT_EQ(Stopped().at(0).exit_code, 0);
}

TEST_F(ProcessRuntimeTest, ABalancerThatNeverAnswersDelaysNoMoreThanItsTime) {
  FakeHooks hooks;
  hooks_ = &hooks;
  Restart();
  ServiceSpec spec = App(1);
  spec.drain_timeout = Duration::Seconds(5);
  Declare(spec);
  hooks.answers.emplace("drain", Unavailable("the balancer's socket is gone"));
  hooks.answers.emplace("remove", Unavailable("the balancer's socket is gone"));
  ASSERT_TRUE(runtime_->SetDesiredCount("app", 0, ""));
  Pass(Duration::Millis(4900));
  EXPECT_THAT(Statuses(), ElementsAre("DEACTIVATING"));
  Pass(Duration::Millis(200));
  EXPECT_THAT(Statuses(), ElementsAre("DEPROVISIONING"));
  Pass(Duration::Millis(5000));
  EXPECT_THAT(Statuses(), ElementsAre("STOPPED"));
  EXPECT_THAT(Events(), Contains(HasSubstr("waiting for its balancer: the balancer's socket is "
                                           "gone")));
}

TEST_F(ProcessRuntimeTest, OneThatHearsNoSignalIsKilled) {
  ServiceSpec spec = App(1);
  spec.stop_timeout = Duration::Seconds(3);
  Declare(spec);
  one_.SetHearsStop(false);
  const std::string directory = DirectoryOf(Only());
  ASSERT_TRUE(runtime_->StopTask(Only().id, "looks wrong"));
  Pass(Duration::Millis(7900));
  EXPECT_THAT(one_.calls(), Not(Contains(HasSubstr("kill "))));
  Pass(Duration::Millis(400));
  EXPECT_THAT(one_.Running(), Not(Contains(directory)));
  const Task stopped = Stopped().at(0);
  EXPECT_EQ(stopped.exit_code, 137);
  EXPECT_EQ(stopped.stop_code, StopCode::kUserInitiated);
  EXPECT_EQ(stopped.stopped_reason, "looks wrong");
  EXPECT_NE(Only().id, stopped.id);
}

TEST_F(ProcessRuntimeTest, ATaskOverItsMemoryIsEndedWithThatReason) {
  ServiceSpec spec = App(1);
  spec.memory_bytes = 64u << 20;
  Declare(spec);
  const Task task = Only();
  one_.SetUse(DirectoryOf(task), {.cpu_time = Duration::Seconds(1), .resident_bytes = 65u << 20});
  Pass(Duration::Millis(5300));
  const Task stopped = Stopped().at(0);
  EXPECT_EQ(stopped.stop_code, StopCode::kEssentialContainerExited);
  EXPECT_EQ(stopped.stopped_reason,
            "OutOfMemoryError: its processes hold 65 MiB and may hold 64 MiB");
  EXPECT_EQ(stopped.exit_code, 137);
  EXPECT_THAT(one_.calls(), Not(Contains(HasSubstr("stop "))));
}

TEST_F(ProcessRuntimeTest, ALostShimsProcessIsEndedAndReplaced) {
  Declare(App(1));
  Pass(Duration::Seconds(30));
  const Task task = Only();
  one_.LoseShim(DirectoryOf(task));
  Pass(Duration::Seconds(1));
  EXPECT_THAT(one_.Running(), Not(Contains(DirectoryOf(task))));
  EXPECT_NE(Only().id, task.id);
  EXPECT_EQ(Stopped().at(0).exit_code, std::nullopt);
  EXPECT_THAT(Stopped().at(0).stopped_reason, HasSubstr("its shim ended without recording an end"));
}

TEST_F(ProcessRuntimeTest, ASilentHostKeepsItsTasksAndOthersServeAfterAMinute) {
  Declare(App(2));
  Pass(Duration::Seconds(20));
  two_.SetReachable(false);
  Pass(Duration::Seconds(59));
  EXPECT_THAT(one_.Running(), SizeIs(1));
  Pass(Duration::Seconds(3));
  EXPECT_THAT(one_.Running(), SizeIs(2));
  two_.SetReachable(true);
  Pass(Duration::Seconds(2));
  EXPECT_EQ(one_.Running().size() + two_.Running().size(), 2u);
  EXPECT_THAT(two_.Running(), SizeIs(1));
}

TEST_F(ProcessRuntimeTest, AHostThatFailsAtTheLaunchIsPassedOver) {
  one_.SetReachable(false);
  Declare(App(1));
  EXPECT_THAT(two_.Running(), IsEmpty());
  // One that was never heard of may run a task of ours: it gets a minute.
  Pass(Duration::Seconds(61));
  EXPECT_THAT(two_.Running(), SizeIs(1));
  one_.SetReachable(true);
  Pass(Duration::Seconds(10));
  EXPECT_THAT(one_.Running(), IsEmpty());
}

TEST_F(ProcessRuntimeTest, AfterAKillTheSameTasksAreFoundAndNoneIsStartedTwice) {
  Declare(App(3));
  Pass(Duration::Seconds(2));
  const auto before = Living();
  Restart();
  Declare(App(3));
  const auto after = Living();
  ASSERT_EQ(after.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const auto same = std::find_if(after.begin(), after.end(),
                                   [&](const Task& t) { return t.id == before[i].id; });
    ASSERT_NE(same, after.end());
    EXPECT_EQ(same->port, before[i].port);
    EXPECT_EQ(same->host, before[i].host);
    EXPECT_EQ(same->pid, before[i].pid);
    EXPECT_EQ(same->started_at, before[i].started_at);
    EXPECT_EQ(same->last_status, TaskStatus::kRunning);
  }
  EXPECT_EQ(Launches(), 3u);
  Pass(Duration::Minutes(1));
  EXPECT_EQ(Launches(), 3u);
}

TEST_F(ProcessRuntimeTest, WhatWasBeingStoppedGoesOnBeingStoppedAfterAKill) {
  Declare(App(2));
  one_.SetHearsStop(false);
  const Task task = Living().at(0);
  ASSERT_EQ(task.host, "one");
  ASSERT_TRUE(runtime_->StopTask(task.id, "looks wrong"));
  runtime_->Turn();
  Restart();
  one_.SetHearsStop(true);
  ServiceSpec spec = App(2);
  Declare(spec);
  Pass(Duration::Seconds(36));
  const Task stopped = Stopped().at(0);
  EXPECT_EQ(stopped.id, task.id);
  EXPECT_EQ(stopped.stop_code, StopCode::kUserInitiated);
  EXPECT_EQ(stopped.stopped_reason, "looks wrong");
  EXPECT_EQ(Living().size(), 2u);
  EXPECT_EQ(Launches(), 3u);
}

TEST_F(ProcessRuntimeTest, KilledBetweenRecordAndLaunchNothingHadRun) {
  Task task;
  task.id = "0123";
  task.service = "app";
  task.host = "one";
  task.port = 9000;
  task.last_status = TaskStatus::kPending;
  task.created_at = clock_.Now();
  ASSERT_TRUE(one_.WriteFile(TaskRecordPath("app", "0123"), WriteTaskRecord(task), 0600));
  Declare(App(1));
  EXPECT_EQ(Stopped().at(0).stopped_reason, "Hinomi ended before it had started its process");
  EXPECT_EQ(Stopped().at(0).stop_code, StopCode::kTaskFailedToStart);
  EXPECT_EQ(App().failing, false);
  EXPECT_EQ(Only().last_status, TaskStatus::kRunning);
}

TEST_F(ProcessRuntimeTest, KilledBetweenLaunchAndRecordTheTaskIsFoundRunning) {
  Declare(App(1));
  Task task = Only();
  task.last_status = TaskStatus::kPending;
  task.started_at = Instant();
  ASSERT_TRUE(one_.WriteFile(TaskRecordPath("app", task.id), WriteTaskRecord(task), 0600));
  Restart();
  Declare(App(1));
  EXPECT_EQ(Only().id, task.id);
  EXPECT_EQ(Only().last_status, TaskStatus::kRunning);
  EXPECT_EQ(Launches(), 1u);
}

TEST_F(ProcessRuntimeTest, ATaskWhoseRecordCannotBeReadIsNoOrphan) {
  Declare(App(1));
  const Task task = Only();
  for (const char* record : {"", "{", "{\"version\":1}", "{\"version\":9}"}) {
    ASSERT_TRUE(one_.WriteFile(TaskRecordPath("app", task.id), record, 0600));
    Restart();
    Declare(App(1));
    Pass(Duration::Seconds(1));
    EXPECT_THAT(one_.Running(), Not(Contains(DirectoryOf(task)))) << record;
    EXPECT_THAT(Living(), SizeIs(1));
  }
}

TEST_F(ProcessRuntimeTest, AServiceThatIsNotDeclaredAnyMoreIsStopped) {
  Declare(App(2));
  Restart();
  ASSERT_TRUE(runtime_->Declare({}));
  Pass(Duration::Seconds(1));
  EXPECT_THAT(one_.Running(), IsEmpty());
  EXPECT_THAT(two_.Running(), IsEmpty());
  EXPECT_THAT(runtime_->Tasks("app"), SizeIs(2));
  Pass(Duration::Hours(1));
  EXPECT_THAT(runtime_->Services(), IsEmpty());
  EXPECT_THAT(runtime_->Tasks(""), IsEmpty());
}

TEST_F(ProcessRuntimeTest, AScaledCountOutlivesAKillAndYieldsToANewDeclaration) {
  Declare(App(2));
  ASSERT_TRUE(runtime_->SetDesiredCount("app", 4, "high-cpu is in ALARM"));
  runtime_->Turn();
  EXPECT_THAT(Living(), SizeIs(4));
  Restart();
  Declare(App(2));
  EXPECT_EQ(App().desired_count, 4);
  EXPECT_THAT(Living(), SizeIs(4));
  Declare(App(3));
  EXPECT_EQ(App().desired_count, 3);
  Pass(Duration::Seconds(1));
  EXPECT_THAT(Living(), SizeIs(3));
}

TEST_F(ProcessRuntimeTest, ACountIsTakenWhenItIsWrittenDownAndElseNotAtAll) {
  Declare(App(2));
  EXPECT_TRUE(runtime_->KnowsAll());
  ASSERT_TRUE(runtime_->SetDesiredCount("app", 4, "high-cpu is in ALARM"));
  // Killed before its next turn.
  Restart();
  EXPECT_FALSE(runtime_->KnowsAll());
  EXPECT_EQ(runtime_->SetDesiredCount("app", 4, "").error().code, ErrorCode::kUnavailable);
  Declare(App(2));
  EXPECT_EQ(App().desired_count, 4);
  one_.SetReachable(false);
  const Status refused = runtime_->SetDesiredCount("app", 5, "");
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot scale service \"app\" now: "));
  runtime_->Turn();
  EXPECT_EQ(App().desired_count, 4);
  // Its record could not be read yet: it would take back what is set.
  Restart();
  Declare(App(2));
  EXPECT_EQ(runtime_->SetDesiredCount("app", 5, "").error().code, ErrorCode::kUnavailable);
  one_.SetReachable(true);
  Pass(Duration::Seconds(6));
  EXPECT_TRUE(runtime_->KnowsAll());
  EXPECT_EQ(App().desired_count, 4);
}

TEST_F(ProcessRuntimeTest, CountsOutOfBoundsAndUnknownNamesAreRefused) {
  ServiceSpec spec = App(2);
  spec.min_count = 1;
  spec.max_count = 3;
  Declare(spec);
  EXPECT_EQ(runtime_->SetDesiredCount("app", 4, "").error().message,
            "cannot scale service \"app\" to 4: it may have 1 to 3 tasks");
  EXPECT_EQ(runtime_->SetDesiredCount("app", 0, "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(runtime_->SetDesiredCount("web", 1, "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(runtime_->StopTask("none", "").error().code, ErrorCode::kNotFound);
  ServiceSpec zero = App(1);
  zero.memory_bytes = 0;
  EXPECT_EQ(runtime_->Declare({zero}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(runtime_->Declare({App(1), App(1)}).error().message,
            "cannot run service \"app\": it is declared twice");
  EXPECT_EQ(App().desired_count, 2);
  EXPECT_THAT(Living(), SizeIs(2));
}

/// Falls silent once, after so many questions about what runs.
class FalteringHost : public FakeHost {
 public:
  using FakeHost::FakeHost;
  Result<ShimStatus> Adopt(const std::string& directory) override {
    if (answers-- == 0) return Unavailable("the host fell silent");
    return FakeHost::Adopt(directory);
  }
  int answers = -1;
};

TEST_F(ProcessRuntimeTest, AHostThatFallsSilentWhileItIsAdoptedHasItsTasksOnce) {
  FalteringHost host("faltering", clock_);
  Restart({&host});
  Declare(App(3));
  ASSERT_THAT(Living(), SizeIs(3));
  Restart({&host});
  host.answers = 2;
  Declare(App(3));
  EXPECT_FALSE(runtime_->KnowsAll());
  Pass(Duration::Seconds(10));
  EXPECT_TRUE(runtime_->KnowsAll());
  EXPECT_THAT(Living(), SizeIs(3));
  EXPECT_THAT(host.launches(), SizeIs(3));
  runtime_.reset();
}

TEST_F(ProcessRuntimeTest, NothingIsDoneBeforeTheFirstDeclaration) {
  Declare(App(1));
  Restart();
  runtime_->Turn();
  Advance(Duration::Minutes(5));
  EXPECT_THAT(one_.Running(), SizeIs(1));
  EXPECT_THAT(one_.calls(), SizeIs(1));
}

TEST_F(ProcessRuntimeTest, AHostThatIsGoneMakesNoBusyLoopOfWhatIsToBeForgotten) {
  Declare(App(1));
  ASSERT_TRUE(runtime_->SetDesiredCount("app", 0, ""));
  Pass(Duration::Seconds(1));
  one_.SetReachable(false);
  clock_.Advance(Duration::Hours(1));
  EXPECT_GE(runtime_->Turn(), clock_.Monotonic() + Duration::Seconds(1));
  EXPECT_THAT(runtime_->Tasks("app"), SizeIs(1));
  one_.SetReachable(true);
  Pass(Duration::Seconds(6));
  EXPECT_THAT(runtime_->Tasks("app"), IsEmpty());
  EXPECT_THAT(one_.FileNames(), Not(Contains(HasSubstr("task.json"))));
}

TEST_F(ProcessRuntimeTest, AnotherServiceIsNotDisturbedByOneThatFails) {
  ServiceSpec bad = App(2);
  bad.name = "bad";
  ServiceSpec good = App(2);
  ASSERT_TRUE(runtime_->Declare({bad, good}));
  runtime_->Turn();
  for (int i = 0; i < 100; ++i) {
    for (const Task& task : runtime_->Tasks("bad"))
      if (task.living()) (task.host == "one" ? one_ : two_).End(DirectoryOf(task), 1);
    Advance(Duration::Millis(500));
  }
  EXPECT_THAT(runtime_->Tasks("app"), SizeIs(2));
  EXPECT_THAT(Living(), Each(::testing::Field(&Task::last_status, TaskStatus::kRunning)));
}

TEST_F(ProcessRuntimeTest, ServicesThatShareARangeShareNoPort) {
  ServiceSpec other = App(3);
  other.name = "other";
  ASSERT_TRUE(runtime_->Declare({App(3), other}));
  runtime_->Turn();
  std::set<std::pair<std::string, uint16_t>> ports;
  for (const Task& task : runtime_->Tasks("")) ports.emplace(task.host, task.port);
  EXPECT_THAT(ports, SizeIs(6));
}

TEST(TaskRecordTest, IsReadBackAsItWas) {
  Task task;
  task.id = "abc";
  task.service = "app";
  task.cluster = "production";
  task.host = "one";
  task.port = 65'535;
  task.wanted = false;
  task.last_status = TaskStatus::kDeprovisioning;
  task.stop_code = StopCode::kUserInitiated;
  task.stopped_reason = "so \"it\" is";
  task.exit_code = 137;
  task.created_at = Instant::FromNanos(1);
  task.started_at = Instant::FromNanos(2);
  task.stopping_at = Instant::FromNanos(3);
  task.stopped_at = Instant::FromNanos(4);
  const std::string text = WriteTaskRecord(task);
  const auto read = ReadTaskRecord(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(WriteTaskRecord(*read), text);
  EXPECT_EQ(read->exit_code, 137);
  EXPECT_EQ(read->last_status, TaskStatus::kDeprovisioning);
  EXPECT_EQ(read->stopped_at, Instant::FromNanos(4));
  const ServiceRecord record{.desired_count = 3, .declared_count = 2, .failures = 5};
  EXPECT_EQ(*ReadServiceRecord(WriteServiceRecord(record)), record);
  EXPECT_EQ(ReadServiceRecord("[]").error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace hinomi::drivers
