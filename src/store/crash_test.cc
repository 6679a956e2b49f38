// The store on a disk whose power fails at any operation, or that fails once
// at any: every turn that was acknowledged is there whole, none by half.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/seed_testing.h"
#include "base/strings.h"
#include "store/checkpoint.h"
#include "store/contract_testing.h"
#include "store/fake_disk_testing.h"
#include "store/personal.h"
#include "store/verify.h"

namespace hinomi::store {
namespace {

constexpr int kTurns = 24;

std::string TurnName(int turn) {
  return "turn-" + std::to_string(turn);
}
int EventsOf(int turn) {
  return 1 + turn % 3;
}
PersonalDatum PersonOf(int turn) {
  const std::string salt(16, static_cast<char>('a' + turn % 26));
  const std::string text = "text of " + TurnName(turn);
  return {TurnName(turn), PersonalCommitment(salt, text), salt, text};
}

/// A store, what was done to it, and what it had answered.
class Load {
 public:
  explicit Load(uint64_t seed) : disk_(seed), vfs_(disk_) {}

  FakeDisk& disk() { return disk_; }

  bool Open() {
    store_ = nullptr;
    auto opened =
        OpenSqliteStore({.directory = directory_.path(), .reserve_bytes = 0, .vfs = vfs_.name()},
                        {clock_, files_, log_, telemetry_});
    if (!opened) return false;
    auto lease = (*opened)->AcquireLease("leader", "one", Duration::Hours(1));
    if (!lease) return false;
    store_ = *std::move(opened);
    epoch_ = lease->epoch;
    return true;
  }

  /// All of the script, or as far as the power lasts.
  void Run() {
    for (int turn = 1; turn <= kTurns && !disk_.off(); ++turn) {
      if (store_ == nullptr && !Open()) continue;
      PutDown(turn);
      CommitTurn(turn);
      if (turn % 5 == 0) Claim();
      if (turn % 7 == 0) Erase(turn - 3);
      if (turn % 11 == 0) store_ = nullptr;  // A clean restart in between.
    }
  }

  void PowerCycle() {
    disk_.Cut();
    store_ = nullptr;  // It dies with the power, and must not tidy up after it.
    disk_.PowerCycle();
  }

  void PowerCycleAndCheck() {
    PowerCycle();
    ASSERT_TRUE(Open());
    Check();
    // And it goes on.
    const int next = kTurns + 1;
    CommitTurn(next);
    EXPECT_EQ(acknowledged_.count(next), 1u);
  }

  void Check() {
    const auto proof = VerifyJournal(*store_);
    ASSERT_TRUE(proof.has_value()) << proof.error().message;
    EXPECT_TRUE(proof->holds()) << proof->Statement();
    const std::vector<int> turns = WholeTurns();
    const std::set<int> there(turns.begin(), turns.end());
    for (const int turn : acknowledged_) EXPECT_TRUE(there.count(turn)) << TurnName(turn);
    for (const int turn : there) EXPECT_TRUE(tried_.count(turn)) << TurnName(turn);
    for (const int turn : tried_) CheckParts(turn, there.contains(turn));
    const auto snapshot = store_->ReadSnapshot("machine").value();
    ASSERT_EQ(snapshot.has_value(), !turns.empty());
    if (snapshot) {
      EXPECT_EQ(snapshot->body, TurnName(turns.back()));
    }
    for (const auto& [key, id] : commands_) {
      EXPECT_EQ(store_->PutCommand({key, "ann", "other"}, {}).value().id, id) << key;
    }
  }

  bool store_is_open() const { return store_ != nullptr; }

