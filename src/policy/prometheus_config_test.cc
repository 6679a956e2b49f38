#include "policy/prometheus_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/testing.h"

namespace hinomi::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PrometheusConfigTest : public testing::Test {
 protected:
  LoadedPrometheusConfig Load(std::string_view text) {
    folder_.Write("prometheus.yml", text);
    auto loaded = LoadPrometheusConfig(files_, folder_.path() + "/prometheus.yml",
                                       folder_.options().environment);
    EXPECT_TRUE(loaded.has_value());
    return *std::move(loaded);
  }
  /// The only job of a configuration without mistakes.
  metrics::ScrapeJob Job(std::string_view text) {
    const LoadedPrometheusConfig loaded = Load(text);
    for (const Finding& finding : loaded.findings) ADD_FAILURE() << FormatFinding(finding);
    if (loaded.config == nullptr || loaded.config->jobs.size() != 1) return {};
    return loaded.config->jobs[0];
  }
  std::string In(const std::string& file) const { return folder_.path() + "/" + file; }

  PosixFiles files_;
  TestFolder folder_;
};

TEST_F(PrometheusConfigTest, AJobHasPrometheusDefaults) {
  const metrics::ScrapeJob job = Job(R"(
scrape_configs:
- job_name: node
  static_configs:
  - targets: ["a:9100", b:9100]
    labels: {env: prod, shard: 1}
)");
  EXPECT_EQ(job.job, "node");
  ASSERT_EQ(job.groups.size(), 1u);
  EXPECT_THAT(job.groups[0].targets, ElementsAre("a:9100", "b:9100"));
  EXPECT_EQ(job.groups[0].labels.at("shard"), "1");
  EXPECT_EQ(job.interval, Duration::Minutes(1));
  EXPECT_EQ(job.timeout, Duration::Seconds(10));
  EXPECT_EQ(job.path, "/metrics");
  EXPECT_EQ(job.scheme, "http");
  EXPECT_EQ(job.sample_limit, 0u);
  EXPECT_GE(job.body_limit_bytes, uint64_t{1} << 40);
  EXPECT_TRUE(job.honor_timestamps);
  EXPECT_FALSE(job.honor_labels);
  EXPECT_TRUE(job.accept_gzip);
  EXPECT_EQ(job.redirects, 10);
  EXPECT_EQ(job.accept, "");
  EXPECT_TRUE(job.relabel.empty());
}

TEST_F(PrometheusConfigTest, RuleFilesAreReadWithTheirMistakes) {
  folder_.Write("rules/a.yml",
                "groups: [{name: a, rules: [{record: x, expr: up}]}, {name: b, interval: 7s}]\n");
  const char* const main =
      "global: {evaluation_interval: 90s, rule_query_offset: 2s}\nrule_files: [rules/*.yml]\n";
  LoadedPrometheusConfig loaded = Load(main);
  ASSERT_NE(loaded.config, nullptr);
  const auto& groups = loaded.config->rule_groups;
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].Key(), "rules/a.yml;a");
  EXPECT_EQ(groups[0].interval, Duration::Seconds(90));
  EXPECT_EQ(groups[0].query_offset, Duration::Seconds(2));
  EXPECT_EQ(groups[1].interval, Duration::Seconds(7));
  folder_.Write("rules/b.yml", "groups: [{name: a, rules: [{record: x, expr: up +}]}]\n");
  loaded = Load(main);
  EXPECT_EQ(loaded.config, nullptr);
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(loaded.findings[0].file, "rules/b.yml");
  loaded = Load("rule_files:\n- none/*.yml\n");
  ASSERT_NE(loaded.config, nullptr);
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(loaded.findings[0].path, "rule_files[0]");
  EXPECT_EQ(loaded.findings[0].line, 2);
  loaded = Load("rule_files: ['r[.yml']\n");
  EXPECT_EQ(loaded.config, nullptr);
  EXPECT_EQ(loaded.findings[0].line, 1);
}

