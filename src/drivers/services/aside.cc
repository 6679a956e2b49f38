#include "drivers/services/aside.h"

#include <utility>

namespace hinomi::drivers {

void Aside::Run(std::function<void()> work) {
  if (most_ <= 0) {
    work();
    return;
  }
  {
    const MutexLock lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(work));
    if (queue_.size() > idle_ && threads_.size() < static_cast<size_t>(most_))
      threads_.emplace_back([this] { Loop(); });
  }
  wake_.notify_one();
}

void Aside::Loop() {
  MutexLock lock(mutex_);
  for (;;) {
    ++idle_;
    while (!stopping_ && queue_.empty()) lock.Wait(wake_);
    --idle_;
    if (stopping_) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.Unlock();
    work();
    lock.Lock();
  }
}

void Aside::Stop() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    queue_.clear();
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace hinomi::drivers
