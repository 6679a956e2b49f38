#include "api/prometheus/server_api.h"

#include <gmock/gmock.h>

#include "promql/testing.h"

namespace hinomi::api {
namespace {

using ops_model::AlarmState;
using ::testing::HasSubstr;

const Instant kServerNow = *ParseRfc3339("2026-11-24T03:12:04Z");

class ServerApiTest : public ::testing::Test {
 protected:
  ServerApiTest() {
    clock_.JumpWall(kServerNow);
    folder_->targets.scrapes = {
        {.job = "node", .targets = {"a:1"}, .labels = {{"zone", "eu \"1\""}}}};
    folder_->routes = {{.action = "alert", .severity = "critical"}};
    targets_ = {{.kind = "scrape",
                 .name = "node/a:1",
                 .job = "node",
                 .target = "http://a:1/metrics?x=y",
                 .state = "down",
                 .error = "refused",
                 .last_at = kServerNow - Duration::Seconds(3),
                 .duration = Duration::Millis(12),
                 .interval = Duration::Seconds(15),
                 .labels = metrics::Labels({{"instance", "a:1"}, {"job", "node"}})},
                {.kind = "probe", .name = "app", .job = "probe", .state = "up"},
                {.kind = "scrape",
                 .name = "new/b:2",
                 .job = "new",
                 .target = "https://b:2/m",
                 .state = "unknown",
                 .interval = Duration::Minutes(1),
                 .labels = metrics::Labels({{"instance", "b:2"}, {"job", "new"}})}};
  }

  static QueryParameters With(std::vector<std::pair<std::string, std::string>> pairs) {
    QueryParameters parameters;
    for (auto& [name, value] : pairs) parameters.Add(name, value);
    return parameters;
  }
  static Json Data(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return (*Json::Parse(response.body))["data"];
  }
  /// An alarm in a state, from a minute ago; it crossed with the value 91.
  void PutAlarm(const std::string& name, AlarmState state, bool observing = false) {
    folder_->alarms.push_back({.name = name,
                               .description = "too busy",
                               .metric = "CPUUtilization",
                               .dimensions = {{"ServiceName", "app"}},
                               .period = Duration::Seconds(60),
                               .evaluation_periods = 3,
                               .datapoints_to_alarm = 2,
                               .threshold = 80,
                               .action = "alert"});
    alarms::AlarmStatus& status = world_.alarms.alarms.Edit(name);
    status.state = state;
    status.since = kServerNow - Duration::Minutes(1);
    status.last.observing = observing;
    status.last.datapoints = {{kServerNow, std::nullopt}, {kServerNow, 91.5}};
  }
  ServerApiContext context() {
    auto picture = std::make_shared<Picture>();
    picture->world = world_;
    picture->policy = folder_;
    return {store_,
            clock_,
            [picture] { return picture; },
            [this] { return targets_; },
            [this] { return findings_; },
            [] {
              return Json::MakeObject()
                  .Set("data", "/data")
                  .Set("listen", Json::Array{Json("127.0.0.1:9140"), Json("[::1]:9140")});
            },
            "0.9.1",
            kServerNow - Duration::Hours(1),
            {}};
  }

