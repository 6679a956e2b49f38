#include "app/collectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "app/testing.h"
#include "drivers/haproxy_testing.h"
#include "http/testing.h"
#include "os/files.h"
#include "os/system_clock.h"
#include "os/testing.h"

namespace hinomi::app {
namespace {

using testing::StartsWith;

/// Tells which probes have run.
class SeenProbes : public metrics::Appender {
 public:
  Status Append(const std::vector<metrics::WriteSeries>& batch) override {
    for (const metrics::WriteSeries& series : batch)
      if (series.labels.Get("__name__") == "probe_success")
        seen_.Put(std::string(series.labels.Get("probe")));
    return {};
  }
  void SetMetadata(const std::string&, const metrics::Metadata&) override {}
  bool AwaitCount(size_t count) { return seen_.AwaitCount(count); }

 private:
  Mailbox<std::string> seen_;
};

TEST(CollectorsTest, EachProbeOfTheFolderTellsTheLayerThatFailed) {
  // A port where nobody listens any more.
  const uint16_t port = http::ScriptedServer([](http::RawConnection&) {}).port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const struct {
    const char* name;
    const char* error;
  } cases[] = {
      {"http", "connect: "},
      {"tcp", "connect: "},
      {"tls", "connect: "},
      {"dns", "request: "},
      {"postgres", "configuration: password: the environment variable HINOMI_TEST_NOT_SET"}};
  auto folder = std::make_shared<policy::OpsFolder>();
  folder->targets.host_collector = false;
  for (const auto& c : cases) {
    policy::ProbeDocument& probe = folder->targets.probes.emplace_back();
    probe.name = probe.type = c.name;
    probe.target =
        (probe.type == "http" ? "http://" : "") + address + (probe.type == "http" ? "/" : "");
    probe.labels = {{"type", c.name}};
    probe.query_name = "www.example.com";
    probe.user = "watcher";
    probe.password = "${env:HINOMI_TEST_NOT_SET}";
  }
  SeenProbes appender;
  PosixFiles files;
  const SystemClock clock;
  Telemetry telemetry;
  NullLog log;
  Collectors collectors({appender, files, clock, telemetry, log, "host"});
  collectors.UsePolicy(folder);
  collectors.Start();
  ASSERT_TRUE(appender.AwaitCount(std::size(cases)));
  const std::vector<api::TargetState> targets = collectors.Targets();
  collectors.Stop();
  ASSERT_EQ(targets.size(), std::size(cases));
  for (size_t i = 0; i < targets.size(); ++i) {
    EXPECT_EQ(targets[i].state, "down") << cases[i].name;
    EXPECT_THAT(targets[i].error, StartsWith(cases[i].error)) << cases[i].name;
    EXPECT_EQ(targets[i].id(), std::string("probe:") + cases[i].name);
    EXPECT_EQ(targets[i].type, cases[i].name);
    EXPECT_EQ(targets[i].failed_layer + ": ",
              std::string(cases[i].error).substr(0, targets[i].failed_layer.size() + 2));
    EXPECT_NE(targets[i].reason, "");
    EXPECT_EQ(targets[i].since, targets[i].last_at);
    EXPECT_GT(targets[i].next_at, targets[i].last_at);
    EXPECT_GT(targets[i].samples, 0u);
  }
}

/// Hands what is appended to the test.
class Kept : public metrics::Appender {
 public:
  Status Append(const std::vector<metrics::WriteSeries>& batch) override {
    for (const metrics::WriteSeries& series : batch) seen.Put(series);
    return {};
  }
  void SetMetadata(const std::string&, const metrics::Metadata&) override {}
  Mailbox<metrics::WriteSeries> seen;
};

TEST(CollectorsTest, AServicesFiguresComeFromItsBalancerAndNotFromProbesToo) {
  if (!drivers::RealHaproxy::Installed()) GTEST_SKIP() << "haproxy is not installed";
  drivers::TestReplica replica;
  drivers::RealHaproxy haproxy(
      {"server a " + replica.address() + " check inter 50ms", "server b 127.0.0.1:1 disabled"});
  const auto folder = std::make_shared<policy::OpsFolder>();
  folder->targets.host_collector = false;
  folder->targets.probes.resize(1);
  folder->targets.probes[0].name = "app";
  folder->targets.probes[0].type = "http";
  folder->targets.probes[0].target = "http://" + replica.address() + "/healthz";
  policy::ServiceDocument service;
  service.name = "app";
  service.cluster = "production";
  service.probes = {"app"};
  service.load_balancer = {.driver = "haproxy",
                           .socket = haproxy.socket_path(),
                           .backend = "app",
                           .log = "",
                           .interval = Duration::Seconds(1)};
  folder->targets.services = {service};

  const SystemClock clock;
  Telemetry telemetry;
  NullLog log;
  PosixFiles files;
  Kept kept;
  Collectors collectors({kept, files, clock, telemetry, log, "host"});
  collectors.UsePolicy(folder);
  collectors.Start();
  const auto count = [](const auto& all, const std::string& text) {
    return std::count_if(all.begin(), all.end(), [&](const metrics::WriteSeries& series) {
      return series.labels.ToString() == text;
    });
  };
  const std::string dimensions = "{ClusterName=\"production\",ServiceName=\"app\"}";
  // Two looks, of which the second can count, and the probe's own result.
  EXPECT_TRUE(kept.seen.Await([&](const auto& all) {
    return count(all, "RequestCount" + dimensions) >= 1 &&
           std::any_of(all.begin(), all.end(), [](const metrics::WriteSeries& series) {
             return series.labels.name() == "probe_success";
           });
  }));
  collectors.Stop();
  const auto all = kept.seen.all();
  EXPECT_GE(count(all, "HealthyHostCount" + dimensions), 2);
  for (const metrics::WriteSeries& series : all) {
    if (series.labels.name() != "RequestCount") continue;
    EXPECT_EQ(series.labels.Get("instance"), "") << "one a probe";
  }
  const auto targets = collectors.Targets();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[1].job, "haproxy");
  EXPECT_EQ(targets[1].target, haproxy.socket_path() + "/app");
  EXPECT_EQ(targets[1].state, "up");
  EXPECT_EQ(targets[1].id(), "balancer:app");
  EXPECT_EQ(targets[1].service, "app");
  EXPECT_EQ(targets[1].interval, Duration::Seconds(1));
}

/// Refuses all, as a full disk does.
class Full : public metrics::Appender {
 public:
  Status Append(const std::vector<metrics::WriteSeries>&) override {
    tried.Put(true);
    return Exhausted("the disk is full");
  }
  void SetMetadata(const std::string&, const metrics::Metadata&) override {}
  Mailbox<bool> tried;
};

TEST(CollectorsTest, ThisHostAndTheFilesOfTargetsAreTargetsToo) {
  TempDirectory directory;
  auto folder = std::make_shared<policy::OpsFolder>();
  folder->targets.host_interval = Duration::Millis(20);
  policy::ScrapeDocument& scrape = folder->targets.scrapes.emplace_back();
  scrape.job = "node";
  scrape.file = directory.path() + "/absent.json";
  PosixFiles files;
  const SystemClock clock;
  Telemetry telemetry;
  NullLog log;
  Full full;
  Collectors collectors({full, files, clock, telemetry, log, "db-1"});
  collectors.UsePolicy(folder);
  collectors.Start();
  // What the third look finds, the second one has told.
  ASSERT_TRUE(full.tried.AwaitCount(3));
  std::vector<api::TargetState> targets = collectors.Targets();
  for (int i = 0; i < 400 && targets.size() < 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    targets = collectors.Targets();
  }
  collectors.Stop();
  ASSERT_EQ(targets.size(), 2u);
  const api::TargetState& host = targets[0];
  EXPECT_EQ(host.id(), "host:db-1");
  EXPECT_EQ(host.state, "down");
  EXPECT_EQ(host.error, "the disk is full");
  EXPECT_EQ(host.reason, "storage");
  EXPECT_GT(host.samples, 0u);
  EXPECT_NE(host.since, Instant());
  EXPECT_GT(host.last_at, host.since) << "it has been so since the first look";
  EXPECT_EQ(host.interval, Duration::Millis(20));
  EXPECT_EQ(targets[1].id(), "file:node");
  EXPECT_EQ(targets[1].state, "down");
  EXPECT_THAT(targets[1].error, testing::HasSubstr("absent.json"));

  folder = std::make_shared<policy::OpsFolder>();
  folder->targets.host_collector = false;
  Collectors none({full, files, clock, telemetry, log, "db-1"});
  none.UsePolicy(folder);
  EXPECT_TRUE(none.Targets().empty());
}

}  // namespace
}  // namespace hinomi::app
