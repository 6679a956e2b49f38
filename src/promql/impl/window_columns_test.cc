#include "promql/impl/window_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/seed_testing.h"
#include "promql/engine.h"
#include "promql/impl/window.h"
#include "promql/testing.h"

namespace hinomi::promql {
namespace {

/// Samples as a scraper leaves them: gaps, resets, and now and then what no exporter should say.
struct RandomSeries {
  std::vector<int64_t> at_ms;
  std::vector<double> values;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int64_t Below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(engine_); }
  bool OneIn(int64_t n) { return Below(n) == 0; }

  RandomSeries Series() {
    RandomSeries series;
    int64_t at = Below(60'000);
    double value = static_cast<double>(Below(1000));
    const bool odd = OneIn(4);
    for (int64_t left = Below(200); left > 0; --left) {
      at += 1 + Below(OneIn(10) ? 200'000 : 20'000);
      value += static_cast<double>(Below(100)) / 8;
      if (OneIn(20)) value = static_cast<double>(Below(3));
      series.at_ms.push_back(at);
      series.values.push_back(odd && OneIn(10) ? Odd() : value);
    }
    return series;
  }

 private:
  double Odd() {
    const double odd[] = {kNan, kInf, -kInf, -1, 0, 1e308, -1e308, 1e-300};
    return odd[Below(std::size(odd))];
  }
  std::mt19937_64 engine_;
};

bool Alike(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= 1e-11 * std::max(std::abs(a), std::abs(b));
}

TEST(WindowColumnsTest, SayWhatTheFunctionsOfOneWindowSay) {
  Dice dice(7);
  for (int round = 0; round < 300; ++round) {
    const Grid grid{dice.Below(500'000), 1 + dice.Below(120'000),
                    static_cast<size_t>(1 + dice.Below(60))};
    const int64_t range_ms = 1 + dice.Below(600'000), offset_ms = dice.Below(100'000) - 50'000;
    WindowBounds bounds(grid, range_ms, offset_ms);
    for (int one = 0; one < 3; ++one) {
      const RandomSeries series = dice.Series();
      bounds.Find(series.at_ms);
      for (const char* name :
           {"rate", "increase", "delta", "sum_over_time", "avg_over_time", "min_over_time",
            "max_over_time", "count_over_time", "last_over_time", "present_over_time"}) {
        std::vector<double> found(grid.count);
        std::vector<uint8_t> present(grid.count, 7);
        FindColumnFunction(name)(bounds, series.values, found.data(), present.data());
        for (size_t i = 0; i < grid.count; ++i) {
          Window window;
          window.end_ms = grid.At(i) - offset_ms;
          window.start_ms = window.end_ms - range_ms;
          size_t first = 0, last = 0;
          for (const int64_t at : series.at_ms) {
            first += at <= window.start_ms ? 1 : 0;
            last += at <= window.end_ms ? 1 : 0;
          }
          window.at_ms = std::span(series.at_ms).subspan(first, last - first);
          window.values = std::span(series.values).subspan(first, last - first);
          const std::optional<double> expected =
              window.size() == 0 ? std::nullopt : FindRangeFunction(name)->apply(window, {});
          ASSERT_EQ(present[i] != 0, expected.has_value()) << name << " round " << round;
          if (!expected) continue;
          const double wanted = expected.value_or(0);  // g++ 12 at -O2 mistrusts `*expected`.
          ASSERT_TRUE(Alike(found[i], wanted))
              << name << " round " << round << ": " << found[i] << " instead of " << wanted;
        }
      }
    }
  }
}

TEST(WindowColumnsTest, TheSameTimesAreNotLookedAtAgainButOthersAre) {
  const Grid grid{100, 100, 3};
  WindowBounds bounds(grid, 100, 0);
  bounds.Find(std::vector<int64_t>{50, 150, 250});
  EXPECT_EQ(bounds.first(1), 1u);
  bounds.Find(std::vector<int64_t>{150, 160, 170});
  EXPECT_EQ(bounds.first(1), 0u);
  EXPECT_EQ(bounds.last(1), 3u);
  EXPECT_EQ(bounds.edges()[1].sampled, 0.02);
}

TEST(WindowColumnsTest, ACounterThatFallsIsSeenAtEveryPlace) {
  for (size_t count = 2; count < 30; ++count) {
    for (size_t fallen = 1; fallen < count; ++fallen) {
      Window window;
      std::vector<int64_t> at_ms;
      std::vector<double> values;
      for (size_t i = 0; i < count; ++i) {
        at_ms.push_back(static_cast<int64_t>(i) * 1000);
        values.push_back(static_cast<double>(i < fallen ? 500 + i : i));
      }
      window.at_ms = at_ms;
      window.values = values;
      window.start_ms = -1;
      window.end_ms = static_cast<int64_t>(count) * 1000;
      WindowBounds bounds({window.end_ms, 1, 1}, window.end_ms - window.start_ms, 0);
      bounds.Find(at_ms);
      double found = 0;
      uint8_t present = 0;
      FindColumnFunction("increase")(bounds, values, &found, &present);
      ASSERT_TRUE(Alike(found, FindRangeFunction("increase")->apply(window, {}).value()))
          << fallen << " of " << count;
    }
  }
}

/// Hosts with modes, some of them stale at times.
MemoryQueryable HostsAndModes(unsigned seed) {
  Dice dice(seed);
  MemoryQueryable store;
  for (int host = 0; host < 6; ++host) {
    for (const char* mode : {"user", "system"}) {
      metrics::Labels labels({{"__name__", "cpu_seconds_total"}, {"mode", mode}});
      if (host > 0) labels.Set("host", std::to_string(host));
      const RandomSeries series = dice.Series();
      for (size_t i = 0; i < series.at_ms.size(); ++i)
        store.Add(labels, series.at_ms[i],
                  dice.OneIn(15) ? metrics::StaleMarker() : series.values[i]);
    }
  }
  return store;
}

std::map<std::pair<metrics::Labels, int64_t>, double> Asked(const MemoryQueryable& store,
                                                            const std::string& text) {
  const auto result = RangeQuery(store, text, 60'000, 1'500'000, 47'000, QueryLimits());
  EXPECT_TRUE(result.has_value()) << text;
  std::map<std::pair<metrics::Labels, int64_t>, double> cells;
  if (!result) return cells;
  for (const MatrixSeries& series : std::get<Matrix>(result->value))
    for (const metrics::Sample& sample : series.samples)
      cells[{series.labels, sample.at_ms}] = sample.value;
  return cells;
}

// `x + 0` is no selector and no call: it is folded as a table.
TEST(StreamedFoldTest, SaysWhatFoldingATableSays) {
  const auto first = static_cast<unsigned>(FirstSeed() % 1000);
  for (unsigned seed = first; seed < first + (Soak() ? 100 : 6); ++seed) {
    const MemoryQueryable store = HostsAndModes(seed);
    for (const std::string op :
         {"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"}) {
      for (const std::string by : {"", " by (mode)", " without (mode)", " by (host, mode, none)"}) {
        for (const std::string inner :
             {"rate(cpu_seconds_total[3m])", "cpu_seconds_total", "cpu_seconds_total offset 1m",
              "max_over_time(cpu_seconds_total[5m] offset -1m)"}) {
          const auto streamed = Asked(store, op + by + " (" + inner + ")");
          const auto folded = Asked(store, op + by + " (" + inner + " + 0)");
          ASSERT_EQ(streamed.size(), folded.size()) << op << by << inner << " seed " << seed;
          for (const auto& [key, value] : folded) {
            ASSERT_TRUE(streamed.contains(key)) << key.first.ToString();
            ASSERT_TRUE(Alike(streamed.at(key), value))
                << op << by << " " << inner << " seed " << seed << ": " << streamed.at(key)
                << " instead of " << value;
          }
        }
      }
    }
  }
}

TEST(StreamedFoldTest, AStaleNameOfTheGroupIsDroppedAsInATable) {
  const MemoryQueryable store = HostsAndModes(3);
  const auto streamed = Asked(store, "max by (__name__) (rate(cpu_seconds_total[3m]))");
  const auto folded = Asked(store, "max by (__name__) (rate(cpu_seconds_total[3m]) + 0)");
  ASSERT_FALSE(streamed.empty());
  EXPECT_EQ(streamed, folded);
}

}  // namespace
}  // namespace hinomi::promql
