// modules: hn_policy hn_metrics_testing hn_http_testing hn_os_testing hn_http
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "metrics/testing.h"
#include "policy/prometheus_config.h"

/// Arbitrary bytes as a Prometheus configuration that names itself as a file with more
/// jobs, and as a file of targets. Nothing may crash or grow without bound, every
/// finding must point into the file, and jobs come of sound files only.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  const std::string text(reinterpret_cast<const char*>(data), size);
  metrics::FragileFiles files;
  HN_CHECK(files.WriteAtomically("/p/prometheus.yml", text, 0644).has_value());
  const auto loaded = policy::LoadPrometheusConfig(
      files, "/p/prometheus.yml",
      [](const std::string&) { return std::optional<std::string>("value"); });
  HN_CHECK(loaded.has_value());
  bool mistake = false;
  for (const policy::Finding& finding : loaded->findings) {
    mistake = mistake || finding.level == policy::Finding::Level::kMistake;
    HN_CHECK(!finding.message.empty() && finding.line > 0);
    HN_CHECK(!policy::FormatFinding(finding).empty());
  }
  HN_CHECK(mistake == (loaded->config == nullptr));
  if (loaded->config != nullptr) {
    for (const metrics::ScrapeJob& job : loaded->config->jobs)
      HN_CHECK(!job.job.empty() && job.timeout > Duration() && job.timeout <= job.interval);
  }
  const auto groups = policy::ParseTargetGroups("targets.yml", text);
  if (!groups) HN_CHECK(!groups.error().message.empty());
  return 0;
}
