#include "drivers/services/from_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hinomi::drivers {
namespace {

using ::testing::ElementsAre;

policy::ServiceDocument App() {
  policy::ServiceDocument document;
  document.name = "app";
  document.cluster = "production";
  document.driver = "process";
  document.command = {"/bin/app", "${PORT}"};
  document.port_low = 9150;
  document.port_high = 9159;
  document.desired_count = 3;
  document.max_count = 6;
  document.cpu_units = 256;
  document.memory_mib = 128;
  document.health_check = {.type = "http", .path = "/healthz", .interval = Duration::Millis(500)};
  return document;
}

const policy::Environment kEnvironment = [](const std::string& name) -> std::optional<std::string> {
  if (name == "TOKEN") return "s3cret";
  return std::nullopt;
};

TEST(SpecOfServiceTest, TakesOverWhatTheDocumentSays) {
  PosixFiles files;
  policy::ServiceDocument document = App();
  document.environment = {{"MODE", "fast"}, {"TOKEN", "${env:TOKEN}"}, {"URL", "x:${PORT}"}};
  const auto spec = SpecOfService(document, files, kEnvironment);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->name, "app");
  EXPECT_EQ(spec->cluster, "production");
  EXPECT_THAT(spec->argv, ElementsAre("/bin/app", "${PORT}"));
  EXPECT_THAT(spec->environment,
              ElementsAre(std::pair("MODE", "fast"), std::pair("TOKEN", "s3cret"),
                          std::pair("URL", "x:${PORT}")));
  EXPECT_EQ(spec->port_low, 9150);
  EXPECT_EQ(spec->port_high, 9159);
  EXPECT_EQ(spec->desired_count, 3);
  EXPECT_EQ(spec->min_count, 1);
  EXPECT_EQ(spec->max_count, 6);
  EXPECT_EQ(spec->cpu_units, 256u);
  EXPECT_EQ(spec->memory_bytes, 128u << 20);
  EXPECT_EQ(spec->open_files, std::nullopt);
  EXPECT_EQ(spec->health_check.kind, HealthCheck::Kind::kHttp);
  EXPECT_EQ(spec->health_check.path, "/healthz");
  EXPECT_EQ(spec->health_check.interval, Duration::Millis(500));
}

TEST(SpecOfServiceTest, ASecretThatIsNotThereIsNamed) {
  PosixFiles files;
  policy::ServiceDocument document = App();
  document.environment = {{"TOKEN", "${env:NOT_SET}"}};
  const auto spec = SpecOfService(document, files, kEnvironment);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(spec.error().message,
              ::testing::StartsWith("cannot run service \"app\": environment TOKEN: "));
}

}  // namespace
}  // namespace hinomi::drivers
