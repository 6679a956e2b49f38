#include "drivers/balancer/response_times.h"

#include <gtest/gtest.h>

#include <numeric>

namespace hinomi::drivers {
namespace {

TEST(ResponseTimesTest, FewRequestsStayAsTheyWere) {
  ResponseTimes times;
  EXPECT_TRUE(times.Samples(100).empty());
  EXPECT_EQ(times.QuantileSeconds(0.5), 0);
  for (const int64_t ms : {30, -1, 10, 20, 10}) times.Add(ms);
  EXPECT_EQ(times.count(), 4u);
  EXPECT_EQ(times.Samples(100), (std::vector<double>{0.010, 0.010, 0.020, 0.030}));
  EXPECT_DOUBLE_EQ(times.SumSeconds(), 0.070);
}

TEST(ResponseTimesTest, PercentilesOfAThousandAreTrueToAThirtiethPart) {
  ResponseTimes times;
  for (int64_t ms = 1; ms <= 1'000; ++ms) times.Add(ms);
  EXPECT_NEAR(times.QuantileSeconds(0.5), 0.500, 0.500 / 32);
  EXPECT_NEAR(times.QuantileSeconds(0.9), 0.900, 0.900 / 32);
  EXPECT_NEAR(times.QuantileSeconds(0.99), 0.990, 0.990 / 32);
  EXPECT_DOUBLE_EQ(times.QuantileSeconds(0.01), 0.010);
  times.Add(int64_t{1} << 60);
  EXPECT_DOUBLE_EQ(times.QuantileSeconds(1), 3'600);
}

TEST(ResponseTimesTest, ManyRequestsBecomeGroupsThatKeepTheAverage) {
  ResponseTimes times;
  for (int i = 0; i < 9'900; ++i) times.Add(20);
  for (int i = 0; i < 100; ++i) times.Add(5'000);
  const std::vector<double> samples = times.Samples(100);
  ASSERT_EQ(samples.size(), 100u);
  EXPECT_DOUBLE_EQ(samples.front(), 0.020);
  EXPECT_DOUBLE_EQ(samples[98], 0.020);
  EXPECT_DOUBLE_EQ(samples[99], 5.0);
  const double mean = std::accumulate(samples.begin(), samples.end(), 0.0) / 100;
  EXPECT_NEAR(mean, times.SumSeconds() / 10'000, 1e-9);

  // A single slow one of many moves the average by its share only.
  ResponseTimes one;
  for (int i = 0; i < 9'999; ++i) one.Add(0);
  one.Add(30'000);
  EXPECT_NEAR(one.Samples(100).back(), 0.3, 1e-9);
}

}  // namespace
}  // namespace hinomi::drivers
