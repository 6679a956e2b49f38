#ifndef HINOMI_APP_SERVICES_H_
#define HINOMI_APP_SERVICES_H_

#include <memory>
#include <string>
#include <vector>

#include "api/console/service_source.h"
#include "base/clock.h"
#include "base/log.h"
#include "drivers/rotation/rotations.h"
#include "drivers/services/process_runtime.h"
#include "metrics/storage.h"
#include "os/files.h"
#include "policy/documents.h"

namespace hinomi::app {

/// Runs the services of the ops folder that have a command, as processes of this
/// machine below DATA/services. They go on when the server ends, and are found
/// again by the next one. Those with a balancer get their requests from it: their
/// replicas come into its rotation when they are well and leave it before they
/// end. Everything handed in must outlive it. Threads: any.
class Services : public api::ServiceSource {
 public:
  Services(metrics::Appender& appender, Files& files, const Clock& clock, Log& log,
           const std::string& data_directory, std::vector<std::string> shim_argv);

  /// Those that cannot be run (a secret is missing) are told in the log; with one
  /// of them nothing is changed.
  void UsePolicy(const policy::OpsFolder& folder);
  void Start();
  void Stop();
  drivers::ServiceRuntime& runtime() { return runtime_; }
  /// CPUUtilization and MemoryUtilization of each service, under {ServiceName} and
  /// {ClusterName, ServiceName}.
  Status Publish();
  /// Do on this thread what is due, instead of Start.
  void RunDue() { runtime_.Turn(); }

  Json List() const override;
  Result<Json> Tasks(const std::string& service) const override;
  Result<Json> ReadLog(const std::string& task, const api::LogQuery& query) override;

 private:
  metrics::Appender& appender_;
  Files& files_;
  const Clock& clock_;
  Log& log_;
  drivers::LocalHost host_;
  drivers::Rotations rotations_;
  drivers::ProcessRuntime runtime_;  // Asks the rotations, which look at it until `Stop`.
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_SERVICES_H_