TEST_F(PrometheusConfigTest, WhatAJobDoesNotSayComesFromGlobal) {
  const LoadedPrometheusConfig loaded = Load(R"(
global:
  scrape_interval: 5s
  sample_limit: 100
  label_limit: 7
  body_size_limit: 2MB
  external_labels: {region: eu, who: "$NAME-${NAME}-$$"}
scrape_configs:
- job_name: first
- job_name: second
  scrape_interval: 20s
  scrape_timeout: 15s
  sample_limit: 3
  body_size_limit: 0
)");
  ASSERT_NE(loaded.config, nullptr);
  const auto& jobs = loaded.config->jobs;
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].interval, Duration::Seconds(5));
  EXPECT_EQ(jobs[0].timeout, Duration::Seconds(5));  // Never beyond the interval.
  EXPECT_EQ(jobs[0].sample_limit, 100u);
  EXPECT_EQ(jobs[0].label_limits.count, 7u);
  EXPECT_EQ(jobs[0].body_limit_bytes, 2u << 20);
  EXPECT_EQ(jobs[1].interval, Duration::Seconds(20));
  EXPECT_EQ(jobs[1].timeout, Duration::Seconds(15));
  EXPECT_EQ(jobs[1].sample_limit, 3u);
  EXPECT_EQ(jobs[1].body_limit_bytes, 2u << 20);
  EXPECT_EQ(loaded.config->directory, folder_.path());
  EXPECT_EQ(loaded.config->external_labels.at("region"), "eu");
  EXPECT_EQ(loaded.config->external_labels.at("who"), "--$");
}

TEST_F(PrometheusConfigTest, EachKeyOfAJobIsTaken) {
  const metrics::ScrapeJob job = Job(R"(
scrape_configs:
- job_name: app
  metrics_path: /probe
  scheme: https
  params: {module: [http_2xx, "1"]}
  honor_labels: yes
  honor_timestamps: false
  enable_compression: off
  follow_redirects: false
  scrape_protocols: [OpenMetricsText1.0.0, PrometheusText0.0.4]
  fallback_scrape_protocol: OpenMetricsText1.0.0
  scrape_native_histograms: true
  always_scrape_classic_histograms: true
  target_limit: 9
  label_name_length_limit: 10
  label_value_length_limit: 20
  authorization: {type: Token, credentials_file: secrets/token}
  tls_config: {ca_file: /ca.pem, cert_file: c.pem, key_file: k.pem, server_name: s, insecure_skip_verify: true}
  http_headers: {X-Scope: {values: [a], secrets: [b]}}
  file_sd_configs:
  - files: ["sd/*.json", /etc/sd/all.yml]
    refresh_interval: 1s
  relabel_configs:
  - {source_labels: [a, b], separator: "-", regex: 5, target_label: c, replacement: "$1", action: Replace}
  metric_relabel_configs:
  - {action: hashmod, source_labels: [a], modulus: 8, target_label: s}
)");
  EXPECT_EQ(job.path, "/probe");
  EXPECT_EQ(job.scheme, "https");
  EXPECT_THAT(job.params.at("module"), ElementsAre("http_2xx", "1"));
  EXPECT_TRUE(job.honor_labels);
  EXPECT_FALSE(job.honor_timestamps);
  EXPECT_FALSE(job.accept_gzip);
  EXPECT_EQ(job.redirects, 0);
  EXPECT_EQ(job.accept,
            "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,"
            "*/*;q=0.1");
  EXPECT_EQ(job.fallback_format, metrics::ExpositionFormat::kOpenMetrics);
  EXPECT_TRUE(job.scrape_native_histograms);
  EXPECT_TRUE(job.keep_classic_histograms);
  EXPECT_EQ(job.target_limit, 9u);
  EXPECT_EQ(job.label_limits.name_bytes, 10u);
  EXPECT_EQ(job.label_limits.value_bytes, 20u);
  EXPECT_EQ(job.credentials.type, "Token");
  EXPECT_EQ(job.credentials.secret_file, In("secrets/token"));
  EXPECT_EQ(job.tls.ca_file, "/ca.pem");
  EXPECT_EQ(job.tls.certificate_file, In("c.pem"));
  EXPECT_EQ(job.tls.key_file, In("k.pem"));
  EXPECT_EQ(job.tls.server_name, "s");
  EXPECT_FALSE(job.tls.verify);
  EXPECT_EQ(job.headers.size(), 2u);
  ASSERT_EQ(job.files.size(), 2u);
  EXPECT_EQ(job.files[0].pattern, In("sd/*.json"));
  EXPECT_TRUE(job.files[0].may_be_missing);
  EXPECT_EQ(job.files[0].refresh, Duration::Seconds(1));
  EXPECT_EQ(job.files[1].pattern, "/etc/sd/all.yml");
  ASSERT_EQ(job.relabel.rules().size(), 1u);
  EXPECT_EQ(job.relabel.rules()[0].regex, "5");
  ASSERT_EQ(job.metric_relabel.rules().size(), 1u);
  EXPECT_EQ(job.metric_relabel.rules()[0].modulus, 8u);
}

