#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/contract_testing.h"

namespace hinomi::store {
namespace {

// What the simulator does: a store that dies at a chosen call.
class MemoryStoreTest : public testing::Test {
 protected:
  MemoryStoreTest() {
    turn_.epoch = OpenMemoryStore(database_, clock_)
                      ->AcquireLease("leader", "one", Duration::Hours(1))
                      ->epoch;
    turn_.events = {MakeEvent("t", "", "x")};
    turn_.jobs = {MakeJob("j", turn_.at)};
  }

  std::unique_ptr<Store> OpenFailing(const std::string& call, FaultPoint point) {
    return OpenMemoryStore(database_, clock_, [=](std::string_view name, FaultPoint at) -> Status {
      if (name == call && at == point) return Unavailable("seeded fault");
      return {};
    });
  }

  std::shared_ptr<MemoryDatabase> database_ = MakeMemoryDatabase();
  ManualClock clock_;
  Turn turn_;
};

TEST_F(MemoryStoreTest, ACrashBeforeTheCommitLeavesNothing) {
  HN_EXPECT_ERROR(OpenFailing("Commit", FaultPoint::kBefore)->Commit(turn_), kUnavailable,
                  "seeded fault");
  EXPECT_EQ(OpenMemoryStore(database_, clock_)->JournalHead()->sequence, 0u);
}

TEST_F(MemoryStoreTest, ACrashAfterTheCommitLeavesAllOfIt) {
  HN_EXPECT_ERROR(OpenFailing("Commit", FaultPoint::kAfter)->Commit(turn_), kUnavailable,
                  "seeded fault");
  const auto store = OpenMemoryStore(database_, clock_);
  EXPECT_EQ(store->JournalHead()->sequence, 1u);
  EXPECT_TRUE(store->FindJob("j").value().has_value());
}

TEST_F(MemoryStoreTest, TwoDatabasesShareNothing) {
  ASSERT_TRUE(OpenMemoryStore(database_, clock_)->Commit(turn_).has_value());
  EXPECT_EQ(OpenMemoryStore(MakeMemoryDatabase(), clock_)->JournalHead()->sequence, 0u);
}

}  // namespace
}  // namespace hinomi::store
