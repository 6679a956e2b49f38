#include <gmock/gmock.h>

#include "api/prometheus/server_api.h"
#include "promql/testing.h"
#include "rules/testing.h"

namespace hinomi::api {
namespace {

constexpr const char* kRuleFile = R"(groups:
- name: node
  interval: 30s
  limit: 5
  labels: {team: infra}
  rules:
  - {record: 'job:up:sum', expr: 'sum by(job)(up)'}
  - {record: broken, expr: up * 2}
  - alert: Down
    expr: up == 0
    for: 5m
    keep_firing_for: 1m
    labels: {severity: page}
    annotations: {summary: down}
)";

/// One alarm of Hinomi's own, and a group of a rule file of which two rules ran.
class RulesApiTest : public ::testing::Test {
 protected:
  RulesApiTest() {
    folder_->alarms.push_back({.name = "HighCPU", .metric = "CPUUtilization"});
    rules::GroupState state;
    state.group = std::make_shared<const rules::Group>(rules::GroupsOf(kRuleFile)[0]);
    const Instant at = *ParseRfc3339("2026-11-24T03:12:04Z");
    state.rules = std::make_shared<const std::vector<rules::RuleState>>(
        std::vector<rules::RuleState>{{rules::Health::kOk, "", Duration::Millis(2), at},
                                      {rules::Health::kErr, "too many", Duration::Millis(1), at},
                                      {}});
    state.alerts.resize(3);
    state.took = Duration::Millis(3);
    state.evaluated_at = at;
    groups_.push_back(std::move(state));
  }

  ServerApiContext Context() {
    auto picture = std::make_shared<Picture>();
    picture->policy = folder_;
    return {store_,
            clock_,
            [picture] { return picture; },
            [] { return std::vector<TargetState>(); },
            [] { return std::vector<policy::Finding>(); },
            nullptr,
            "0.9.1",
            Instant(),
            {},
            [this] { return groups_; }};
  }
  Json::Array Groups(std::vector<std::pair<std::string, std::string>> pairs = {}) {
    QueryParameters parameters;
    for (auto& [name, value] : pairs) parameters.Add(name, value);
    const http::Response response = AnswerRules(Context(), parameters);
    EXPECT_EQ(response.status, 200) << response.body;
    return (*Json::Parse(response.body))["data"]["groups"].as_array();
  }
  /// The names of the rules that are chosen, in order.
  std::vector<std::string> Names(std::vector<std::pair<std::string, std::string>> pairs) {
    std::vector<std::string> names;
    for (const Json& group : Groups(std::move(pairs)))
      for (const Json& rule : group["rules"].as_array()) names.push_back(rule["name"].as_string());
    return names;
  }

  promql::MemoryQueryable store_;
  ManualClock clock_;
  std::shared_ptr<policy::OpsFolder> folder_ = std::make_shared<policy::OpsFolder>();
  std::vector<rules::GroupState> groups_;
};

TEST_F(RulesApiTest, AGroupOfARuleFileStandsBehindTheAlarms) {
  const Json::Array groups = Groups();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0]["name"].as_string(), "alarms");
  const Json& node = groups[1];
  EXPECT_EQ(node["name"].as_string(), "node");
  EXPECT_EQ(node["file"].as_string(), "r.yml");
  EXPECT_EQ(node["interval"].as_double(), 30);
  EXPECT_EQ(node["limit"].as_double(), 5);
  EXPECT_EQ(node["evaluationTime"].as_double(), 0.003);
  EXPECT_EQ(node["lastEvaluation"].as_string(), "2026-11-24T03:12:04Z");
  const Json::Array& rules = node["rules"].as_array();
  EXPECT_EQ(rules[0].Dump(),
            R"x({"name":"job:up:sum","query":"sum by (job) (up)","labels":{"team":"infra"},)x"
            R"("health":"ok","evaluationTime":0.002,"lastEvaluation":"2026-11-24T03:12:04Z",)"
            R"("type":"recording"})");
  EXPECT_EQ(rules[1]["health"].as_string(), "err");
  EXPECT_EQ(rules[1]["lastError"].as_string(), "too many");
}

TEST_F(RulesApiTest, AnAlertingRuleOfARuleFileSaysThatItWasNeverEvaluated) {
  const Json::Array groups = Groups();
  EXPECT_EQ(groups[1]["rules"].as_array()[2].Dump(),
            R"({"state":"inactive","name":"Down","query":"up == 0","duration":300.0,)"
            R"("keepFiringFor":60.0,"labels":{"severity":"page","team":"infra"},)"
            R"("annotations":{"summary":"down"},"alerts":[],"health":"unknown",)"
            R"("evaluationTime":0.0,"lastEvaluation":"0001-01-01T00:00:00Z","type":"alerting"})");
}

TEST_F(RulesApiTest, PendingAndFiringAlertsAreShownInPrometheusShape) {
  rules::Alerts alerts;
  const auto add = [&](const char* host, rules::AlertState state) {
    rules::Alert alert;
    alert.labels = metrics::Labels({{"alertname", "Down"}, {"instance", host}});
    alert.annotations = {{"summary", "down"}};
    alert.state = state;
    alert.value = 1;
    alert.active_at = *ParseRfc3339("2026-11-24T03:10:00Z");
    metrics::Labels labels = alert.labels;
    alerts.emplace(std::move(labels), std::move(alert));
  };
  add("a", rules::AlertState::kPending);
  add("b", rules::AlertState::kFiring);
  add("c", rules::AlertState::kInactive);
  groups_[0].alerts[2] = std::make_shared<const rules::Alerts>(std::move(alerts));
  const Json rule = Groups()[1]["rules"].as_array()[2];
  EXPECT_EQ(rule["state"].as_string(), "firing");
  ASSERT_EQ(rule["alerts"].as_array().size(), 2u);
  const std::string first = R"({"labels":{"alertname":"Down","instance":"a"},)"
                            R"("annotations":{"summary":"down"},"state":"pending",)"
                            R"("activeAt":"2026-11-24T03:10:00Z","value":"1e+00"})";
  EXPECT_EQ(rule["alerts"].as_array()[0].Dump(), first);
  const Json all = *Json::Parse(AnswerAlerts(Context()).body);
  ASSERT_EQ(all["data"]["alerts"].as_array().size(), 2u);
  EXPECT_EQ(all["data"]["alerts"].as_array()[0].Dump(), first);
}

TEST_F(RulesApiTest, RulesOfFilesAreChosenAsAlarmsAre) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  EXPECT_THAT(Names({{"type", "record"}}), ElementsAre("job:up:sum", "broken"));
  EXPECT_THAT(Names({{"type", "alert"}}), ElementsAre("HighCPU", "Down"));
  EXPECT_THAT(Names({{"rule_name[]", "broken"}, {"rule_name[]", "HighCPU"}}),
              ElementsAre("HighCPU", "broken"));
  EXPECT_THAT(Names({{"rule_group[]", "node"}, {"type", "alert"}}), ElementsAre("Down"));
  EXPECT_THAT(Names({{"file[]", "r.yml"}, {"rule_name[]", "Down"}}), ElementsAre("Down"));
  EXPECT_THAT(Names({{"file[]", "other.yml"}}), IsEmpty());
  const Json::Array lean = Groups({{"exclude_alerts", "true"}, {"rule_name[]", "Down"}});
  EXPECT_FALSE(lean[0]["rules"].as_array()[0].contains("alerts"));
}

}  // namespace
}  // namespace hinomi::api
