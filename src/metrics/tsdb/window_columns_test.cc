#include "metrics/tsdb/window_columns.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "base/random.h"
#include "metrics/sample_windows_testing.h"

namespace hinomi::metrics {
namespace {

constexpr int64_t kFiveMinutes = 300'000;

/// Columns as a block keeps them: the later one counts.
using Cells = std::map<int64_t, double>;

void Encode(const std::vector<SampleWindow>& windows, int64_t resolution_ms, Columns columns,
            Cells& cells) {
  for (size_t begin = 0; begin < windows.size();) {
    size_t end = begin;
    const int64_t day = DayOfWindow(windows[begin].end_ms);
    while (end < windows.size() && DayOfWindow(windows[end].end_ms) == day) ++end;
    int64_t last_ms = INT64_MIN;
    const auto add = [&](std::span<const int64_t> at_ms, std::span<const double> values) {
      for (size_t i = 0; i < at_ms.size(); ++i) {
        EXPECT_GT(at_ms[i], last_ms);
        EXPECT_EQ(WindowNumber(at_ms[i], kDayMs), day);
        cells[last_ms = at_ms[i]] = values[i];
      }
      return Status();
    };
    const std::span some = std::span(windows).subspan(begin, end - begin);
    EXPECT_TRUE(EncodeWindows(some, resolution_ms, columns, add));
    begin = end;
  }
}

std::vector<SampleWindow> Decode(const Cells& cells, int64_t resolution_ms) {
  std::vector<int64_t> at_ms;
  std::vector<double> values;
  for (const auto& [at, value] : cells) at_ms.push_back(at), values.push_back(value);
  std::vector<SampleWindow> windows;
  DecodeWindows(at_ms, values, resolution_ms, windows);
  return windows;
}

TEST(WindowColumnsTest, WindowsAreReadAsTheyWereWritten) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const int64_t resolution_ms = random.Percent(50) ? kFiveMinutes : kHourMs;
    const std::vector<SampleWindow> windows = AnyWindows(random, resolution_ms);
    for (const Columns columns : {Columns::kNeeded, Columns::kAll}) {
      Cells cells;
      Encode(windows, resolution_ms, columns, cells);
      EXPECT_EQ(ShowWindows(Decode(cells, resolution_ms)), ShowWindows(windows));
    }
  }
}

TEST(WindowColumnsTest, WhatIsWrittenInFullTakesThePlaceOfWhatWasThere) {
  Random random(4);
  for (int round = 0; round < 100; ++round) {
    const std::vector<SampleWindow> older = AnyWindows(random, kHourMs);
    const std::vector<SampleWindow> newer = AnyWindows(random, kHourMs);
    Cells cells;
    Encode(older, kHourMs, Columns::kNeeded, cells);
    Encode(newer, kHourMs, Columns::kAll, cells);
    std::map<int64_t, SampleWindow> expected;
    for (const auto& windows : {older, newer})
      for (const SampleWindow& window : windows) expected[window.end_ms] = window;
    std::vector<SampleWindow> all;
    for (const auto& [end_ms, window] : expected) all.push_back(window);
    EXPECT_EQ(ShowWindows(Decode(cells, kHourMs)), ShowWindows(all));
  }
}

TEST(WindowColumnsTest, TheTimesOfSomeWindowsAreThoseOfTheirColumns) {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    const int64_t resolution_ms = random.Percent(50) ? kFiveMinutes : kHourMs;
    const std::vector<SampleWindow> windows = AnyWindows(random, resolution_ms);
    if (windows.empty()) continue;
    Cells cells;
    Encode(windows, resolution_ms, Columns::kAll, cells);
    int64_t from_ms = windows[random.Below(windows.size())].end_ms;
    int64_t to_ms = windows[random.Below(windows.size())].end_ms;
    if (from_ms > to_ms) std::swap(from_ms, to_ms);
    for (const TimeWindow& times : ColumnTimes(from_ms, to_ms, resolution_ms))
      std::erase_if(cells, [&](const auto& cell) { return times.Contains(cell.first); });
    std::vector<SampleWindow> left;
    for (const SampleWindow& window : windows)
      if (window.end_ms < from_ms || window.end_ms > to_ms) left.push_back(window);
    EXPECT_EQ(ShowWindows(Decode(cells, resolution_ms)), ShowWindows(left));
  }
}

TEST(WindowColumnsTest, WhatNoEncoderWroteIsLeftOut) {
  const double odd[] = {0, 1, -1, 1e300, std::numeric_limits<double>::quiet_NaN()};
  Random random(6);
  for (int round = 0; round < 200; ++round) {
    Cells cells;
    for (uint64_t i = random.Below(60); i > 0; --i)
      cells[static_cast<int64_t>(random.Below(2 * kDayMs / kHourMs)) * kHourMs +
            static_cast<int64_t>(random.Below(30))] = odd[random.Below(std::size(odd))];
    for (const SampleWindow& window : Decode(cells, kHourMs)) {
      EXPECT_GT(window.first.at_ms, window.end_ms - kHourMs);
      EXPECT_LE(window.first.at_ms, window.last.at_ms);
      EXPECT_LE(window.last.at_ms, window.end_ms);
    }
  }
}

}  // namespace
}  // namespace hinomi::metrics
