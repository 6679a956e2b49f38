#ifndef HINOMI_METRICS_TSDB_CHUNK_TESTING_H_
#define HINOMI_METRICS_TSDB_CHUNK_TESTING_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// Samples made for a test of chunks.
struct ChunkSamples {
  std::string what;
  std::vector<int64_t> at_ms;
  std::vector<double> values;
};

/// Below `limit`.
inline int64_t ChunkNumber(Random& random, int64_t limit) {
  return static_cast<int64_t>(random.Below(static_cast<uint64_t>(limit)));
}
/// Bell-shaped around 0, up to 2 * scale either way.
inline int64_t ChunkBell(Random& random, int64_t scale) {
  return ChunkNumber(random, scale) + ChunkNumber(random, scale) + ChunkNumber(random, scale) +
         ChunkNumber(random, scale) - 2 * scale;
}

inline constexpr int64_t kChunkBegin = 1'700'000'003'217;

/// Every kind of series that the codecs tell apart, and some that they cannot.
inline std::vector<ChunkSamples> ManyKindsOfSamples(size_t count) {
  std::vector<ChunkSamples> made;
  Random random(count);
  // Calls next(i) for each value.
  const auto add = [&](const char* what, auto next) {
    ChunkSamples& samples = made.emplace_back();
    samples.what = what;
    for (size_t i = 0; i < count; ++i) {
      samples.at_ms.push_back(kChunkBegin + static_cast<int64_t>(i) * 15'000);
      samples.values.push_back(next(i));
    }
  };
  const auto bits = [](uint64_t word) { return std::bit_cast<double>(word); };
  int64_t sum = 0;
  double true_sum = 0;
  add("constant", [](size_t) { return 0.1; });
  add("constant NaN", [](size_t) { return std::numeric_limits<double>::quiet_NaN(); });
  add("all stale", [](size_t) { return StaleMarker(); });
  add("line", [](size_t i) { return 7.0 - 3.0 * double(i); });
  add("two values", [&](size_t) { return double(ChunkNumber(random, 2)); });
  add("integer counter", [&](size_t) { return double(sum += 1000 + ChunkBell(random, 300)); });
  add("decimal counter", [&](size_t) { return double(sum += ChunkNumber(random, 400)) / 100; });
  add("counter that resets",
      [&](size_t i) { return double(sum = i % 97 == 96 ? 0 : sum + ChunkNumber(random, 400)); });
  add("milliseconds as seconds",
      [&](size_t) { return double(sum += ChunkNumber(random, 40)) * 0.001; });
  add("microseconds as seconds",
      [&](size_t) { return double(sum += ChunkNumber(random, 90'000)) / 1000.0 / 1000.0; });
  add("pages of 4096", [&](size_t) { return 4096.0 * double(50'000 + ChunkBell(random, 90)); });
  add("eighths", [&](size_t) { return double(320 + ChunkBell(random, 9)) / 8; });
  add("rare changes", [&](size_t i) { return double(i / 20) / 4; });
  add("rare odd values", [&](size_t) { return ChunkNumber(random, 30) == 0 ? 1e17 + 1 : 2.5; });
  add("heavy tail", [&](size_t) { return double(int64_t{1} << ChunkNumber(random, 40)) / 1e6; });
  add("huge integers", [&](size_t) { return double(random.Next()); });
  add("tiny decimals", [&](size_t) { return double(ChunkNumber(random, 100)) * 1e-15; });
  add("true doubles", [&](size_t) { return 1 + double(random.Next() >> 11) * 0x1p-60; });
  add("sum of true doubles",
      [&](size_t) { return true_sum += double(random.Next() >> 11) * 0x1p-53; });
  add("around zero", [&](size_t) { return double(ChunkBell(random, int64_t{1} << 50)) * 1e-20; });
  add("floats", [&](size_t) { return double(float(ChunkNumber(random, 1'000'000)) / 7.0F); });
  add("any bits", [&](size_t) { return bits(random.Next()); });
  add("subnormal", [&](size_t) { return bits(random.Next() >> 20); });
  add("minus zero", [&](size_t) { return ChunkNumber(random, 2) ? 0.0 : -0.0; });
  add("stale marks between", [&](size_t i) {
    return i % 7 == 3 ? StaleMarker() : double(sum += ChunkNumber(random, 60)) / 10;
  });
  add("stale at both ends", [&](size_t i) {
    return i == 0 || i + 1 == count ? StaleMarker() : 40.25 + double(ChunkNumber(random, 3));
  });
  add("every other NaN", [&](size_t i) {
    return i % 2 ? bits(0x7FF8000000000000u + random.Next() % 3)
                 : double(ChunkNumber(random, 50)) / 100;
  });
  add("infinities", [&](size_t) {
    return ChunkNumber(random, 9) ? double(ChunkNumber(random, 800))
                                  : (ChunkNumber(random, 2) ? HUGE_VAL : -HUGE_VAL);
  });
  add("one odd value", [&](size_t i) { return i == count / 2 ? M_PI : double(i % 5) / 10; });
  add("extremes", [&](size_t) {
    constexpr double kMost = std::numeric_limits<double>::max();
    return ChunkNumber(random, 2) ? kMost : -kMost;
  });
  return made;
}

/// Times as scrapes and senders leave them, of the same count each.
inline std::vector<std::vector<int64_t>> ManyKindsOfTimes(size_t count) {
  Random random(count + 1);
  std::vector<std::vector<int64_t>> made;
  const auto add = [&](auto next) {
    std::vector<int64_t>& at_ms = made.emplace_back();
    for (size_t i = 0; i < count; ++i) at_ms.push_back(next(static_cast<int64_t>(i)));
  };
  add([](int64_t i) { return kChunkBegin + i * 1000; });
  add([&](int64_t i) {
    return kChunkBegin + i * 1000 + (ChunkNumber(random, 9) ? 0 : ChunkNumber(random, 30));
  });
  int64_t at = -5;
  add([&](int64_t) { return at += ChunkNumber(random, 50) ? 15'000 : 3'600'000; });
  at = kChunkBegin;
  add([&](int64_t) { return at += 1 + ChunkNumber(random, 100'000); });
  // From one end of time to the other.
  std::vector<int64_t> any;
  any.push_back(std::numeric_limits<int64_t>::min());
  for (size_t i = 1; i < count; ++i) any.push_back(static_cast<int64_t>(random.Next()));
  if (count > 2) any.back() = std::numeric_limits<int64_t>::max();
  std::sort(any.begin(), any.end());
  if (std::adjacent_find(any.begin(), any.end()) == any.end()) made.push_back(any);
  return made;
}

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_CHUNK_TESTING_H_
