#include "store/reserve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/contract_testing.h"
#include "store/fake_disk_testing.h"

namespace hinomi::store {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

/// Keeps the lines of failures.
class KeepingLog : public Log {
 public:
  void Write(LogLevel level, std::string_view message, std::initializer_list<LogField>) override {
    if (level == LogLevel::kError) failures.emplace_back(message);
  }
  std::vector<std::string> failures;
};

/// A store on a disk of a size.
class ReserveTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> Open() {
    return OpenSqliteStore({.directory = directory_.path(),
                            .reserve_bytes = reserve_bytes_,
                            .reserve_events = 10'000,
                            .vfs = vfs_.name()},
                           {clock_, files_, log_, telemetry_});
  }
  void Start() {
    auto opened = Open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = *std::move(opened);
    turn_ = Turn{};
    turn_.epoch = store_->AcquireLease("leader", "one", Duration::Hours(1)).value().epoch;
    turn_.expected_head = store_->JournalHead().value().sequence;
  }
  // An incident's turn: an event with a body of 1 KiB and a page.
  Result<Head> CommitOne() {
    turn_.events = {MakeEvent("incident.opened", "incident:INC-1", std::string(1024, 'x'))};
    turn_.jobs = {MakeJob("page-" + std::to_string(turn_.expected_head), turn_.at)};
    auto head = store_->Commit(turn_);
    if (head) turn_.expected_head = head->sequence;
    return head;
  }
  double Metric(const std::string& name) { return telemetry_.Gauge(name).value(); }

  FakeDisk disk_{1};
  FakeDiskVfs vfs_{disk_};
  FakeDiskFiles files_{disk_};
  ManualClock clock_;
  KeepingLog log_;
  Telemetry telemetry_;
  TempDirectory directory_;
  uint64_t reserve_bytes_ = 64 * kMiB;
  std::unique_ptr<Store> store_;
  Turn turn_;
};

TEST_F(ReserveTest, IncidentsAndPagesGoOnForTenThousandEventsOnAFullDisk) {
  Start();
  EXPECT_EQ(Metric("hinomi_store_reserve_bytes"), static_cast<double>(64 * kMiB));
  const uint64_t full = disk_.used();
  disk_.SetCapacity(full);
  const uint64_t before = turn_.expected_head;
  int written = 0;
  while (true) {
    const auto head = CommitOne();
    if (!head) {
      EXPECT_EQ(ErrorCodeName(head.error().code), "exhausted") << head.error().message;
      EXPECT_THAT(head.error().message, testing::HasSubstr("it is read-only: free space where"));
      break;
    }
    ++written;
    ASSERT_LE(written, 20'000);
  }
  // Some fit into pages that were there already.
  EXPECT_GE(written, 10'000);
  EXPECT_LE(written, 10'100);
  // With a good margin: events may be bigger than these.
  EXPECT_LT(disk_.used(), full - 32 * kMiB);
  EXPECT_EQ(store_->JournalHead().value().sequence, before + static_cast<uint64_t>(written));
  EXPECT_THAT(log_.failures, testing::ElementsAre(testing::HasSubstr("has given up its reserve"),
                                                  testing::HasSubstr("is read-only")));
  EXPECT_EQ(Metric("hinomi_store_read_only"), 1);
  // It still reads, and the leader keeps its lease.
  EXPECT_EQ(store_->FindJob("page-0").value()->state, JobState::kPending);
  const Lease lease{"leader", "one", turn_.epoch, {}};
  EXPECT_TRUE(store_->RenewLease(lease, Duration::Hours(1)).has_value());
  HN_EXPECT_ERROR(store_->ClaimJobs(turn_.epoch, Lane::kNormal, turn_.at, 1), kExhausted,
                  "read-only");
}

TEST_F(ReserveTest, ItGoesOnByItselfWhenThereIsSpaceAgain) {
  reserve_bytes_ = 4 * kMiB;
  Start();
  disk_.SetCapacity(disk_.used());
  while (Metric("hinomi_store_reserve_bytes") > 0) ASSERT_TRUE(CommitOne().has_value());
  EXPECT_GT(Metric("hinomi_store_reserve_events_left"), 9'000);
  disk_.SetCapacity(disk_.used() + 64 * kMiB);
  // A piece of 1 MiB with each turn.
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(CommitOne().has_value());
  EXPECT_EQ(Metric("hinomi_store_reserve_bytes"), static_cast<double>(4 * kMiB));
  EXPECT_EQ(Metric("hinomi_store_reserve_events_left"), -1);
  EXPECT_EQ(Metric("hinomi_store_read_only"), 0);
}

TEST_F(ReserveTest, ANewStartOnAFullDiskUsesTheReserve) {
  Start();
  ASSERT_TRUE(CommitOne().has_value());
  disk_.SetCapacity(disk_.used());
  // As after a crash: the log has to be written anew.
  store_ = nullptr;
  disk_.SetCapacity(disk_.used());
  Start();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(CommitOne().has_value()) << i;
}

TEST_F(ReserveTest, WithoutRoomForTheReserveItStartsAndIsLoud) {
  disk_.SetCapacity(20 * kMiB);
  Start();
  EXPECT_TRUE(CommitOne().has_value());
  EXPECT_THAT(log_.failures, testing::ElementsAre(testing::HasSubstr("too full for the state")));
  EXPECT_EQ(Metric("hinomi_store_reserve_events_left"), 9'999);
}

TEST_F(ReserveTest, AFullDiskWithoutReserveIsAClearError) {
  reserve_bytes_ = 0;
  Start();
  disk_.SetCapacity(disk_.used());
  Result<Head> head = Head{};
  for (int i = 0; i < 1000 && head; ++i) head = CommitOne();
  HN_EXPECT_ERROR(head, kExhausted, "committing a turn: SQLite: database or disk is full");
  disk_.SetCapacity(disk_.used() + kMiB);
  EXPECT_TRUE(CommitOne().has_value());
}

}  // namespace
}  // namespace hinomi::store
