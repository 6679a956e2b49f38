#include "drivers/services/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>

namespace hinomi::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Duration kSecond = Duration::Seconds(1);
constexpr Duration kNow = Duration::Hours(1);
const Instant kWall = Instant::FromSeconds(1'700'000'000);

ServiceState Service(int desired) {
  ServiceState state;
  state.spec.name = "app";
  state.spec.argv = {"/bin/app"};
  state.desired_count = desired;
  return state;
}

/// A task that was started `age` ago and needs nothing now.
TaskState& Add(ServiceState& state, const std::string& id, TaskStatus status,
               Duration age = Duration::Minutes(10), const std::string& host = "one") {
  TaskState t;
  t.task.id = id;
  t.task.service = "app";
  t.task.host = host;
  t.task.port = 9000;
  t.task.last_status = status;
  t.created = t.started = t.status_since = kNow - age;
  t.next_ask = t.next_check = t.next_look = kNow + Duration::Hours(1);
  t.was_stable = age >= state.spec.restart.stable_after;
  state.tasks.push_back(t);
  return state.tasks.back();
}

std::string Word(Step::Kind kind) {
  constexpr const char* kWords[] = {"start", "activate",  "check", "look",   "stop",
                                    "drain", "terminate", "kill",  "remove", "forget"};
  return kWords[static_cast<size_t>(kind)];
}

/// "stop b", "start on two"
std::vector<std::string> Steps(const ServiceState& state, std::vector<std::string> hosts = {"one"},
                               Duration now = kNow) {
  std::vector<HostState> states;
  for (std::string& host : hosts) states.push_back({std::move(host), Duration()});
  std::vector<std::string> words;
  for (const Step& step : MakePlan(state, states, now).steps)
    words.push_back(Word(step.kind) + " " + (step.task.empty() ? "on " + step.host : step.task));
  return words;
}

Plan PlanOf(const ServiceState& state, Duration now = kNow) {
  return MakePlan(state, {{"one", Duration()}}, now);
}

TEST(PlanTest, AsManyTasksAsWantedAreStarted) {
  struct Case {
    int desired;
    int have;
    size_t starts;
    size_t stops;
  };
  for (const Case& c : {Case{0, 0, 0, 0}, Case{3, 0, 3, 0}, Case{3, 1, 2, 0}, Case{3, 3, 0, 0},
                        Case{1, 3, 0, 2}, Case{0, 2, 0, 2}}) {
    ServiceState state = Service(c.desired);
    for (int i = 0; i < c.have; ++i) Add(state, std::to_string(i), TaskStatus::kRunning);
    size_t starts = 0, stops = 0;
    for (const Step& step : PlanOf(state).steps) {
      starts += step.kind == Step::Kind::kStart ? 1 : 0;
      stops += step.kind == Step::Kind::kStop ? 1 : 0;
    }
    EXPECT_EQ(starts, c.starts) << c.desired << " of " << c.have;
    EXPECT_EQ(stops, c.stops) << c.desired << " of " << c.have;
  }
}

TEST(PlanTest, TasksAreSpreadOverTheHosts) {
  ServiceState state = Service(5);
  Add(state, "a", TaskStatus::kRunning, Duration::Minutes(1), "one");
  EXPECT_THAT(Steps(state, {"one", "two"}),
              ElementsAre("start on two", "start on one", "start on two", "start on one"));
}

TEST(PlanTest, AHostThatIsDownGetsNothing) {
  const ServiceState state = Service(2);
  const Plan plan = MakePlan(state, {{"one", kNow + kSecond * 5}, {"two", Duration()}}, kNow);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].host, "two");
  EXPECT_EQ(plan.steps[1].host, "two");
  const Plan none = MakePlan(state, {{"one", kNow + kSecond * 5}}, kNow);
  EXPECT_THAT(none.steps, IsEmpty());
  EXPECT_EQ(none.wake_at, kNow + kSecond * 5);
}

