#include "app/prometheus_source.h"

#include <utility>

namespace hinomi::app {
namespace {

/// In one line: the excerpt may show a secret.
std::string InOneLine(policy::Finding finding) {
  finding.excerpt.clear();
  finding.level = policy::Finding::Level::kMistake;  // Without its word: the log has a level.
  return policy::FormatFinding(finding);
}

}  // namespace

Result<PrometheusSource::Config> PrometheusSource::Load() {
  auto loaded = policy::LoadPrometheusConfig(files_, path_);
  const bool sound = loaded && loaded->config != nullptr;
  telemetry_.Gauge("hinomi_prometheus_config_sound").Set(sound ? 1 : 0);
  if (!loaded) return std::move(loaded).error();
  size_t warnings = 0;
  for (const policy::Finding& finding : loaded->findings) {
    if (finding.level != policy::Finding::Level::kWarning) continue;
    ++warnings;
    if (sound)
      log_.Warning("a warning about the Prometheus configuration",
                   {{"finding", InOneLine(finding)}});
  }
  if (sound)
    telemetry_.Gauge("hinomi_prometheus_config_warnings").Set(static_cast<double>(warnings));
  const std::lock_guard lock(mutex_);
  findings_ = std::move(loaded->findings);
  return std::move(loaded->config);
}

Status PrometheusSource::Reload() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  const auto config = Load();
  if (!config) {
    log_.Failed("the Prometheus configuration cannot be read; the former one stays in force",
                {{"error", config.error().message}});
    return config.error();
  }
  if (*config != nullptr) {
    log_.Info("Prometheus configuration in force", {{"file", path_}});
    apply_(*config);
    return {};
  }
  std::string mistakes;
  for (const policy::Finding& finding : findings()) {
    if (finding.level != policy::Finding::Level::kMistake) continue;
    const std::string line = InOneLine(finding);
    log_.Failed("mistake in the Prometheus configuration; the former one stays in force",
                {{"finding", line}});
    mistakes += (mistakes.empty() ? "" : "\n") + line;
  }
  return InvalidArgument(mistakes);
}

std::vector<policy::Finding> PrometheusSource::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

}  // namespace hinomi::app
