#ifndef HINOMI_DRIVERS_SERVICES_ASIDE_H_
#define HINOMI_DRIVERS_SERVICES_ASIDE_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace hinomi::drivers {

/// Does what waits (health checks) aside of the turn: threads are made as they
/// are needed, up to a bound; beyond it work waits its turn. Each piece must end
/// by itself. Threads: any.
class Aside {
 public:
  /// 0 threads: the caller does it itself.
  explicit Aside(int most_threads) : most_(most_threads) {}
  ~Aside() { Stop(); }
  void Run(std::function<void()> work);
  /// Waits for what was begun; the rest is dropped, and what comes later too.
  void Stop();

 private:
  void Loop();

  const int most_;
  Mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_ HN_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ HN_GUARDED_BY(mutex_);
  size_t idle_ HN_GUARDED_BY(mutex_) = 0;
  bool stopping_ HN_GUARDED_BY(mutex_) = false;
};

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_SERVICES_ASIDE_H_
