#ifndef HINOMI_BASE_MUTEX_H_
#define HINOMI_BASE_MUTEX_H_

#include <mutex>

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
  /// For std::condition_variable.
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class HN_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) HN_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() HN_THREAD_ATTRIBUTE(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_MUTEX_H_
