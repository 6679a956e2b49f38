#include "drivers/balancer/balancer_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "base/strings.h"
#include "drivers/balancer/haproxy.h"
#include "drivers/haproxy_testing.h"
#include "os/system_clock.h"

namespace hinomi::drivers {
namespace {

using metrics::WriteSeries;
using ::testing::HasSubstr;

const SystemClock kClock;

/// The samples of `name{ServiceName}` or, of HAProxy's series, of those whose
/// text contains `part`.
std::vector<double> Values(const std::vector<WriteSeries>& all, std::string_view name,
                           std::string_view part = {}) {
  for (const WriteSeries& series : all) {
    if (series.labels.name() != name) continue;
    if (part.empty() && series.labels.pairs().size() != 2) continue;
    if (!part.empty() && series.labels.ToString().find(part) == std::string::npos) continue;
    std::vector<double> values;
    for (const metrics::Sample& sample : series.samples) values.push_back(sample.value);
    return values;
  }
  return {};
}

using Value = std::vector<double>;

class RecordingLog : public Log {
 public:
  void Write(LogLevel, std::string_view message, std::initializer_list<LogField>) override {
    lines.emplace_back(message);
  }
  std::vector<std::string> lines;
};

TEST(BalancerSeriesTest, EveryMetricStandsUnderBothDimensions) {
  ServiceLook look;
  look.healthy_hosts = 2;
  look.unhealthy_hosts = 1;
  look.counts = BackendCounts{9, {{0, 4, 0, 1, 2, 0}}, {{0, 0, 0, 1, 3, 0}}};
  look.response_times = {0.1, 0.2, 0.9};
  std::vector<std::string> texts;
  for (const WriteSeries& series :
       SamplesOfService("app", "production", look, Instant::FromMillis(5'000))) {
    std::string text = series.labels.ToString();
    for (const metrics::Sample& sample : series.samples)
      text += " " + FormatDouble(sample.value) + "@" + std::to_string(sample.at_ms);
    texts.push_back(std::move(text));
  }
  std::vector<std::string> expected;
  for (const std::string dimensions :
       {"{ServiceName=\"app\"}", "{ClusterName=\"production\",ServiceName=\"app\"}"}) {
    expected.push_back("HealthyHostCount" + dimensions + " 2@5000");
    expected.push_back("UnHealthyHostCount" + dimensions + " 1@5000");
    expected.push_back("RequestCount" + dimensions + " 9@5000");
    expected.push_back("HTTPCode_Target_2XX_Count" + dimensions + " 4@5000");
    expected.push_back("HTTPCode_Target_3XX_Count" + dimensions + " 0@5000");
    expected.push_back("HTTPCode_Target_4XX_Count" + dimensions + " 1@5000");
    expected.push_back("HTTPCode_Target_5XX_Count" + dimensions + " 2@5000");
    expected.push_back("HTTPCode_ELB_4XX_Count" + dimensions + " 1@5000");
    expected.push_back("HTTPCode_ELB_5XX_Count" + dimensions + " 3@5000");
    expected.push_back("TargetResponseTime" + dimensions + " 0.9@4998 0.1@4999 0.2@5000");
  }
  EXPECT_EQ(texts, expected);
  EXPECT_TRUE(SamplesOfService("app", "production", {}, Instant()).empty());
}

class BalancerCollectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RealHaproxy::Installed()) GTEST_SKIP() << "haproxy is not installed";
  }
  static BalancerTarget TargetOf(const RealHaproxy& haproxy, std::string log = {}) {
    return {.service = "app",
            .cluster = "production",
            .socket = haproxy.socket_path(),
            .backend = "app",
            .log = std::move(log)};
  }
  BalancerCollector CollectorOf(const RealHaproxy& haproxy, std::string log = {}) {
    return BalancerCollector(TargetOf(haproxy, std::move(log)), LocalSocketExchange(kClock), kClock,
                             log_);
  }
  static std::string ServerLine(const std::string& name, const TestReplica& replica) {
    return "server " + name + " " + replica.address() + " check inter 50ms fall 2 rise 2";
  }
  /// HAProxy counts an answer when its session has ended, shortly after the
  /// client has read it.
  static void AwaitIdle(const RealHaproxy& haproxy) {
    const HaproxySocket socket(haproxy.socket_path(), LocalSocketExchange(kClock));
    for (int idle = 0, i = 0; idle < 2 && i < 1'000; ++i) {
      const auto snapshot = socket.Snapshot("app");
      idle = snapshot && snapshot->backend.sessions == 0 ? idle + 1 : 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  /// Looks until HealthyHostCount is that; false after 10 s.
  static bool AwaitHealthy(BalancerCollector& collector, double healthy) {
    for (int i = 0; i < 200; ++i) {
      if (Values(collector.Collect(), "HealthyHostCount") == Value{healthy}) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  RecordingLog log_;
};

TEST_F(BalancerCollectorTest, RequestsErrorsAndHostsOfARealBackendAreCounted) {
  TestReplica a, b;
  RealHaproxy haproxy({ServerLine("a", a), ServerLine("b", b)});
  BalancerCollector collector = CollectorOf(haproxy);
  const auto first = collector.Collect();
  EXPECT_TRUE(Values(first, "RequestCount").empty()) << "nothing to compare with yet";
  ASSERT_TRUE(AwaitHealthy(collector, 2));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(haproxy.Get("/200"), 200);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(haproxy.Get("/500"), 500);
  ASSERT_EQ(haproxy.Get("/404"), 404);
  AwaitIdle(haproxy);
  const auto all = collector.Collect();
  EXPECT_EQ(Values(all, "RequestCount"), Value{26});
  EXPECT_EQ(Values(all, "HTTPCode_Target_2XX_Count"), Value{20});
  EXPECT_EQ(Values(all, "HTTPCode_Target_4XX_Count"), Value{1});
  EXPECT_EQ(Values(all, "HTTPCode_Target_5XX_Count"), Value{5});
  EXPECT_EQ(Values(all, "HTTPCode_ELB_5XX_Count"), Value{0});
  EXPECT_EQ(Values(all, "UnHealthyHostCount"), Value{0});
  EXPECT_EQ(Values(all, "TargetResponseTime").size(), 1u) << "the average, without a log";
  EXPECT_EQ(Values(all, "haproxy_up", "job=\"haproxy\""), Value{1});
  EXPECT_EQ(Values(all, "haproxy_server_http_responses_total", "code=\"2xx\""), Value{10});
  EXPECT_EQ(Values(collector.Collect(), "RequestCount"), Value{0});
}

TEST_F(BalancerCollectorTest, ATotalOutageIsNeverSilent) {
  TestReplica a, b;
  RealHaproxy haproxy({ServerLine("a", a), ServerLine("b", b)});
  BalancerCollector collector = CollectorOf(haproxy);
  ASSERT_TRUE(AwaitHealthy(collector, 2));
  a.SetHealthy(false);
  b.SetHealthy(false);
  ASSERT_TRUE(AwaitHealthy(collector, 0));
  for (int i = 0; i < 7; ++i) ASSERT_EQ(haproxy.Get("/200"), 503);
  AwaitIdle(haproxy);
  const auto all = collector.Collect();
  EXPECT_EQ(Values(all, "HTTPCode_ELB_5XX_Count"), Value{7});
  EXPECT_EQ(Values(all, "HTTPCode_Target_5XX_Count"), Value{0});
  EXPECT_EQ(Values(all, "RequestCount"), Value{7});
  EXPECT_EQ(Values(all, "HealthyHostCount"), Value{0});
  EXPECT_EQ(Values(all, "UnHealthyHostCount"), Value{2});
  EXPECT_EQ(Values(all, "haproxy_backend_status", "state=\"DOWN\""), Value{1});
}

TEST_F(BalancerCollectorTest, AReloadCountsNothingTwiceAndNothingNegative) {
  TestReplica a;
  RealHaproxy haproxy({ServerLine("a", a)});
  BalancerCollector collector = CollectorOf(haproxy);
  ASSERT_TRUE(AwaitHealthy(collector, 1));
  for (int i = 0; i < 9; ++i) ASSERT_EQ(haproxy.Get("/500"), 500);
  AwaitIdle(haproxy);
  EXPECT_EQ(Values(collector.Collect(), "HTTPCode_Target_5XX_Count"), Value{9});
  haproxy.Reload();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(haproxy.Get("/500"), 500);
  AwaitIdle(haproxy);
  const auto after = collector.Collect();
  EXPECT_EQ(Values(after, "HTTPCode_Target_5XX_Count"), Value{4});
  EXPECT_EQ(Values(after, "HTTPCode_ELB_5XX_Count"), Value{0});
  EXPECT_EQ(Values(after, "RequestCount"), Value{4});
  EXPECT_EQ(Values(collector.Collect(), "RequestCount"), Value{0});
}

TEST_F(BalancerCollectorTest, TimesAreThoseOfRealRequests) {
  const TempDirectory directory;
  for (const std::string& address : {std::string("127.0.0.1:0"), directory.path() + "/log"}) {
    // The port must be known before HAProxy starts: a free one, taken again below.
    std::string where = address;
    if (address.starts_with("127")) where = (*HaproxyLogListener::Open(address))->address();
    TestReplica a;
    RealHaproxy haproxy({ServerLine("a", a)}, where);
    BalancerCollector collector = CollectorOf(haproxy, where);
    ASSERT_TRUE(AwaitHealthy(collector, 1));
    auto slow = std::async(std::launch::async, [&] { return haproxy.Get("/slow"); });
    ASSERT_TRUE(a.AwaitSlow(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    a.LetSlowGo();
    ASSERT_EQ(slow.get(), 200);
    for (int i = 0; i < 4; ++i) ASSERT_EQ(haproxy.Get("/200"), 200);
    std::vector<double> times;
    std::vector<WriteSeries> all;
    for (int i = 0; i < 200 && times.size() < 5; ++i) {
      all = collector.Collect();
      for (const double time : Values(all, "TargetResponseTime")) times.push_back(time);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::sort(times.begin(), times.end());
    ASSERT_EQ(times.size(), 5u) << where;
    EXPECT_GE(times[4], 0.150);
    EXPECT_LT(times[3], 0.150);
  }
  EXPECT_TRUE(log_.lines.empty()) << log_.lines.front();
}

TEST_F(BalancerCollectorTest, ALogThatDoesNotComeIsToldAndReplacedByTheAverage) {
  const TempDirectory directory;
  TestReplica a;
  RealHaproxy haproxy({ServerLine("a", a)});
  BalancerCollector collector = CollectorOf(haproxy, directory.path() + "/log");
  ASSERT_TRUE(AwaitHealthy(collector, 1));
  for (int look = 0; look < 2; ++look) {
    ASSERT_EQ(haproxy.Get("/200"), 200);
    AwaitIdle(haproxy);
    EXPECT_EQ(Values(collector.Collect(), "TargetResponseTime").size(), look == 0 ? 0u : 1u);
  }
  ASSERT_EQ(log_.lines.size(), 1u);
  EXPECT_THAT(log_.lines[0], HasSubstr("its log does not arrive"));
}

TEST_F(BalancerCollectorTest, ADeadBalancerHasNoHealthyHostAndAnUnknownOneHasNoCount) {
  TestReplica a;
  RealHaproxy haproxy({ServerLine("a", a)});
  BalancerCollector collector = CollectorOf(haproxy);
  ASSERT_TRUE(AwaitHealthy(collector, 1));
  haproxy.Kill();
  const auto once = collector.Collect();
  EXPECT_TRUE(Values(once, "HealthyHostCount").empty()) << "perhaps it only restarts";
  EXPECT_EQ(Values(once, "haproxy_up", "job"), Value{0});
  EXPECT_TRUE(metrics::IsStaleMarker(Values(once, "haproxy_server_weight", "server=\"a\"").at(0)));
  EXPECT_EQ(Values(collector.Collect(), "HealthyHostCount"), Value{0});
  EXPECT_THAT(collector.status().error, HasSubstr("nobody listens there any more"));
  EXPECT_EQ(log_.lines, std::vector<std::string>{"the balancer cannot be asked"});

  BalancerCollector never = CollectorOf(haproxy);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(Values(never.Collect(), "HealthyHostCount").empty()) << "it never answered";

  haproxy.Start();
  ASSERT_TRUE(AwaitHealthy(collector, 1));
  EXPECT_EQ(log_.lines.back(), "the balancer answers again");
}

TEST_F(BalancerCollectorTest, SeriesBearTheNamesOfHaproxysOwnExporter) {
  TestReplica a;
  RealHaproxy haproxy({ServerLine("a", a),
                       "http-request use-service prometheus-exporter if "
                       "{ path /metrics }"});
  BalancerCollector collector = CollectorOf(haproxy);
  ASSERT_TRUE(AwaitHealthy(collector, 1));
  http::RawConnection client(haproxy.port());
  client.Send("GET /metrics HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n");
  const std::string page = client.ReadToEnd();
  size_t compared = 0;
  for (const WriteSeries& series : collector.Collect()) {
    metrics::Labels labels = series.labels;
    const std::string name(labels.name());
    if (!name.starts_with("haproxy_") || name == "haproxy_up") continue;
    // The exporter's order: proxy, server, then state or code.
    std::string text = name;
    for (const std::string_view label : {"proxy", "server", "state", "code"}) {
      if (labels.Get(label).empty()) continue;
      text += (text == name ? "{" : ",") + std::string(label) + "=\"" +
              std::string(labels.Get(label)) + "\"";
    }
    text += text == name ? " " : "} ";
    EXPECT_THAT(page, HasSubstr("\n" + text));
    ++compared;
  }
  EXPECT_EQ(compared, 33u);
}

}  // namespace
}  // namespace hinomi::drivers
