// /api/v1/status/buildinfo, runtimeinfo, flags, config and walreplay.
#include <algorithm>
#include <thread>

#include "api/prometheus/impl/answer.h"
#include "api/prometheus/server_api.h"
#include "base/strings.h"

namespace hinomi::api {
namespace {

/// A scalar of YAML: JSON's strings are YAML's double-quoted ones.
std::string YamlText(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string YamlBool(bool value) {
  return value ? "true" : "false";
}

std::string ScrapeConfigText(const policy::ScrapeDocument& job) {
  std::string out = "  - job_name: " + YamlText(job.job) + "\n";
  const auto line = [&](std::string_view key, const std::string& value) {
    out += "    " + std::string(key) + ": " + value + "\n";
  };
  line("honor_labels", YamlBool(job.honor_labels));
  line("honor_timestamps", YamlBool(job.honor_timestamps));
  line("scrape_interval", FormatDuration(job.interval));
  line("scrape_timeout", FormatDuration(job.timeout));
  line("scheme", YamlText(job.scheme));
  line("metrics_path", YamlText(job.path));
  line("body_size_limit", std::to_string(job.body_limit_bytes) + "B");
  line("sample_limit", std::to_string(job.sample_limit));
  if (!job.file.empty())
    out += "    file_sd_configs:\n      - files: [" + YamlText(job.file) + "]\n";
  if (job.targets.empty()) return out;
  out += "    static_configs:\n      - targets:\n";
  for (const std::string& target : job.targets) out += "          - " + YamlText(target) + "\n";
  if (job.labels.empty()) return out;
  out += "        labels:\n";
  for (const auto& [name, value] : job.labels)
    out += "          " + YamlText(name) + ": " + YamlText(value) + "\n";
  return out;
}

std::string ConfigText(const policy::OpsFolder& folder) {
  const auto& jobs = folder.targets.scrapes;
  std::string out = folder.server.rule_files.empty() ? "" : "rule_files:\n";
  for (const std::string& pattern : folder.server.rule_files)
    out += "  - " + YamlText(pattern) + "\n";
  if (jobs.empty()) return out + "scrape_configs: []\n";
  out += "scrape_configs:\n";
  for (const policy::ScrapeDocument& job : jobs) out += ScrapeConfigText(job);
  return out;
}

/// As flags write them: 0 is no limit.
std::string RetentionTime(const policy::MetricsRetentionDocument& retention) {
  return FormatDuration(retention.time);
}

std::string RetentionSize(const policy::MetricsRetentionDocument& retention) {
  if (retention.size.bytes > 0) return std::to_string(retention.size.bytes) + "B";
  return std::to_string(retention.size.percent) + "%";
}

std::shared_ptr<const policy::OpsFolder> FolderOf(const ServerApiContext& context) {
  const auto picture = context.picture();
  if (picture && picture->policy) return picture->policy;
  return std::make_shared<const policy::OpsFolder>();
}

}  // namespace

http::Response AnswerBuildInfo(const ServerApiContext& context) {
  return Success(Json::MakeObject()
                     .Set("version", kSpokenPrometheus)
                     .Set("revision", "")
                     .Set("branch", "")
                     .Set("buildUser", "")
                     .Set("buildDate", "")
                     .Set("goVersion", "")
                     .Set("hinomi", context.release)
                     .Dump());
}

http::Response AnswerRuntimeInfo(const ServerApiContext& context) {
  const std::vector<policy::Finding> findings = context.findings();
  const bool sound = std::ranges::none_of(findings, [](const policy::Finding& finding) {
    return finding.level == policy::Finding::Level::kMistake;
  });
  const policy::MetricsRetentionDocument retention = FolderOf(context)->server.metrics.retention;
  std::string kept = RetentionSize(retention);
  if (retention.time > Duration()) kept = RetentionTime(retention) + " or " + kept;
  return Success(Json::MakeObject()
                     .Set("startTime", FormatRfc3339(context.started_at))
                     .Set("serverTime", FormatRfc3339(context.clock.Now()))
                     .Set("reloadConfigSuccess", sound)
                     .Set("storageRetention", kept)
                     .Dump());
}

http::Response AnswerFlags(const ServerApiContext& context) {
  const auto folder = FolderOf(context);
  const QueryApiConfig& queries = context.queries;
  Json flags = Json::MakeObject();
  const Json about = context.about ? context.about() : Json();
  std::string listen;
  for (const Json& address : about["listen"].as_array())
    listen += (listen.empty() ? "" : ",") + address.as_string();
  return Success(
      flags.Set("query.lookback-delta", FormatDuration(queries.limits.lookback))
          .Set("query.max-samples", std::to_string(queries.limits.max_samples))
          .Set("query.timeout", FormatDuration(queries.timeout))
          .Set("storage.tsdb.path", about["data"].as_string())
          .Set("storage.tsdb.retention.size", RetentionSize(folder->server.metrics.retention))
          .Set("storage.tsdb.retention.time", RetentionTime(folder->server.metrics.retention))
          .Set("web.enable-admin-api", "true")
          .Set("web.enable-lifecycle", "true")
          .Set("web.enable-remote-write-receiver", "true")
          .Set("web.external-url", folder->server.external_url)
          .Set("web.listen-address", listen)
          .Dump());
}

http::Response AnswerConfig(const ServerApiContext& context) {
  return Success(Json::MakeObject().Set("yaml", ConfigText(*FolderOf(context))).Dump());
}

http::Response AnswerWalReplay(const ServerApiContext& context) {
  // The store has read its log before the server listens.
  return Success(Json::MakeObject()
                     .Set("min", 0)
                     .Set("max", 0)
                     .Set("current", 0)
                     .Set("state", context.picture() ? "done" : "in progress")
                     .Dump());
}

}  // namespace hinomi::api