TEST(PlanTest, ScalingInTakesWhatServesLeast) {
  ServiceState state = Service(4);
  state.spec.health_check.kind = HealthCheck::Kind::kTcp;
  Add(state, "old", TaskStatus::kRunning).task.health = TaskHealth::kHealthy;
  Add(state, "lost", TaskStatus::kRunning).unreachable_since = kNow - kSecond;
  Add(state, "pending", TaskStatus::kPending);
  Add(state, "not_yet_healthy", TaskStatus::kRunning);
  Add(state, "new", TaskStatus::kRunning).task.health = TaskHealth::kHealthy;
  EXPECT_THAT(Steps(state), ElementsAre("stop lost"));
  state.desired_count = 3;
  EXPECT_THAT(Steps(state), ElementsAre("stop lost", "stop pending"));
  state.desired_count = 1;
  EXPECT_THAT(Steps(state),
              ElementsAre("stop lost", "stop pending", "stop not_yet_healthy", "stop new"));
}

TEST(PlanTest, ScalingInTakesFromTheFullerHost) {
  ServiceState state = Service(2);
  Add(state, "a", TaskStatus::kRunning, Duration::Minutes(3), "one");
  Add(state, "b", TaskStatus::kRunning, Duration::Minutes(2), "one");
  Add(state, "c", TaskStatus::kRunning, Duration::Minutes(1), "two");
  EXPECT_THAT(Steps(state, {"one", "two"}), ElementsAre("stop b"));
}

TEST(PlanTest, AScaledInTaskSaysWhy) {
  ServiceState state = Service(0);
  Add(state, "a", TaskStatus::kRunning);
  state.scale_reason = "low-cpu is in ALARM";
  EXPECT_EQ(PlanOf(state).steps[0].code, StopCode::kServiceSchedulerInitiated);
  EXPECT_EQ(PlanOf(state).steps[0].reason, "Scaled in to 0: low-cpu is in ALARM");
  EXPECT_FALSE(PlanOf(state).steps[0].own_fault);
  state.declared = false;
  EXPECT_EQ(PlanOf(state).steps[0].reason, "The service is not declared any more");
}

TEST(PlanTest, AnUnhealthyTaskIsReplacedInTheSamePlan) {
  ServiceState state = Service(1);
  TaskState& t = Add(state, "a", TaskStatus::kRunning);
  t.task.health = TaskHealth::kUnhealthy;
  t.task.health_reason = "GET / on port 9000 answered HTTP 503";
  t.failed_checks = 3;
  const Plan plan = PlanOf(state);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].kind, Step::Kind::kStop);
  EXPECT_EQ(plan.steps[0].code, StopCode::kServiceSchedulerInitiated);
  EXPECT_EQ(plan.steps[0].reason,
            "Task failed its health checks, 3 in a row: GET / on port 9000 answered HTTP 503");
  EXPECT_TRUE(plan.steps[0].own_fault);
  EXPECT_EQ(plan.steps[1].kind, Step::Kind::kStart);
}

TEST(PlanTest, ATaskOverItsMemoryIsKilled) {
  ServiceState state = Service(1);
  state.spec.memory_bytes = 64u << 20;
  Add(state, "a", TaskStatus::kRunning).task.resident_bytes = 64u << 20;
  EXPECT_THAT(Steps(state), IsEmpty());
  state.tasks[0].task.resident_bytes = 80u << 20;
  const Step stop = PlanOf(state).steps.at(0);
  EXPECT_EQ(stop.code, StopCode::kEssentialContainerExited);
  EXPECT_EQ(stop.reason, "OutOfMemoryError: its processes hold 80 MiB and may hold 64 MiB");
  EXPECT_TRUE(stop.at_once);
  NoteStop(state, state.tasks[0], stop, kNow, kWall);
  state.desired_count = 0;
  EXPECT_THAT(Steps(state), ElementsAre("kill a"));
}

