#include <gtest/gtest.h>

#include <set>

#include "base/seed_testing.h"
#include "metrics/testing.h"
#include "metrics/tsdb/block_set.h"
#include "metrics/tsdb_testing.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

/// What may be found after a crash: all that was answered with success, and of
/// what failed either.
using PossibleModels = std::set<SampleModel>;

class BlockSetFaultTest : public testing::Test {
 protected:
  bool Open(FaultFiles& files) {
    set_.reset();
    auto opened = BlockSet::Open(files, log_, "/blocks");
    if (opened) set_ = *std::move(opened);
    return set_ != nullptr;
  }

  Status Write(const TimeWindow& window, const SampleModel& model) {
    return set_->Write(window, [&](BlockWriter& writer) { return AddModel(writer, model); });
  }

  template <typename Change>
  void Happened(const Status& status, const Change& change) {
    PossibleModels next;
    for (SampleModel model : possible_) {
      if (!status) next.insert(model);
      change(model);
      next.insert(model);
    }
    possible_ = std::move(next);
  }

  void WriteAny(int64_t at) {
    const TimeWindow window = WindowOf(at, kCutMs);
    const SampleModel model = AnySamples(random_, window, 3, 4);
    Happened(Write(window, model), [&](SampleModel& all) { Overlay(all, model); });
  }
  void Delete(const std::vector<Matcher>& matchers, const TimeWindow& range) {
    Happened(set_->Delete(matchers, range.from_ms, range.to_ms),
             [&](SampleModel& all) { Erase(all, matchers, range); });
  }
  void Maintain(double rewrite_share) {
    BlockSet::Upkeep upkeep;
    upkeep.now_ms = 9 * kDayMs;
    upkeep.rewrite_share = rewrite_share;
    for (int i = 0; i < 5; ++i)
      if (auto more = set_->MaintainOne(upkeep); !more || !*more) return;
  }

  /// Writes, deletes and merges, as far as the disk lets it.
  void Work() {
    WriteAny(0);
    WriteAny(kCutMs);
    Delete({{"__name__", MatchType::kEqual, "m1"}}, {0, kHourMs});
    WriteAny(0);
    Maintain(0.9);
    Delete({{"i", MatchType::kRegex, "[01]"}}, {kHourMs, kDayMs});
    WriteAny(kHourMs);
    WriteAny(kDayMs);
    Maintain(0);
    WriteAny(0);
    Maintain(0);
  }

  SampleModel Everything() {
    const auto selected = set_->Select({}, INT64_MIN, INT64_MAX, {});
    EXPECT_TRUE(selected);
    return ModelOf(*selected);
  }

  void Begin(uint64_t seed) {
    random_ = Random(seed);
    possible_ = {SampleModel()};
  }

  NullLog log_;
  Random random_{1};
  PossibleModels possible_;
  std::unique_ptr<BlockSet> set_;
};

TEST_F(BlockSetFaultTest, WhateverCallOfTheDiskFailsThereIsTheStateBeforeOrAfter) {
  constexpr uint64_t kSeed = 3;
  uint64_t calls = 0;
  {
    FaultFiles files;
    Begin(kSeed);
    ASSERT_TRUE(Open(files));
    Work();
    ASSERT_EQ(possible_.size(), 1u);
    EXPECT_EQ(Everything(), *possible_.begin());
    EXPECT_GT(set_->stats().merges, 2u);
    calls = files.calls();
  }
  ASSERT_GT(calls, 60u);
  const uint64_t stride = Soak() ? 1 : 3;
  uint64_t walked = 0;
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kFull, DiskFault::kShortWrite}) {
    for (uint64_t call = 1; call <= calls; ++call) {
      for (const uint64_t times : {1, 3, 8}) {
        if ((walked++ + call) % stride != FirstSeed() % stride) continue;
        const std::string when = "fault " + std::to_string(static_cast<int>(fault)) + " at call " +
                                 std::to_string(call) + " times " + std::to_string(times);
        FaultFiles files;
        Begin(kSeed);
        files.FailFrom(call, fault, times);
        if (Open(files)) Work();
        if (set_ != nullptr) {
          ASSERT_TRUE(possible_.contains(Everything())) << when;
        }
        files.FailFrom(1'000'000, fault);
        Random cut(call);
        if (call % 3 != 0) files.PowerCut(cut);
        ASSERT_TRUE(Open(files)) << when;
        EXPECT_TRUE(set_->damages().empty()) << when << ": " << set_->damages()[0].what;
        const SampleModel found = Everything();
        ASSERT_TRUE(possible_.contains(found)) << when;
        // It goes on from there.
        possible_ = {found};
        WriteAny(0);
        Maintain(0);
        ASSERT_EQ(Everything(), *possible_.begin()) << when;
        files.PowerCut();
        ASSERT_TRUE(Open(files)) << when;
        ASSERT_EQ(Everything(), *possible_.begin()) << when;
      }
    }
  }
}

