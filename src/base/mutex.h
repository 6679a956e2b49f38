#ifndef HINOMI_BASE_MUTEX_H_
#define HINOMI_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/clock.h"

#if defined(__clang__)
#define HN_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define HN_THREAD_ATTRIBUTE(x)
#endif
#define HN_GUARDED_BY(mutex) HN_THREAD_ATTRIBUTE(guarded_by(mutex))
#define HN_REQUIRES(mutex) HN_THREAD_ATTRIBUTE(requires_capability(mutex))

namespace hinomi {

/// std::mutex with the annotations that clang's thread-safety analysis reads.
class HN_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void Lock() HN_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void Unlock() HN_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

class HN_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) HN_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() HN_THREAD_ATTRIBUTE(release_capability()) {
    if (held_) mutex_.Unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Unlock() HN_THREAD_ATTRIBUTE(release_capability()) {
    held_ = false;
    mutex_.Unlock();
  }
  void Lock() HN_THREAD_ATTRIBUTE(acquire_capability()) {
    mutex_.Lock();
    held_ = true;
  }

  /// Until somebody notifies; may return without that. The lock is held.
  void Wait(std::condition_variable& changed) {
    std::unique_lock<std::mutex> native(mutex_.mutex_, std::adopt_lock);
    changed.wait(native);
    native.release();
  }
  /// Until `wanted()`, which is asked under the lock; false if that did not
  /// come within `patience`.
  template <typename Wanted>
  bool WaitFor(std::condition_variable& changed, Duration patience, Wanted wanted) {
    std::unique_lock<std::mutex> native(mutex_.mutex_, std::adopt_lock);
    const bool came =
        changed.wait_for(native, std::chrono::nanoseconds(patience.nanos()), std::move(wanted));
    native.release();
    return came;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_MUTEX_H_
