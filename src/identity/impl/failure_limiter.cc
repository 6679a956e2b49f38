#include "identity/impl/failure_limiter.h"

namespace hinomi::identity {

bool FailureLimiter::Failed(const std::string& peer) {
  const Duration now = clock_.Monotonic();
  const auto over = [now](const Window& window) {
    return now - window.start >= Duration::Minutes(1);
  };
  MutexLock lock(mutex_);
  if (windows_.size() >= kPeersLimit) {
    std::erase_if(windows_, [&over](const auto& entry) { return over(entry.second); });
  }
  // Beyond the limit all new addresses share one window: memory stays bounded.
  const bool full = windows_.size() >= kPeersLimit && !windows_.contains(peer);
  Window& window = windows_.try_emplace(full ? "" : peer, Window{now, 0}).first->second;
  if (over(window)) window = {now, 0};
  return ++window.failures > limit_;
}

}  // namespace hinomi::identity
