#include "metrics/tsdb/head_age.h"

#include <gtest/gtest.h>

namespace hinomi::metrics {
namespace {

using Due = HeadAge::Due;

/// A head that is looked at every ten seconds.
class HeadAgeTest : public testing::Test {
 protected:
  Due Look() { return age_.Look(now_, seen_); }
  /// Looks on for so long; the first time something was due, or nothing.
  Due LookFor(Duration time, Duration write_every) {
    for (const Duration end = now_ + time; now_ < end;) {
      now_ = now_ + Duration::Seconds(10);
      if (write_every > Duration() && now_.nanos() % write_every.nanos() == 0) Write();
      if (const Due due = Look(); due != Due::kNothing) return due;
    }
    return Due::kNothing;
  }
  void Write(uint64_t samples = 100) {
    seen_.appended += samples;
    seen_.in_memory += samples;
  }
  void Flush() {
    ++seen_.flushes;
    seen_.in_memory = 0;
    seen_.window_over = false;
    seen_.in_flushes = true;
  }
  void CutAll() {
    Flush();
    seen_.in_flushes = false;
  }

  HeadAge age_;
  HeadAge::Seen seen_;
  Duration now_ = Duration::Hours(1000);
};

TEST_F(HeadAgeTest, NothingIsDueOfAnEmptyHead) {
  EXPECT_EQ(LookFor(Duration::Hours(10), {}), Due::kNothing);
}

TEST_F(HeadAgeTest, SamplesStayTwoHoursInMemoryAtMost) {
  Look();
  const Duration begin = now_;
  EXPECT_EQ(LookFor(Duration::Hours(10), Duration::Seconds(30)), Due::kFlush);
  EXPECT_NEAR((now_ - begin).ToSeconds(), 7200, 60);
  Flush();
  EXPECT_EQ(LookFor(Duration::Minutes(119), Duration::Seconds(30)), Due::kNothing);
  EXPECT_EQ(LookFor(Duration::Minutes(2), Duration::Seconds(30)), Due::kFlush);
}

TEST_F(HeadAgeTest, AWindowThatIsOverLeavesTheMemoryAtOnceButNotByTheSecond) {
  Look();
  Write();
  seen_.window_over = true;
  const Duration begin = now_;
  EXPECT_EQ(LookFor(Duration::Hours(1), Duration::Seconds(10)), Due::kFlush);
  EXPECT_NEAR((now_ - begin).ToSeconds(), 60, 11);
}

TEST_F(HeadAgeTest, WhenNobodyWritesAnyMoreEverythingGoesToBlocks) {
  Look();
  EXPECT_EQ(LookFor(Duration::Minutes(30), Duration::Seconds(10)), Due::kNothing);
  const Duration last = now_;
  EXPECT_EQ(LookFor(Duration::Hours(1), {}), Due::kEverything);
  EXPECT_NEAR((now_ - last).ToSeconds(), 60, 11);
  CutAll();
  EXPECT_EQ(LookFor(Duration::Hours(10), {}), Due::kNothing);
  // Flush files alone have to go, too: those that a restart found.
  seen_.in_flushes = true;
  EXPECT_EQ(LookFor(Duration::Hours(1), {}), Due::kEverything);
}

TEST_F(HeadAgeTest, TheServersOwnMetricsDoNotHideThatEveryoneElseIsGone) {
  Look();
  for (int i = 0; i < 3; ++i) {
    now_ = now_ + Duration::Seconds(10);
    Write(500'000);
    EXPECT_EQ(Look(), Due::kNothing);
  }
  const Duration last = now_;
  EXPECT_EQ(LookFor(Duration::Hours(1), Duration::Seconds(30)), Due::kEverything);
  EXPECT_NEAR((now_ - last).ToSeconds(), 60, 11);
  CutAll();
  // From here on they are all there is.
  EXPECT_EQ(LookFor(Duration::Minutes(119), Duration::Seconds(30)), Due::kNothing);
}

TEST_F(HeadAgeTest, RareWritersAreNotTakenForGone) {
  Look();
  Write();
  EXPECT_EQ(LookFor(Duration::Minutes(5), {}), Due::kEverything);  // Nobody knows yet.
  CutAll();
  EXPECT_EQ(LookFor(Duration::Minutes(100), Duration::Minutes(15)), Due::kNothing);
  EXPECT_EQ(LookFor(Duration::Minutes(40), Duration::Minutes(15)), Due::kFlush);
  Flush();
  EXPECT_EQ(LookFor(Duration::Minutes(100), Duration::Minutes(15)), Due::kNothing);
  EXPECT_EQ(LookFor(Duration::Minutes(61), {}), Due::kFlush);
  Flush();
  EXPECT_EQ(LookFor(Duration::Minutes(61), {}), Due::kEverything);
}

TEST_F(HeadAgeTest, AFlushForAnotherReasonBeginsTheTimeAnew) {
  Look();
  EXPECT_EQ(LookFor(Duration::Minutes(110), Duration::Seconds(10)), Due::kNothing);
  Flush();
  Write();
  EXPECT_EQ(LookFor(Duration::Minutes(119), Duration::Seconds(10)), Due::kNothing);
}

}  // namespace
}  // namespace hinomi::metrics
