#ifndef HINOMI_OS_HELPERS_H_
#define HINOMI_OS_HELPERS_H_

#include <condition_variable>
#include <functional>
#include <list>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace hinomi {

/// Threads that join in work which somebody is doing already: whoever asks goes on working and
/// needs nobody, so that many who ask at once share what there is and wait for nothing.
class Helpers {
 public:
  explicit Helpers(size_t threads);
  /// No invitation may be left.
  ~Helpers();
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  size_t threads() const { return threads_.size(); }

  /// As many as there are processors for this process, besides the one of who asks.
  static size_t ForProcessors();

  /// While it stands, helpers that have nothing to do call `work`, each on its thread; `work`
  /// returns once nothing is left to be done. The destructor waits for those that came.
  class Invitation {
   public:
    Invitation(Helpers& helpers, std::function<void()> work);
    ~Invitation();
    Invitation(const Invitation&) = delete;
    Invitation& operator=(const Invitation&) = delete;

   private:
    friend class Helpers;
    Helpers& helpers_;
    std::function<void()> work_;
    size_t joined_ = 0;  ///< Of those who are in `work_`. Under the helpers' mutex.
  };

 private:
  void Run();
  /// Somebody came back: nothing is left there.
  void Close(Invitation& invitation) HN_REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable invited_;  ///< Or the end has come.
  std::condition_variable left_;     ///< A helper left an invitation.
  std::list<Invitation*> open_ HN_GUARDED_BY(mutex_);
  bool ending_ HN_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace hinomi

#endif  // HINOMI_OS_HELPERS_H_
