#ifndef HINOMI_POLICY_PROMETHEUS_CONFIG_H_
#define HINOMI_POLICY_PROMETHEUS_CONFIG_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/scrape_job.h"
#include "os/files.h"
#include "policy/policy.h"
#include "policy/rule_documents.h"
#include "policy/secrets.h"

namespace hinomi::policy {

/// What Hinomi takes from a Prometheus configuration
/// (https://prometheus.io/docs/prometheus/latest/configuration/configuration/).
struct PrometheusConfig {
  std::vector<metrics::ScrapeJob> jobs;        ///< In the order of the file.
  std::vector<RuleGroupDocument> rule_groups;  ///< Of all that `rule_files` finds.
  std::string directory;                       ///< Of the configuration file.
  std::map<std::string, std::string> external_labels;
};

struct LoadedPrometheusConfig {
  /// Present only where there is no mistake.
  std::shared_ptr<const PrometheusConfig> config;
  /// Mistakes; and as warnings what Prometheus knows and Hinomi does not do.
  std::vector<Finding> findings;
};

/// Reads a Prometheus configuration with its `scrape_config_files` and `rule_files`: all
/// mistakes at once, each with its place. Keys that Prometheus does not know are mistakes. The
/// error is for a file that cannot be read at all.
Result<LoadedPrometheusConfig> LoadPrometheusConfig(
    Files& files, const std::string& path, const Environment& environment = ProcessEnvironment());

/// A target file of file_sd: YAML where its name ends in .yml or .yaml, else JSON, read
/// by `metrics::ParseTargetFile`. The error of YAML begins with line and column.
Result<std::vector<metrics::TargetGroup>> ParseTargetGroups(const std::string& path,
                                                            std::string_view text);

}  // namespace hinomi::policy

#endif  // HINOMI_POLICY_PROMETHEUS_CONFIG_H_
