#ifndef HINOMI_METRICS_PERIODIC_H_
#define HINOMI_METRICS_PERIODIC_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace hinomi::metrics {

/// Something to do again and again.
struct PeriodicTask {
  std::string name;
  Duration interval;
  std::function<void()> run;
};

/// Runs tasks at their intervals, counted on the monotonic clock: the host
/// collector, probes, the store's maintenance. A task never runs twice at
/// once; slots that it overran are skipped. `clock` must outlive it.
/// Threads: any.
class Periodic {
 public:
  /// One thread for each task up to `max_threads`.
  explicit Periodic(const Clock& clock, size_t max_threads = 64);
  ~Periodic();  ///< Stops.
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  /// Replaces all tasks. A task of the same name and interval keeps its
  /// schedule, others are due at once. One that is running ends its run.
  void SetTasks(std::vector<PeriodicTask> tasks);
  void Start();
  /// Returns when no task runs any more.
  void Stop();
  /// Does on this thread what is due now, instead of `Start`.
  void RunDue();
  /// The monotonic time at which each task, by its name, is due next.
  std::map<std::string, Duration> Schedule() const;

 private:
  struct Item {
    PeriodicTask task;
    Duration due;
    bool busy = false;
  };
  bool RunOne(std::unique_lock<std::mutex>& lock);
  std::optional<Duration> NextDue() const;
  void Grow();
  void Work();

  const Clock& clock_;
  size_t max_threads_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Item>> items_;
  std::vector<std::thread> threads_;
  bool running_ = false;
};

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_PERIODIC_H_
