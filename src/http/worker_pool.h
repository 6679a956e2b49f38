#ifndef HINOMI_HTTP_WORKER_POOL_H_
#define HINOMI_HTTP_WORKER_POOL_H_

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/telemetry.h"
#include "http/lane.h"

namespace hinomi::http {

struct WorkerPoolConfig {
  size_t threads = 4;        ///< At least one a lane: fewer than 3 become 3.
  size_t queue_limit = 256;  ///< Waiting tasks a lane; more are refused.
};

/// Threads that run what may block, in three lanes. Each lane has one slot of
/// its own that the others never take, the rest goes to the most urgent that
/// waits: a thousand slow queries cannot delay an acknowledgement, and urgent
/// work cannot stop the others for ever. Threads: any.
class WorkerPool {
 public:
  WorkerPool(WorkerPoolConfig config, Telemetry& telemetry);
  /// As Stop.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues a task, which must not throw. False, and the task is dropped, if
  /// the lane's queue is full or the pool is stopping: answer "try again".
  bool Submit(Lane lane, std::function<void()> task);

  /// Refuses new tasks, runs those that wait, joins. Not from a task.
  void Stop();

  size_t threads() const { return workers_.size(); }

 private:
  static constexpr size_t kLanes = 3;
  struct LaneState {
    std::deque<std::function<void()>> waiting;
    size_t running = 0;
    Instrument* waiting_gauge = nullptr;
    Instrument* running_gauge = nullptr;
    Instrument* refused = nullptr;
  };

  /// A thread. Each sleeps on a condition of its own, so that who wakes one chooses it and
  /// the others sleep on.
  struct Worker {
    std::condition_variable wake;
    bool asleep = false;
    std::thread thread;
  };

  void Work(Worker& self);
  void Sleep(Worker& self, MutexLock& lock) HN_REQUIRES(mutex_);
  /// The one that fell asleep last, whose memory is likely in the cache still, if a task
  /// may be begun and somebody sleeps; else null. To be notified, best without the lock.
  Worker* ToWake() HN_REQUIRES(mutex_);
  void WakeAll() HN_REQUIRES(mutex_);
  /// The most urgent lane that has a task and may take a slot; kLanes if none.
  size_t NextLane() const HN_REQUIRES(mutex_);
  void Publish(LaneState& lane) HN_REQUIRES(mutex_);

  const size_t queue_limit_;
  const size_t slots_;
  Mutex mutex_;
  std::array<LaneState, kLanes> lanes_ HN_GUARDED_BY(mutex_);
  bool stopping_ HN_GUARDED_BY(mutex_) = false;
  std::vector<Worker*> sleepers_ HN_GUARDED_BY(mutex_);  ///< In the order of their falling asleep.
  std::deque<Worker> workers_;
};

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_WORKER_POOL_H_