TEST(PlanTest, StoppingGoesFromDrainToKill) {
  ServiceState state = Service(0);
  state.spec.drain_timeout = kSecond * 10;
  state.spec.stop_timeout = kSecond * 20;
  TaskState& t = Add(state, "a", TaskStatus::kRunning);
  NoteStop(state, t, PlanOf(state).steps.at(0), kNow, kWall);
  EXPECT_EQ(t.task.last_status, TaskStatus::kDeactivating);
  EXPECT_THAT(Steps(state), ElementsAre("drain a"));
  EXPECT_THAT(Steps(state, {"one"}, kNow + kSecond * 9), ElementsAre("drain a"));
  EXPECT_THAT(Steps(state, {"one"}, kNow + kSecond * 10), ElementsAre("terminate a"));
  NoteStatus(t, TaskStatus::kStopping, kNow);
  EXPECT_THAT(Steps(state), IsEmpty());
  EXPECT_EQ(PlanOf(state).wake_at, kNow + kSecond * 25);
  EXPECT_THAT(Steps(state, {"one"}, kNow + kSecond * 25), ElementsAre("kill a"));
  ShimStatus run;
  run.state = ShimState::kEnded;
  run.exit_code = -1;
  run.signal = SIGKILL;
  NoteEnded(state, t, run, kNow, kWall);
  EXPECT_EQ(t.task.last_status, TaskStatus::kDeprovisioning);
  EXPECT_EQ(t.task.exit_code, 137);
  EXPECT_EQ(t.task.stop_code, StopCode::kServiceSchedulerInitiated);
  EXPECT_THAT(Steps(state), ElementsAre("remove a"));
  EXPECT_FALSE(PlanOf(state).steps[0].at_once);
  EXPECT_TRUE(PlanOf(state, kNow + kSecond * 10).steps[0].at_once);
}

