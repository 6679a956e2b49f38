#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/contract_testing.h"

namespace hinomi::store {
namespace {

// Two servers on one database; `store_` is the first and leads.
class LeaderTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    auto opened = backend_->Open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    second_ = *std::move(opened);
  }

  // The second server becomes leader when the first's lease has run out.
  Lease TakeOver() {
    EXPECT_TRUE(store_->RenewLease(lease_, Duration::Millis(20)).has_value());
    backend_->LetPass(Duration::Millis(20));
    return second_->AcquireLease("leader", "two", Duration::Seconds(10)).value();
  }

  std::unique_ptr<Store> second_;
};

INSTANTIATE_TEST_SUITE_P(Shared, LeaderTest,
                         testing::Values(BackendKind::kMemory, BackendKind::kPostgres),
                         [](const auto& param) { return BackendName(param.param); });

TEST_P(LeaderTest, TheOtherServerReadsWhatTheLeaderWrote) {
  const Head head = Append("t", "s", "x");
  EXPECT_EQ(second_->JournalHead().value().hash, head.hash);
}

TEST_P(LeaderTest, OnlyOneServerGetsTheLease) {
  HN_EXPECT_ERROR(second_->AcquireLease("leader", "two", Duration::Seconds(10)), kConflict,
                  "held by one");
}

TEST_P(LeaderTest, TheOldLeadersLateTurnIsRefusedAndTheNewOnesHolds) {
  Turn late = NextTurn();
  late.events = {MakeEvent("t", "", "late")};
  const Lease two = TakeOver();
  Turn fresh = late;
  fresh.epoch = two.epoch;
  fresh.events = {MakeEvent("t", "", "fresh")};
  ASSERT_TRUE(second_->Commit(fresh).has_value());
  HN_EXPECT_ERROR(store_->Commit(late), kConflict, "holds no lease");
  const auto entries = store_->ReadJournal(0, 9).value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].event.body, "fresh");
}

TEST_P(LeaderTest, TheOldLeaderClaimsNoMoreJobsAndItsOwnAreOrphans) {
  Turn turn = NextTurn();
  turn.jobs = {MakeJob("a", turn.at), MakeJob("b", turn.at)};
  Commit(turn);
  ASSERT_EQ(store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 1).value().size(), 1u);
  const Lease two = TakeOver();
  HN_EXPECT_ERROR(store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 9), kConflict,
                  "holds no lease");
  EXPECT_EQ(second_->OrphanedJobs(two.epoch).value().at(0).spec.key, "a");
  EXPECT_EQ(second_->ClaimJobs(two.epoch, Lane::kNormal, turn.at, 9).value().at(0).spec.key, "b");
}

TEST_P(LeaderTest, AnotherServerPutsCommandsDownAndTheLeaderAnswers) {
  const Command put = second_->PutCommand({"k", "ann", "{}"}, world_.clock.Now()).value();
  Turn turn = NextTurn();
  turn.answers = {CommandAnswer{store_->PendingCommands(9).value().at(0).id, "done"}};
  Commit(turn);
  EXPECT_EQ(second_->FindCommand(put.id).value()->answer, "done");
}

TEST_P(LeaderTest, LeasesOfOtherNamesDoNotFenceTheLeader) {
  ASSERT_TRUE(second_->AcquireLease("compaction", "two", Duration::Seconds(10)).has_value());
  EXPECT_EQ(Append("t", "", "x").sequence, 1u);
}

// Real threads, so on PostgreSQL only (a store in memory belongs to one).
class TakeoverTest : public LeaderTest {};
INSTANTIATE_TEST_SUITE_P(Shared, TakeoverTest, testing::Values(BackendKind::kPostgres),
                         [](const auto& param) { return BackendName(param.param); });

TEST_P(TakeoverTest, ATakeoverInTheMiddleOfCommitsLosesNothingAndForksNothing) {
  std::atomic<uint64_t> committed = 0;
  std::thread old_leader([&] {
    Turn turn;
    turn.epoch = lease_.epoch;
    turn.events = {MakeEvent("t", "old", "x")};
    while (true) {
      turn.expected_head = committed;
      auto head = store_->Commit(turn);
      if (!head) {
        EXPECT_EQ(ErrorCodeName(head.error().code), "conflict") << head.error().message;
        return;
      }
      committed = head->sequence;
    }
  });
  while (committed < 20) std::this_thread::yield();
  // Its time runs out while it goes on committing without a look at the lease.
  ASSERT_TRUE(second_->RenewLease(lease_, Duration::Nanos(0)).has_value());
  const Lease two = second_->AcquireLease("leader", "two", Duration::Seconds(10)).value();
  const uint64_t head = second_->JournalHead().value().sequence;
  Turn turn;
  turn.epoch = two.epoch;
  turn.expected_head = head;
  turn.events = {MakeEvent("t", "new", "x")};
  ASSERT_TRUE(second_->Commit(turn).has_value());
  old_leader.join();
  EXPECT_EQ(committed, head);
  EXPECT_EQ(second_->JournalHead().value().sequence, head + 1);
}

TEST_P(TakeoverTest, ManyServersAtOnceMakeOneLeader) {
  ASSERT_TRUE(store_->ReleaseLease(lease_).has_value());
  std::atomic<int> leaders = 0;
  std::vector<std::thread> servers;
  for (int i = 0; i < 6; ++i) {
    servers.emplace_back([&, i] {
      auto store = backend_->Open();
      ASSERT_TRUE(store.has_value()) << store.error().message;
      auto lease = (*store)->AcquireLease("leader", "s" + std::to_string(i), Duration::Seconds(10));
      if (lease) {
        ++leaders;
      } else {
        EXPECT_EQ(ErrorCodeName(lease.error().code), "conflict") << lease.error().message;
      }
    });
  }
  for (std::thread& server : servers) server.join();
  EXPECT_EQ(leaders, 1);
}

TEST_P(TakeoverTest, TheSameCommandFromTwoServersAtOnceIsOne) {
  std::vector<uint64_t> ids(2);
  std::thread other([&] { ids[1] = second_->PutCommand({"k", "ann", "{}"}, {}).value().id; });
  ids[0] = store_->PutCommand({"k", "ann", "{}"}, {}).value().id;
  other.join();
  EXPECT_EQ(ids[0], ids[1]);
}

}  // namespace
}  // namespace hinomi::store
