#include "app/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "metrics/testing.h"
#include "os/system_clock.h"
#include "os/testing.h"

namespace hinomi::app {
namespace {

class ServicesTest : public ::testing::Test {
 protected:
  ~ServicesTest() override {
    services_.UsePolicy({});
    EXPECT_TRUE(RunUntil([&] { return Task("last_status") == "STOPPED"; }));
  }

  template <typename Condition>
  bool RunUntil(const Condition& condition) {
    for (int i = 0; i < 4000; ++i) {
      services_.RunDue();
      if (condition()) return true;
      ::usleep(5000);
    }
    return false;
  }
  /// Of the only task.
  std::string Task(const char* member) const {
    const auto tasks = services_.Tasks("app");
    if (!tasks || tasks->as_array().size() != 1) return "";
    return tasks->as_array()[0][member].as_string();
  }
  static policy::OpsFolder Folder() {
    policy::OpsFolder folder;
    policy::ServiceDocument watched;
    watched.name = "watched";
    watched.driver = "process";
    policy::ServiceDocument app = watched;
    app.name = "app";
    app.cluster = "production";
    app.command = {"/bin/sh", "-c", "echo hello from $MODE; exec sleep 1000"};
    app.environment = {{"MODE", "tests"}};
    app.cpu_units = 256;
    app.memory_mib = 64;
    app.stop_timeout = Duration::Seconds(5);
    folder.targets.services = {watched, app};
    return folder;
  }

  PosixFiles files_;
  SystemClock clock_;
  NullLog log_;
  metrics::RecordingAppender appender_;
  TempDirectory data_;
  Services services_{appender_, files_, clock_, log_, data_.path(), {HN_SERVICES_PROGRAM, "shim"}};
};

TEST_F(ServicesTest, RunsThoseWithACommandAndShowsThem) {
  services_.UsePolicy(Folder());
  ASSERT_TRUE(RunUntil([&] { return Task("last_status") == "RUNNING"; }));
  const Json list = services_.List();
  ASSERT_EQ(list.as_array().size(), 1u);
  EXPECT_EQ(list.as_array()[0]["name"].as_string(), "app");
  EXPECT_EQ(list.as_array()[0]["state"].as_string(), "active");
  EXPECT_EQ(list.as_array()[0]["healthy"].as_int(), 1);
  EXPECT_EQ(list.as_array()[0]["failures"].as_int(-1), 0);
  EXPECT_GT(services_.Tasks("app")->as_array()[0]["pid"].as_int(), 1);
  EXPECT_EQ(Task("desired_status"), "RUNNING");
  EXPECT_EQ(Task("health"), "UNKNOWN");
  ASSERT_TRUE(RunUntil([&] {
    const auto log = services_.ReadLog(Task("id"), {.tail_lines = 10});
    return log && (*log)["text"].as_string() == "hello from tests\n";
  }));
  EXPECT_EQ(services_.Tasks("watched").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(services_.ReadLog("none", {.tail_lines = 1}).error().code, ErrorCode::kNotFound);
}

TEST_F(ServicesTest, PublishesUtilizationUnderTheDocumentsDimensions) {
  services_.UsePolicy(Folder());
  ASSERT_TRUE(RunUntil([&] {
    const Json list = services_.List();
    return !list.as_array().empty() && list.as_array()[0]["cpu_percent"].is_number();
  }));
  ASSERT_TRUE(services_.Publish());
  std::set<std::string> published;
  for (const metrics::WriteSeries& series : appender_.series()) {
    std::string text(series.labels.name());
    for (const char* name : {"ClusterName", "ServiceName"})
      text += " " + std::string(series.labels.Get(name));
    published.insert(text);
    EXPECT_GE(series.samples.at(0).value, 0);
  }
  EXPECT_THAT(published,
              ::testing::ElementsAre("CPUUtilization  app", "CPUUtilization production app",
                                     "MemoryUtilization  app", "MemoryUtilization production app"));
}

TEST_F(ServicesTest, AMissingSecretChangesNothing) {
  services_.UsePolicy(Folder());
  ASSERT_TRUE(RunUntil([&] { return Task("last_status") == "RUNNING"; }));
  const std::string id = Task("id");
  policy::OpsFolder folder = Folder();
  folder.targets.services[1].environment["TOKEN"] = "${env:HINOMI_TEST_NOT_SET}";
  folder.targets.services[1].desired_count = 2;
  folder.targets.services[1].max_count = 2;
  services_.UsePolicy(folder);
  services_.RunDue();
  EXPECT_EQ(Task("id"), id);
}

}  // namespace
}  // namespace hinomi::app
