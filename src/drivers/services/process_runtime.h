#ifndef HINOMI_DRIVERS_SERVICES_PROCESS_RUNTIME_H_
#define HINOMI_DRIVERS_SERVICES_PROCESS_RUNTIME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "drivers/host.h"
#include "drivers/services/service_runtime.h"

namespace hinomi::drivers {

/// What the process runtime is given; all pointers must outlive it.
struct ProcessRuntimeOptions {
  std::vector<Host*> hosts;  ///< At least one; the first keeps the services' records.
  const Clock* clock = nullptr;
  Log* log = nullptr;
  TaskHooks* hooks = nullptr;  ///< None: nothing is registered or drained.
  uint64_t seed = 0;           ///< Of the tasks' ids: from os/entropy.h, in tests any.
  /// Health checks that wait at the same time; 0: they are made within the turn.
  int check_threads = 16;
};

/// Services as supervised processes. Each task is a directory on its host, with
/// the shim's files and a record that is written before each step, so a runtime
/// that is killed at any moment is followed by one that finds all of it again:
/// same ids, nothing started twice, nothing left behind. Only one runtime may
/// be there for a root.
///
/// Nothing happens before the first `Declare`. Nothing is started before every
/// host has said what runs there, or has been silent for a minute. A host that
/// does not answer keeps its tasks; after a minute others take their place.
/// Threads: any.
class ProcessRuntime : public ServiceRuntime {
 public:
  explicit ProcessRuntime(ProcessRuntimeOptions options);
  ~ProcessRuntime() override;  ///< `Stop`; the tasks go on.

  /// Turns by themselves, on a thread of its own.
  void Start();
  void Stop();
  /// One turn now, instead of `Start`: what became of the tasks is looked up and
  /// what is due is done. Returns the monotonic time of the next one.
  Duration Turn();

  Status Declare(std::vector<ServiceSpec> specs) override;
  Status SetDesiredCount(const std::string& service, int count, const std::string& reason) override;
  Status StopTask(const std::string& task, const std::string& reason) override;
  std::vector<ServiceStatus> Services() const override;
  bool KnowsAll() const override;
  std::vector<Task> Tasks(const std::string& service) const override;
  Result<LogChunk> ReadLog(const std::string& task, const LogRequest& request) override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_PROCESS_RUNTIME_H_
