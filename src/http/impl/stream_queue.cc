#include "http/impl/stream_queue.h"

#include <utility>

namespace hinomi::http {

StreamQueue::StreamQueue(uint64_t limit_bytes, std::function<void()> wake)
    : limit_bytes_(limit_bytes), wake_(std::move(wake)) {}

bool StreamQueue::Send(std::string bytes) {
  MutexLock lock(mutex_);
  if (closed_) return false;
  const bool fits = bytes.size() <= limit_bytes_ - waiting_.size();
  if (fits) {
    waiting_ += bytes;
  } else {
    closed_ = true;
    truncated_ = true;
  }
  WakeLocked();
  return fits;
}

void StreamQueue::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  WakeLocked();
}

bool StreamQueue::closed() const {
  MutexLock lock(mutex_);
  return closed_;
}

StreamQueue::Piece StreamQueue::Take() {
  MutexLock lock(mutex_);
  woken_ = false;
  return {std::exchange(waiting_, {}), closed_, truncated_};
}

void StreamQueue::Finish() {
  MutexLock lock(mutex_);
  closed_ = true;
  waiting_.clear();
  wake_ = nullptr;
}

void StreamQueue::WakeLocked() {
  if (woken_ || !wake_) return;
  woken_ = true;
  wake_();
}

}  // namespace hinomi::http