  promql::MemoryQueryable store_;
  ManualClock clock_;
  std::shared_ptr<policy::OpsFolder> folder_ = std::make_shared<policy::OpsFolder>();
  control::World world_;
  std::vector<TargetState> targets_;
  std::vector<policy::Finding> findings_;
};

TEST_F(ServerApiTest, BuildInfoIsOfThePrometheusWhoseApiItIs) {
  const Json data = Data(AnswerBuildInfo(context()));
  EXPECT_EQ(data["version"].as_string(), kSpokenPrometheus);
  EXPECT_EQ(data["hinomi"].as_string(), "0.9.1");
  for (const char* name : {"revision", "branch", "buildUser", "buildDate", "goVersion"})
    EXPECT_TRUE(data[name].is_string()) << name;
}

TEST_F(ServerApiTest, RuntimeInfoTellsOfTheFolderAndTheRetention) {
  folder_->server.metrics.retention.time = Duration::Hours(24 * 15);
  Json data = Data(AnswerRuntimeInfo(context()));
  EXPECT_EQ(data["startTime"].as_string(), "2026-11-24T02:12:04Z");
  EXPECT_EQ(data["serverTime"].as_string(), "2026-11-24T03:12:04Z");
  EXPECT_TRUE(data["reloadConfigSuccess"].as_bool());
  EXPECT_EQ(data["storageRetention"].as_string(), FormatDuration(Duration::Hours(360)) + " or 25%");
  findings_.resize(1);  // A mistake: the newest folder is not in force.
  EXPECT_FALSE(Data(AnswerRuntimeInfo(context()))["reloadConfigSuccess"].as_bool(true));
  findings_[0].level = policy::Finding::Level::kWarning;
  EXPECT_TRUE(Data(AnswerRuntimeInfo(context()))["reloadConfigSuccess"].as_bool());
}

TEST_F(ServerApiTest, FlagsAreTexts) {
  folder_->server.metrics.retention.size.bytes = 1'000;
  const Json data = Data(AnswerFlags(context()));
  EXPECT_EQ(data["query.lookback-delta"].as_string(), "5m");
  EXPECT_EQ(data["query.max-samples"].as_string(), "50000000");
  EXPECT_EQ(data["query.timeout"].as_string(), "2m");
  EXPECT_EQ(data["web.listen-address"].as_string(), "127.0.0.1:9140,[::1]:9140");
  EXPECT_EQ(data["storage.tsdb.path"].as_string(), "/data");
  EXPECT_EQ(data["storage.tsdb.retention.size"].as_string(), "1000B");
  for (const auto& [name, value] : data.as_object()) EXPECT_TRUE(value.is_string()) << name;
}

TEST_F(ServerApiTest, ConfigIsTheScrapeJobs) {
  EXPECT_EQ(Data(AnswerConfig(context()))["yaml"].as_string(),
            "scrape_configs:\n"
            "  - job_name: \"node\"\n"
            "    honor_labels: false\n"
            "    honor_timestamps: true\n"
            "    scrape_interval: 15s\n"
            "    scrape_timeout: 10s\n"
            "    scheme: \"http\"\n"
            "    metrics_path: \"/metrics\"\n"
            "    body_size_limit: 16777216B\n"
            "    sample_limit: 100000\n"
            "    static_configs:\n"
            "      - targets:\n"
            "          - \"a:1\"\n"
            "        labels:\n"
            "          \"zone\": \"eu \\\"1\\\"\"\n");
  folder_->targets.scrapes.clear();
  EXPECT_EQ(Data(AnswerConfig(context()))["yaml"].as_string(), "scrape_configs: []\n");
  folder_->server.rule_files = {"rules/*.yml"};
  EXPECT_EQ(Data(AnswerConfig(context()))["yaml"].as_string(),
            "rule_files:\n  - \"rules/*.yml\"\nscrape_configs: []\n");
}

TEST_F(ServerApiTest, AServerThatIsStartingSaysSo) {
  ServerApiContext starting = context();
  EXPECT_EQ(Data(AnswerWalReplay(starting))["state"].as_string(), "done");
  starting.picture = [] { return std::shared_ptr<const Picture>(); };
  EXPECT_EQ(Data(AnswerWalReplay(starting))["state"].as_string(), "in progress");
  EXPECT_EQ(Data(AnswerRules(starting, {}))["groups"].Dump(), "[]");
  EXPECT_EQ(Data(AnswerAlerts(starting))["alerts"].Dump(), "[]");
  EXPECT_EQ(Data(AnswerTargets(starting, {}))["activeTargets"].as_array().size(), 2u);
}

TEST_F(ServerApiTest, TargetsAreThoseThatAreScraped) {
  const Json data = Data(AnswerTargets(context(), {}));
  ASSERT_EQ(data["activeTargets"].as_array().size(), 2u);
  EXPECT_EQ(data["activeTargets"].as_array()[0].Dump(),
            R"({"discoveredLabels":{"__address__":"a:1","__metrics_path__":"/metrics?x=y",)"
            R"("__scheme__":"http","job":"node"},"labels":{"instance":"a:1","job":"node"},)"
            R"("scrapePool":"node","scrapeUrl":"http://a:1/metrics?x=y",)"
            R"("globalUrl":"http://a:1/metrics?x=y","lastError":"refused",)"
            R"("lastScrape":"2026-11-24T03:12:01Z","lastScrapeDuration":0.012,"health":"down",)"
            R"("scrapeInterval":"15s","scrapeTimeout":"10s"})");
  const Json& unknown = data["activeTargets"].as_array()[1];
  EXPECT_EQ(unknown["lastScrape"].as_string(), "0001-01-01T00:00:00Z");
  EXPECT_EQ(unknown["health"].as_string(), "unknown");
  EXPECT_EQ(data["droppedTargets"].Dump(), "[]");
}

TEST_F(ServerApiTest, TargetsAreChosenByStateAndPool) {
  const auto count = [&](const char* name, const char* value) {
    return Data(AnswerTargets(context(), With({{name, value}})))["activeTargets"].as_array().size();
  };
  EXPECT_EQ(count("state", "active"), 2u);
  EXPECT_EQ(count("state", "Dropped"), 0u);
  EXPECT_EQ(count("state", "any"), 2u);
  EXPECT_EQ(count("state", "other"), 2u);
  EXPECT_EQ(count("scrapePool", "new"), 1u);
}

TEST_F(ServerApiTest, MetadataIsOfTheMetricsThatATargetHas) {
  const int64_t now_ms = kServerNow.millis();
  const auto add = [&](const char* name, const char* instance, const char* job, int64_t at_ms) {
    store_.Add(metrics::Labels({{"__name__", name}, {"instance", instance}, {"job", job}}), at_ms,
               1);
  };
  add("wait_bucket", "a:1", "node", now_ms);
  add("load", "a:1", "node", now_ms);
  add("load", "b:2", "new", now_ms);
  add("gone", "b:2", "new", now_ms - 400'000);
  for (const char* name : {"wait", "load", "gone"})
    store_.SetMetadata(name, {metrics::MetricType::kGauge, std::string("of ") + name, "s"});
  EXPECT_EQ(
      Data(AnswerTargetMetadata(context(), With({{"match_target", "{job=\"node\"}"}}))).Dump(),
      R"([{"target":{"instance":"a:1","job":"node"},"metric":"load","type":"gauge",)"
      R"("help":"of load","unit":"s"},{"target":{"instance":"a:1","job":"node"},)"
      R"("metric":"wait","type":"gauge","help":"of wait","unit":"s"}])");
  const Json load = Data(AnswerTargetMetadata(context(), With({{"metric", "load"}})));
  ASSERT_EQ(load.as_array().size(), 2u);
  EXPECT_FALSE(load.as_array()[0].contains("metric"));
  EXPECT_EQ(Data(AnswerTargetMetadata(context(), With({{"metric", "load"}, {"limit", "1"}})))
                .as_array()
                .size(),
            1u);
}

TEST_F(ServerApiTest, MetadataThatThereIsNotIsNotFound) {
  const struct {
    const char *name, *value;
    int status;
    const char* type;
  } cases[] = {{"metric", "nothing", 404, "not_found"},
               {"limit", "many", 400, "bad_data"},
               {"match_target", "{", 400, "bad_data"},
               {"match_target", "{a=~\"(\"}", 400, "bad_data"}};
  for (const auto& c : cases) {
    const http::Response response = AnswerTargetMetadata(context(), With({{c.name, c.value}}));
    EXPECT_EQ(response.status, c.status) << c.value;
    EXPECT_EQ((*Json::Parse(response.body))["errorType"].as_string(), c.type);
  }
}

TEST_F(ServerApiTest, AnAlarmIsARule) {
  PutAlarm("HighCPU", AlarmState::kAlarm);
  const Json groups = Data(AnswerRules(context(), {}))["groups"];
  ASSERT_EQ(groups.as_array().size(), 1u);
  const Json& group = groups.as_array()[0];
  EXPECT_EQ(group["name"].as_string(), "alarms");
  EXPECT_EQ(group["file"].as_string(), "alarms.yml");
  EXPECT_EQ(group["interval"].as_double(), 60);
  ASSERT_EQ(group["rules"].as_array().size(), 1u);
  const Json& rule = group["rules"].as_array()[0];
  EXPECT_EQ(rule["type"].as_string(), "alerting");
  EXPECT_EQ(rule["state"].as_string(), "firing");
  EXPECT_EQ(rule["name"].as_string(), "HighCPU");
  EXPECT_EQ(rule["query"].as_string(),
            "sum(sum_over_time(CPUUtilization{ServiceName=\"app\"}[1m])) / "
            "sum(count_over_time(CPUUtilization{ServiceName=\"app\"}[1m])) >= 80");
  EXPECT_EQ(rule["duration"].as_double(), 60);
  EXPECT_EQ(rule["labels"].Dump(), R"({"severity":"critical"})");
  EXPECT_EQ(rule["annotations"].Dump(), R"({"description":"too busy","action":"alert"})");
  EXPECT_EQ(rule["health"].as_string(), "ok");
  EXPECT_EQ(rule["alerts"].Dump(),
            R"([{"labels":{"ServiceName":"app","alertname":"HighCPU","severity":"critical"},)"
            R"("annotations":{"description":"too busy","action":"alert"},"state":"firing",)"
            R"("activeAt":"2026-11-24T03:11:04Z","value":"9.15e+01"}])");
  EXPECT_EQ(Data(AnswerAlerts(context()))["alerts"].Dump(), rule["alerts"].Dump());
}

TEST_F(ServerApiTest, StatesOfAlarmsAreStatesOfRules) {
  PutAlarm("calm", AlarmState::kOk);
  PutAlarm("blind", AlarmState::kInsufficientData);
  PutAlarm("watched", AlarmState::kAlarm, true);
  const Json groups = Data(AnswerRules(context(), {}))["groups"];
  const Json::Array rules = groups.as_array()[0]["rules"].as_array();
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[0]["state"].as_string(), "inactive");
  EXPECT_EQ(rules[0]["alerts"].Dump(), "[]");
  EXPECT_EQ(rules[1]["state"].as_string(), "inactive");
  EXPECT_EQ(rules[1]["health"].as_string(), "unknown");
  EXPECT_EQ(rules[2]["state"].as_string(), "pending");
  EXPECT_EQ(Data(AnswerAlerts(context()))["alerts"].as_array().size(), 1u);
}

TEST_F(ServerApiTest, TheQueryOfARuleParsesAndSaysItsStatistic) {
  const struct {
    const char *statistic, *query;
  } cases[] = {
      {"Sum", "sum(sum_over_time({__name__=\"a.b\",\"x y\"=\"\\\"\"}[1m])) < 1"},
      {"Minimum", "min(min_over_time({__name__=\"a.b\",\"x y\"=\"\\\"\"}[1m])) < 1"},
      {"Maximum", "max(max_over_time({__name__=\"a.b\",\"x y\"=\"\\\"\"}[1m])) < 1"},
      {"SampleCount", "sum(count_over_time({__name__=\"a.b\",\"x y\"=\"\\\"\"}[1m])) < 1"},
      {"p95", "max(quantile_over_time(0.95, {__name__=\"a.b\",\"x y\"=\"\\\"\"}[1m])) < 1"},
      {"tm90", "{__name__=\"a.b\",\"x y\"=\"\\\"\"} < 1"}};
  PutAlarm("x", AlarmState::kOk);
  policy::AlarmDocument& alarm = folder_->alarms[0];
  alarm.metric = "a.b";
  alarm.dimensions = {{"x y", "\""}};
  alarm.comparison = policy::Comparison::kLessThan;
  alarm.threshold = 1;
  for (const auto& c : cases) {
    alarm.statistic = c.statistic;
    const Json groups = Data(AnswerRules(context(), {}))["groups"];
    const std::string query = groups.as_array()[0]["rules"].as_array()[0]["query"].as_string();
    EXPECT_EQ(query, c.query);
    EXPECT_TRUE(promql::Parse(query, promql::Features::Stable()).has_value()) << query;
  }
  alarm.rule = "ALARM(y)";
  const Json groups = Data(AnswerRules(context(), {}))["groups"];
  const Json& rule = groups.as_array()[0]["rules"].as_array()[0];
  EXPECT_EQ(rule["query"].as_string(), "ALERTS{alertname=\"x\"}");
  EXPECT_EQ(rule["annotations"]["rule"].as_string(), "ALARM(y)");
}

TEST_F(ServerApiTest, RulesAreChosen) {
  PutAlarm("one", AlarmState::kOk);
  PutAlarm("two", AlarmState::kAlarm);
  const auto count = [&](std::vector<std::pair<std::string, std::string>> pairs) {
    const Json groups = Data(AnswerRules(context(), With(std::move(pairs))))["groups"];
    return groups.as_array().empty() ? 0 : groups.as_array()[0]["rules"].as_array().size();
  };
  EXPECT_EQ(count({{"type", "alert"}}), 2u);
  EXPECT_EQ(count({{"type", "record"}}), 0u);
  EXPECT_EQ(count({{"rule_name[]", "two"}}), 1u);
  EXPECT_EQ(count({{"rule_name[]", "two"}, {"rule_name[]", "one"}}), 2u);
  EXPECT_EQ(count({{"rule_group[]", "others"}}), 0u);
  EXPECT_EQ(count({{"file[]", "alarms.yml"}}), 2u);
  const Json lean = Data(AnswerRules(context(), With({{"exclude_alerts", "true"}})));
  EXPECT_FALSE(lean["groups"].as_array()[0]["rules"].as_array()[1].contains("alerts"));
  EXPECT_EQ(AnswerRules(context(), With({{"type", "all"}})).status, 400);
  EXPECT_EQ(AnswerRules(context(), With({{"exclude_alerts", "1x"}})).status, 400);
}

}  // namespace
}  // namespace hinomi::api
