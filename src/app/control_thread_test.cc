#include "app/control_thread.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/testing.h"
#include "store/open.h"

namespace hinomi::app {
namespace {

using ops_model::Decision;
using ops_model::Event;
using ops_model::Input;
using ops_model::JobResult;
using store::FaultPoint;

// Asks for a job on the command "page"; says what became of it; notes which
// alarms were evaluated.
class Pager : public control::Machine {
 public:
  explicit Pager(Mailbox<std::string>& heard) : heard_(heard) {}
  std::string_view name() const override { return "pager"; }
  Decision Decide(const Input& input, Instant now, const policy::OpsFolder&,
                  Random&) const override {
    Decision decision;
    if (const auto* command = std::get_if<ops_model::CommandInput>(&input)) {
      decision.jobs.push_back({.kind = "page",
                               .due = now,
                               .key = command->arguments["key"].as_string(),
                               .payload = Json::MakeObject(),
                               .urgent = true});
      decision.answer = "asked";
    } else if (const auto* result = std::get_if<JobResult>(&input)) {
      decision.verdicts.push_back({result->id, ops_model::JobVerdict::Action::kDone, {}, ""});
      decision.events.push_back(
          ops_model::PageAttempted{result->key, result->attempt, "delivered"});
    } else if (const auto* evaluation = std::get_if<ops_model::AlarmEvaluation>(&input)) {
      heard_.Put(evaluation->alarm + std::to_string(evaluation->datapoints.size()));
    }
    return decision;
  }
  void Apply(const Event&) override {}
  std::optional<Instant> NextWakeup() const override { return std::nullopt; }
  Json Save() const override { return Json::MakeObject(); }
  void Load(const Json&) override {}
  void Reset() override {}

 private:
  Mailbox<std::string>& heard_;
};

/// One server: store, loop, runner, control thread, on a database that several
/// may share.
class Node {
 public:
  Node(std::shared_ptr<store::MemoryDatabase> database, SharedClock& clock, std::string holder)
      : store_(store::OpenMemoryStore(
            std::move(database), clock,
            [this](std::string_view call, FaultPoint point) { return OnCall(call, point); })) {
    control::ControlOptions options;
    options.holder = std::move(holder);
    options.salt = [](size_t size) { return std::string(size, 's'); };
    options.sign = [this](const store::Head&, Instant) -> Result<store::Checkpoint> {
      signed_.Put(1);
      return Unavailable("the key is gone");
    };
    std::vector<std::unique_ptr<control::Machine>> machines;
    machines.push_back(std::make_unique<Pager>(heard_));
    loop_ = std::make_unique<control::ControlLoop>(options, *store_, clock, Random(1),
                                                   std::move(machines), telemetry_, log_);
    loop_->OnCommitted([this](const std::vector<Event>& events) {
      for (const Event& event : events) types_.Put(std::string(ops_model::EventType(event.body)));
    });
    runner_ = std::make_unique<JobRunner>(
        [this](JobResult result) { control_->Post(std::move(result)); });
    runner_->Register("page", [this](const store::Job& job) {
      begun_.Put(job.spec.key);
      if (hold_) gate_.Pass();
      return JobResult();
    });
    control_ = std::make_unique<ControlThread>(*loop_, *store_, *runner_, clock, telemetry_, log_);
    control_->OnChange([this] { heads_.Put(loop_->head().sequence); });
    control_->OnRound([this] { rounds_.Put(1); });
    runner_->Start();
  }
  ~Node() { Stop(); }

  void Start() const { ASSERT_TRUE(control_->Start(std::make_shared<policy::OpsFolder>())); }
  void Stop() {
    gate_.Open();
    store_gate_.Open();
    runner_->Stop();
    control_->Stop();
  }
  void Page(const std::string& key) const {
    const Json body =
        Json::MakeObject().Set("verb", "page").Set("arguments", Json::MakeObject().Set("key", key));
    ASSERT_TRUE(store_->PutCommand({key, "sato", body.Dump()}, Instant()));
    control_->Wake();
  }
  bool AwaitEvent(const std::string& type, long times = 1) const {
    return types_.Await(
        [&](const auto& types) { return std::count(types.begin(), types.end(), type) >= times; });
  }
  bool AwaitCall(const std::string& call, size_t beyond) const {
    return calls_.Await([&](const auto& calls) {
      return std::count(calls.begin(), calls.end(), call) > static_cast<long>(beyond);
    });
  }
  size_t Calls(const std::string& call) const {
    const auto calls = calls_.all();
    return static_cast<size_t>(std::count(calls.begin(), calls.end(), call));
  }

