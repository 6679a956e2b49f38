// The rotation over a fake balancer and fake tasks under a manual clock.
#include "drivers/rotation/rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "drivers/rotation/rotations.h"
#include "os/system_clock.h"

namespace hinomi::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kA(32, 'a');
const std::string kB(32, 'b');

/// Servers by name, as HAProxy would keep them, and the calls that changed them.
class FakeBalancer : public LoadBalancer {
 public:
  Result<std::vector<BalancedServer>> Servers() override {
    if (gone) return Unavailable("HAProxy at /run/x: nobody listens");
    std::vector<BalancedServer> list;
    for (const auto& [name, server] : servers) list.push_back(server);
    return list;
  }
  Status Add(const NewServer& server) override {
    calls.push_back("add " + server.name + " " + server.address);
    if (refusal) return *refusal;
    BalancedServer& made = servers[server.name];
    made.name = server.name;
    made.address = server.address;
    made.state = ServerState::kMaintenance;
    return {};
  }
  Status Enable(const std::string& name, Duration) override {
    calls.push_back("enable " + name);
    BalancedServer& server = servers.at(name);
    server.state = ServerState::kDraining;
    server.check = well ? "L7OK 200" : says;
    if (!well) return Timeout("not healthy yet");
    return EnableAtOnce(name);
  }
  Status EnableAtOnce(const std::string& name) override {
    calls.push_back("ready " + name);
    servers.at(name).state = ServerState::kReady;
    servers.at(name).health = ServerHealth::kHealthy;
    return {};
  }
  Status Drain(const std::string& name, Duration) override {
    calls.push_back("drain " + name);
    servers.at(name).state = ServerState::kDraining;
    return Timeout("seen once");
  }
  Status Disable(const std::string&) override { return {}; }
  Status Remove(const std::string& name, Duration) override {
    calls.push_back("remove " + name);
    servers.erase(name);
    return {};
  }
  Status SetWeight(const std::string&, int) override { return {}; }

  std::vector<std::string> TakeCalls() { return std::exchange(calls, {}); }

  std::map<std::string, BalancedServer> servers;
  std::vector<std::string> calls;
  bool gone = false;
  bool well = true;
  std::string says = "L7STS 404";  ///< The check of one that is not well.
  std::optional<Error> refusal;
};

/// Lets a test keep a balancer that a rotation owns.
class Borrowed : public LoadBalancer {
 public:
  explicit Borrowed(FakeBalancer& real) : real_(real) {}
  Result<std::vector<BalancedServer>> Servers() override { return real_.Servers(); }
  Status Add(const NewServer& s) override { return real_.Add(s); }
  Status Enable(const std::string& s, Duration d) override { return real_.Enable(s, d); }
  Status EnableAtOnce(const std::string& s) override { return real_.EnableAtOnce(s); }
  Status Drain(const std::string& s, Duration d) override { return real_.Drain(s, d); }
  Status Disable(const std::string& s) override { return real_.Disable(s); }
  Status Remove(const std::string& s, Duration d) override { return real_.Remove(s, d); }
  Status SetWeight(const std::string& s, int w) override { return real_.SetWeight(s, w); }

 private:
  FakeBalancer& real_;
};

class RotationTest : public ::testing::Test {
 protected:
  RotationTest() { Restart(); }

  /// Hinomi was killed, and comes again.
  void Restart() {
    rotation_ = std::make_unique<Rotation>(
        RotationOptions{.service = "app", .check = {}, .drain_timeout = Duration::Seconds(10)},
        std::make_unique<Borrowed>(balancer_), [this] { return tasks_; },
        [](const Task& task) { return "127.0.0.1:" + std::to_string(task.port); }, clock_, log_);
  }
  static Task TaskOf(const std::string& id, TaskStatus status) {
    Task task;
    task.id = id;
    task.service = "app";
    task.port = id == kA ? 9001 : 9002;
    task.last_status = status;
    return task;
  }
  void Have(std::vector<Task> tasks, bool knows_all = true) { tasks_ = {knows_all, tasks}; }
  Result<bool> Ask(const std::string& id, Wish wish) {
    return rotation_->Ask(TaskOf(id, TaskStatus::kActivating), wish);
  }
  /// As the thread would: to the next turn.
  void Turn(int times = 1) {
    for (int i = 0; i < times; ++i) clock_.Advance(rotation_->Turn() - clock_.Monotonic());
  }
  /// `a` is in rotation, and both sides know it.
  void PutIn() {
    Have({TaskOf(kA, TaskStatus::kRunning)});
    Turn(2);
    ASSERT_TRUE(rotation_->state().in_step);
    balancer_.TakeCalls();
  }
  BalancedServer& Server(const std::string& id) { return balancer_.servers.at("app-" + id); }