TEST(PlanTest, TheWaitDoublesUpToItsBound) {
  RestartPolicy policy;
  policy.first = Duration::Millis(500);
  policy.most = kSecond * 7;
  std::vector<int64_t> waits_ms;
  for (int i = 1; i <= 7; ++i) waits_ms.push_back(BackoffAfter(policy, i).millis());
  EXPECT_THAT(waits_ms, ElementsAre(500, 1000, 2000, 4000, 7000, 7000, 7000));
  EXPECT_EQ(BackoffAfter(policy, 1'000'000'000), kSecond * 7);
}

ShimStatus Exit(int code) {
  ShimStatus run;
  run.state = ShimState::kEnded;
  run.exit_code = code;
  run.elapsed = Duration::Millis(1500);
  run.ended_at = kWall;
  return run;
}

TEST(PlanTest, TasksThatStartedTogetherFailTogetherOnce) {
  ServiceState state = Service(3);
  for (const char* id : {"a", "b", "c"}) Add(state, id, TaskStatus::kRunning, kSecond);
  for (TaskState& t : state.tasks) NoteEnded(state, t, Exit(3), kNow, kWall);
  EXPECT_EQ(state.failures, 1);
  EXPECT_EQ(state.next_start, kNow + kSecond);
  EXPECT_EQ(state.last_reason,
            "Essential process in task exited: its process ended with exit code 3 after 1s500ms");
  EXPECT_THAT(Steps(state, {"one"}, kNow + Duration::Millis(999)),
              UnorderedElementsAre("remove a", "remove b", "remove c"));
  EXPECT_EQ(Steps(state, {"one"}, kNow + kSecond).size(), 6u);
}

TEST(PlanTest, AStableTaskThatEndsIsReplacedAtOnce) {
  ServiceState state = Service(1);
  NoteEnded(state, Add(state, "a", TaskStatus::kRunning), Exit(0), kNow, kWall);
  EXPECT_EQ(state.failures, 0);
  EXPECT_THAT(Steps(state), ElementsAre("remove a", "start on one"));
  EXPECT_EQ(state.tasks[0].task.stop_code, StopCode::kEssentialContainerExited);
  EXPECT_EQ(state.tasks[0].task.exit_code, 0);
}

TEST(PlanTest, AFailingServiceTriesOneTaskAtATime) {
  ServiceState state = Service(3);
  state.failures = 3;
  EXPECT_TRUE(state.failing());
  EXPECT_THAT(Steps(state), ElementsAre("start on one"));
  TaskState& t = Add(state, "a", TaskStatus::kRunning, kSecond);
  EXPECT_THAT(Steps(state), IsEmpty());
  EXPECT_EQ(PlanOf(state).wake_at, kNow + kSecond * 9);
  NoteTime(state, kNow + kSecond * 8);
  EXPECT_TRUE(state.failing());
  NoteTime(state, kNow + kSecond * 9);
  EXPECT_TRUE(t.was_stable);
  EXPECT_EQ(state.failures, 0);
  EXPECT_THAT(Steps(state, {"one"}, kNow + kSecond * 9),
              ElementsAre("start on one", "start on one"));
}

TEST(PlanTest, ATaskFromBeforeTheFailuresProvesNothing) {
  ServiceState state = Service(2);
  Add(state, "old", TaskStatus::kRunning).was_stable = false;
  state.failures = 4;
  state.last_failure = kNow - kSecond;
  NoteTime(state, kNow);
  EXPECT_TRUE(state.tasks[0].was_stable);
  EXPECT_EQ(state.failures, 4);
}

TEST(PlanTest, WhatFailsAgainUnlessChangedWaitsTheLongestAtOnce) {
  ServiceState state = Service(1);
  TaskState& t = Add(state, "a", TaskStatus::kPending, Duration());
  NoteStartFailed(state, t, NotFound("cannot run /bin/app: No such file or directory"), kNow,
                  kWall);
  EXPECT_TRUE(state.failing());
  EXPECT_EQ(state.next_start, kNow + kSecond * 60);
  EXPECT_EQ(t.task.last_status, TaskStatus::kStopped);
  EXPECT_EQ(t.task.stop_code, StopCode::kTaskFailedToStart);
  EXPECT_EQ(t.task.stopped_reason, "cannot run /bin/app: No such file or directory");
  EXPECT_EQ(t.task.exit_code, std::nullopt);
  const ServiceStatus status = StatusOf(state, kNow + kSecond * 20, kWall);
  EXPECT_TRUE(status.failing);
  EXPECT_EQ(status.next_start_at, kWall + kSecond * 40);
  EXPECT_EQ(status.reason, t.task.stopped_reason);
}

TEST(PlanTest, ATaskOnASilentHostIsReplacedAfterAMinute) {
  ServiceState state = Service(1);
  Add(state, "a", TaskStatus::kRunning, Duration::Minutes(10), "two").unreachable_since = kNow;
  EXPECT_THAT(Steps(state, {"one", "two"}, kNow + kSecond * 59), IsEmpty());
  EXPECT_EQ(PlanOf(state).wake_at, kNow + kSecond * 60);
  EXPECT_THAT(Steps(state, {"one", "two"}, kNow + kSecond * 60), ElementsAre("start on one"));
}

TEST(PlanTest, ChecksDecideAfterRetriesAndNotInTheStartPeriod) {
  HealthCheck check;
  check.kind = HealthCheck::Kind::kHttp;
  check.interval = Duration::Millis(500);
  check.retries = 2;
  check.start_period = kSecond * 10;
  const Status sick = Unavailable("answered HTTP 503");
  struct Case {
    Duration at;  ///< After the start.
    bool well;
    TaskHealth health;
  };
  const std::vector<std::vector<Case>> tables = {
      // Never well: only after the start period it counts.
      {{kSecond * 1, false, TaskHealth::kUnknown},
       {kSecond * 9, false, TaskHealth::kUnknown},
       {kSecond * 10, false, TaskHealth::kUnknown},
       {kSecond * 11, false, TaskHealth::kUnhealthy}},
      // Once well, it counts at once.
      {{kSecond * 1, true, TaskHealth::kHealthy},
       {kSecond * 2, false, TaskHealth::kHealthy},
       {kSecond * 3, false, TaskHealth::kUnhealthy}},
      // One failure between successes does not count up.
      {{kSecond * 1, true, TaskHealth::kHealthy},
       {kSecond * 2, false, TaskHealth::kHealthy},
       {kSecond * 3, true, TaskHealth::kHealthy},
       {kSecond * 4, false, TaskHealth::kHealthy}},
  };
  for (const auto& table : tables) {
    ServiceState state = Service(1);
    TaskState& t = Add(state, "a", TaskStatus::kRunning, Duration());
    for (const Case& c : table) {
      t.check_going = true;
      const bool starting = !c.well && !t.was_healthy;
      NoteCheck(t, check, c.well ? Status() : sick, kNow + c.at);
      EXPECT_EQ(t.task.health, c.health) << c.at.seconds();
      EXPECT_FALSE(t.check_going);
      EXPECT_EQ(t.next_check, kNow + c.at + Duration::Millis(starting ? 200 : 500));
      EXPECT_EQ(t.task.health_reason, c.well ? "" : "answered HTTP 503");
    }
  }
}

TEST(PlanTest, AStartingTaskIsCheckedMoreOftenAndItsFailuresCountAsOftenAsEver) {
  HealthCheck check;
  check.kind = HealthCheck::Kind::kHttp;
  check.interval = kSecond;
  check.retries = 2;
  ServiceState state = Service(1);
  TaskState& t = Add(state, "a", TaskStatus::kRunning, Duration());
  const Status sick = Unavailable("port 9150 refuses connections");
  for (int ms = 0; ms < 1000; ms += 200) {
    NoteCheck(t, check, sick, kNow + Duration::Millis(ms));
    EXPECT_EQ(t.task.health, TaskHealth::kUnknown) << ms;
    EXPECT_EQ(t.next_check, kNow + Duration::Millis(ms + 200));
  }
  NoteCheck(t, check, sick, kNow + kSecond);
  EXPECT_EQ(t.task.health, TaskHealth::kUnhealthy);
}

TEST(PlanTest, OneCheckAtATimeIsAsked) {
  ServiceState state = Service(1);
  state.spec.health_check.kind = HealthCheck::Kind::kTcp;
  TaskState& t = Add(state, "a", TaskStatus::kRunning);
  t.next_check = kNow;
  EXPECT_THAT(Steps(state), ElementsAre("check a"));
  t.check_going = true;
  EXPECT_THAT(Steps(state), IsEmpty());
}

TEST(PlanTest, UseIsInPercentOfWhatIsReserved) {
  ServiceState state = Service(1);
  state.spec.cpu_units = 512;
  state.spec.memory_bytes = 200u << 20;
  TaskState& t = Add(state, "a", TaskStatus::kRunning);
  NoteUse(t, state.spec, {.cpu_time = kSecond * 3, .resident_bytes = 50u << 20}, kNow);
  EXPECT_EQ(t.task.cpu_percent, std::nullopt);
  EXPECT_EQ(t.task.memory_percent, 25.0);
  NoteUse(t, state.spec, {.cpu_time = kSecond * 6, .resident_bytes = 100u << 20},
          kNow + kSecond * 10);
  // 3 s in 10 s are 30 % of a core, and half a core is reserved.
  EXPECT_DOUBLE_EQ(*t.task.cpu_percent, 60.0);
  EXPECT_EQ(t.task.memory_percent, 50.0);
  EXPECT_EQ(t.next_look, kNow + kSecond * 11);
  // Some of its processes went unnoticed: that is no negative use.
  NoteUse(t, state.spec, {.cpu_time = kSecond}, kNow + kSecond * 20);
  EXPECT_EQ(t.task.cpu_percent, 0.0);
  TaskState& other = Add(state, "b", TaskStatus::kRunning);
  other.task.cpu_percent = 40;
  const ServiceStatus status = StatusOf(state, kNow, kWall);
  EXPECT_DOUBLE_EQ(*status.cpu_percent, 20.0);
  EXPECT_DOUBLE_EQ(*status.memory_percent, 0.0);
}

TEST(PlanTest, WithoutAReservationThereIsNoPercentage) {
  ServiceState state = Service(1);
  TaskState& t = Add(state, "a", TaskStatus::kRunning);
  NoteUse(t, state.spec, {.cpu_time = kSecond}, kNow);
  NoteUse(t, state.spec, {.cpu_time = kSecond * 2}, kNow + kSecond);
  EXPECT_EQ(t.task.cpu_percent, std::nullopt);
  EXPECT_EQ(t.task.memory_percent, std::nullopt);
  EXPECT_EQ(StatusOf(state, kNow, kWall).cpu_percent, std::nullopt);
}

TEST(PlanTest, StoppedTasksAreShownForAnHourAndNoMoreThanTwenty) {
  ServiceState state = Service(0);
  for (int i = 0; i < 22; ++i)
    Add(state, std::to_string(i), TaskStatus::kStopped, Duration::Minutes(30)).next_ask = kNow;
  EXPECT_THAT(Steps(state), ElementsAre("forget 1", "forget 0"));
  state.tasks.resize(2);
  EXPECT_THAT(Steps(state), IsEmpty());
  EXPECT_EQ(PlanOf(state).wake_at, kNow + Duration::Minutes(30));
  EXPECT_THAT(Steps(state, {"one"}, kNow + Duration::Minutes(30)),
              ElementsAre("forget 1", "forget 0"));
}

TEST(PlanTest, CountsAreThoseThatPeopleExpect) {
  ServiceState state = Service(4);
  state.spec.health_check.kind = HealthCheck::Kind::kTcp;
  Add(state, "a", TaskStatus::kRunning).task.health = TaskHealth::kHealthy;
  Add(state, "b", TaskStatus::kRunning);
  Add(state, "c", TaskStatus::kPending);
  Add(state, "d", TaskStatus::kActivating);
  Add(state, "e", TaskStatus::kDeactivating).task.wanted = false;
  Add(state, "f", TaskStatus::kStopped).task.wanted = false;
  const ServiceStatus status = StatusOf(state, kNow, kWall);
  EXPECT_EQ(status.running_count, 2);
  EXPECT_EQ(status.pending_count, 2);
  EXPECT_EQ(status.healthy_count, 1);
  EXPECT_EQ(status.desired_count, 4);
  EXPECT_FALSE(status.failing);
}

TEST(ServiceSpecTest, WhatCannotRunIsRefusedWithItsReason) {
  ServiceSpec good;
  good.name = "app";
  good.argv = {"/bin/app"};
  EXPECT_TRUE(CheckServiceSpec(good));
  struct Case {
    std::function<void(ServiceSpec&)> change;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {[](ServiceSpec& s) { s.name = "../app"; },
       "its name must be 1 to 64 letters, digits, \"-\" or \"_\""},
      {[](ServiceSpec& s) { s.argv.clear(); }, "no program is named"},
      {[](ServiceSpec& s) { s.cpu_units = 0; },
       "cpu 0 leaves it no time to run; give at least 1 (1024 are one core), or leave it out"},
      {[](ServiceSpec& s) { s.memory_bytes = 0; },
       "memory 0 bytes leaves it no room to start; give at least 6 MiB, or leave it out"},
      {[](ServiceSpec& s) { s.open_files = 0; },
       "0 open files are too few to start; give at least 16, or leave it out"},
      {[](ServiceSpec& s) { s.max_count = 0; }, "the desired count 1 is not between 0 and 0"},
      {[](ServiceSpec& s) { s.max_count = 2000; },
       "between 0 and 2000 tasks is no range within 0 to 1000"},
      {[](ServiceSpec& s) { s.port_low = 9000, s.port_high = 8000; },
       "ports 9000-8000 are no range; give two numbers from 1 to 65535, the lower one first"},
      {[](ServiceSpec& s) { s.port_low = 9000, s.port_high = 9001, s.max_count = 3; },
       "2 ports are too few for 3 tasks, one each"},
      {[](ServiceSpec& s) { s.health_check.kind = HealthCheck::Kind::kTcp; },
       "a health check needs ports to ask; give a port range"},
      {[](ServiceSpec& s) { s.restart.first = Duration(); },
       "restarts wait at least 100ms and at most 1h, and the first wait is the shorter one"},
      {[](ServiceSpec& s) { s.stop_timeout = -Duration::Seconds(1); },
       "stop and drain timeouts are from 0s to 1h"},
  };
  for (const Case& c : cases) {
    ServiceSpec spec = good;
    c.change(spec);
    const Status checked = CheckServiceSpec(spec);
    ASSERT_FALSE(checked) << c.reason;
    EXPECT_EQ(checked.error().message, "cannot run service \"" + spec.name + "\": " + c.reason);
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace hinomi::drivers
