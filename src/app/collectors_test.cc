#include "app/collectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/testing.h"
#include "http/testing.h"
#include "os/files.h"
#include "os/system_clock.h"

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
  }
}

}  // namespace
}  // namespace hinomi::app