TEST_F(BlockSetFaultTest, ACutOfThePowerAnywhereLeavesWhatWasAnswered) {
  uint64_t calls = 0;
  for (uint64_t call = 1; call == 1 || call <= calls; ++call) {
    FaultFiles files;
    Begin(call);
    // All calls from there on fail: the power is gone.
    files.FailFrom(call == 1 ? 1'000'000 : call, DiskFault::kShortWrite, 1'000'000);
    if (Open(files)) {
      Work();
      if (call == 1) calls = files.calls();
    }
    files.FailFrom(1'000'000, DiskFault::kFull);
    Random cut(call);
    files.PowerCut(cut);
    ASSERT_TRUE(Open(files)) << call;
    ASSERT_TRUE(possible_.contains(Everything())) << call;
    EXPECT_TRUE(set_->damages().empty()) << call;
  }
  EXPECT_GT(calls, 60u);
}

TEST_F(BlockSetFaultTest, RetentionDropsABlockWholeOrNotAtAll) {
  const auto fill = [&] {
    for (int64_t day = 0; day < 6; ++day) WriteAny(day * kDayMs);
  };
  BlockSet::Upkeep upkeep;
  upkeep.now_ms = 6 * kDayMs - 1;
  upkeep.retention.max_age_ms = 3 * kDayMs;
  upkeep.retention.rules = {{{{"__name__", MatchType::kEqual, "m1"}}, 4 * kDayMs}};
  const auto retain = [&] {
    for (;;)
      if (auto more = set_->MaintainOne(upkeep); !more || !*more) return more;
  };
  for (uint64_t call = 1;; ++call) {
    FaultFiles files;
    Begin(5);
    ASSERT_TRUE(Open(files));
    fill();
    const SampleModel before = Everything();
    SampleModel after = before;
    const TimeWindow old{INT64_MIN, 3 * kDayMs - 1};
    Erase(after, {{"__name__", MatchType::kNotEqual, "m1"}}, old);
    Erase(after, {}, {INT64_MIN, 2 * kDayMs - 1});
    ASSERT_NE(before, after);
    files.FailFrom(call, DiskFault::kIoError);
    const uint64_t calls = files.calls();
    const bool retained = retain().has_value();
    const bool reached = files.calls() - calls >= call;
    if (retained) {
      EXPECT_EQ(Everything(), after) << call;
    }
    Random cut(call);
    files.FailFrom(1'000'000, DiskFault::kFull);
    files.PowerCut(cut);
    ASSERT_TRUE(Open(files)) << call;
    const SampleModel found = Everything();
    // Each block is as before or as after.
    for (int64_t day = 0; day < 6; ++day) {
      const TimeWindow window = WindowOf(day * kDayMs, kDayMs);
      const SampleModel part = Part(found, {}, window);
      EXPECT_TRUE(part == Part(before, {}, window) || part == Part(after, {}, window)) << call;
    }
    ASSERT_TRUE(retain()) << call;
    EXPECT_EQ(Everything(), after) << call;
    if (!reached) break;
  }
}

TEST_F(BlockSetFaultTest, ADeleteThatFailedDoesNotHoldInPartLater) {
  for (uint64_t call = 1; call <= 4; ++call) {
    FaultFiles files;
    Begin(1);
    ASSERT_TRUE(Open(files));
    WriteAny(0);
    WriteAny(0);
    WriteAny(3 * kDayMs);
    files.FailFrom(call, DiskFault::kIoError);
    Delete({}, {INT64_MIN, INT64_MAX});
    ASSERT_EQ(possible_.size(), 2u);
    WriteAny(kCutMs);
    Maintain(0.5);
    ASSERT_GT(set_->stats().merges, 0u);
    ASSERT_TRUE(Open(files));
    EXPECT_TRUE(possible_.contains(Everything())) << call;
  }
}

/// A disk that will not let go of a file.
class StubbornFiles : public FaultFiles {
 public:
  bool stubborn = false;
  Status Remove(const std::string& path) override {
    if (stubborn) return Unavailable("cannot remove " + path);
    return FaultFiles::Remove(path);
  }
};

TEST_F(BlockSetFaultTest, WhatWasReplacedDoesNotComeBackWhenItCouldNotBeRemoved) {
  StubbornFiles files;
  Begin(1);
  ASSERT_TRUE(Open(files));
  WriteAny(0);
  WriteAny(0);
  files.stubborn = true;
  Maintain(0.5);
  EXPECT_EQ(set_->stats().blocks, 1u);
  EXPECT_EQ(files.List("/blocks")->size(), 3u);
  Delete({}, {INT64_MIN, INT64_MAX});
  for (int i = 0; i < 4; ++i) Maintain(0);
  for (const bool stubborn : {true, false}) {
    files.stubborn = stubborn;
    ASSERT_TRUE(Open(files));
    EXPECT_TRUE(Everything().empty());
  }
  Maintain(0);
  EXPECT_EQ(files.List("/blocks")->size(), 1u);
  ASSERT_TRUE(Open(files));
  EXPECT_TRUE(Everything().empty());
}

}  // namespace
}  // namespace hinomi::metrics
