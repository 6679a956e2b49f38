#include "metrics/periodic.h"

#include <algorithm>
#include <chrono>

namespace hinomi::metrics {

Periodic::Periodic(const Clock& clock, size_t max_threads)
    : clock_(clock), max_threads_(max_threads) {}
Periodic::~Periodic() {
  Stop();
}

void Periodic::SetTasks(std::vector<PeriodicTask> tasks) {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Item>> items;
  for (PeriodicTask& task : tasks) {
    auto item = std::make_shared<Item>();
    item->due = clock_.Monotonic();
    for (const auto& old : items_)
      if (old->task.name == task.name && old->task.interval == task.interval) item->due = old->due;
    item->task = std::move(task);
    items.push_back(std::move(item));
  }
  items_ = std::move(items);
  changed_.notify_all();
  Grow();
}

void Periodic::Start() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  Grow();
}

void Periodic::Stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void Periodic::RunDue() {
  std::unique_lock lock(mutex_);
  while (RunOne(lock)) {
  }
}

std::map<std::string, Duration> Periodic::Schedule() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Duration> schedule;
  for (const auto& item : items_) schedule[item->task.name] = item->due;
  return schedule;
}

bool Periodic::RunOne(std::unique_lock<std::mutex>& lock) {
  const Duration now = clock_.Monotonic();
  std::shared_ptr<Item> first;
  for (const auto& item : items_)
    if (!item->busy && item->due <= now && (first == nullptr || item->due < first->due))
      first = item;
  if (first == nullptr) return false;
  first->busy = true;
  // Counted from the start, so that a reload meanwhile sees the next slot.
  const Duration interval = std::max(first->task.interval, Duration::Millis(1));
  first->due = first->due + interval * ((now - first->due) / interval + 1);
  lock.unlock();
  first->task.run();
  lock.lock();
  first->busy = false;
  const Duration after = clock_.Monotonic();
  if (first->due <= after)
    first->due = first->due + interval * ((after - first->due) / interval + 1);
  changed_.notify_all();
  return true;
}

std::optional<Duration> Periodic::NextDue() const {
  std::optional<Duration> next;
  for (const auto& item : items_)
    if (!item->busy && (!next || item->due < *next)) next = item->due;
  return next;
}

void Periodic::Grow() {
  if (!running_) return;
  while (threads_.size() < std::min(items_.size(), max_threads_))
    threads_.emplace_back([this] { Work(); });
}

void Periodic::Work() {
  std::unique_lock lock(mutex_);
  while (running_) {
    if (RunOne(lock)) continue;
    const auto next = NextDue();
    const Duration wait = next ? *next - clock_.Monotonic() : Duration::Seconds(60);
    if (wait > Duration()) changed_.wait_for(lock, std::chrono::nanoseconds(wait.nanos()));
  }
}

}  // namespace hinomi::metrics