  ManualClock clock_;
  NullLog log_;
  FakeBalancer balancer_;
  Rotation::Tasks tasks_;
  std::unique_ptr<Rotation> rotation_;
};

TEST_F(RotationTest, ATaskServesWhenItsBalancerFindsItHealthy) {
  Have({TaskOf(kA, TaskStatus::kActivating)});
  Turn();
  EXPECT_THAT(balancer_.calls, IsEmpty()) << "nobody has asked for it yet";
  balancer_.well = false;
  EXPECT_FALSE(*Ask(kA, Wish::kIn));
  Turn();
  EXPECT_THAT(balancer_.TakeCalls(),
              ElementsAre("add app-" + kA + " 127.0.0.1:9001", "enable app-" + kA));
  EXPECT_FALSE(*Ask(kA, Wish::kIn));
  EXPECT_EQ(rotation_->state().error, "") << "it only takes time";
  balancer_.well = true;
  Turn();
  EXPECT_FALSE(*Ask(kA, Wish::kIn)) << "not looked at yet";
  Turn();
  EXPECT_TRUE(*Ask(kA, Wish::kIn));
  EXPECT_TRUE(rotation_->state().in_step);
  EXPECT_EQ(rotation_->state().servers, 1u);
}

TEST_F(RotationTest, OneThatItsBalancerNeverFindsHealthySaysSo) {
  Have({TaskOf(kA, TaskStatus::kActivating)});
  balancer_.well = false;
  EXPECT_FALSE(*Ask(kA, Wish::kIn));
  Turn(40);
  const auto asked = Ask(kA, Wish::kIn);
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().message, "server app-" + kA +
                                       " is not healthy for its balancer, and gets no requests: "
                                       "its last check says L7STS 404");
  // While the next check runs the code of the last one is missing.
  balancer_.says = "L7STS";
  Turn(2);
  EXPECT_EQ(Ask(kA, Wish::kIn).error().message, asked.error().message);
  balancer_.says = "L4CON";
  Turn(2);
  EXPECT_THAT(Ask(kA, Wish::kIn).error().message, testing::EndsWith("its last check says L4CON"));
}

TEST_F(RotationTest, BeforeItsEndATaskHasNoRequestAndNoServer) {
  PutIn();
  Server(kA).sessions = 1;
  EXPECT_FALSE(*Ask(kA, Wish::kOut));
  // The runtime's picture is older than what it asked for.
  Turn(5);
  EXPECT_THAT(balancer_.TakeCalls(), ElementsAre("drain app-" + kA));
  Server(kA).sessions = 0;
  Turn();
  EXPECT_THAT(balancer_.TakeCalls(), IsEmpty()) << "a request may just have been chosen for it";
  Server(kA).queued = 1;
  Turn();
  Server(kA).queued = 0;
  Turn();
  EXPECT_FALSE(*Ask(kA, Wish::kOut));
  EXPECT_THAT(balancer_.TakeCalls(), IsEmpty());
  Turn();
  EXPECT_THAT(balancer_.TakeCalls(), ElementsAre("remove app-" + kA));
  Turn();
  EXPECT_TRUE(*Ask(kA, Wish::kOut));
  // The picture still says RUNNING: it does not come back.
  Turn(3);
  EXPECT_THAT(balancer_.calls, IsEmpty());
}

