#include "metrics/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/periodic.h"
#include "metrics/self_metrics.h"
#include "metrics/testing.h"
#include "os/system_clock.h"

namespace hinomi::metrics {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class ProbeTest : public testing::Test {
 protected:
  ProbeTest()
      : clock_(Instant::FromSeconds(1000)),
        fetch_([this](const http::ClientRequest& request) -> Result<http::ClientResponse> {
          clock_.Advance(Duration::Millis(250));
          requests_.push_back(request);
          if (request.trace != nullptr) request.trace->failed_phase = failed_phase_;
          return answer_;
        }),
        prober_(appender_, clock_, telemetry_, [this](const Probe& probe) {
          if (probe.type == ProbeType::kHttp) return ProbeOverNetwork(clock_, fetch_)(probe);
          ProbeResult connected;
          connected.success = true;
          return connected;
        }) {
    response_.status = 200;
    response_.body = "all fine";
    response_.resolve = Duration::Millis(10);
    response_.connect = Duration::Millis(30);
    response_.tls = Duration::Millis(60);
    response_.first_byte = Duration::Millis(160);
    response_.total = Duration::Millis(200);
    response_.certificate_expiry_s = 1000 + 20'000 * 86'400;
    answer_ = response_;
    probe_.name = "web-1";
    probe_.target = "https://web/health";
  }

  std::vector<std::string> Round() {
    prober_.RunDue();
    clock_.Advance(Duration::Seconds(15));
    std::vector<std::string> lines = appender_.TakeLines();
    for (std::string& line : lines) line = line.substr(0, line.rfind('@'));
    return lines;
  }
  ProbeResult Run() {
    prober_.SetProbes({probe_}, {});
    Round();
    const auto statuses = prober_.Statuses();
    EXPECT_EQ(statuses.size(), 1u);
    clock_.Advance(Duration::Minutes(1));
    return statuses[0].last;
  }

  ManualClock clock_;
  Telemetry telemetry_;
  RecordingAppender appender_;
  std::vector<http::ClientRequest> requests_;
  http::ClientResponse response_;
  Result<http::ClientResponse> answer_ = Unavailable("");
  std::string failed_phase_;
  FetchFunction fetch_;
  Probe probe_;
  Prober prober_;
};

TEST_F(ProbeTest, AnHttpProbeGivesBlackboxExportersMetrics) {
  probe_.body_contains = "fine";
  probe_.labels = {{"zone", "z"}};
  prober_.SetProbes({probe_}, {});
  const std::string labels =
      "instance=\"https://web/health\",job=\"probe\",probe=\"web-1\",zone=\"z\"} ";
  const std::string phase =
      "probe_http_duration_seconds{instance=\"https://web/health\","
      "job=\"probe\",phase=\"";
  const std::string rest = "\",probe=\"web-1\",zone=\"z\"} ";
  std::vector<std::string> lines = Round();
  std::erase_if(lines, [](const auto& line) { return line.starts_with("probe_failed_layer"); });
  EXPECT_THAT(
      lines,
      ElementsAre("probe_success{" + labels + "1", "probe_duration_seconds{" + labels + "0.25",
                  "probe_http_status_code{" + labels + "200", "probe_http_ssl{" + labels + "1",
                  "probe_http_redirects{" + labels + "0",
                  "probe_failed_due_to_regex{" + labels + "0", phase + "resolve" + rest + "0.01",
                  phase + "connect" + rest + "0.02", phase + "tls" + rest + "0.03",
                  phase + "processing" + rest + "0.1", phase + "transfer" + rest + "0.04",
                  "probe_ssl_earliest_cert_expiry{" + labels + "1728001000",
                  "probe_ssl_days_until_expiry{" + labels + "20000"));
  EXPECT_EQ(requests_[0].timeout, Duration::Seconds(5));
}

TEST_F(ProbeTest, StatusAndBodyAreJudged) {
  const struct {
    int status;
    int expected;
    const char* contains;
    const char* reason;
  } cases[] = {
      {200, 0, "", ""},          {204, 0, "fine", ""},     {301, 0, "", "status"},
      {301, 301, "", ""},        {200, 301, "", "status"}, {503, 0, "", "status"},
      {200, 0, "great", "body"},
  };
  for (const auto& c : cases) {
    response_.status = c.status;
    answer_ = response_;
    probe_.expected_status = c.expected;
    probe_.body_contains = c.contains;
    const ProbeResult result = Run();
    EXPECT_EQ(result.reason, c.reason) << c.status;
    EXPECT_EQ(result.success, result.reason.empty());
    EXPECT_EQ(result.failed_layer, result.reason);
    EXPECT_EQ(result.error.empty(), result.success);
  }
}

TEST_F(ProbeTest, ATargetThatDoesNotAnswerIsAFailureWithItsReason) {
  answer_ = Timeout("no whole answer within 5s");
  failed_phase_ = "processing";
  ProbeResult result = Run();
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.reason, "timeout");
  EXPECT_EQ(result.failed_layer, "processing");
  EXPECT_EQ(result.error, "processing: no whole answer within 5s");
  EXPECT_THAT(telemetry_.Expose(), HasSubstr("hinomi_probe_failures_total{probe=\"web-1\","
                                             "layer=\"processing\",reason=\"timeout\"} 1"));
  answer_ = Unavailable("connection refused");
  EXPECT_EQ(Run().reason, "unreachable");
}

