#ifndef HINOMI_APP_HOUSEKEEPING_H_
#define HINOMI_APP_HOUSEKEEPING_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace hinomi::app {

/// Small chores at intervals, one after the other on one thread. A chore that
/// fails is logged and done again at its next time.
class Housekeeping {
 public:
  Housekeeping(const Clock& clock, Log& log) : clock_(clock), log_(log) {}
  ~Housekeeping() { Stop(); }

  /// Before Start.
  void Every(Duration interval, std::string name, std::function<Status()> chore);
  void Start();
  void Stop();

 private:
  struct Chore {
    Duration interval;
    std::string name;
    std::function<Status()> work;
    Duration due;  ///< Monotonic.
  };
  void Run();

  const Clock& clock_;
  Log& log_;
  std::vector<Chore> chores_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace hinomi::app

#endif  // HINOMI_APP_HOUSEKEEPING_H_