 private:
  // The turns in the journal, each with all of its events.
  std::vector<int> WholeTurns() {
    std::vector<int> turns;
    const auto entries = store_->ReadJournal(0, 10'000).value();
    for (size_t i = 0; i < entries.size();) {
      const auto turn = static_cast<int>(ParseInt(entries[i].event.subject.substr(5)).value());
      turns.push_back(turn);
      for (int part = 0; part < EventsOf(turn); ++part, ++i) {
        if (i >= entries.size() || entries[i].event.subject != TurnName(turn) ||
            entries[i].event.body != std::to_string(part)) {
          ADD_FAILURE() << TurnName(turn) << " is there by half";
          return turns;
        }
      }
    }
    return turns;
  }

  void CheckParts(int turn, bool there) {
    const auto job = store_->FindJob(TurnName(turn));
    ASSERT_TRUE(job.has_value()) << job.error().message;
    EXPECT_EQ(job->has_value(), there) << TurnName(turn);
    const auto read = store_->ReadPersonal(PersonOf(turn).commitment);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    const std::optional<std::string>& text = *read;
    if (!erasure_tried_.contains(turn)) {
      EXPECT_EQ(text.has_value(), there) << TurnName(turn);
    }
    if (erased_.contains(turn)) {
      EXPECT_FALSE(text.has_value()) << TurnName(turn);
    }
    if (text) {
      EXPECT_EQ(*text, PersonOf(turn).text);
    }
  }

  void PutDown(int turn) {
    const auto put = store_->PutCommand({TurnName(turn), "ann", "{}"}, {});
    if (put) commands_.emplace(TurnName(turn), put->id);
  }

  void CommitTurn(int number) {
    const auto head = store_->JournalHead();
    if (!head) return;
    Turn turn;
    turn.epoch = epoch_;
    turn.at = clock_.Now();
    turn.expected_head = head->sequence;
    for (int part = 0; part < EventsOf(number); ++part) {
      turn.events.push_back(MakeEvent("t", TurnName(number), std::to_string(part)));
    }
    turn.jobs = {MakeJob(TurnName(number), turn.at)};
    turn.jobs[0].payload = std::string(3000, 'p');
    turn.personal = {PersonOf(number)};
    turn.snapshots = {Snapshot{"machine", 1, turn.expected_head, TurnName(number)}};
    tried_.insert(number);
    if (store_->Commit(turn)) acknowledged_.insert(number);
  }

  void Claim() { (void)store_->ClaimJobs(epoch_, Lane::kNormal, clock_.Now(), 3).has_value(); }

  void Erase(int turn) {
    erasure_tried_.insert(turn);
    if (store_->ErasePerson(TurnName(turn))) erased_.insert(turn);
  }

  TempDirectory directory_;  // For the lock file only.
  FakeDisk disk_;
  FakeDiskVfs vfs_;
  FakeDiskFiles files_{disk_};
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<Store> store_;
  uint64_t epoch_ = 0;
  std::set<int> tried_, acknowledged_, erasure_tried_, erased_;
  std::map<std::string, uint64_t> commands_;
};

uint64_t OperationsOfTheWholeLoad() {
  Load load(1);
  load.Run();
  return load.disk().operations();
}

/// HN_SOAK=1 walks all operations with several outcomes each; else a sample by HN_SEED.
struct Plan {
  uint64_t operations;
  std::vector<std::pair<uint64_t, uint64_t>> points;  // Operation, seed of the disk.
};

Plan MakePlan(size_t sample) {
  Plan plan{OperationsOfTheWholeLoad(), {}};
  const uint64_t seed = FirstSeed();
  if (Soak()) {
    for (uint64_t at = 1; at <= plan.operations; ++at) {
      for (uint64_t outcome = 0; outcome < 8; ++outcome) {
        plan.points.emplace_back(at, seed * 8 + outcome);
      }
    }
    return plan;
  }
  Random random(seed);
  for (size_t i = 0; i < sample; ++i) {
    plan.points.emplace_back(1 + random.Below(plan.operations), random.Next());
  }
  return plan;
}

std::string Trace(const std::pair<uint64_t, uint64_t>& point) {
  return "operation " + std::to_string(point.first) + ", disk seed " + std::to_string(point.second);
}

TEST(CrashTest, TheWholeLoadRunsOnASoundDisk) {
  Load load(1);
  load.Run();
  EXPECT_GT(load.disk().operations(), 200u);
  load.PowerCycleAndCheck();
}

TEST(CrashTest, AfterAPowerCutEveryAcknowledgedTurnIsThereWhole) {
  for (const auto& point : MakePlan(150).points) {
    SCOPED_TRACE(Trace(point));
    Load load(point.second);
    load.disk().CutAt(point.first);
    load.Run();
    load.PowerCycleAndCheck();
    if (HasFailure()) return;
  }
}

TEST(CrashTest, ASecondPowerCutDuringRecoveryLosesNothingEither) {
  for (const auto& point : MakePlan(60).points) {
    SCOPED_TRACE(Trace(point));
    Load load(point.second);
    load.disk().CutAt(point.first);
    load.Run();
    load.PowerCycle();
    load.disk().CutAt(1 + point.second % 12);
    (void)load.Open();
    load.PowerCycleAndCheck();
    if (HasFailure()) return;
  }
}

TEST(CrashTest, AFailedOperationLosesNothingAndTheStoreGoesOn) {
  for (const DiskFault fault : {DiskFault::kIo, DiskFault::kFull}) {
    for (const auto& point : MakePlan(80).points) {
      SCOPED_TRACE(Trace(point));
      Load load(point.second);
      load.disk().FailAt(point.first, fault);
      load.Run();
      if (load.store_is_open()) load.Check();
      load.PowerCycleAndCheck();
      if (HasFailure()) return;
    }
  }
}

// Were it otherwise the tests above would prove nothing.
TEST(CrashTest, TheDiskForgetsWhatWasNotSynced) {
  FakeDisk disk(1);
  disk.Create("a");
  disk.Write("a", 0, "old");
  disk.Sync("a");
  std::set<std::string> outcomes;
  for (int i = 0; i < 50; ++i) {
    disk.Write("a", 0, "new");
    disk.PowerCycle();
    std::string bytes;
    disk.Read("a", 0, 99, bytes);
    outcomes.insert(bytes);
    disk.Write("a", 0, "old");
    disk.Sync("a");
  }
  EXPECT_THAT(outcomes, testing::ElementsAre("new", "old"));
}

TEST(CrashTest, WhatAFailedSyncShouldHaveWrittenIsLostForGood) {
  FakeDisk disk(1);
  disk.Create("a");
  disk.Sync("a");
  disk.Write("a", 0, "x");
  disk.FailAt(1, DiskFault::kIo);
  EXPECT_EQ(disk.Sync("a"), FakeDisk::Outcome::kIo);
  EXPECT_EQ(disk.Sync("a"), FakeDisk::Outcome::kDone);
  disk.PowerCycle();
  EXPECT_EQ(disk.Size("a"), 0u);
}

}  // namespace
}  // namespace hinomi::store