TEST_F(ProbeTest, TheLayerThatFailedIsAMetricOfItsOwn) {
  answer_ = Unavailable("connection refused");
  failed_phase_ = "connect";
  prober_.SetProbes({probe_}, {});
  std::vector<std::string> failed;
  for (const std::string& line : Round())
    if (line.starts_with("probe_failed_layer") && line.ends_with("} 1")) failed.push_back(line);
  EXPECT_THAT(failed, ElementsAre("probe_failed_layer{instance=\"https://web/health\","
                                  "job=\"probe\",layer=\"connect\",probe=\"web-1\"} 1"));
}

TEST_F(ProbeTest, PhasesOfAnAnswerThatIsGoneAreMarkedStale) {
  prober_.SetProbes({probe_}, {});
  Round();
  answer_ = Unavailable("refused");
  const auto lines = Round();
  EXPECT_THAT(lines, Contains("probe_ssl_earliest_cert_expiry{instance=\"https://web/health\","
                              "job=\"probe\",probe=\"web-1\"} stale"));
  EXPECT_THAT(lines, Contains(HasSubstr("probe_success{")));
}

TEST_F(ProbeTest, ARemovedProbeGetsStaleMarkersAndOthersGoOn) {
  Probe other = probe_;
  other.name = "db";
  other.type = ProbeType::kTcp;
  other.target = "db:5432";
  prober_.SetProbes({probe_, other}, {});
  Round();
  prober_.SetProbes({other}, {});
  auto lines = Round();
  EXPECT_THAT(lines, Contains("probe_success{instance=\"https://web/health\",job=\"probe\","
                              "probe=\"web-1\"} stale"));
  EXPECT_THAT(lines, Contains("probe_success{instance=\"db:5432\",job=\"probe\",probe=\"db\"} 1"));
  EXPECT_THAT(Round(), Not(Contains(HasSubstr("web-1"))));
}

TEST_F(ProbeTest, TellsSinceWhenItIsSoAndWhenItRunsNext) {
  prober_.SetProbes({probe_}, {});
  EXPECT_EQ(prober_.Statuses()[0].since, Instant());
  const Instant first = clock_.Now();
  Round();
  Round();
  EXPECT_EQ(prober_.Statuses()[0].since, first);
  EXPECT_EQ(prober_.Statuses()[0].next_run, first + probe_.interval * 2);
  answer_ = Unavailable("connection refused");
  const Instant failed = clock_.Now();
  Round();
  EXPECT_EQ(prober_.Statuses()[0].since, failed);
}

