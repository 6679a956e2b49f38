#include "alarms/impl/flapping.h"

#include <gtest/gtest.h>

namespace hinomi::alarms::impl {
namespace {

const Duration kGrid = Duration::Minutes(1);
const Instant kFlapNow = Instant::FromSeconds(1'700'000'000);

/// Changes at the newest `count` evaluations.
std::deque<Instant> InARow(int count) {
  std::deque<Instant> changes;
  for (int i = count - 1; i >= 0; --i) changes.push_back(kFlapNow - kGrid * i);
  return changes;
}

TEST(FlappingTest, IsIcingasMeasure) {
  EXPECT_NEAR(FlappingPercent(InARow(6), kGrid, kFlapNow), 33.9, 1e-9);
  EXPECT_NEAR(FlappingPercent(InARow(5), kGrid, kFlapNow), 28.5, 1e-9);
  EXPECT_EQ(FlappingPercent({}, kGrid, kFlapNow), 0);
  // What is older than twenty evaluations, and two changes within one, do not count.
  EXPECT_EQ(FlappingPercent({kFlapNow - kGrid * 20}, kGrid, kFlapNow), 0);
  EXPECT_NEAR(FlappingPercent({kFlapNow - Duration::Seconds(9), kFlapNow}, kGrid, kFlapNow), 5.9,
              1e-9);
}

TEST(FlappingTest, BeginsAbove30PercentAndEndsBelow25) {
  EXPECT_EQ(FlapsUntil(InARow(5), false, kGrid, kFlapNow), std::nullopt);
  const auto until = FlapsUntil(InARow(6), false, kGrid, kFlapNow);
  ASSERT_TRUE(until);
  // Fifteen calm evaluations, as with Icinga.
  EXPECT_EQ(*until, kFlapNow + kGrid * 15);
  EXPECT_TRUE(FlapsUntil(InARow(6), true, kGrid, *until - kGrid));
  EXPECT_FALSE(FlapsUntil(InARow(6), true, kGrid, *until));
  EXPECT_TRUE(FlapsUntil(InARow(5), true, kGrid, kFlapNow));
}

}  // namespace
}  // namespace hinomi::alarms::impl
