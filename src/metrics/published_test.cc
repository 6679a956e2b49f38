// Whatever the samplers put into the store is in the table, and says enough.
#include "metrics/published.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hinomi::metrics {
namespace {

TEST(PublishedMetricsTest, EveryRowSaysWhatItMeans) {
  std::set<std::string_view> names;
  const auto check = [&](std::span<const MetricRow> rows) {
    for (const MetricRow& row : rows) {
      EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
      EXPECT_TRUE(row.help.ends_with('.')) << row.name;
      for (const std::string_view unit : {"bytes", "seconds"})
        EXPECT_TRUE(row.name.find("_" + std::string(unit)) == std::string_view::npos ||
                    row.unit == unit)
            << row.name;
      EXPECT_EQ(row.type == MetricKind::kCounter, row.name.ends_with("_total")) << row.name;
    }
  };
  check(OwnMetrics());
  for (const MetricGroup& group : PublishedMetrics()) check(group.rows);
}

TEST(PublishedMetricsTest, AStarStandsForSomething) {
  ASSERT_NE(FindPublished("node_memory_MemFree_bytes"), nullptr);
  EXPECT_EQ(FindPublished("node_memory_MemFree_bytes")->unit, "bytes");
  EXPECT_EQ(FindPublished("node_memory_HugePages_Free")->unit, "");
  EXPECT_EQ(FindPublished("node_memory_"), nullptr);
  EXPECT_EQ(FindPublished("node_memory"), nullptr);
  EXPECT_EQ(FindPublished("no_such_metric"), nullptr);
}

}  // namespace
}  // namespace hinomi::metrics
