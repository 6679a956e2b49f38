#ifndef HINOMI_APP_PROMETHEUS_SOURCE_H_
#define HINOMI_APP_PROMETHEUS_SOURCE_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/telemetry.h"
#include "os/files.h"
#include "policy/prometheus_config.h"

namespace hinomi::app {

/// The file of `--prometheus-config`: read at the start and whenever somebody asks for
/// it, as Prometheus does. What Hinomi does not do of it goes to the log. A file with a
/// mistake changes nothing. References must outlive it. Threads: any.
class PrometheusSource {
 public:
  using Config = std::shared_ptr<const policy::PrometheusConfig>;
  using Apply = std::function<void(Config)>;

  PrometheusSource(Files& files, std::string path, Telemetry& telemetry, Log& log)
      : files_(files), path_(std::move(path)), telemetry_(telemetry), log_(log) {}

  /// Null, with `findings`, if the file has mistakes. Errors: it cannot be read.
  Result<Config> Load();
  /// Who takes what `Reload` reads.
  void OnReload(Apply apply) { apply_ = std::move(apply); }
  /// Reads the file again and hands it on if it has no mistake; the error says what
  /// stands in the way.
  Status Reload();

  /// Of the last time the file was read.
  std::vector<policy::Finding> findings() const;

 private:
  Files& files_;
  std::string path_;
  Telemetry& telemetry_;
  Log& log_;
  Apply apply_;
  std::mutex reload_mutex_;  ///< One at a time, so that the newest file is the one in force.
  mutable std::mutex mutex_;
  std::vector<policy::Finding> findings_;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_PROMETHEUS_SOURCE_H_
