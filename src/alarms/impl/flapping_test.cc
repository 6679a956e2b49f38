#include "alarms/impl/flapping.h"

#include <gtest/gtest.h>

namespace hinomi::alarms::impl {
namespace {

const Duration kGrid = Duration::Minutes(1);
const Instant kNow = Instant::FromSeconds(1'700'000'000);

/// Changes at the newest `count` evaluations.
std::deque<Instant> InARow(int count) {
  std::deque<Instant> changes;
  for (int i = count - 1; i >= 0; --i) changes.push_back(kNow - kGrid * i);
  return changes;
}

TEST(FlappingTest, IsIcingasMeasure) {
  EXPECT_NEAR(FlappingPercent(InARow(6), kGrid, kNow), 33.9, 1e-9);
  EXPECT_NEAR(FlappingPercent(InARow(5), kGrid, kNow), 28.5, 1e-9);
  EXPECT_EQ(FlappingPercent({}, kGrid, kNow), 0);
  // What is older than twenty evaluations, and two changes within one, do not count.
  EXPECT_EQ(FlappingPercent({kNow - kGrid * 20}, kGrid, kNow), 0);
  EXPECT_NEAR(FlappingPercent({kNow - Duration::Seconds(9), kNow}, kGrid, kNow), 5.9, 1e-9);
}

TEST(FlappingTest, BeginsAbove30PercentAndEndsBelow25) {
  EXPECT_EQ(FlapsUntil(InARow(5), false, kGrid, kNow), std::nullopt);
  const auto until = FlapsUntil(InARow(6), false, kGrid, kNow);
  ASSERT_TRUE(until);
  // Fifteen calm evaluations, as with Icinga.
  EXPECT_EQ(*until, kNow + kGrid * 15);
  EXPECT_TRUE(FlapsUntil(InARow(6), true, kGrid, *until - kGrid));
  EXPECT_FALSE(FlapsUntil(InARow(6), true, kGrid, *until));
  EXPECT_TRUE(FlapsUntil(InARow(5), true, kGrid, kNow));
}

}  // namespace
}  // namespace hinomi::alarms::impl
