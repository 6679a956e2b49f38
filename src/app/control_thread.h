#ifndef HINOMI_APP_CONTROL_THREAD_H_
#define HINOMI_APP_CONTROL_THREAD_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "app/job_runner.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "control/control_loop.h"
#include "policy/documents.h"
#include "store/store.h"

namespace hinomi::app {

/// The one thread that decides: collects inputs, runs turns, lets claimed jobs
/// go, keeps the lease. While another server leads it follows: it folds what
/// that one writes, so that readers see it, and takes over when the lease is
/// free. References must outlive it.
class ControlThread {
 public:
  ControlThread(control::ControlLoop& loop, store::Store& store, JobRunner& runner,
                const Clock& clock, Telemetry& telemetry, Log& log);
  ~ControlThread() { Stop(); }

  /// Called on the control thread whenever the folded state may have changed.
  void OnChange(std::function<void()> observer) { changed_ = std::move(observer); }
  /// Called on the control thread after each round: at least every few seconds as
  /// long as the store answers, with or without success; not while a call hangs.
  void OnRound(std::function<void()> observer) { went_round_ = std::move(observer); }

  /// Tries to lead at once; following is no error.
  Status Start(std::shared_ptr<const policy::OpsFolder> policy);
  /// After a last turn over what came in; gives the lease back. Stop the
  /// runner first, so that its results are among it.
  void Stop();

  /// From the next turn on. An evaluation takes the place of an older one of
  /// the same alarm that still waits, an observation of one of the same service.
  /// Threads: any.
  void Post(ops_model::Input input);
  void UsePolicy(std::shared_ptr<const policy::OpsFolder> policy);
  /// Something was put into the inbox. Threads: any.
  void Wake();
  bool leading() const { return leading_.load(); }

 private:
  /// What came in since the last round.
  struct Round {
    std::vector<ops_model::Input> inputs;
    std::shared_ptr<const policy::OpsFolder> new_policy;
    bool stopping = false;
  };

  void Run();
  void GoRound(Round round);
  Round Await();
  Status TryToLead();
  void Follow();
  void Lead(Round round);
  void RenewIfDue();
  void CheckpointIfDue();
  void StepDown();
  void SetLeading(bool leading);
  void Finish(Round round);
  void DispatchJobs();
  Duration UntilNextWork() const;

  control::ControlLoop& loop_;
  store::Store& store_;
  JobRunner& runner_;
  const Clock& clock_;
  Telemetry& telemetry_;
  Log& log_;
  std::function<void()> changed_;
  std::function<void()> went_round_;

  std::thread thread_;
  std::atomic<bool> leading_{false};
  // Monotonic times, each of the next try.
  Duration renew_at_;
  Duration lead_at_;
  Duration checkpoint_at_;
  Instant dispatched_;  ///< Jobs due by then have been offered to the runner.
  bool last_turn_failed_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<ops_model::Input> inputs_;
  /// Where the input about an alarm or a service stands in `inputs_`.
  std::unordered_map<std::string, size_t> waiting_;
  std::shared_ptr<const policy::OpsFolder> policy_;      ///< In use.
  std::shared_ptr<const policy::OpsFolder> new_policy_;  ///< To be taken into use.
  bool woken_ = false;
  bool stopping_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_CONTROL_THREAD_H_
