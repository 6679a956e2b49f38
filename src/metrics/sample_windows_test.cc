#include "metrics/sample_windows.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "metrics/sample_windows_testing.h"

namespace hinomi::metrics {
namespace {

constexpr int64_t kResolution = 300'000;

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
bool Near(double a, double b, double scale) {
  return std::isnan(a) ? std::isnan(b) : std::abs(a - b) <= 1e-12 * scale;
}

/// What the samples in (from, to] come to, said as plainly as can be.
void ExpectFolded(const WrittenSamples& written, int64_t from_ms, int64_t to_ms,
                  const SampleWindow& folded) {
  SampleWindow plain;
  double scale = 0;
  for (size_t i = 0; i < written.at_ms.size(); ++i) {
    if (written.at_ms[i] <= from_ms || written.at_ms[i] > to_ms) continue;
    const double value = written.values[i];
    plain.ended = IsStaleMarker(value);
    if (plain.ended) continue;
    if (plain.count == 0) {
      plain.first = {written.at_ms[i], value};
      plain.min = plain.max = value;
    } else if (value < plain.last.value) {
      plain.lost += plain.last.value;
    }
    if (value < plain.min || std::isnan(plain.min)) plain.min = value;
    if (value > plain.max || std::isnan(plain.max)) plain.max = value;
    plain.last = {written.at_ms[i], value};
    plain.count += 1;
    plain.sum += value;
    scale += std::isnan(value) ? 0 : std::abs(value);
  }
  ASSERT_EQ(folded.count, plain.count);
  EXPECT_EQ(folded.ended, plain.ended);
  if (plain.count == 0) return;
  EXPECT_TRUE(SameBits(folded.min, plain.min)) << folded.min << " " << plain.min;
  EXPECT_TRUE(SameBits(folded.max, plain.max)) << folded.max << " " << plain.max;
  EXPECT_TRUE(SameBits(folded.first.value, plain.first.value));
  EXPECT_TRUE(SameBits(folded.last.value, plain.last.value));
  EXPECT_EQ(folded.first.at_ms, plain.first.at_ms);
  EXPECT_EQ(folded.last.at_ms, plain.last.at_ms);
  EXPECT_TRUE(Near(folded.sum, plain.sum, scale)) << folded.sum << " " << plain.sum;
  EXPECT_TRUE(Near(folded.lost, plain.lost, scale)) << folded.lost << " " << plain.lost;
}

TEST(SampleWindowsTest, FoldedWindowsAreWhatTheSamplesAre) {
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    const WrittenSamples written = AnyWritten(random, kResolution);
    std::vector<SampleWindow> windows;
    AppendWindows(written.at_ms, written.values, kResolution, windows);
    for (int one = 0; one < 10; ++one) {
      const int64_t from_ms = (static_cast<int64_t>(random.Below(40)) - 4) * kResolution;
      const int64_t to_ms = from_ms + static_cast<int64_t>(1 + random.Below(12)) * kResolution;
      std::vector<SampleWindow> within;
      for (const SampleWindow& window : windows)
        if (window.end_ms > from_ms && window.end_ms <= to_ms) within.push_back(window);
      ExpectFolded(written, from_ms, to_ms, FoldWindows(within));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(SampleWindowsTest, AWindowHoldsItsEndAndNotItsBegin) {
  std::vector<SampleWindow> windows;
  AppendWindows(std::vector<int64_t>{-kResolution, 0, 1, kResolution, kResolution + 1},
                std::vector<double>{1, 2, 3, 4, 5}, kResolution, windows);
  ASSERT_EQ(windows.size(), 4u);
  EXPECT_EQ(windows[0].end_ms, -kResolution);
  EXPECT_EQ(windows[1].end_ms, 0);
  EXPECT_EQ(windows[2].end_ms, kResolution);
  EXPECT_EQ(windows[2].sum, 7);
  EXPECT_EQ(windows[3].first.at_ms, kResolution + 1);
  EXPECT_EQ(WindowEnd(std::numeric_limits<int64_t>::max(), kResolution),
            std::numeric_limits<int64_t>::max());
}

TEST(SampleWindowsTest, OfTwoReadingsTheOneWithMoreSamplesCounts) {
  const auto window = [](int64_t end_ms, double count, double sum) {
    SampleWindow w;
    w.end_ms = end_ms, w.count = count, w.sum = sum;
    return w;
  };
  const std::vector<SampleWindow> older{window(1, 9, 1), window(2, 9, 2), window(3, 9, 3),
                                        window(6, 1, 6)};
  const std::vector<SampleWindow> newer{window(2, 8, 20), window(3, 9, 30), window(4, 1, 40)};
  std::vector<double> sums;
  for (const SampleWindow& merged : MergeWindows(older, newer)) sums.push_back(merged.sum);
  EXPECT_EQ(sums, (std::vector<double>{1, 2, 30, 40, 6}));
  EXPECT_EQ(MergeWindows({}, newer).size(), 3u);
  EXPECT_EQ(MergeWindows(older, {}).size(), 4u);
}

}  // namespace
}  // namespace hinomi::metrics