TEST_F(RotationTest, AKillAtAnyMomentIsOneMoreDifference) {
  const struct {
    const char* name;
    TaskStatus status;
    std::optional<ServerState> server;
    std::vector<std::string> calls;  ///< Of three turns.
  } cases[] = {
      {"added and not enabled",
       TaskStatus::kRunning,
       ServerState::kMaintenance,
       {"enable app-", "ready app-"}},
      {"draining, and the task goes on",
       TaskStatus::kRunning,
       ServerState::kDraining,
       {"enable app-", "ready app-"}},
      {"in rotation", TaskStatus::kRunning, ServerState::kReady, {}},
      {"nothing was done yet",
       TaskStatus::kRunning,
       std::nullopt,
       {"add app-", "enable app-", "ready app-"}},
      {"activating: the hook will ask again", TaskStatus::kActivating, ServerState::kReady, {}},
      {"to be drained",
       TaskStatus::kDeactivating,
       ServerState::kReady,
       {"drain app-", "remove app-"}},
      {"drained", TaskStatus::kDeactivating, ServerState::kDraining, {"remove app-"}},
      {"removal begun", TaskStatus::kDeactivating, ServerState::kMaintenance, {"remove app-"}},
      {"removed", TaskStatus::kDeactivating, std::nullopt, {}},
      {"its process is gone", TaskStatus::kDeprovisioning, ServerState::kReady, {"remove app-"}},
      {"stopped", TaskStatus::kStopped, ServerState::kDraining, {"remove app-"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    balancer_.servers.clear();
    if (c.server) {
      BalancedServer server;
      server.name = "app-" + kA;
      server.address = "127.0.0.1:9001";
      server.state = *c.server;
      server.health = ServerHealth::kHealthy;
      balancer_.servers[server.name] = server;
    }
    Have({TaskOf(kA, c.status)});
    Restart();
    Turn(3);
    std::vector<std::string> calls;
    for (const std::string& call : balancer_.TakeCalls())
      calls.push_back(call.substr(0, call.find(kA)));
    EXPECT_EQ(calls, c.calls);
  }
}

TEST_F(RotationTest, ServersOfTasksThatAreGoneAreRemovedAndOthersAreNotTouched) {
  for (const std::string& name : {"app-" + kA, std::string("static"), "web-" + kA, "app-x-" + kB,
                                  "app-" + std::string(32, 'G')}) {
    BalancedServer server;
    server.name = name;
    server.state = ServerState::kReady;
    balancer_.servers[name] = server;
  }
  Have({}, false);
  Turn(3);
  EXPECT_THAT(balancer_.calls, IsEmpty()) << "its host has not said what runs there";
  Have({});
  Turn(3);
  EXPECT_THAT(balancer_.calls, ElementsAre("remove app-" + kA));
  EXPECT_EQ(balancer_.servers.size(), 4u);
}

TEST_F(RotationTest, AfterAReloadServersAreBackAtOnce) {
  PutIn();
  balancer_.servers.clear();
  Turn();
  EXPECT_THAT(balancer_.TakeCalls(),
              ElementsAre("add app-" + kA + " 127.0.0.1:9001", "ready app-" + kA));
  Turn();
  EXPECT_TRUE(rotation_->state().in_step);
}

TEST_F(RotationTest, AfterAReloadTheOldProcessMayStillHaveRequests) {
  PutIn();
  balancer_.servers.clear();
  const Duration vanished = clock_.Monotonic();
  Turn(2);
  balancer_.TakeCalls();
  EXPECT_FALSE(*Ask(kA, Wish::kOut));
  while (clock_.Monotonic() - vanished < Duration::Millis(9900)) {
    Turn();
    ASSERT_FALSE(*Ask(kA, Wish::kOut)) << (clock_.Monotonic() - vanished).millis();
  }
  Turn(3);
  EXPECT_TRUE(*Ask(kA, Wish::kOut));
  EXPECT_THAT(balancer_.calls, ElementsAre("drain app-" + kA, "remove app-" + kA));
}

TEST_F(RotationTest, ABalancerThatIsGoneIsNamedAndAskedLessOften) {
  PutIn();
  balancer_.gone = true;
  Duration last;
  for (const int wait_ms : {200, 400, 800, 1600, 3200, 5000, 5000}) {
    const Duration before = clock_.Monotonic();
    Turn();
    EXPECT_EQ((clock_.Monotonic() - before).millis(), wait_ms);
  }
  EXPECT_FALSE(rotation_->state().reached);
  EXPECT_EQ(rotation_->state().error, "HAProxy at /run/x: nobody listens");
  EXPECT_EQ(Ask(kB, Wish::kIn).error().message, "HAProxy at /run/x: nobody listens");
  // It has forgotten everything.
  balancer_.gone = false;
  balancer_.servers.clear();
  Turn(3);
  EXPECT_EQ(Server(kA).state, ServerState::kReady);
  EXPECT_EQ(Server(kB).state, ServerState::kReady);
  EXPECT_EQ(rotation_->state().error, "");
}

TEST_F(RotationTest, WhatTheBalancerRefusesIsSaidAndTriedAgainSlower) {
  balancer_.refusal = InvalidArgument("backend app must use a dynamic load balancing");
  Have({TaskOf(kA, TaskStatus::kActivating)});
  EXPECT_FALSE(*Ask(kA, Wish::kIn));
  Turn(6);
  EXPECT_EQ(balancer_.calls.size(), 6u);
  EXPECT_GE(clock_.Monotonic(), ManualClock().Monotonic() + Duration::Seconds(10));
  EXPECT_THAT(Ask(kA, Wish::kIn).error().message, HasSubstr("dynamic load balancing"));
  EXPECT_THAT(rotation_->state().error, HasSubstr("dynamic load balancing"));
  EXPECT_TRUE(rotation_->state().reached);
}

TEST_F(RotationTest, AServiceThatLeavesItsBalancerLeavesNoServerThere) {
  PutIn();
  Server(kA).sessions = 1;
  rotation_->Retire();
  Turn(3);
  EXPECT_THAT(balancer_.TakeCalls(), ElementsAre("drain app-" + kA));
  EXPECT_FALSE(rotation_->finished());
  Server(kA).sessions = 0;
  Turn(4);
  EXPECT_TRUE(rotation_->finished());
  EXPECT_TRUE(balancer_.servers.empty());
}

TEST_F(RotationTest, ABalancerThatIsLeftAndDoesNotAnswerIsGivenUp) {
  PutIn();
  balancer_.gone = true;
  rotation_->Retire();
  const Duration begun = clock_.Monotonic();
  while (!rotation_->finished() && clock_.Monotonic() - begun < Duration::Minutes(5)) Turn();
  EXPECT_GT(clock_.Monotonic() - begun, Duration::Seconds(70));
  EXPECT_LT(clock_.Monotonic() - begun, Duration::Seconds(90));
}

TEST_F(RotationTest, HooksOfServicesWithoutABalancerPass) {
  std::vector<std::string> made;
  Rotations rotations(
      [&](const RotationTarget& target) {
        made.push_back(target.options.service + " " + target.backend);
        return std::make_unique<Borrowed>(balancer_);
      },
      [this](const std::string&) { return tasks_; }, [](const Task&) { return "127.0.0.1:1"; },
      clock_, log_);
  Task task = TaskOf(kA, TaskStatus::kActivating);
  EXPECT_TRUE(*rotations.Activate(task));
  RotationTarget target{.options = {.service = "app", .check = {}, .checked = true},
                        .socket = "/run/x",
                        .backend = "app"};
  rotations.SetTargets({target});
  EXPECT_FALSE(*rotations.Activate(task)) << "it waits for its health check";
  task.health = TaskHealth::kHealthy;
  EXPECT_FALSE(*rotations.Activate(task));
  ASSERT_TRUE(rotations.StateOf("app"));
  EXPECT_FALSE(rotations.StateOf("app")->looked);
  EXPECT_FALSE(rotations.StateOf("web"));
  // The same place goes on; another one is begun, and the old one is left.
  target.options.drain_timeout = Duration::Seconds(1);
  rotations.SetTargets({target});
  target.backend = "other";
  rotations.SetTargets({target});
  EXPECT_THAT(made, ElementsAre("app app", "app other"));
  rotations.SetTargets({});
  EXPECT_FALSE(rotations.StateOf("app"));
  EXPECT_TRUE(*rotations.Activate(task));
}

TEST(RotationsTest, ABalancerThatHangsHoldsUpItsOwnServiceOnly) {
  /// Its first answer comes when the test lets it.
  struct Hanging : public FakeBalancer {
    explicit Hanging(std::future<void> until) : gate(std::move(until)) {}
    Result<std::vector<BalancedServer>> Servers() override {
      if (gate.valid()) gate.get();
      return FakeBalancer::Servers();
    }
    std::future<void> gate;
  };
  std::promise<void> let_go;
  const SystemClock clock;
  NullLog log;
  Rotations rotations(
      [&](const RotationTarget& target) -> std::unique_ptr<LoadBalancer> {
        if (target.options.service == "web") return std::make_unique<Hanging>(let_go.get_future());
        return std::make_unique<FakeBalancer>();
      },
      [](const std::string&) { return Rotation::Tasks{true, {}}; },
      [](const Task&) { return "127.0.0.1:9001"; }, clock, log);
  rotations.Start();
  rotations.SetTargets(
      {{.options = {.service = "web", .check = {}}, .socket = "/a", .backend = "b"},
       {.options = {.service = "app", .check = {}}, .socket = "/c", .backend = "d"}});
  Task app, web;
  app.id = web.id = kA;
  app.service = "app";
  web.service = "web";
  // Never for longer than a moment, whatever the balancer does.
  const auto comes_true = [&](Result<bool> (Rotations::*question)(const Task&), const Task& task) {
    for (int i = 0; i < 1000; ++i) {
      if ((rotations.*question)(task).value_or(false)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  EXPECT_FALSE(*rotations.Activate(web));
  EXPECT_TRUE(comes_true(&Rotations::Activate, app));
  EXPECT_TRUE(comes_true(&Rotations::Drain, app));
  EXPECT_TRUE(comes_true(&Rotations::Remove, app));
  EXPECT_FALSE(*rotations.Activate(web));
  let_go.set_value();
  EXPECT_TRUE(comes_true(&Rotations::Activate, web));
  rotations.Stop();
}

}  // namespace
}  // namespace hinomi::drivers