TEST_F(PrometheusConfigTest, EachWayToSignIn) {
  using Kind = metrics::ScrapeCredentials::Kind;
  const struct {
    const char* yaml;
    metrics::ScrapeCredentials expected;
  } cases[] = {
      {"basic_auth: {username: u, password: p}",
       {.kind = Kind::kBasic, .user = "u", .secret = "p"}},
      {"basic_auth: {username_file: /u, password_file: /p}",
       {.kind = Kind::kBasic, .user_file = "/u", .secret_file = "/p"}},
      {"authorization: {credentials: t}", {.kind = Kind::kHeader, .type = "Bearer", .secret = "t"}},
      {"bearer_token: t", {.kind = Kind::kHeader, .type = "Bearer", .secret = "t"}},
      {"bearer_token_file: /t", {.kind = Kind::kHeader, .type = "Bearer", .secret_file = "/t"}},
      {"authorization: {}", {}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(Job(std::string("scrape_configs:\n- job_name: a\n  ") + c.yaml + "\n").credentials,
              c.expected)
        << c.yaml;
}

TEST_F(PrometheusConfigTest, MistakesAreNamedWithTheirPlaceAndTheNearestName) {
  const struct {
    const char* yaml;
    const char* finding;
  } cases[] = {
      {"scrape_config: []\n",
       ":1:1: scrape_config: unknown key \"scrape_config\"; did you mean "
       "\"scrape_configs\"?"},
      {"global: {scrape_intervall: 1s}\n", ":1:10: global.scrape_intervall: unknown key"},
      {"global: {scrape_interval: 15}\n", ":1:27: global.scrape_interval: expected a duration"},
      {"global: {scrape_interval: 5s, scrape_timeout: 6s}\n",
       "global.scrape_timeout: expected at most the scrape_interval of 5s, got 6s"},
      {"scrape_configs: [{scheme: http}]\n", "the key \"job_name\" is missing"},
      {"scrape_configs: [{job_name: ''}]\n", "scrape_configs[0].job_name: expected a name"},
      {"scrape_configs: [{job_name: a}, {job_name: a}]\n",
       ":1:44: scrape_configs[1].job_name: another job has the name \"a\" already"},
      {"scrape_configs: [{job_name: a, scrape_timeout: 2m}]\n",
       "expected at most the job's scrape_interval of 1m, got 2m"},
      {"scrape_configs: [{job_name: a, static_configs: [{targets: ['http://a:1/']}]}]\n",
       "static_configs[0].targets[0]: expected host:port without scheme and path"},
      {"scrape_configs: [{job_name: a, relabel_configs: [{action: repalce}]}]\n",
       "expected an action of relabelling, got the text \"repalce\"; did you mean \"replace\"?"},
      {"scrape_configs: [{job_name: a, relabel_configs: [{regex: '('}]}]\n",
       "relabel_configs[0].regex: expected a regular expression (RE2): missing )"},
      {"scrape_configs: [{job_name: a, relabel_configs: [{action: hashmod, target_label: a}]}]\n",
       "relabel_configs[0]: the action hashmod needs a \"modulus\" above 0"},
      {"scrape_configs: [{job_name: a, file_sd_configs: [{files: [sd/*/a.json]}]}]\n",
       "expected a file that ends in .json, .yml or .yaml"},
      {"scrape_configs: [{job_name: a, file_sd_configs: [{}]}]\n", "the key \"files\" is missing"},
      {"scrape_configs: [{job_name: a, scrape_protocols: [Text]}]\n", "expected one of"},
      {"scrape_configs: [{job_name: a, body_size_limit: 10MBit}]\n", "a size such as"},
      {"scrape_configs: [{job_name: a, bearer_token: t, basic_auth: {}}]\n",
       "expected one way to sign in, got basic_auth and bearer_token"},
      {"scrape_configs: [{job_name: a, basic_auth: {password: x, password_file: y}}]\n",
       "expected one of \"password\" and \"password_file\""},
      {"scrape_configs: [{job_name: a, authorization: {type: Basic}}]\n", "use \"basic_auth\""},
      {"scrape_configs: [{job_name: a, tls_config: {cert_file: c}}]\n", "needed both"},
      {"- a\n", "expected a mapping"},
      {"scrape_configs: [\n", "prometheus.yml:"},
  };
  for (const auto& c : cases) {
    const LoadedPrometheusConfig loaded = Load(c.yaml);
    EXPECT_EQ(loaded.config, nullptr) << c.yaml;
    std::string all;
    for (const Finding& finding : loaded.findings) all += FormatFinding(finding) + "\n";
    EXPECT_THAT(all, HasSubstr(c.finding)) << c.yaml;
  }
}

TEST_F(PrometheusConfigTest, WhatIsNotDoneIsReportedAndWhatAsksForNothingIsNot) {
  const LoadedPrometheusConfig loaded = Load(R"(
alerting: {alertmanagers: []}
remote_write: [{url: "http://x"}]
scrape_configs:
- job_name: a
  oauth2: {}
  consul_sd_configs: []
  proxy_url: "http://proxy"
  proxy_from_environment: false
  track_timestamps_staleness: false
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme:
  tls_config: {ca: "-----"}
)");
  ASSERT_NE(loaded.config, nullptr);
  std::vector<std::string> paths;
  for (const Finding& finding : loaded.findings) {
    EXPECT_EQ(finding.level, Finding::Level::kWarning);
    EXPECT_THAT(finding.message, HasSubstr("Hinomi does not do this: "));
    EXPECT_GT(finding.line, 0);
    paths.push_back(finding.path);
  }
  EXPECT_THAT(paths, testing::UnorderedElementsAre(
                         "alerting", "remote_write", "scrape_configs[0].oauth2",
                         "scrape_configs[0].consul_sd_configs", "scrape_configs[0].proxy_url",
                         "scrape_configs[0].tls_config.ca"));
}

TEST_F(PrometheusConfigTest, FurtherJobsComeFromScrapeConfigFiles) {
  folder_.Write("jobs/b.yml", "scrape_configs: [{job_name: b}]\n");
  folder_.Write("jobs/c.yml", "scrape_configs: [{job_name: c}]\n");
  const char* const main = "scrape_config_files: [jobs/*.yml]\nscrape_configs: [{job_name: a}]\n";
  LoadedPrometheusConfig loaded = Load(main);
  ASSERT_NE(loaded.config, nullptr);
  ASSERT_EQ(loaded.config->jobs.size(), 3u);
  EXPECT_EQ(loaded.config->jobs[2].job, "c");
  folder_.Write("jobs/c.yml", "scrape_configs: [{job_name: a}]\n");
  loaded = Load(main);
  EXPECT_EQ(loaded.config, nullptr);
  ASSERT_EQ(loaded.findings.size(), 1u);
  EXPECT_EQ(loaded.findings[0].file, In("jobs/c.yml"));
}

TEST_F(PrometheusConfigTest, AnEmptyFileAsksForNothingAndOneThatIsNotThereIsAnError) {
  const LoadedPrometheusConfig loaded = Load("");
  ASSERT_NE(loaded.config, nullptr);
  EXPECT_THAT(loaded.config->jobs, IsEmpty());
  EXPECT_FALSE(LoadPrometheusConfig(files_, In("absent.yml")).has_value());
}

TEST(ParseTargetGroupsTest, JsonAndYamlAreRead) {
  const std::vector<metrics::TargetGroup> expected = {{{"a:1", "b:2"}, {{"env", "prod"}}}};
  const auto json =
      ParseTargetGroups("t.json", R"([{"targets": ["a:1", "b:2"], "labels": {"env": "prod"}}])");
  const auto yaml =
      ParseTargetGroups("t.yml", "- targets:\n  - a:1\n  - b:2\n  labels:\n    env: prod\n");
  ASSERT_TRUE(json && yaml);
  EXPECT_EQ(*json, expected);
  EXPECT_EQ(*yaml, expected);
  EXPECT_EQ(ParseTargetGroups("t.yml", "- targets: [a]\n  label: {}\n").error().message,
            "2:3: [0].label: unknown key \"label\"; did you mean \"labels\"?");
  EXPECT_THAT(ParseTargetGroups("t.json", "- targets: [a]\n").error().message, HasSubstr("JSON"));
  EXPECT_TRUE(ParseTargetGroups("t.yml", "")->empty());
}

}  // namespace
}  // namespace hinomi::policy
