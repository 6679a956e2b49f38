#include <gmock/gmock.h>

#include "policy/policy.h"
#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;

LoadedFolder LoadMetrics(const std::string& hinomi_yml) {
  PosixFiles files;
  TestFolder folder;
  folder.Write("hinomi.yml", hinomi_yml);
  return *LoadOpsFolder(files, folder.path());
}

TEST(MetricsDocumentTest, WithoutTheKeyEveryDefaultIsPrinted) {
  const LoadedFolder loaded = LoadMetrics("language: en\n");
  ASSERT_NE(loaded.folder, nullptr);
  const MetricsDocument& metrics = loaded.folder->server.metrics;
  EXPECT_EQ(metrics.durability, "sync");
  EXPECT_EQ(metrics.head_memory_bytes, 1u << 30);
  EXPECT_EQ(metrics.retention.size.percent, 25);
  EXPECT_EQ(metrics.retention.time, Duration());
  EXPECT_THAT(metrics.retention.rules, IsEmpty());
  std::map<std::string, std::string> filled;
  for (const FilledDefault& one : loaded.defaults) filled[one.path] = one.value;
  EXPECT_THAT(filled, Contains(Pair("metrics.durability", "sync")));
  EXPECT_THAT(filled, Contains(Pair("metrics.head_memory", "1GiB")));
  EXPECT_THAT(filled, Contains(Pair("metrics.query_memory", "1GiB")));
  EXPECT_THAT(filled, Contains(Pair("metrics.retention.size", "25%")));
  EXPECT_THAT(filled, Contains(Pair("metrics.retention.time", "forever")));
}

TEST(MetricsDocumentTest, SizesAgesAndRulesAreRead) {
  const LoadedFolder loaded = LoadMetrics(
      "metrics:\n"
      "  durability: interval\n"
      "  head_memory: 512MiB\n"
      "  retention:\n"
      "    size: 50GiB\n"
      "    time: 90_days\n"
      "    rules:\n"
      "      - {match: '{job=\"debug\"}', time: 7d}\n"
      "      - {match: up, time: forever}\n");
  ASSERT_NE(loaded.folder, nullptr) << FormatFinding(loaded.findings.front());
  const MetricsDocument& metrics = loaded.folder->server.metrics;
  EXPECT_EQ(metrics.durability, "interval");
  EXPECT_EQ(metrics.head_memory_bytes, 512u << 20);
  EXPECT_EQ(metrics.retention.size.bytes, uint64_t{50} << 30);
  EXPECT_EQ(metrics.retention.time, Duration::Days(90));
  ASSERT_EQ(metrics.retention.rules.size(), 2u);
  EXPECT_EQ(metrics.retention.rules[0].match, "{job=\"debug\"}");
  EXPECT_EQ(metrics.retention.rules[0].time, Duration::Days(7));
  EXPECT_EQ(metrics.retention.rules[1].time, Duration());
}

}  // namespace
}  // namespace hinomi::policy