TEST_F(ProbeTest, TheServiceViewCountsHealthyHostsRequestsAndFailures) {
  Probe second = probe_;
  second.name = "web-2";
  const ServiceProbes service{"app", "production", {"web-1", "web-2"}};
  prober_.SetProbes({probe_}, {service});
  auto lines = Round();
  std::erase_if(lines, [](const auto& line) { return line.starts_with("probe_"); });
  const std::string in_service = "{ServiceName=\"app\",instance=\"web-1\"} ";
  const std::string in_cluster =
      "{ClusterName=\"production\",ServiceName=\"app\",instance=\"web-1\"} ";
  EXPECT_THAT(lines, UnorderedElementsAre(
                         "HealthyHostCount{ServiceName=\"app\"} 1",
                         "HealthyHostCount{ClusterName=\"production\",ServiceName=\"app\"} 1",
                         "RequestCount" + in_service + "1", "RequestCount" + in_cluster + "1",
                         "HTTPCode_Target_5XX_Count" + in_service + "0",
                         "HTTPCode_Target_5XX_Count" + in_cluster + "0",
                         "TargetResponseTime" + in_service + "0.25",
                         "TargetResponseTime" + in_cluster + "0.25"));
  EXPECT_EQ(prober_.Services()[0].healthy, 1u);
  EXPECT_EQ(prober_.Services()[0].total, 2u);

  response_.status = 503;
  answer_ = response_;
  prober_.SetProbes({probe_, second}, {service});
  lines = Round();
  EXPECT_THAT(lines, Contains("HealthyHostCount{ServiceName=\"app\"} 0"));
  EXPECT_THAT(lines, Contains("HTTPCode_Target_5XX_Count" + in_service + "1"));
  EXPECT_THAT(lines,
              Contains("HTTPCode_Target_5XX_Count{ServiceName=\"app\",instance=\"web-2\"} 1"));

  answer_ = Unavailable("refused");
  lines = Round();
  EXPECT_THAT(lines, Contains("RequestCount" + in_service + "1"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("HTTPCode_Target"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("TargetResponseTime"))));
}

TEST(PeriodicTest, RunsEachTaskAtItsIntervalAndSkipsMissedSlots) {
  ManualClock clock;
  Periodic periodic(clock);
  int fast = 0;
  int slow = 0;
  const auto set = [&] {
    periodic.SetTasks({{"fast", Duration::Seconds(1), [&] { ++fast; }},
                       {"slow", Duration::Seconds(10), [&] { ++slow; }}});
  };
  set();
  for (int second = 0; second <= 20; ++second) {
    periodic.RunDue();
    clock.Advance(Duration::Seconds(1));
  }
  EXPECT_EQ(fast, 21);
  EXPECT_EQ(slow, 3);
  EXPECT_EQ(periodic.Schedule(),
            (std::map<std::string, Duration>{{"fast", clock.Monotonic()},
                                             {"slow", clock.Monotonic() + Duration::Seconds(9)}}));
  set();  // Keeps the schedule.
  periodic.RunDue();
  EXPECT_EQ(fast, 22);
  EXPECT_EQ(slow, 3);
  clock.Advance(Duration::Minutes(10));
  periodic.RunDue();
  EXPECT_EQ(fast, 23);
  EXPECT_EQ(slow, 4);
}

TEST(PeriodicTest, ThreadsRunTasksAndStopWaitsForThem) {
  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  int runs = 0;
  Periodic periodic(clock);
  periodic.SetTasks({{"task", Duration::Millis(1), [&] {
                        const std::lock_guard lock(mutex);
                        ++runs;
                        changed.notify_all();
                      }}});
  periodic.Start();
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return runs >= 3; }));
  }
  periodic.Stop();
  const int after = runs;
  periodic.SetTasks({});
  EXPECT_EQ(runs, after);
}

TEST(SelfMetricsTest, OwnMetricsBecomeSamplesWithTheTargetsLabels) {
  Telemetry telemetry;
  telemetry.Counter("hinomi_x_total", {{"reason", "a\"b"}}).Add(3);
  SelfMetrics self(telemetry, MakeLabels("", {{"job", "hinomi"}}));
  RecordingAppender appender;
  ASSERT_TRUE(appender.Append(self.Collect(Instant::FromMillis(5))));
  EXPECT_THAT(appender.TakeLines(),
              ElementsAre("hinomi_x_total{job=\"hinomi\",reason=\"a\\\"b\"} 3@5"));
}

}  // namespace
}  // namespace hinomi::metrics
