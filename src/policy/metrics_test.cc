#include <gmock/gmock.h>

#include "policy/policy.h"
#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
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
  EXPECT_FALSE(metrics.downsampling.five_minutes.made);
  EXPECT_FALSE(metrics.downsampling.hour.made);
  EXPECT_THAT(filled, Contains(Pair("metrics.downsampling.5m", "off")));
  EXPECT_THAT(filled, Contains(Pair("metrics.downsampling.1h", "off")));
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
      "      - {match: up, time: forever}\n"
      "  downsampling: {5m: 400d, 1h: forever}\n");
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
  EXPECT_TRUE(metrics.downsampling.five_minutes.made);
  EXPECT_EQ(metrics.downsampling.five_minutes.time, Duration::Days(400));
  EXPECT_TRUE(metrics.downsampling.hour.made);
  EXPECT_EQ(metrics.downsampling.hour.time, Duration());
}

TEST(MetricsDocumentTest, WindowsAreKeptLongerThanTheirSamples) {
  const auto mistakes = [](const std::string& keys) {
    std::string all;
    for (const Finding& finding :
         LoadMetrics("watched_by: https://example.com\nmetrics:\n" + keys).findings)
      all += FormatFinding(finding);
    return all;
  };
  EXPECT_THAT(mistakes("  retention: {time: 90d}\n  downsampling: {5m: 90d, 1h: 91d}\n"),
              HasSubstr("hinomi.yml:4:22: metrics.downsampling.5m: expected longer than "
                        "retention.time (90d)"));
  EXPECT_THAT(mistakes("  downsampling: {1h: 400d}\n"),
              HasSubstr("metrics.downsampling.1h: expected forever or off"));
  EXPECT_EQ(mistakes("  downsampling: {5m: off, 1h: forever}\n"), "");
  EXPECT_EQ(mistakes("  retention: {time: 30d}\n  downsampling: {5m: 400d, 1h: 3650d}\n"), "");
}

}  // namespace
}  // namespace hinomi::policy
