#include "drivers/balancer/balancer_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/haproxy_testing.h"
#include "os/system_clock.h"

namespace hinomi::drivers {
namespace {

/// Keeps what is appended.
class Kept : public metrics::Appender {
 public:
  Status Append(const std::vector<metrics::WriteSeries>& batch) override {
    for (const metrics::WriteSeries& series : batch) all.push_back(series);
    return {};
  }
  void SetMetadata(const std::string&, const metrics::Metadata&) override {}
  /// The values of the series whose text is that.
  std::vector<double> Of(const std::string& text) const {
    std::vector<double> values;
    for (const metrics::WriteSeries& series : all)
      if (series.labels.ToString() == text) values.push_back(series.samples.back().value);
    return values;
  }
  std::vector<metrics::WriteSeries> all;
};

std::string Answer(uint64_t requests) {
  return "Pid: 7\nUptime_sec: 900\nStart_time_sec: 1\n\n"
         "# pxname,svname,type,status,scur,stot,req_tot,hrsp_5xx\n"
         "app,BACKEND,1,UP,0,0," +
         std::to_string(requests) + ",0\napp,a,2,UP,0,0,,0\n\n";
}

TEST(BalancerWatchTest, BalancersAreLookedAtAtTheirIntervalAndGoOnOverAReloadOfTheFolder) {
  ManualClock clock;
  NullLog log;
  Kept kept;
  uint64_t requests = 100;
  BalancerWatch watch(kept, clock, log,
                      [&](const std::string&, std::string_view, const ExchangeLimits&) {
                        return Result<std::string>(Answer(requests));
                      });
  const BalancerTarget app = {
      .service = "app", .cluster = "", .socket = "/run/h", .backend = "app", .log = ""};
  watch.SetTargets({app});
  watch.RunDue();
  requests = 130;
  clock.Advance(Duration::Seconds(4));
  watch.RunDue();
  EXPECT_TRUE(kept.Of("RequestCount{ServiceName=\"app\"}").empty());
  watch.SetTargets({app});
  clock.Advance(Duration::Seconds(1));
  watch.RunDue();
  EXPECT_EQ(kept.Of("RequestCount{ServiceName=\"app\"}"), std::vector<double>{30});
  EXPECT_EQ(kept.Of("HealthyHostCount{ServiceName=\"app\"}"), (std::vector<double>{1, 1}));
  ASSERT_EQ(watch.States().size(), 1u);
  EXPECT_TRUE(watch.States()[0].status.reached);
  EXPECT_EQ(watch.States()[0].status.last_look, clock.Now());
  EXPECT_LT(watch.States()[0].status.since, clock.Now());
  EXPECT_EQ(watch.States()[0].next_look, clock.Now() + watch.States()[0].target.interval);

  watch.SetTargets({});
  EXPECT_TRUE(watch.States().empty());
  const auto up = kept.Of("haproxy_up{instance=\"/run/h\",job=\"haproxy\"}");
  ASSERT_EQ(up.size(), 3u);
  EXPECT_TRUE(metrics::IsStaleMarker(up[2]));
}

TEST(BalancerWatchTest, OneThatIsRemovedDuringALookEndsItsSeriesAfterIt) {
  ManualClock clock;
  NullLog log;
  Kept kept;
  BalancerWatch* remove_from = nullptr;
  BalancerWatch watch(kept, clock, log,
                      [&](const std::string&, std::string_view, const ExchangeLimits&) {
                        if (remove_from != nullptr) remove_from->SetTargets({});
                        return Result<std::string>(Answer(1));
                      });
  watch.SetTargets(
      {{.service = "app", .cluster = "", .socket = "/run/h", .backend = "app", .log = ""}});
  watch.RunDue();
  remove_from = &watch;
  clock.Advance(Duration::Seconds(5));
  watch.RunDue();
  const auto up = kept.Of("haproxy_up{instance=\"/run/h\",job=\"haproxy\"}");
  ASSERT_EQ(up.size(), 2u);
  EXPECT_EQ(up[0], 1);
  EXPECT_TRUE(metrics::IsStaleMarker(up[1]));
}

TEST(BalancerWatchTest, ServicesBehindOneHaproxyShareItsLog) {
  if (!RealHaproxy::Installed()) GTEST_SKIP() << "haproxy is not installed";
  const TempDirectory directory;
  const std::string path = directory.path() + "/log";
  const SystemClock clock;
  NullLog log;
  Kept kept;
  TestReplica replica;
  RealHaproxy haproxy({"server a " + replica.address()}, path);
  BalancerWatch watch(kept, clock, log, LocalSocketExchange(clock));
  std::vector<BalancerTarget> targets;
  for (const std::string service : {"one", "two"})
    targets.push_back({.service = service,
                       .cluster = "",
                       .socket = haproxy.socket_path(),
                       .backend = service == "one" ? "app" : "other",
                       .log = path});
  watch.SetTargets(targets);
  watch.RunDue();
  const auto states = watch.States();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].status.error, "");
  EXPECT_NE(states[1].status.error.find("No such proxy"), std::string::npos)
      << states[1].status.error;
  // A third one finds the place taken: the two above hold it together.
  EXPECT_EQ(HaproxyLogListener::Open(path).error().code, ErrorCode::kConflict);
  watch.SetTargets({targets[1]});
  EXPECT_EQ(HaproxyLogListener::Open(path).error().code, ErrorCode::kConflict);
  watch.SetTargets({});
  EXPECT_TRUE(HaproxyLogListener::Open(path));
}

}  // namespace
}  // namespace hinomi::drivers
