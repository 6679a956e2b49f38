#ifndef HINOMI_IDENTITY_IMPL_FAILURE_LIMITER_H_
#define HINOMI_IDENTITY_IMPL_FAILURE_LIMITER_H_

#include <map>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace hinomi::identity {

/// Counts failed sign-ins of an address in windows of a minute. Valid
/// credentials are never held up: nobody can lock an administrator out.
/// Threads: any.
class FailureLimiter {
 public:
  FailureLimiter(int limit, const Clock& clock) : limit_(limit), clock_(clock) {}

  /// Counts one failure; true if there were too many before it.
  bool Failed(const std::string& peer);

 private:
  struct Window {
    Duration start;
    int failures = 0;
  };
  static constexpr size_t kPeersLimit = 4096;

  const int limit_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Window> windows_ HN_GUARDED_BY(mutex_);
};

}  // namespace hinomi::identity

#endif  // HINOMI_IDENTITY_IMPL_FAILURE_LIMITER_H_