  std::atomic<bool> commits_fail_{false};
  std::atomic<bool> hold_{false};
  std::atomic<bool> store_hangs_{false};
  Mailbox<std::string> calls_, types_, begun_, heard_;
  Mailbox<uint64_t> heads_;
  Mailbox<int> signed_;
  Mailbox<int> rounds_;
  Gate gate_, store_gate_;
  Telemetry telemetry_;
  NullLog log_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<control::ControlLoop> loop_;
  std::unique_ptr<JobRunner> runner_;
  std::unique_ptr<ControlThread> control_;

 private:
  Status OnCall(std::string_view call, FaultPoint point) {
    if (point == FaultPoint::kAfter) return {};
    calls_.Put(std::string(call));
    if (store_hangs_ && call == "Commit") store_gate_.Pass();
    if (commits_fail_ && call == "Commit") return Unavailable("the disk is gone");
    return {};
  }
};

class ControlThreadTest : public ::testing::Test {
 protected:
  SharedClock clock_;
  std::shared_ptr<store::MemoryDatabase> database_ = store::MakeMemoryDatabase();
};

TEST_F(ControlThreadTest, ACommandsJobIsDoneAndItsEndIsInTheJournal) {
  Node node(database_, clock_, "a");
  node.Start();
  EXPECT_TRUE(node.control_->leading());
  node.Page("PG-1");
  EXPECT_TRUE(node.AwaitEvent("page.attempted"));
  EXPECT_EQ(node.begun_.all(), std::vector<std::string>{"PG-1"});
}

TEST_F(ControlThreadTest, AStoreThatIsAwayLosesNoResult) {
  Node node(database_, clock_, "a");
  node.hold_ = true;
  node.Start();
  node.Page("PG-1");
  ASSERT_TRUE(node.begun_.AwaitCount(1));
  node.commits_fail_ = true;
  const size_t before = node.Calls("Commit");
  node.gate_.Open();
  ASSERT_TRUE(node.AwaitCall("Commit", before + 1));  // Two turns have failed.
  node.commits_fail_ = false;
  EXPECT_TRUE(node.AwaitEvent("page.attempted"));
  EXPECT_EQ(node.begun_.all().size(), 1u);
}

TEST_F(ControlThreadTest, TheLeaseIsKeptWhileTurnsFail) {
  Node node(database_, clock_, "a");
  node.Start();
  node.commits_fail_ = true;
  node.Page("PG-1");
  for (int i = 0; i < 2; ++i) {
    const size_t before = node.Calls("RenewLease");
    clock_.Advance(Duration::Seconds(6));
    ASSERT_TRUE(node.AwaitCall("RenewLease", before));
  }
  EXPECT_TRUE(node.control_->leading());
}

TEST_F(ControlThreadTest, RoundsAreToldOfWhileTurnsFailAndNotWhileTheStoreHangs) {
  Node node(database_, clock_, "a");
  node.Start();
  ASSERT_TRUE(node.rounds_.AwaitCount(1));
  node.commits_fail_ = true;
  node.Page("PG-1");
  const size_t failing = node.Calls("Commit");
  ASSERT_TRUE(node.AwaitCall("Commit", failing));
  ASSERT_TRUE(node.rounds_.AwaitCount(node.rounds_.all().size() + 1));

  node.store_hangs_ = true;
  const size_t hanging = node.Calls("Commit");
  ASSERT_TRUE(node.AwaitCall("Commit", hanging));
  const size_t before = node.rounds_.all().size();
  node.control_->Wake();
  EXPECT_FALSE(node.rounds_.Await([&](const auto& rounds) { return rounds.size() > before; },
                                  std::chrono::milliseconds(300)));
  node.store_hangs_ = false;
  node.store_gate_.Open();
  EXPECT_TRUE(node.rounds_.AwaitCount(before + 1));
}

TEST_F(ControlThreadTest, AFailingTurnIsNotMadeTheFasterTheMoreComesIn) {
  Node node(database_, clock_, "a");
  node.Start();
  node.commits_fail_ = true;
  const size_t before = node.Calls("Commit");
  node.Page("PG-1");
  ASSERT_TRUE(node.AwaitCall("Commit", before));
  for (int i = 0; i < 200; ++i) {
    node.control_->Wake();
    node.control_->Post(ops_model::AlarmEvaluation{"HighErrorRate", {}});
  }
  EXPECT_FALSE(node.calls_.Await(
      [&](const auto& calls) {
        return std::count(calls.begin(), calls.end(), "Commit") > static_cast<long>(before) + 2;
      },
      std::chrono::milliseconds(500)));
}

TEST_F(ControlThreadTest, ALastTurnTakesWhatCameInBeforeTheStop) {
  Node node(database_, clock_, "a");
  node.hold_ = true;
  node.Start();
  node.Page("PG-1");
  ASSERT_TRUE(node.begun_.AwaitCount(1));
  node.Stop();
  EXPECT_TRUE(node.AwaitEvent("page.attempted"));
  EXPECT_EQ(node.store_->ListJobs(store::JobState::kDone, 9)->size(), 1u);
  // And the lease is free for the next server.
  Node next(database_, clock_, "b");
  next.Start();
  EXPECT_TRUE(next.control_->leading());
}

TEST_F(ControlThreadTest, AFullLaneMakesNoBusyLoop) {
  Node node(database_, clock_, "a");
  node.hold_ = true;
  node.Start();
  const size_t room = node.runner_->Free(store::Lane::kUrgent);
  for (size_t i = 0; i <= room; ++i) node.Page("PG-" + std::to_string(i));
  ASSERT_TRUE(node.begun_.AwaitCount(room));
  const size_t before = node.Calls("PendingCommands");
  EXPECT_FALSE(node.calls_.Await(
      [&](const auto& calls) {
        return std::count(calls.begin(), calls.end(), "PendingCommands") >
               static_cast<long>(before) + 10;
      },
      std::chrono::milliseconds(500)));
  node.gate_.Open();
  EXPECT_TRUE(node.AwaitEvent("page.attempted", static_cast<long>(room) + 1));
}

TEST_F(ControlThreadTest, AWaitingEvaluationGivesWayToANewerOneOfItsAlarm) {
  Node node(database_, clock_, "a");
  // Nobody takes them before the start.
  node.control_->Post(ops_model::AlarmEvaluation{"a", {}});
  node.control_->Post(ops_model::AlarmEvaluation{"b", {}});
  node.control_->Post(ops_model::AlarmEvaluation{"a", {{Instant(), 1.0}, {Instant(), 2.0}}});
  node.Start();
  ASSERT_TRUE(node.heard_.AwaitCount(2));
  node.Stop();
  EXPECT_EQ(node.heard_.all(), (std::vector<std::string>{"a2", "b0"}));
}

TEST_F(ControlThreadTest, ACheckpointThatFailsStopsNoPage) {
  Node node(database_, clock_, "a");
  node.Start();
  ASSERT_TRUE(node.signed_.AwaitCount(1));
  node.Page("PG-1");
  EXPECT_TRUE(node.AwaitEvent("page.attempted"));
  EXPECT_EQ(node.signed_.all().size(), 1u) << "tried again after a minute, not in each turn";
}

TEST_F(ControlThreadTest, AFollowerSeesWhatTheLeaderWritesAndTakesOver) {
  Node leader(database_, clock_, "a");
  leader.Start();
  Node follower(database_, clock_, "b");
  follower.Start();
  EXPECT_FALSE(follower.control_->leading());
  leader.Page("PG-1");
  ASSERT_TRUE(leader.AwaitEvent("page.attempted"));
  const uint64_t head = leader.store_->JournalHead()->sequence;
  EXPECT_TRUE(follower.heads_.Await(
      [&](const auto& heads) { return !heads.empty() && heads.back() == head; }));
  leader.Stop();
  clock_.Advance(Duration::Seconds(6));
  EXPECT_TRUE(follower.AwaitEvent("server.started"));
  follower.Page("PG-2");
  EXPECT_TRUE(follower.AwaitEvent("page.attempted"));
}

}  // namespace
}  // namespace hinomi::app
