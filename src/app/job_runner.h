#ifndef HINOMI_APP_JOB_RUNNER_H_
#define HINOMI_APP_JOB_RUNNER_H_

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ops_model/decision.h"
#include "store/store.h"

namespace hinomi::app {

/// Does the jobs that the control thread claimed, on threads of their own: a
/// lane that is stuck never holds up another. Results come back through one
/// function, called on the runner's threads.
class JobRunner {
 public:
  using Work = std::function<ops_model::JobResult(const store::Job&)>;
  using Done = std::function<void(ops_model::JobResult)>;

  explicit JobRunner(Done done) : done_(std::move(done)) {}
  ~JobRunner() { Stop(); }

  /// Before Start. A job of a kind that nobody does comes back as failed.
  void Register(const std::string& kind, Work work) { kinds_[kind] = std::move(work); }
  void Start();
  /// Takes no more jobs and does those it has: who claimed a job must hear of
  /// its end, or a `once` job would count as unknown.
  void Stop();

  /// How many jobs a lane could begin at once now; none after Stop. Threads: any.
  size_t Free(store::Lane lane) const;
  /// At most `Free` jobs. Before Start they wait for it.
  void Dispatch(store::Job job);

 private:
  struct LaneState {
    std::deque<store::Job> waiting;
    size_t running = 0;
    std::vector<std::thread> threads;
    std::condition_variable wake;
  };
  /// Urgent, normal, background. A page's thread mostly waits for an answer:
  /// with few of them a channel that hangs would hold up the others.
  static constexpr std::array<size_t, 3> kThreads{16, 2, 1};

  void Loop(size_t index);
  ops_model::JobResult Do(const store::Job& job) const;

  Done done_;
  std::map<std::string, Work> kinds_;
  mutable std::mutex mutex_;
  std::array<LaneState, 3> lanes_;
  bool stopping_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_JOB_RUNNER_H_
