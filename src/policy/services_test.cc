#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(ServicesTest, AServiceThatIsRunHasItsDefaultsPrinted) {
  TestFolder folder;
  folder.Write("targets.yml",
               "services:\n"
               "  app:\n"
               "    cluster: production\n"
               "    driver: process\n"
               "    command: [/bin/app, --listen, \"127.0.0.1:${PORT}\", 7]\n"
               "    environment: {MODE: fast, LEVEL: 3}\n"
               "    ports: 9150-9159\n"
               "    desired_count: 3\n"
               "    cpu: 256\n"
               "    memory: 128\n"
               "    health_check: {type: http, path: /healthz, interval: 500ms}\n");
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->folder) << FormatFinding(loaded->findings.at(0));
  ASSERT_THAT(loaded->folder->targets.services, SizeIs(1));
  const ServiceDocument& app = loaded->folder->targets.services[0];
  EXPECT_TRUE(app.managed());
  EXPECT_THAT(app.command, ElementsAre("/bin/app", "--listen", "127.0.0.1:${PORT}", "7"));
  EXPECT_THAT(app.environment, ElementsAre(std::pair("LEVEL", "3"), std::pair("MODE", "fast")));
  EXPECT_EQ(app.port_low, 9150);
  EXPECT_EQ(app.port_high, 9159);
  EXPECT_EQ(app.desired_count, 3);
  EXPECT_EQ(app.min_count, 1);
  EXPECT_EQ(app.max_count, 3);
  EXPECT_EQ(app.cpu_units, 256);
  EXPECT_EQ(app.memory_mib, 128);
  EXPECT_EQ(app.open_files, 0);
  EXPECT_EQ(app.stop_timeout, Duration::Seconds(30));
  EXPECT_EQ(app.health_check.type, "http");
  EXPECT_EQ(app.health_check.interval, Duration::Millis(500));
  EXPECT_EQ(app.health_check.timeout, Duration::Seconds(5));
  EXPECT_EQ(app.health_check.retries, 3);
  std::vector<std::string> filled;
  for (const FilledDefault& value : loaded->defaults)
    if (value.path.starts_with("services.app.") && value.path.find("health") == std::string::npos &&
        value.path.find("scaling") == std::string::npos)
      filled.push_back(value.path + " " + value.value);
  EXPECT_THAT(filled,
              ElementsAre("services.app.min_count 1", "services.app.max_count 3",
                          "services.app.stop_timeout 30s", "services.app.drain_timeout 30s"));
}

TEST(ServicesTest, AServiceWithoutACommandIsOnlyWatched) {
  TestFolder folder;
  folder.Write("targets.yml", "services: {app: {cluster: production, driver: process}}\n");
  const Result<LoadedFolder> loaded = folder.Load();
  ASSERT_TRUE(loaded.has_value());
  ASSERT_TRUE(loaded->folder);
  EXPECT_FALSE(loaded->folder->targets.services.at(0).managed());
  for (const Finding& finding : loaded->findings) EXPECT_NE(finding.file, "targets.yml");
  for (const FilledDefault& value : loaded->defaults)
    EXPECT_FALSE(value.path.starts_with("services.")) << value.path;
}

}  // namespace
}  // namespace hinomi::policy
